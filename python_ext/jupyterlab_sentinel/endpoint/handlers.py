"""HTTP in, HTTP out: who may ask, what was asked, and errors that are always JSON."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from tornado.web import HTTPError, RequestHandler, stream_request_body

from .batches import answer_batch
from .limits import Limits, Window
from .metadata import cloud_body
from .refusals import Refusal, bad_argument, failed, invalid_token, not_authenticated, path_not_found, refusal
from .requests import query_from_address, query_from_body
from .served import packed

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from .identity import Identity, Tokens
    from .served import ServedWorkspace

_log = logging.getLogger(__name__)
_JSON = "application/json; charset=utf-8"
_EXPOSED = "Retry-After,Age,WWW-Authenticate,x-resource-identities,x-ms-status-location"


@dataclass
class Desk:
    """What every handler needs.

    :param hosts: values of the ``Host`` header that mean this endpoint; any other is a name that somebody
        else made point here.
    """

    served: ServedWorkspace
    tokens: Tokens
    hosts: frozenset[str]
    scheme: str

    def __post_init__(self) -> None:
        self.requests = Window(self.limits.requests, self.limits.window_s)
        self._working: set[asyncio.Task[bytes]] = set()

    @property
    def identity(self) -> Identity:
        """The endpoint's names and secrets."""
        return self.served.identity

    @property
    def limits(self) -> Limits:
        """What is allowed."""
        return self.served.limits

    def start(self, work: Coroutine[object, object, bytes]) -> asyncio.Task[bytes]:
        """Begin ``work``, which :meth:`stop` ends."""
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return task

    async def stop(self) -> None:
        """End everything that runs, and wait until it has ended: the workspace closes after that."""
        working = list(self._working)
        for task in working:
            # Told twice, a query would not wait any more for its engine to let go.
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


@stream_request_body
class Base(RequestHandler):
    """A request from a client. It is checked before its body is kept, and answered after its body was read.

    Subclasses define ``answer_get`` and ``answer_post``; what is refused never reaches them. A refusal waits for
    the end of the body, as closing a connection that still sends would lose the answer on its way.
    """

    public = False
    _echoed: Mapping[str, str] = MappingProxyType({})

    def initialize(self, desk: Desk) -> None:
        """Take the desk."""
        self.desk = desk
        self._content = bytearray()
        self._refusal: Refusal | None = None
        self._gone = False
        self._work: asyncio.Task[bytes] | None = None

    def set_default_headers(self) -> None:
        """Headers of every answer. ``Access-Control-Allow-Origin`` is left out: no web page may read answers."""
        self.clear_header("Server")
        self.set_header("Content-Type", _JSON)
        self.set_header("Access-Control-Expose-Headers", _EXPOSED)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Vary", "Accept-Encoding")
        for name, value in self._echoed.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Check the host, the caller, the size and the rate, in this order."""
        request_id = self.request.headers.get("x-ms-client-request-id", "")
        if request_id.isascii() and request_id.isprintable() and 0 < len(request_id) <= 100:
            self.echo("x-ms-client-request-id", request_id)
        try:
            self.check()
        except Refusal as refused:
            self._refusal = refused

    def check(self) -> None:
        """Check everything that is known before the body.

        :raises Refusal: one of the checks failed.
        """
        if self.request.headers.get("Host", "").lower() not in self.desk.hosts:
            raise refusal(421, "MisdirectedRequest", "This host is not served here")
        if not self.public:
            self._authenticate()
        length = self.request.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length[:20]) > self.desk.limits.request_bytes:
            raise self._too_large()
        if not self.public:
            self.desk.requests.check()
            self.desk.requests.count()

    def data_received(self, chunk: bytes) -> None:
        """Collect the body; of a request that is refused, nothing is kept."""
        if self._refusal is None and len(self._content) + len(chunk) > self.desk.limits.request_bytes:
            self._refusal = self._too_large()
            self._content.clear()
        if self._refusal is None:
            self._content += chunk

    async def dispatch(self, *target: str) -> None:
        """Answer the request, whatever its verb.

        :raises Refusal: it was refused.
        """
        if self._refusal is not None:
            raise self._refusal
        answer = getattr(self, f"answer_{(self.request.method or '').lower()}", None)
        if answer is None:
            raise refusal(405, "MethodNotAllowedError", "This verb is not served here")
        await answer(*target)

    get = post = put = delete = patch = head = options = dispatch

    def on_connection_close(self) -> None:
        """Nobody waits any more: stop."""
        self._gone = True
        if self._work is not None:
            self._work.cancel()

    def write_error(self, status_code: int, **kwargs: object) -> None:
        """Whatever went wrong, as JSON."""
        info = kwargs.get("exc_info")
        error = info[1] if isinstance(info, tuple) else None
        if isinstance(error, Refusal):
            found = error
        elif isinstance(error, HTTPError):
            # tornado's own come before the body was read, and it closes the connection then.
            self.set_header("Connection", "close")
            found = refusal(status_code, "BadArgumentError", self._reason)
        else:
            found = failed()
        self.set_status(found.status)
        for name, value in found.headers.items():
            self.set_header(name, value)
        self.finish(json.dumps(found.body))

    def log_exception(self, _typ: object, value: BaseException | None, _tb: object) -> None:
        """Log what is our fault, without the address, the headers or the body."""
        if not isinstance(value, (Refusal, HTTPError)):
            _log.error("A request failed", exc_info=value)

    async def reply(self, work: Coroutine[object, object, bytes]) -> None:
        """Send what ``work`` gives; it is stopped when the client goes away."""
        self._work = self.desk.start(work)
        try:
            body = await self._work
            body, zipped = await packed(body, self.request.headers.get("Accept-Encoding", ""))
        except asyncio.CancelledError:
            if self._gone:
                return
            raise refusal(503, "ServiceUnavailable", "The endpoint is shutting down") from None
        if zipped:
            self.set_header("Content-Encoding", "gzip")
        self.set_status(200)
        await self.finish(body)

    def echo(self, name: str, value: str) -> None:
        """Set a header that errors carry too."""
        self._echoed = {**self._echoed, name: value}
        self.set_header(name, value)

    def argument(self, name: str) -> str | None:
        """A parameter of the address, the last of its name."""
        return self.get_query_argument(name, None, strip=False)

    def json_content(self) -> bytes:
        """The body of a POST.

        :raises Refusal: it does not say that it is JSON.
        """
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise bad_argument("QueryValidationError", "The body has to be JSON, with Content-Type: application/json")
        return bytes(self._content)

    def _authenticate(self) -> None:
        key = self.request.headers.get("x-api-key")
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if key is not None:
            if not self.desk.identity.knows_key(key):
                raise invalid_token()
        elif scheme.lower() == "bearer" and token.strip():
            self.desk.tokens.check(token.strip())
        else:
            raise not_authenticated()

    def _too_large(self) -> Refusal:
        most = self.desk.limits.request_bytes
        return refusal(413, "RequestTooLargeError", f"The request is larger than {most} bytes")


class _Query(Base):
    def find(self, target: str) -> None:
        raise NotImplementedError

    async def answer_get(self, target: str) -> None:
        """Run the query of the address."""
        self.find(target)
        arguments = {name: self.argument(name) or "" for name in self.request.query_arguments}
        query = query_from_address(arguments, self._prefer(), datetime.now(UTC))
        await self.reply(self.desk.served.answer(query))

    async def answer_post(self, target: str) -> None:
        """Run the query of the body."""
        self.find(target)
        timespan = self.argument("timespan")
        query = query_from_body(self.json_content(), self._prefer(), datetime.now(UTC), timespan)
        await self.reply(self.desk.served.answer(query))

    def _prefer(self) -> str:
        """The header; Power BI's queries say it in the address."""
        header = ",".join([*self.request.headers.get_list("Prefer"), *self.get_query_arguments("prefer")])
        wait = next((item.strip() for item in header.split(",") if item.strip().lower().startswith("wait=")), None)
        if wait is not None and wait[5:].isascii() and wait[5:].isdigit():
            self.echo("Preference-Applied", wait)
        return header


