"""A server on loopback that fails in the ways that services and providers fail.

``with FaultServer() as server: server.set("429", times=2, retry_after=1)``: the next two requests
get that fault, later ones a normal answer; ``times=-1`` means all. ``server.log`` has the requests
seen, with the time, path and headers of each.
"""

from __future__ import annotations

import email.utils
import gzip
import http.server
import json
import socket
import struct
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

NORMAL = {"ok": True}
_STATUSES = ("400", "401", "403", "404", "408", "413", "429", "500", "502", "503", "504")
_JSON = ("Content-Type", "application/json")


class FaultServer:
    def __init__(self) -> None:
        self.log: list[tuple[float, str, dict[str, str]]] = []
        self.stop = threading.Event()
        self.seen = threading.Event()
        self._lock = threading.Lock()
        self.set("ok")
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def set(self, mode: str, times: int = -1, **options: Any) -> None:
        with self._lock:
            self.mode, self.times, self.options = mode, times, options
            self.log.clear()
            self.seen.clear()

    def next(self, path: str, headers: dict[str, str]) -> tuple[str, dict[str, Any]]:
        with self._lock:
            self.log.append((time.monotonic(), path, headers))
            self.seen.set()
            if self.times == 0:
                return "ok", self.options
            self.times -= 1
            return self.mode, self.options


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up on purpose here."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    control: FaultServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        """Say nothing."""

    def do_GET(self) -> None:
        mode, options = self.control.next(self.path, dict(self.headers.items()))
        if mode in _STATUSES:
            self.status(int(mode), options)
        else:
            _MODES[mode](self, options)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def send(self, body: bytes, *headers: tuple[str, str], status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers or (_JSON,):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def status(self, code: int, options: dict[str, Any]) -> None:
        headers = [_JSON]
        wait = options.get("retry_after")
        if wait is not None:
            text = email.utils.formatdate(time.time() + wait, usegmt=True) if options.get("as_date") else str(wait)
            headers.append(("Retry-After", text))
        self.send(b'{"error": {"message": "<img src=x onerror=1> Bearer SECRET-TOKEN"}}', *headers, status=code)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def reset_midway(self, body: bytes) -> None:
        self.send(body[: len(body) // 2], length=len(body) + 1000)
        self.reset()

    def end_early(self, body: bytes) -> None:
        self.send(body[: len(body) // 2], length=len(body))
        self.close_connection = True

    def no_http(self) -> None:
        self.wfile.write(b"\x16\x03\x01 not http at all\r\n\r\n")
        self.close_connection = True

    def endless(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not self.control.stop.is_set():
            self.wfile.write(b"10000\r\n" + b"A" * 65536 + b"\r\n")

    def endless_rows(self, options: dict[str, Any]) -> None:
        """An answer that begins as it should and never ends; ``rows`` at a time, ``gap_s`` seconds apart."""
        rows = b",".join([b'[1,"' + b"x" * 200 + b'"]'] * options.get("rows", 1000)) + b","
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        piece = options["begins"]
        while not self.control.stop.wait(options.get("gap_s", 0)):
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
            piece = rows

    def trickle(self, body: bytes) -> None:
        self.send(b"", length=len(body))
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.control.stop.wait(0.05):
                break

    def hang(self) -> None:
        self.control.stop.wait(60)
        self.close_connection = True

    def bomb(self, mebibytes: int) -> None:
        packing = zlib.compressobj(9, wbits=31)
        parts = [packing.compress(b'{"a":"'), *(packing.compress(b"A" * (1 << 20)) for _ in range(mebibytes))]
        self.send(b"".join([*parts, packing.flush()]), _JSON, ("Content-Encoding", "gzip"))


def _body(options: dict[str, Any]) -> bytes:
    return json.dumps(options.get("ok", NORMAL)).encode()


_MODES: dict[str, Callable[[_Handler, dict[str, Any]], None]] = {
    "ok": lambda to, options: to.send(_body(options)),
    "gzip": lambda to, options: to.send(gzip.compress(_body(options)), _JSON, ("Content-Encoding", "gzip")),
    "gzip_cut": lambda to, options: to.send(gzip.compress(_body(options))[:-8], _JSON, ("Content-Encoding", "gzip")),
    "br": lambda to, options: to.send(b"\x8b\x00", _JSON, ("Content-Encoding", "br")),
    "rst": lambda to, options: to.reset(),
    "rst_mid": lambda to, options: to.reset_midway(_body(options)),
    "short": lambda to, options: to.end_early(_body(options)),
    "truncated_json": lambda to, options: to.send(_body(options)[:-3]),
    "garbage": lambda to, options: to.send(bytes(range(256)) * 8),
    "bad_http": lambda to, options: to.no_http(),
    "empty": lambda to, options: to.send(b""),
    "html": lambda to, options: to.send(b"<html><script>alert(1)</script></html>", ("Content-Type", "text/html")),
    "null": lambda to, options: to.send(b"null"),
    "deep": lambda to, options: to.send(b"[" * 100_000 + b"]" * 100_000),
    "deep_100": lambda to, options: to.send(b"[" * 100 + b"]" * 100),
    "nan": lambda to, options: to.send(b'{"score": NaN}'),
    "huge_number": lambda to, options: to.send(b'{"n": ' + b"9" * 5000 + b"}"),
    "bomb": lambda to, options: to.bomb(options.get("mebibytes", 100)),
    "endless": lambda to, options: to.endless(),
    "endless_rows": lambda to, options: to.endless_rows(options),
    "slow": lambda to, options: to.trickle(_body(options) * 100),
    "hang": lambda to, options: to.hang(),
    "redirect": lambda to, options: to.send(b"", ("Location", options["to"]), status=302),
    "redirect_loop": lambda to, options: to.send(b"", ("Location", to.path), status=302),
}


def _handler(control: FaultServer) -> type[_Handler]:
    return type("Handler", (_Handler,), {"control": control})
