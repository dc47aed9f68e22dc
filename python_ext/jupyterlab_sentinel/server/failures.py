"""Every failure of a request as one status and one :class:`~jupyterlab_sentinel.models.wire.WireError`."""

from __future__ import annotations

from http.client import responses
from typing import TYPE_CHECKING

from tornado.web import HTTPError

from ..errors import (
    AccessError,
    CancelledQueryError,
    LimitError,
    NotConnectedError,
    PartialAnswerError,
    QueryTimeoutError,
    SentinelError,
    ServiceError,
    ThrottledError,
    UnknownAlertError,
    UnknownWorkspaceError,
    UserMistake,
)
from ..models.wire import WireError

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUS: tuple[tuple[type[SentinelError], int], ...] = (
    (NotConnectedError, 409),
    (UnknownWorkspaceError, 404),
    (UnknownAlertError, 404),
    (UserMistake, 400),
    (AccessError, 403),
    (ThrottledError, 429),
    (QueryTimeoutError, 504),
    (LimitError, 422),
    (PartialAnswerError, 422),
    (ServiceError, 502),
    (CancelledQueryError, 503),
    (SentinelError, 500),
)
_TEXTS: Mapping[int, tuple[str, str, str]] = {
    400: ("bad_request", "The request could not be understood.", ""),
    401: ("unauthenticated", "You are not signed in to this Jupyter server.", "Sign in and repeat."),
    403: (
        "forbidden",
        "This Jupyter server does not let you do that.",
        "Sign in again, or ask who runs the server for access to jupyterlab_sentinel.",
    ),
    404: ("not_found", "There is nothing at this address.", ""),
    405: ("method_not_allowed", "This address does not take that method.", ""),
    500: (
        "internal",
        "The Sentinel server extension failed.",
        "The log of the Jupyter server has the details.",
    ),
}


class Refusal(HTTPError):
    """A request that breaks the rules of the interface; ``code``, message and hint go to the client."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(status, "%s", code)
        self.wire = WireError(code=code, message=message, hint=hint)


def status_of(error: SentinelError) -> int:
    """The HTTP status for ``error``."""
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def http_error(status: int, error: BaseException | None) -> WireError:
    """What a failure outside our own errors answers: fixed words, nothing of the request or of a traceback."""
    if isinstance(error, Refusal):
        return error.wire
    known = _TEXTS.get(status)
    if known is None:
        known = ("http", f"The request failed: {responses.get(status, 'unknown status')}.", "")
    code, message, hint = known
    return WireError(code=code, message=message, hint=hint)
