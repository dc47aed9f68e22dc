"""Connections to public addresses only; imports httpx, so import this where it is used."""

from __future__ import annotations

import contextlib
import logging
import socket
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar

import anyio
import httpcore
import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

CONNECTIONS = 16


class ForbiddenAddressError(httpcore.ConnectError):
    """The name leads to an address that is not public."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves names itself and connects to what it has checked, so that no second answer slips in."""

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._allowed = allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to ``host`` at the first of its addresses that answers.

        :raises ForbiddenAddressError: any of them is not public.
        :raises httpcore.ConnectError: none answers, or there is none.
        """
        addresses = await self._addresses(host, port)
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the name cannot be resolved") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not all(self._allowed(address) for address in addresses):
            raise ForbiddenAddressError("the name leads to an address that is not public")
        return addresses

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)


class GuardedTransport(httpx.AsyncBaseTransport):
    """httpx over a pool of :class:`GuardedBackend`."""

    def __init__(self, allowed: Callable[[str], bool]) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=CONNECTIONS,
            network_backend=GuardedBackend(allowed),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        :raises httpcore.ConnectError: and httpcore's other errors, as they are.
        """
        url = request.url
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Stream(response.stream),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: object) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:  # type: ignore[attr-defined]  # httpcore types it for both worlds
            yield part

    async def aclose(self) -> None:
        if hasattr(self._stream, "aclose"):
            await self._stream.aclose()


class _Hush(logging.Filter):
    """Keeps our requests out of other packages' logs: they would write down whole URLs."""

    active: ClassVar[ContextVar[bool]] = ContextVar("jupyterlab_sentinel_request", default=False)

    def filter(self, _record: logging.LogRecord) -> bool:
        return not self.active.get()


_HUSH = _Hush()


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """While inside, httpx and httpcore log nothing of what this task does; others' requests are as ever."""
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"):
        logging.getLogger(name).addFilter(_HUSH)
    token = _Hush.active.set(True)
    try:
        yield
    finally:
        _Hush.active.reset(token)
