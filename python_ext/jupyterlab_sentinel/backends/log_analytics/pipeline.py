"""The Azure client's own pipeline, with our sign-in and our reading of bodies put into it.

Imports the Azure client and aiohttp: only :mod:`.client` imports this, when it is first used.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import time
import urllib.request
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import aiohttp
from azure.core import AsyncPipelineClient
from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import AsyncHTTPPolicy, AsyncRetryPolicy, SansIOHTTPPolicy
from azure.core.pipeline.transport import AioHttpTransport
from azure.monitor.query.aio import LogsQueryClient

from ...errors import UsageError
from .bodies import TooLargeError, refuse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from azure.core.pipeline import PipelineRequest, PipelineResponse

    from .endpoints import Endpoint
    from .tokens import TokenSource

INBOX = "inbox"
_TOKEN = "token_number"  # noqa: S105  # a key, no secret
_BLOCK = 1 << 20
_ERROR_BODY = 256 << 10
_HEAD = 256 << 10
_CONNECT_S = 10.0
_CA_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_WINDOWS = {"gzip": 31, "deflate": 15}


@dataclass(frozen=True, slots=True)
class Begins:
    """How answers of a service can be told: one of ``marks`` stands near the beginning of each."""

    service: str
    marks: tuple[bytes, ...]


LOGS = Begins("Log Analytics", (b'"tables"', b'"error"'))


class Headers(dict[str, str]):
    """Headers of an answer.

    :ivar at: when they came, in seconds since 1970.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(headers)
        self.at = time.time()


@dataclass
class Inbox:
    """Where the body of one answer with status 200 is put; given to the client as the option ``inbox``."""

    body: bytearray = field(default_factory=bytearray)
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """The service answered with a status other than 200.

    :param token: the number of the token that was sent.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, token: int = 0) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body
        self.token = token


class BrokenBodyError(Exception):
    """The body ended early or cannot be unpacked."""


class SignIn(AsyncHTTPPolicy):  # type: ignore[type-arg]  # generic over the transport's classes
    """Puts a token into each request. The endpoint was checked: https, or loopback."""

    def __init__(self, tokens: TokenSource, server_ahead_s: Callable[[], float]) -> None:
        super().__init__()
        self._tokens = tokens
        self._ahead = server_ahead_s

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        """Send with a token."""
        token = await self._tokens.token(server_ahead_s=self._ahead())
        request.context[_TOKEN] = self._tokens.number
        request.http_request.headers["Authorization"] = f"Bearer {token}"
        return await self.next.send(request)


class Held:
    """The token source in the shape of a credential, which the client wants to see; :class:`SignIn` does the work."""

    def __init__(self, tokens: TokenSource) -> None:
        self._tokens = tokens

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:  # noqa: ANN401  # the protocol's
        """A token for the source's own scope."""
        return AccessToken(await self._tokens.token(), 0)

    async def close(self) -> None:
        """Nothing to close: who made the source closes it."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Nothing to close."""


