"""A real Jupyter server with the extension, in the test's own process.

The fixtures are those of pytest-jupyter, named one by one: its hooks for coroutines would contend with
pytest-asyncio's, so tests here are plain functions that let the server's loop run while they ask.
"""

from __future__ import annotations

import json
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pytest_jupyter.jupyter_core import (
    echo_kernel_spec,
    jp_asyncio_loop,
    jp_config_dir,
    jp_data_dir,
    jp_env_config_path,
    jp_env_jupyter_path,
    jp_environ,
    jp_home_dir,
    jp_kernel_dir,
    jp_runtime_dir,
    jp_system_config_path,
    jp_system_jupyter_path,
)
from pytest_jupyter.jupyter_server import (
    jp_argv,
    jp_auth_header,
    jp_base_url,
    jp_configurable_serverapp,
    jp_http_port,
    jp_logging_stream,
    jp_nbconvert_templates,
    jp_root_dir,
    jp_server_cleanup,
    jp_serverapp,
    jp_web_app,
)
from pytest_jupyter.pytest_tornasync import http_server, http_server_client, http_server_port
from tornado.httpclient import HTTPResponse

from jupyterlab_sentinel.models.wire import API_ROOT

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "echo_kernel_spec",
    "http_server",
    "http_server_client",
    "http_server_port",
    "jp_argv",
    "jp_asyncio_loop",
    "jp_auth_header",
    "jp_base_url",
    "jp_config_dir",
    "jp_configurable_serverapp",
    "jp_data_dir",
    "jp_env_config_path",
    "jp_env_jupyter_path",
    "jp_environ",
    "jp_home_dir",
    "jp_http_port",
    "jp_kernel_dir",
    "jp_logging_stream",
    "jp_nbconvert_templates",
    "jp_root_dir",
    "jp_runtime_dir",
    "jp_server_cleanup",
    "jp_serverapp",
    "jp_system_config_path",
    "jp_system_jupyter_path",
    "jp_web_app",
]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """Asks the server below our root and waits for the answer."""

    def __init__(self, client: Any, loop: asyncio.AbstractEventLoop, base_url: str, auth: dict[str, str]) -> None:
        self._client = client
        self._loop = loop
        self._base_url = base_url
        self._auth = auth

    def wait(self, awaitable: Any) -> Any:
        return self._loop.run_until_complete(awaitable)

    def send(
        self,
        method: str,
        path: str,
        params: dict[str, object] | None = None,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        signed_in: bool = True,
        root: str = API_ROOT,
        request_timeout: float = 60,
    ) -> Any:
        """The future of an answer."""
        address = f"{self._base_url}{root}/{path}" + ("?" + urllib.parse.urlencode(params) if params else "")
        return self._client.fetch(
            address,
            method=method,
            body=body,
            headers={**(self._auth if signed_in else {}), **(headers or {})},
            raise_error=False,
            follow_redirects=False,
            allow_nonstandard_methods=True,
            request_timeout=request_timeout,
        )

    def ask(self, method: str, path: str, params: dict[str, object] | None = None, **options: Any) -> Answer:
        response: HTTPResponse = self.wait(self.send(method, path, params, **options))
        return Answer(response.code, dict(response.headers), response.body or b"")

    def get(self, path: str, **params: object) -> Answer:
        return self.ask("GET", path, params)

    def post(self, path: str, **fields: object) -> Answer:
        return self.ask("POST", path, body=json.dumps(fields).encode(), headers={"Content-Type": "application/json"})


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyterlab_sentinel": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
        },
    }


@pytest.fixture
def server(
    jp_serverapp: Any,
    http_server_client: Any,
    jp_asyncio_loop: asyncio.AbstractEventLoop,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
) -> Server:
    return Server(http_server_client, jp_asyncio_loop, jp_base_url, jp_auth_header)


@pytest.fixture(autouse=True)
def kept_copies(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERLAB_SENTINEL_DEMO_DIR", str(demo_folder))
    monkeypatch.setenv("JUPYTERLAB_SENTINEL_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def write_logs(jp_root_dir: Path) -> Callable[..., Path]:
    """Writes a folder of NDJSON tables below the server's root and says where."""

    def write(name: str = "logs", **tables: list[dict[str, object]]) -> Path:
        folder = jp_root_dir / name
        folder.mkdir(exist_ok=True)
        for table, rows in tables.items():
            lines = (json.dumps(row) for row in rows)
            (folder / f"{table}.ndjson").write_text("".join(f"{text}\n" for text in lines), "utf-8")
        return folder

    return write
