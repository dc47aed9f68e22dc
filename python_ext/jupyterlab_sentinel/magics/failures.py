"""Errors as users see them: the message, the place, the hint, in red, and never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import CancelledQueryError, KqlError, SentinelError
from .inert import inert_plain

if TYPE_CHECKING:
    from typing import TypeVar

    E = TypeVar("E", bound=SentinelError)

_RED = "\x1b[31m"
_BOLD = "\x1b[1m"
_RESET = "\x1b[0m"


def shown(error: E) -> E:
    """``error`` made ready to be raised out of a magic.

    Its texts become inert, and IPython (which asks an exception for ``_render_traceback_``) prints
    them instead of a traceback. The cell still counts as failed, so that what builds on it does not run.
    """
    message, caret, hint = (inert_plain(part) for part in (error.message, _caret(error), error.hint))
    error.message = f"{message}\n{caret}" if caret else message
    error.hint = hint
    if isinstance(error, KqlError):
        error.position = None
    lines = [f"{_RED}{_BOLD}{first}{_RESET}" for first in message.split("\n")[:1]]
    lines += [f"{_RED}{line}{_RESET}" for line in message.split("\n")[1:]]
    lines += [f"{_RED}{line}{_RESET}" for line in caret.split("\n") if caret]
    lines += hint.split("\n") if hint else []
    error.__dict__["_render_traceback_"] = lambda: lines
    return error


def stopped() -> CancelledQueryError:
    """What a kernel interrupt becomes."""
    return shown(CancelledQueryError("Stopped.", hint="Nothing was changed; the next query works as usual."))


def _caret(error: SentinelError) -> str:
    if not isinstance(error, KqlError) or error.position is None or error.query is None:
        return ""
    from ..kql.binding import caret

    return caret(error.query, error.position.line, error.position.column, error.position.length)
