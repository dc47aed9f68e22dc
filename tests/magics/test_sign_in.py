"""Signing in with a code, in a real kernel, with azure.identity's own credential against a service on loopback."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jupyterlab_sentinel.device_codes import PROCESS, Attempt, Board, DeviceCode
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from jupyterlab_sentinel.magics.display import html
from jupyterlab_sentinel.magics.plain import plain_text
from jupyterlab_sentinel.magics.sign_in import CodeDisplay, _block, _count_down
from tests.identity_server import IdentityServer
from tests.magics.test_kernel import Kernel, kernel, say
from tests.wire.local_endpoint import ROWS, LocalEndpoint, write_logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["kernel"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[LocalEndpoint]:
    folder = write_logs(tmp_path / "logs", {"Log": ROWS})
    with LocalEndpoint(Options(str(folder), limits=Limits(requests=10_000))) as endpoint:
        yield endpoint


@pytest.fixture
def identity(tmp_path: Path, served: LocalEndpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityServer]:
    """A workspace “contoso” that one signs in to with a code."""
    with IdentityServer(tmp_path / "identity", lambda scope: served.sign_in(scope).json()["access_token"]) as server:
        settings = {"WORKSPACE_ID": served.facts["workspace_id"], "ENDPOINT": served.url, "SIGN_IN": "device_code"}
        for name, value in settings.items():
            monkeypatch.setenv(f"JUPYTERLAB_SENTINEL_WORKSPACES__CONTOSO__{name}", str(value))
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        yield server


def panel_state(kernel: Kernel, *, waits: bool) -> dict[str, Any]:
    while True:
        message = kernel.until("comm_msg", comm_id="panel")
        data: dict[str, Any] = message["content"]["data"]
        if data["type"] == "state" and (data["signIn"] is not None) == waits:
            return data


def cell_with_code(kernel: Kernel) -> dict[str, Any]:
    """The message that shows a code, which came or will come."""

    def shows(message: dict[str, Any]) -> bool:
        return message["msg_type"] == "display_data" and "Sign in to Azure" in json.dumps(message["content"]["data"])

    while not any(map(shows, kernel.messages)):
        kernel.next()
    return next(filter(shows, kernel.messages))


def test_the_code_stands_in_the_cell_and_the_sidebar_until_it_is_entered(
    identity: IdentityServer, kernel: Kernel
) -> None:
    say(kernel, "comm_open", {"comm_id": "panel", "target_name": "jupyterlab_sentinel", "data": {}})
    panel_state(kernel, waits=False)
    kernel.messages.clear()
    identifier = kernel.start("%sentinel connect contoso")
    told = panel_state(kernel, waits=True)
    prompt = told["signIn"]
    assert prompt["code"] == identity.code
    assert prompt["page"] == prompt["address"] == identity.page
    assert 800 < prompt["secondsLeft"] <= 900
    cell = cell_with_code(kernel)
    assert cell["parent_header"]["msg_id"] == identifier
    assert '<a href="https://microsoft.com/devicelogin" target="_blank"' in cell["content"]["data"]["text/html"]
    assert f"enter the code {identity.code}" in cell["content"]["data"]["text/plain"]
    identity.approve()
    panel_state(kernel, waits=False)
    assert kernel.finish(identifier)["status"] == "ok"
    assert kernel.of("stream") == []
    assert _last(kernel, cell) == {"text/html": "", "text/plain": ""}
    assert "Connected to contoso" in json.dumps(kernel.of("display_data")[-1])
    assert kernel.run("%%sentinel df <<\nLog | count")["status"] == "ok"
    assert identity.codes == 1
    # what azure.identity logs on its way is no warning to anybody
    assert kernel.run("import time; time.sleep(0.5)")["status"] == "ok"
    assert kernel.of("stream") == []
    # another workspace of the same tenant, in the same kernel, asks nobody
    assert kernel.run("import jupyterlab_sentinel as s; s.connect('contoso').close()")["status"] == "ok"
    assert identity.codes == 1


def _last(kernel: Kernel, cell: dict[str, Any]) -> dict[str, Any]:
    name = cell["content"]["transient"]["display_id"]
    while True:
        updates = [update for update in kernel.of("update_display_data") if update["transient"]["display_id"] == name]
        if updates and not updates[-1]["data"]["text/html"]:
            found: dict[str, Any] = updates[-1]["data"]
            return found
        kernel.next()


def test_an_interrupt_takes_the_code_away_and_asks_no_more(identity: IdentityServer, kernel: Kernel) -> None:
    say(kernel, "comm_open", {"comm_id": "panel", "target_name": "jupyterlab_sentinel", "data": {}})
    panel_state(kernel, waits=False)
    identifier = kernel.start("%sentinel connect contoso")
    panel_state(kernel, waits=True)
    kernel.manager.interrupt_kernel()
    panel_state(kernel, waits=False)
    reply = kernel.finish(identifier)
    assert reply["ename"] == "CancelledQueryError"
    identity.approve()
    before = len(identity.asked)
    # a poll may have been under way; whatever still polled would have asked again by then
    assert kernel.run("import time; time.sleep(2.5)")["status"] == "ok"
    assert len(identity.asked) <= before + 1
    say(kernel, "comm_msg", {"comm_id": "panel", "data": {"type": "hello", "origin": "after"}})
    assert panel_state(kernel, waits=False)["workspace"] is None


def test_a_declined_sign_in_is_an_error_and_the_code_is_gone(identity: IdentityServer, kernel: Kernel) -> None:
    identity.decline()
    reply = kernel.run("%sentinel connect contoso")
    assert reply["status"] == "error"
    assert "declined" in "".join(kernel.of("error")[0]["traceback"])
    assert kernel.of("stream") == []


def test_an_expired_code_goes(identity: IdentityServer, kernel: Kernel) -> None:
    identity.expires_s = 2
    reply = kernel.run("%sentinel connect contoso")
    assert reply["status"] == "error"
    assert reply["ename"] == "AccessError"
    assert _last(kernel, cell_with_code(kernel)) == {"text/html": "", "text/plain": ""}


# --- what is shown ---------------------------------------------------------------------------------


def code(address: str = "https://microsoft.com/devicelogin", text: str = "ABCD", minutes: float = 5.5) -> DeviceCode:
    return DeviceCode(address, text, datetime.now(UTC) + timedelta(minutes=minutes))


def test_a_code_that_an_attacker_wrote_is_text() -> None:
    hostile = code("https://evil.example/\u202e<script>alert(1)</script>", '"><img src=x onerror=alert(1)>\u202e')
    shown = html([_block(hostile)])
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<a" not in shown
    assert "\u202e" not in shown
    assert "https://" not in shown
    assert "none of the sign-in pages" in shown
    plain = plain_text([_block(hostile)])
    assert "https://" not in plain
    assert "\u202e" not in plain


def test_the_minutes_are_counted() -> None:
    assert "6 minutes from now" in html([_block(code())])
    assert "2 minutes from now" in html([_block(code(minutes=1.5))])
    assert "less than a minute from now" in html([_block(code(minutes=0.5))])


def test_what_counts_down_ends_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[dict[str, str]] = []
    monkeypatch.setattr("jupyterlab_sentinel.magics.sign_in._publish", lambda data, _name, **_: published.append(data))
    _count_down(code(minutes=0.001), threading.Event(), "x")
    assert published[-1] == {"text/html": "", "text/plain": ""}
    published.clear()
    ended = threading.Event()
    ended.set()
    _count_down(code(), ended, "x")
    assert published == [{"text/html": "", "text/plain": ""}]


def test_without_a_notebook_the_code_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    Board().put(Attempt(), code())
    assert "enter the code ABCD" in capsys.readouterr().out


def test_unloading_watches_no_more(notebook: Any) -> None:
    assert any(isinstance(getattr(one, "__self__", None), CodeDisplay) for one in PROCESS.listeners)
    notebook.ok("%unload_ext jupyterlab_sentinel")
    assert not any(isinstance(getattr(one, "__self__", None), CodeDisplay) for one in PROCESS.listeners)
