"""A query service on loopback whose answers the test writes."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

WORKSPACE = "11111111-2222-3333-4444-555555555555"
COLUMNS = [{"name": "a", "type": "long"}, {"name": "s", "type": "string"}]
LA_OK: dict[str, Any] = {"tables": [{"name": "PrimaryResult", "columns": COLUMNS, "rows": [[1, "x"]]}]}


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float = field(default_factory=time.monotonic)


@dataclass
class Reply:
    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    ahead_s: float = 0.0


class FakeToken:
    """A credential that counts, and whose tokens differ."""

    def __init__(self, lasts_s: float = 3600) -> None:
        self.calls: list[tuple[str, ...]] = []
        self.lasts_s = lasts_s

    def get_token(self, *scopes: str, **options: Any) -> Any:
        from azure.core.credentials import AccessToken

        self.calls.append(scopes)
        self.options = options
        return AccessToken(f"SECRET-{len(self.calls)}", int(time.time() + self.lasts_s))


class AsyncFakeToken(FakeToken):
    async def get_token(self, *scopes: str, **options: Any) -> Any:
        return super().get_token(*scopes, **options)


def reply(data: object, status: int = 200, **headers: str) -> Reply:
    return Reply(json.dumps(data).encode(), status, {key.replace("_", "-"): value for key, value in headers.items()})


class Service:
    """``answer`` is called with each request and gives the reply."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Reply] = lambda _asked: reply(LA_OK)
        self.packed = False
        self.running = 0
        self.most_running = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def handle(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            return self.answer(asked)
        finally:
            with self._lock:
                self.running -= 1


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 50

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up on purpose here."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service
    ahead_s = 0.0

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + self.ahead_s)

    def do_GET(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        path = urlsplit(self.path).path
        found = self.service.handle(Asked(self.command, path, headers, json.loads(raw) if raw else {}))
        body = gzip.compress(found.body, 1) if self.service.packed else found.body
        self.ahead_s = found.ahead_s
        self.send_response(found.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        if self.service.packed:
            self.send_header("Content-Encoding", "gzip")
        for name, value in found.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        self.send_response(407)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()
