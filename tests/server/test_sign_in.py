"""The server's own sign-in, by a code that the sidebar shows: begun by the user, never by itself."""

from __future__ import annotations

import time
import webbrowser
from typing import TYPE_CHECKING, Any

import pytest

from jupyterlab_sentinel.backends.log_analytics import sign_ins
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from tests.identity_server import IdentityServer
from tests.wire.local_endpoint import ROWS, LocalEndpoint, write_logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.server.conftest import Server

WAIT_S = 60


@pytest.fixture
def identity(
    tmp_path: Path, jp_environ: None, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[IdentityServer]:
    """A workspace “contoso” behind an identity service; the place is a hub, with a browser that must not open."""
    monkeypatch.setenv("JUPYTERHUB_USER", "analyst")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(webbrowser, "open", lambda *_, **__: pytest.fail("a browser was opened on the server"))
    monkeypatch.setattr(sign_ins, "_held", {})
    folder = write_logs(tmp_path / "logs", {"Log": ROWS})
    with (
        LocalEndpoint(Options(str(folder), limits=Limits(requests=10_000))) as served,
        IdentityServer(tmp_path / "identity", lambda scope: served.sign_in(scope).json()["access_token"]) as server,
    ):
        settings: dict[str, Any] = {"WORKSPACE_ID": served.facts["workspace_id"], "ENDPOINT": served.url}
        if names := getattr(request, "param", ""):
            settings["SIGN_IN"] = names
        for name, value in settings.items():
            monkeypatch.setenv(f"JUPYTERLAB_SENTINEL_WORKSPACES__CONTOSO__{name}", str(value))
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        yield server


def ended(server: Server) -> dict[str, Any]:
    """How the sign-in stands once it waits no more."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        state: dict[str, Any] = server.get("signin", workspace="contoso").json
        if state["status"] != "waiting":
            return state
        server.wait(_a_moment())
    raise AssertionError("it waits for ever")


async def _a_moment() -> None:
    import asyncio

    await asyncio.sleep(0.2)


@pytest.mark.parametrize("identity", ["", "device_code"], indirect=True, ids=["chain", "by name"])
def test_a_code_signs_the_server_in(identity: IdentityServer, server: Server) -> None:
    refused = server.post("connect", name="contoso")
    assert (refused.status, refused.json["code"]) == (403, "sign_in")
    assert identity.codes == 0, "opening the sidebar asks for no code"
    state = server.post("signin", workspace="contoso").json
    assert state["status"] == "waiting"
    assert state["prompt"]["code"] == identity.code
    assert state["prompt"]["page"] == identity.page
    assert 800 < state["prompt"]["secondsLeft"] <= 900
    again = server.post("signin", workspace="contoso").json
    assert again["prompt"]["code"] == identity.code
    assert identity.codes == 1
    identity.approve()
    assert ended(server) == {"status": "done", "prompt": None, "error": None}
    assert server.get("signin", workspace="contoso").json["status"] == "none"
    assert server.post("connect", name="contoso").json["name"] == "contoso"
    assert identity.codes == 1


def test_a_code_can_be_let_go(identity: IdentityServer, server: Server) -> None:
    assert server.post("signin", workspace="contoso").json["status"] == "waiting"
    assert server.ask("DELETE", "signin", {"workspace": "contoso"}).json["status"] == "none"
    server.wait(_a_moment())  # a request that was on its way when it was let go
    identity.approve()
    asked = len(identity.asked)
    server.wait(_a_moment())
    assert server.get("signin", workspace="contoso").json["status"] == "none"
    assert len(identity.asked) <= asked + 1
    assert server.post("connect", name="contoso").json["code"] == "sign_in"


@pytest.mark.parametrize(("fate", "words"), [("declined", "declined"), ("expired", "Timed out")])
def test_a_sign_in_that_fails_says_so_once(identity: IdentityServer, server: Server, fate: str, words: str) -> None:
    identity.outcome, identity.expires_s = ("declined", 900) if fate == "declined" else ("pending", 2)
    server.post("signin", workspace="contoso")
    state = ended(server)
    assert state["status"] == "failed"
    assert state["prompt"] is None
    assert state["error"]["code"] == "access"
    assert words in state["error"]["message"]
    assert server.get("signin", workspace="contoso").json["status"] == "none"


def test_what_the_identity_service_says_is_inert(identity: IdentityServer, server: Server) -> None:
    identity.code, identity.page = "A\u202eB<script>", "https://evil.example/\u202e" + "x" * 1000
    prompt = server.post("signin", workspace="contoso").json["prompt"]
    assert prompt["code"] == "A<U+202E>B<script>"
    assert prompt["page"] is None
    assert "\u202e" not in prompt["address"]
    assert len(prompt["address"]) <= 200


def test_a_sign_in_for_nothing_known_is_refused(server: Server) -> None:
    answer = server.post("signin", workspace="nowhere")
    assert (answer.status, answer.json["code"]) == (404, "unknown_workspace")


def test_the_server_stops_without_waiting_for_who_signs_in(identity: IdentityServer, server: Server) -> None:
    assert server.post("signin", workspace="contoso").json["status"] == "waiting"
