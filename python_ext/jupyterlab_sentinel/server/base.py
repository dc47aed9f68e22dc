"""What all handlers share: who may call, how bodies are read and written, how failures are told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from jupyter_server.base.handlers import APIHandler

from ..blocking import start
from ..device_codes import asking
from ..errors import SentinelError
from ..models.wire import WireStruct
from ..services.states import error_state
from .failures import Refusal, http_error, status_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .desk import Desk

Request = TypeVar("Request", bound=WireStruct)

LARGEST_BODY = 64 * 1024
_LONGEST_PARAMETER = 8 * 1024


class SentinelHandler(APIHandler):
    """Base of every handler. Each verb must be ``@authenticated`` and ``@authorized``; tests walk the routes."""

    auth_resource = "jupyterlab_sentinel"

    def initialize(self, desk: Desk) -> None:
        """Called by tornado with what the route was registered with."""
        self.desk = desk
        self._asking: asyncio.Future[Any] | None = None

    def set_default_headers(self) -> None:
        """Nothing of an investigation stays in a cache; nothing of an answer is ever a page."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    @property
    def content_security_policy(self) -> str:
        """Jupyter's policy for APIs, in a sandbox."""
        return f"{super().content_security_policy}; sandbox"

    def on_connection_close(self) -> None:
        """The client left: stop working for it."""
        if self._asking is not None:
            self._asking.cancel()
        super().on_connection_close()

    async def answer(self, verb: Callable[[], Awaitable[WireStruct]]) -> None:
        """Answer with what ``verb()`` says, on the package's own loop thread, so that the server's is never held up.

        Our own errors become JSON with a fitting status. Nobody is asked to sign in meanwhile: whoever waits for
        this answer has not asked for that.
        """
        self._asking = asyncio.wrap_future(start(_unasked, verb))
        try:
            answer = await self._asking
        except SentinelError as error:
            answer = error_state(error)
            self.set_status(status_of(error))
            if error.retry_after is not None:
                self.set_header("Retry-After", str(max(1, round(error.retry_after))))
        except asyncio.CancelledError:
            if not self._asking.cancelled():
                raise
            self.set_status(499, "Client Closed Request")
            return
        await self.finish(encoded(answer))

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401  # tornado's signature
        """Every failure is JSON of one shape, without a traceback."""
        failure = kwargs.get("exc_info", (None, None, None))[1]
        self.finish(encoded(http_error(status_code, failure)))

    def parameters(self, kind: type[Request]) -> Request:
        """The query string as ``kind``.

        :raises Refusal: 400, what is wrong with which parameter.
        """
        names = kind.__struct_encode_fields__
        given = {name: self.get_query_argument(name, None) for name in names}
        for name, value in given.items():
            if value is not None and len(value) > _LONGEST_PARAMETER:
                raise Refusal(400, "bad_request", f"The parameter {name} is too long.")
        try:
            present = {name: value for name, value in given.items() if value is not None}
            return msgspec.convert(present, kind, strict=False)
        except msgspec.ValidationError as error:
            raise Refusal(400, "bad_request", f"The parameters do not fit: {error}.") from None

    def body(self, kind: type[Request]) -> Request:
        """The JSON body as ``kind``.

        :raises Refusal: 415 not declared as JSON, 413 too large, 400 no such JSON.
        """
        declared = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if declared != "application/json":
            raise Refusal(415, "not_json", "The body must be JSON.", "Send Content-Type: application/json.")
        if len(self.request.body) > LARGEST_BODY:
            raise Refusal(413, "too_large", f"The body is larger than {LARGEST_BODY} bytes.")
        try:
            return msgspec.json.decode(self.request.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refusal(400, "bad_request", f"The body does not fit: {error}.") from None


async def _unasked(verb: Callable[[], Awaitable[WireStruct]]) -> WireStruct:
    with asking(None):
        return await verb()


def encoded(answer: WireStruct) -> bytes:
    """``answer`` as UTF-8 JSON; text that is no Unicode (lone surrogates) becomes U+FFFD."""
    try:
        return msgspec.json.encode(answer)
    except UnicodeEncodeError:
        return msgspec.json.encode(_without_surrogates(msgspec.to_builtins(answer)))


def _without_surrogates(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
