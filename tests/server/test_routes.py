from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from jupyter_server.auth import Authorizer
from jupyter_server.base.handlers import JupyterHandler

from jupyterlab_sentinel.models.wire import WorkspaceState
from jupyterlab_sentinel.server.base import encoded
from jupyterlab_sentinel.server.handlers import routes

if TYPE_CHECKING:
    from pathlib import Path

    from jupyterlab_sentinel.server.desk import Desk
    from tests.server.conftest import Server

EVERY = ("GET", "POST", "PUT", "PATCH", "DELETE")
VERBS = {
    "status": ("GET",),
    "connect": ("POST",),
    "signin": ("GET", "POST", "DELETE"),
    "timerange": ("POST",),
    "alerts": ("GET",),
    "histogram": ("GET",),
    "alert": ("GET",),
    "nothing/here": EVERY,
    "": EVERY,
}
NO_DESK = cast("Desk", None)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
JSON = {"Content-Type": "application/json"}


class DenyAll(Authorizer):
    def is_authorized(self, handler: JupyterHandler, user: Any, action: str, resource: str) -> bool:
        return resource != "jupyterlab_sentinel"


def body_for(method: str) -> bytes | None:
    return None if method in ("GET", "HEAD") else b'{"name": "demo", "spec": "7d"}'


def test_the_walk_below_knows_every_route() -> None:
    patterns = {pattern.removeprefix("/jupyterlab-sentinel/api").strip("/") for pattern, *_ in routes(NO_DESK)}
    assert patterns == {path for path in VERBS if path.isalpha()} | {"(?:/.*)?"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", VERBS)
def test_no_verb_answers_who_is_not_signed_in(server: Server, path: str, method: str) -> None:
    answer = server.ask(method, path, body=body_for(method), headers=JSON, signed_in=False)
    assert answer.status in (302, 403)
    assert b"0.1.0" not in answer.body


@pytest.mark.parametrize("path", VERBS)
class TestDenied:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["ServerApp"]["authorizer_class"] = DenyAll
        return jp_server_config

    def test_every_verb_asks_the_authorizer(self, server: Server, path: str) -> None:
        for method in METHODS:
            answer = server.ask(method, path, body=body_for(method), headers=JSON)
            if method in VERBS[path]:
                assert answer.status == 403, method
                assert answer.json["code"] == "forbidden"
            else:
                assert answer.status in (403, 405), method


def test_jupyter_finds_a_decorator_on_every_verb(server: Server, jp_serverapp: Any) -> None:
    found = [
        problem
        for pattern, handler, _ in routes(NO_DESK)
        for problem in jp_serverapp.web_app._check_handler_auth(pattern, handler)
    ]
    assert found == []


@pytest.fixture
def cookie(server: Server, jp_serverapp: Any) -> str:
    """Signed in as a browser is."""
    page = server.ask("GET", "status", {"token": jp_serverapp.identity_provider.token}, signed_in=False, root="api")
    return page.headers["Set-Cookie"].split(";")[0]


def test_a_cookie_without_the_xsrf_token_is_no_permission_to_post(server: Server, cookie: str) -> None:
    by_cookie = {"Cookie": cookie, **JSON}
    assert server.ask("GET", "status", headers=by_cookie, signed_in=False).status == 200
    for method, path in (("POST", "timerange"), ("POST", "connect"), ("POST", "signin"), ("DELETE", "signin")):
        refused = server.ask(method, path, body=b'{"spec": "7d"}', headers=by_cookie, signed_in=False)
        assert refused.status == 403
        assert refused.json["code"] == "forbidden"


@pytest.mark.parametrize("declared", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_a_body_that_is_not_declared_as_json_is_refused(server: Server, declared: str) -> None:
    answer = server.ask("POST", "timerange", body=b'{"spec": "7d"}', headers={"Content-Type": declared})
    assert answer.status == 415
    assert answer.json["code"] == "not_json"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
@pytest.mark.parametrize("path", ["status", "alerts"])
def test_another_origin_is_refused(server: Server, cookie: str, path: str, origin: str) -> None:
    headers = {"Origin": origin, "Cookie": cookie}
    answer = server.ask("GET", path, {"workspace": "demo"}, headers=headers, signed_in=False)
    assert answer.status in (403, 404)
    assert "choices" not in answer.json
    assert b"evil" not in answer.body
    assert answer.headers.get("Access-Control-Allow-Origin") is None


def test_every_answer_forbids_caching_and_running(server: Server) -> None:
    for answer in (server.get("status"), server.get("alerts", workspace="nowhere"), server.get("nothing")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"].startswith("application/json")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_there_is_json_and_repeats_nothing(server: Server) -> None:
    answer = server.get("<script>alert(1)</script>/..%2f..", q="https://evil.example")
    assert answer.status == 404
    assert set(answer.json) == {"code", "message", "hint", "retryAfter"}
    assert b"script" not in answer.body
    assert b"evil" not in answer.body


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"{", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b'{"spec": 7}', 400, "bad_request"),
        (b"{}", 400, "bad_request"),
        (b'{"spec": "\xff"}', 400, "bad_request"),
        (b'{"spec": "' + b"7" * 70_000 + b'"}', 413, "too_large"),
        (b'{"spec": "yesteryear"}', 400, "time_range"),
        (b'{"spec": "2019-02-19 2019-02-17"}', 400, "time_range"),
        (b'{"spec": "\\u202e\\ud800"}', 400, "bad_request"),
        (b'{"spec": "\\u202eabc"}', 400, "time_range"),
    ],
)
def test_a_bad_body_is_one_clear_message(server: Server, body: bytes, status: int, code: str) -> None:
    answer = server.ask("POST", "timerange", body=body, headers=JSON)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.json["message"]
    assert "Traceback" not in answer.json["message"]
    assert "\u202e" not in answer.json["message"]