class WorkspaceQuery(_Query):
    """A query of the workspace by its GUID."""

    def find(self, target: str) -> None:
        """Accept the GUID."""
        self.desk.served.find(target)


class ResourceQuery(_Query):
    """A query of the workspace by its Azure resource id, which keeps its slash: ``/v1//subscriptions/…``.

    Azure's resource manager has it at ``/subscriptions/…/providers/microsoft.insights/logs``.
    """

    def find(self, target: str) -> None:
        """Accept the resource id."""
        self.desk.served.find_resource(target)


class Batch(Base):
    """Several queries at once."""

    async def answer_post(self) -> None:
        """Run them."""
        await self.reply(answer_batch(self.desk.served, self.json_content(), datetime.now(UTC)))


class Metadata(Base):
    """Tables and columns."""

    def find(self, target: str) -> None:
        """Accept the GUID."""
        self.desk.served.find(target)

    async def answer_get(self, target: str) -> None:
        """Tell them."""
        self.find(target)
        await self.reply(self._told())

    async def answer_post(self, target: str) -> None:
        """Tell them; the service takes both verbs."""
        await self.answer_get(target)

    async def _told(self) -> bytes:
        return json.dumps(await self.desk.served.metadata()).encode()


class ResourceMetadata(Metadata):
    """The same by the Azure resource id."""

    def find(self, target: str) -> None:
        """Accept the resource id."""
        self.desk.served.find_resource(target)


class Nowhere(Base):
    """Every other path."""

    def check(self) -> None:
        """Check the caller like everywhere, then say that there is nothing.

        :raises Refusal: always.
        """
        super().check()
        raise path_not_found()


class Cloud(Base):
    """Where to sign in, and where to ask; tells nothing about the workspace."""

    public = True

    async def answer_get(self) -> None:
        """Tell it, in the shape of the API version that is asked for."""
        version = self.argument("api-version") or "latest"
        origin = f"{self.desk.scheme}://{self.request.host}"
        self.finish(json.dumps(cloud_body(origin, version)))