class ReadBody(SansIOHTTPPolicy):  # type: ignore[type-arg]  # likewise
    """Reads each body under a cap, before the client could read it without one.

    :param largest: in bytes, unpacked, for status 200; of a refusal the first 256 KiB are read.
    :param begins: what an answer of status 200 has near its beginning.
    """

    def __init__(self, largest: int, begins: Begins = LOGS) -> None:
        self._largest = largest
        self._begins = begins

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Keep the inbox: the transport knows no such option."""
        request.context[INBOX] = request.context.options.pop(INBOX)

    async def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        """Read the body.

        :raises RefusedError: a status other than 200.
        :raises TooLargeError: larger than may be.
        :raises BrokenBodyError: it cannot be unpacked.
        """
        answer = response.http_response
        encoding = answer.headers.get("Content-Encoding", "").strip().lower()
        blocks = answer.iter_raw()
        try:
            if answer.status_code != 200:
                body = await read_start(blocks, encoding, _ERROR_BODY)
                raise RefusedError(answer.status_code, dict(answer.headers), body, request.context[_TOKEN])
            inbox: Inbox = request.context[INBOX]
            inbox.headers = Headers(answer.headers)
            inbox.body = await read_whole(blocks, encoding, self._largest, self._begins)
        finally:
            await blocks.aclose()
            await answer.close()


async def read_whole(blocks: AsyncIterator[bytes], encoding: str, largest: int, begins: Begins = LOGS) -> bytearray:
    """A body of status 200, unpacked.

    One that is long and does not begin as an answer does is given up at once: it may have no end.

    :raises TooLargeError: larger than ``largest``.
    :raises ServiceError: it does not begin as an answer does.
    :raises BrokenBodyError: it cannot be unpacked, or ends early.
    """
    body = bytearray()
    checked = False
    async for piece in unpacked(blocks, encoding):
        body += piece
        if not checked and len(body) > _HEAD:
            checked = True
            if not any(mark in body[:_HEAD] for mark in begins.marks):
                refuse(body, service=begins.service)
        if len(body) > largest:
            # An error is kept by whoever shows it, with all that its frames hold.
            body.clear()
            raise TooLargeError(
                f"The answer is larger than {largest >> 20} MiB; it was not read further.",
                hint="Ask for fewer columns or a shorter time.",
            )
    return body


async def read_start(blocks: AsyncIterator[bytes], encoding: str, largest: int) -> bytes:
    """The first ``largest`` bytes of a body, as far as they can be read and unpacked."""
    body = bytearray()
    with contextlib.suppress(BrokenBodyError):
        async for piece in unpacked(blocks, encoding):
            body += piece
            if len(body) >= largest:
                break
    return bytes(body[:largest])


async def unpacked(blocks: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """The bytes behind gzip or deflate, in pieces of at most 1 MiB, however little they were packed into.

    :raises BrokenBodyError: they cannot be unpacked, or end early.
    """
    if encoding in ("", "identity"):
        async for block in blocks:
            yield block
        return
    if encoding not in _WINDOWS:
        raise BrokenBodyError
    unpacking = zlib.decompressobj(wbits=_WINDOWS[encoding])
    try:
        async for block in blocks:
            packed = block
            while packed and not unpacking.eof:
                yield unpacking.decompress(packed, _BLOCK)
                packed = unpacking.unconsumed_tail
        yield unpacking.flush()
    except zlib.error:
        raise BrokenBodyError from None
    if not unpacking.eof:
        raise BrokenBodyError


def logs_client(
    endpoint: Endpoint, tokens: TokenSource, largest: int, server_ahead_s: Callable[[], float]
) -> LogsQueryClient:
    """A client that neither retries nor redirects by itself, and reads nothing without a cap."""
    return LogsQueryClient(
        credential=Held(tokens),
        endpoint=endpoint.url,
        transport=_transport(endpoint),
        authentication_policy=SignIn(tokens, server_ahead_s),
        retry_policy=AsyncRetryPolicy.no_retries(),
        permit_redirects=False,
        per_call_policies=[ReadBody(largest)],
    )


def rest_client(
    endpoint: Endpoint, tokens: TokenSource, largest: int, server_ahead_s: Callable[[], float], begins: Begins
) -> AsyncPipelineClient[Any, Any]:
    """The same policies and transport for a service that has no client of its own here."""
    return AsyncPipelineClient(
        endpoint.url,
        policies=[ReadBody(largest, begins), SignIn(tokens, server_ahead_s)],
        transport=_transport(endpoint),
    )


def _transport(endpoint: Endpoint) -> AioHttpTransport:
    return AioHttpTransport(
        session=_session(endpoint),
        connection_data_block_size=_BLOCK,
        connection_timeout=_CONNECT_S,
        read_timeout=None,
    )


def _session(endpoint: Endpoint) -> aiohttp.ClientSession:
    """The connections to an endpoint.

    One context for all of them: the client would make a new one for each request, and no connection be used twice.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=_trust(endpoint)),
        cookie_jar=aiohttp.DummyCookieJar(),
        # Not trust_env: that also looks into ~/.netrc, whose passwords are for nobody here, and fails if one is found.
        proxy=_proxy_for(endpoint),
        auto_decompress=False,
        read_bufsize=_BLOCK,
    )


def _trust(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """What the environment says is to be trusted, as for Microsoft's credentials.

    Plain http, which only this machine is asked by, verifies nothing: the system's certificates are not read for it.
    """
    named = list(filter(None, (endpoint.ca_file, *map(os.environ.get, _CA_FILES))))
    if not named and urlsplit(endpoint.url).scheme == "http":
        return True
    context = ssl.create_default_context()
    for trusted in named:
        try:
            folder = Path(trusted).is_dir()
            context.load_verify_locations(cafile=None if folder else trusted, capath=trusted if folder else None)
        except OSError as error:
            raise UsageError(
                f"The certificates in {trusted} cannot be read: {error.strerror or 'they are no certificates'}.",
                hint=f"Correct or unset {' and '.join(_CA_FILES)}.",
            ) from None
    return context


def _proxy_for(endpoint: Endpoint) -> str | None:
    """The proxy that the environment or the system names for the endpoint; this machine itself is asked without."""
    host = urlsplit(endpoint.url).hostname or ""
    if endpoint.loopback or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.request.getproxies().get("https")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
