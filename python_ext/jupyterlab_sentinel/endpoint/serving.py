"""Opening a local workspace and serving it on 127.0.0.1 until told to stop."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UnknownWorkspaceError, UsageError
from ..plugins import backend_for
from ..settings import load_settings
from .identity import Identity, Tokens, read_secret
from .limits import Limits

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import AsyncIterator, Callable, Iterator

    from ..ports import QueryBackend

ADDRESS = "127.0.0.1"
_LOCAL = "embedded"
_HUGE = 1 << 40
# Of GET requests, whose queries stand in the address.
_LONGEST_HEADERS = 256 << 10
_BODY_S = 60.0
_IDLE_S = 300.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve.

    :param workspace: ``demo``, a configured name of a folder, or a path.
    :param port: 0 for any that is free.
    :param secret_file: where the client secret is, or is to be kept; None for a new one each time.
    """

    workspace: str = "demo"
    port: int = 0
    https: bool = False
    secret_file: Path | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Served:
    """What is being served.

    :param facts: what a client needs, as ``jupyter sentinel serve`` prints it; holds secrets.
    :param notices: what somebody should know of the workspace, for instance files that were left out.
    """

    facts: dict[str, str | None] = field(repr=False)
    notices: tuple[str, ...]


@asynccontextmanager
async def serving(options: Options) -> AsyncIterator[Served]:
    """Serve while the context lasts.

    :raises UnknownWorkspaceError: no local workspace of that name.
    :raises UsageError: the port is taken.
    :raises SettingsError: the client secret cannot be used.
    :raises SentinelError: the workspace cannot be opened.
    """
    backend = _local_backend(options.workspace)
    sockets = _listen(options.port)
    try:
        identity = Identity(_stable_name(options.workspace), read_secret(options.secret_file))
        await backend.open()
        with _ca_file(wanted=options.https) as ca_file:
            async with _server(options, identity, backend, sockets, ca_file) as origin:
                yield Served(_facts(identity, origin, ca_file), backend.info.notices)
    finally:
        for listening in sockets:
            listening.close()
        await backend.close()


async def serve(options: Options, announce: Callable[[Served], None]) -> None:
    """Serve until the process is interrupted or terminated.

    :param announce: called once, when requests are answered.
    :raises SentinelError: see :func:`serving`.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not on Windows: there, an interrupt cancels this task.
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with serving(options) as served:
        announce(served)
        await stop.wait()


@asynccontextmanager
async def _server(
    options: Options, identity: Identity, backend: QueryBackend, sockets: list[socket.socket], ca_file: Path | None
) -> AsyncIterator[str]:
    from tornado.httpserver import HTTPServer

    from .handlers import Desk
    from .routes import application
    from .served import ServedWorkspace

    port = int(sockets[0].getsockname()[1])
    scheme = "https" if options.https else "http"
    hosts = _hosts(port, scheme)
    desk = Desk(
        ServedWorkspace(identity, backend, options.limits),
        Tokens(identity, tuple(f"{scheme}://{host}" for host in hosts)),
        frozenset(hosts),
        scheme,
    )
    server = HTTPServer(
        application(desk),
        ssl_options=_context(ca_file),
        # Bodies are limited by the handlers, which answer in JSON; what is too much is read and dropped.
        max_body_size=_HUGE,
        max_header_size=_LONGEST_HEADERS,
        body_timeout=_BODY_S,
        idle_connection_timeout=_IDLE_S,
    )
    server.add_sockets(sockets)
    try:
        yield f"{scheme}://{hosts[0]}"
    finally:
        server.stop()
        await server.close_all_connections()
        await desk.stop()


def _facts(identity: Identity, origin: str, ca_file: Path | None) -> dict[str, str | None]:
    return {
        "endpoint": origin,
        "workspace_id": identity.workspace_id,
        "tenant_id": identity.tenant_id,
        "client_id": identity.client_id,
        "client_secret": identity.client_secret,
        "api_key": identity.api_key,
        "ca_file": None if ca_file is None else str(ca_file),
        "resource_id": identity.resource_id,
    }


def _local_backend(name: str) -> QueryBackend:
    """The backend for a workspace of local files; others are not passed on: their answers are not ours to give."""
    backend = backend_for(name, load_settings())
    if backend.info.kind != _LOCAL:
        raise UnknownWorkspaceError(
            f"“{name}” is no local workspace, and only those are served.",
            hint="Give demo, or a folder or file of exported logs.",
        )
    return backend


def _stable_name(workspace: str) -> str:
    """A configured name or ``demo`` as it is; a path made absolute."""
    name = workspace.strip()
    if name == "demo" or load_settings().workspace(name) is not None:
        return name
    return str(Path(name).expanduser().absolute())


def _listen(port: int) -> list[socket.socket]:
    from tornado.netutil import bind_sockets

    if not 0 <= port <= 65_535:
        raise UsageError(f"{port} is no port.", hint="Give a number from 1 to 65535, or 0 for any that is free.")
    try:
        return bind_sockets(port, ADDRESS)
    except OSError as error:
        raise UsageError(
            f"Port {port} cannot be used: {error.strerror}.", hint="Give another --port, or none for any that is free."
        ) from None


def _hosts(port: int, scheme: str) -> tuple[str, ...]:
    names = (ADDRESS, "localhost")
    usual = {"http": 80, "https": 443}[scheme]
    return tuple(f"{name}:{port}" for name in names) + (names if port == usual else ())


def _context(ca_file: Path | None) -> ssl.SSLContext | None:
    if ca_file is None:
        return None
    from .certificates import server_context

    return server_context(ca_file)


@contextmanager
def _ca_file(*, wanted: bool) -> Iterator[Path | None]:
    """A place for the authority's certificate in the user's own runtime folder, removed in the end."""
    if not wanted:
        yield None
        return
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"sentinel-endpoint-{os.getpid()}-{secrets.token_hex(4)}.pem"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