def test_a_range_is_read_and_resolved(server: Server) -> None:
    answer = server.post("timerange", spec="2019-02-17T15:00 +90m")
    assert answer.json == {
        "spec": "2019-02-17T15:00 2019-02-17T16:30",
        "label": "2019-02-17T15:00 → 2019-02-17T16:30",
        "start": "2019-02-17T15:00:00Z",
        "end": "2019-02-17T16:30:00Z",
    }
    fine = server.post("timerange", spec="2019-02-17T15:00:00.1234567 2019-02-17T15:00:00.1234568").json
    assert fine["spec"] == "2019-02-17T15:00:00.1234567 2019-02-17T15:00:00.1234568"
    assert fine["start"] == fine["end"] == "2019-02-17T15:00:00.123456Z"
    relative = server.post("timerange", spec="last 24h").json
    assert relative["spec"] == "24h"
    assert relative["start"] < relative["end"]


def test_an_unexpected_failure_is_told_without_its_words(
    server: Server, monkeypatch: pytest.MonkeyPatch, jp_serverapp: Any
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("secret path /home/somebody")

    monkeypatch.setattr("jupyterlab_sentinel.server.desk.Desk.time_range", fail)
    answer = server.post("timerange", spec="7d")
    assert answer.status == 500
    assert answer.json["code"] == "internal"
    assert b"somebody" not in answer.body


def test_status_names_demo_and_what_the_user_configured(server: Server, jp_config_dir: Path) -> None:
    settings = jp_config_dir / "jupyterlab_sentinel.toml"
    settings.write_text('[workspaces.case-7]\npath = "/srv/case7"\n', "utf-8")
    answer = server.get("status").json
    assert [choice["name"] for choice in answer["choices"]] == ["demo", "case-7"]
    assert answer["problems"] == []
    settings.write_text("[workspaces\n", "utf-8")
    broken = server.get("status").json
    assert [choice["name"] for choice in broken["choices"]] == ["demo"]
    assert "line 1" in broken["problems"][0]


def test_text_that_is_no_unicode_still_becomes_json() -> None:
    state = WorkspaceState(name="logs", address="/srv/lo\udcffgs", kind="embedded", notices=("\ud83d", "😀"))
    assert json.loads(encoded(state)) | {"address": "/srv/lo\ufffdgs", "notices": ["\ufffd", "😀"]} == json.loads(
        encoded(state)
    )
