from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tornado.simple_httpclient import HTTPTimeoutError
from traitlets import TraitError

from jupyterlab_sentinel.server.extension import SentinelExtension
from jupyterlab_sentinel.services import listings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.server.conftest import Server

# httpx and IPython are not in it: JupyterLab's own extension loads them
HEAVY = ("pandas", "pyarrow", "duckdb", "duckdb_kql", "azure", "ipyleaflet", "matplotlib", "geoip2")
START = f"""
import sys
from jupyter_server.serverapp import ServerApp

app = ServerApp.instance(open_browser=False, allow_root=True, port=0)
app.initialize(["--ServerApp.jpserver_extensions={{'jupyterlab_sentinel': True}}"], new_httpserver=False)
assert app.extension_manager.extension_apps["jupyterlab_sentinel"], "not loaded"
print("loaded:", [name for name in {HEAVY!r} if name in sys.modules])
"""


def test_starting_the_server_loads_nothing_heavy(jp_environ: None) -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, timeout=60, check=False)
    assert "loaded: []" in done.stdout, done.stdout + done.stderr


def test_the_server_finds_the_extension_by_its_package() -> None:
    import jupyterlab_sentinel

    points = jupyterlab_sentinel._jupyter_server_extension_points()
    assert points == [{"module": "jupyterlab_sentinel", "app": SentinelExtension}]


class TestSettings:
    def test_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JUPYTERLAB_SENTINEL_SERVER__ALLOW_PATHS", "off")
        monkeypatch.setenv("JUPYTERLAB_SENTINEL_SERVER__KEEP_SECONDS", "2.5")
        extension = SentinelExtension()
        assert extension.allow_paths is False
        assert extension.keep_seconds == 2.5
        assert extension.most_workspaces == 8

    def test_config_wins_over_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JUPYTERLAB_SENTINEL_SERVER__IDLE_SECONDS", "5")
        assert SentinelExtension(idle_seconds=7.0).idle_seconds == 7.0

    def test_what_is_no_number_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JUPYTERLAB_SENTINEL_SERVER__KEEP_ALERTS", "many")
        with pytest.raises(TraitError, match="KEEP_ALERTS"):
            _ = SentinelExtension().keep_alerts


class TestForbiddenPaths:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["SentinelExtension"] = {"allow_paths": False}
        return jp_server_config

    def test_only_configured_workspaces_are_opened(
        self, server: Server, write_logs: Callable[..., Path], jp_config_dir: Path
    ) -> None:
        folder = write_logs(Syslog=[{"TimeGenerated": "2026-06-01T00:00:00Z"}])
        assert server.post("connect", name=str(folder)).status == 404
        settings = jp_config_dir / "jupyterlab_sentinel.toml"
        settings.write_text(f'[workspaces.case]\npath = "{folder}"\n', "utf-8")
        answer = server.post("connect", name="case")
        assert answer.status == 200, answer.json
        assert answer.json["address"] == "case"


class SlowReader:
    """Stands in for a workspace that takes for ever."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.cancelled = threading.Event()

    async def __call__(self, *_: Any) -> Any:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowReader:
    reader = SlowReader()
    monkeypatch.setattr(listings, "read_listing", reader)
    return reader


def test_a_query_stops_when_nobody_waits_for_it(
    server: Server, slow: SlowReader, write_logs: Callable[..., Path], jp_asyncio_loop: asyncio.AbstractEventLoop
) -> None:
    write_logs(Syslog=[{"TimeGenerated": "2026-06-01T00:00:00Z"}])
    server.post("connect", name="logs")

    async def leave() -> bool:
        asking = server.send("GET", "alerts", {"workspace": "logs", "spec": "all"}, request_timeout=1.0)
        started = await jp_asyncio_loop.run_in_executor(None, slow.started.wait, 10)
        with pytest.raises(HTTPTimeoutError):
            await asking
        stopped = await jp_asyncio_loop.run_in_executor(None, slow.cancelled.wait, 10)
        return started and stopped

    assert server.wait(leave())


def test_the_server_answers_others_while_a_query_runs(
    server: Server, slow: SlowReader, write_logs: Callable[..., Path], jp_asyncio_loop: asyncio.AbstractEventLoop
) -> None:
    write_logs(Syslog=[{"TimeGenerated": "2026-06-01T00:00:00Z"}])
    server.post("connect", name="logs")

    async def meanwhile() -> int:
        asking = server.send("GET", "alerts", {"workspace": "logs", "spec": "all"}, request_timeout=5.0)
        await jp_asyncio_loop.run_in_executor(None, slow.started.wait, 10)
        other = await server.send("GET", "status")
        asking.cancel()
        return int(other.code)

    assert server.wait(meanwhile()) == 200


class TestDeadline:
    @pytest.fixture
    def jp_server_config(self, jp_server_config: dict[str, Any]) -> dict[str, Any]:
        jp_server_config["SentinelExtension"] = {"timeout_seconds": 0.05}
        return jp_server_config

    def test_a_workspace_that_does_not_answer_in_time(
        self, server: Server, slow: SlowReader, write_logs: Callable[..., Path]
    ) -> None:
        write_logs(Syslog=[{"TimeGenerated": "2026-06-01T00:00:00Z"}])
        server.post("connect", name="logs")
        answer = server.get("alerts", workspace="logs", spec="all")
        assert (answer.status, answer.json["code"]) == (504, "timeout")
        assert slow.cancelled.wait(10)
