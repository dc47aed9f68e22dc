"""What the service says when it refuses, as our errors: one class for each thing the user can do about it.

Shapes and codes: the service's recorded answers, and "Azure Monitor Log Analytics API errors"
(learn.microsoft.com/azure/azure-monitor/logs/api/errors).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import (
    AccessError,
    KqlError,
    KqlSemanticError,
    KqlSyntaxError,
    LimitError,
    Position,
    QueryTimeoutError,
    SentinelError,
    ServiceError,
    ThrottledError,
    UnknownWorkspaceError,
)
from ...kql.lexer import line_and_column
from ...models.indicators import visible
from .bodies import excerpt, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHOWN = 600
_DEEPEST = 8
_UNRESOLVED = re.compile(r"named '([^']{1,200})'")
_TOO_LARGE_CODES = frozenset({"-2133196797", "2161770499", "0x80DA0003"})
_TOO_LARGE = re.compile(
    r"E_QUERY_RESULT_SET_TOO_LARGE|0x80DA0003|exceed(?:s|ed)? the (?:set limit|internal data size limit)|truncat",
    re.IGNORECASE,
)
_OUT_OF_MEMORY = re.compile(r"E_RUNAWAY_QUERY|E_LOW_MEMORY_CONDITION|LowMemory|memory budget", re.IGNORECASE)
_TOO_LONG = re.compile(r"(?:execution|query|request)\b.{0,30}\btime[ds]?[ -]?out|ExecutionTimeout", re.IGNORECASE)
_PLANS = re.compile(r"\b(?:basic|auxiliary|restored|search job)\b.{0,40}\b(?:log|table|plan|tier)", re.IGNORECASE)
ROLE_HINT = (
    "Ask an owner of the workspace for the role Log Analytics Reader or Microsoft Sentinel Reader on it, "
    "or sign in as somebody who has one."
)


class NoMemoryError(LimitError):
    """The service had no memory left for the query; for less of its time it may have."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an error should name.

    :param workspace: as the user calls it.
    :param query: the text that positions refer to; empty for metadata.
    :param request_id: the id that the service's support can look for.
    :param retry_after: seconds, if the service said so.
    """

    workspace: str
    query: str = ""
    request_id: str = ""
    retry_after: float | None = None

    @property
    def reference(self) -> str:
        """For the end of a message."""
        return f" (request {self.request_id})" if self.request_id else ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One level of an error's nesting."""

    code: str
    message: str
    line: int | None = None
    column: int | None = None
    token: str = ""


def layers(error: Mapping[str, object]) -> tuple[Layer, ...]:
    """The levels of ``error``, outermost first, details included; texts are safe to show."""
    found: list[Layer] = []
    _collect(error, found, 0)
    return tuple(found)


def refusal(status: int, body: bytes, place: Place) -> SentinelError:
    """The error for an answer with a status other than 200.

    :param body: as much of it as was read.
    """
    levels = layers(error_of(body))
    text = said(levels) or excerpt(body)
    codes = {level.code for level in levels}
    if status in (401, 403):
        return _no_access(status, codes, text, place)
    if status == 429:
        return ThrottledError(
            f"Log Analytics asks to wait{_wait(place.retry_after)}{place.reference}: {text or 'too many requests'}",
            hint="Ask again then. A user may ask 200 times in 30 seconds and have 5 queries running at once.",
            retry_after=place.retry_after,
        )
    if status == 404 or codes & {"FailedToResolveResource", "FailedToResolveResourceError", "PathNotFoundError"}:
        return unknown_workspace(place, text)
    if status in (408, 504):
        return QueryTimeoutError(
            f"Log Analytics did not finish the query in time (status {status}){place.reference}.",
            hint="Narrow the time range, filter earlier, or give a longer --timeout (at most 600 seconds).",
            retry_after=place.retry_after,
        )
    if status == 413:
        return LimitError(f"The query is too large for Log Analytics{place.reference}.", hint="Shorten its lists.")
    if status == 400 and levels:
        return _bad_query(levels, codes, text, place)
    return failure(f"Log Analytics answers with status {status}{f': {text}' if text else ''}", place)


def failure(message: str, place: Place, hint: str = "") -> ServiceError:
    """The error for what is no fault of the query's."""
    return ServiceError(
        f"{message}{'' if message.endswith(('.', '?')) else '.'}"[:_SHOWN] + place.reference,
        hint=hint or "Try again later; if it stays, give the service's support the request id.",
        retry_after=place.retry_after,
        request_id=place.request_id or None,
    )


def failed_answer(error: Mapping[str, object], place: Place) -> SentinelError:
    """The error for status 200 with an ``error`` and no tables."""
    levels = layers(error)
    codes = {level.code for level in levels}
    if codes & {"SyntaxError", "SemanticError"}:
        return _bad_query(levels, codes, said(levels), place)
    code = visible(levels[0].code, limit=80) if levels else "unknown"
    return failure(f"Log Analytics answers with the error {code}: {said(levels)}", place)


def reasons(error: Mapping[str, object]) -> tuple[str, ...]:
    """Why an answer with tables is partial, most telling first, one sentence each."""
    levels = layers(error)
    inner = [level.message for level in levels[1:] if level.message]
    told = [text for text in inner if not text.startswith("Something went wrong processing")] or inner
    chosen = told or [level.message or level.code for level in levels[:1]]
    return tuple(dict.fromkeys(chosen)) or ("Log Analytics says that the answer is partial",)


def hit_limit(error: Mapping[str, object]) -> bool:
    """Whether the answer was cut because it was too large; asking for less brings the rest."""
    return any(level.code in _TOO_LARGE_CODES or _TOO_LARGE.search(level.message) for level in layers(error))


def overtaxed(error: Mapping[str, object]) -> bool:
    """Whether the answer is not whole as the query took too long, or too much memory."""
    return any(_TOO_LONG.search(text) or _OUT_OF_MEMORY.search(text) for text in _texts(error))


def took_too_long(status: int | None, body: bytes) -> bool:
    """Whether a service says of a query that it did not finish in time: the same again would not, either.

    A gateway's own 408 or 504, which says nothing of the query, may pass.
    """
    if status not in (408, 504):
        return False
    return any(
        "timeout" in level.code.casefold() or _TOO_LONG.search(level.message) for level in layers(error_of(body))
    )


def unknown_workspace(place: Place, text: str = "") -> UnknownWorkspaceError:
    """The error for a workspace that the service does not know."""
    return UnknownWorkspaceError(
        f"Log Analytics knows no workspace “{place.workspace}”{f': {text}' if text else '.'}{place.reference}",
        hint="Check the Workspace ID on the workspace's overview page in Azure, and its cloud (public, usgov, china).",
    )


def _no_access(status: int, codes: set[str], text: str, place: Place) -> AccessError:
    if codes & {"InvalidAuthenticationTokenAudience", "InvalidTokenError", "InvalidAuthenticationToken"}:
        return AccessError(
            f"Log Analytics does not accept the sign-in for “{place.workspace}”: {text}{place.reference}",
            hint="Check that the workspace's cloud (public, usgov, china) and tenant are the ones you sign in to.",
        )
    if status == 401:
        return AccessError(
            f"The sign-in for “{place.workspace}” is not accepted, not even a fresh one{place.reference}.",
            hint="Sign in again (az login, or connect anew); the query stays as it is.",
        )
    return AccessError(
        f"You may not query the workspace “{place.workspace}”{f': {text}' if text else '.'}{place.reference}",
        hint=ROLE_HINT,
    )


def _bad_query(levels: tuple[Layer, ...], codes: set[str], text: str, place: Place) -> SentinelError:
    deepest = levels[-1]
    position = position_in(deepest, place.query)
    if codes & {"SyntaxError"} or deepest.code.startswith("SYN"):
        return KqlSyntaxError(text, position=position, query=place.query)
    if codes & {"SemanticError"} or deepest.code.startswith("SEM"):
        return KqlSemanticError(text, position=position, query=place.query, hint=_semantic_hint(text))
    if _OUT_OF_MEMORY.search(text):
        return NoMemoryError(f"{text}{place.reference}", hint="Filter earlier, or ask for a shorter time.")
    return KqlError(f"{text}{place.reference}", position=position, query=place.query, hint=_semantic_hint(text))


def _semantic_hint(text: str) -> str:
    if _PLANS.search(text):
        return (
            "Basic and auxiliary tables take one table a query, few operators and no search jobs here; see "
            "docs/azure.md. Run a search job in Azure, then query its result table."
        )
    if "Failed to resolve" in text:
        return "See what there is: %sentinel tables, %sentinel schema TABLE."
    return ""


def position_in(level: Layer, query: str) -> Position | None:
    """Where in the query ``level`` says that something is wrong; None if it does not say."""
    if level.line is not None and level.column is not None:
        return Position(level.line, level.column, max(1, len(level.token)))
    unresolved = _UNRESOLVED.search(level.message)
    if unresolved is None:
        return None
    name = unresolved[1]
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", query)
    return Position(*line_and_column(query, found.start()), len(name)) if found else None


def said(levels: tuple[Layer, ...]) -> str:
    """The deepest message; that is where the service says what it means."""
    return next((level.message for level in reversed(levels) if level.message), "")


def error_of(body: bytes) -> Mapping[str, object]:
    """What is under ``error`` in a body; empty if it is no JSON or holds none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    error = data.get("error") if isinstance(data, dict) else None
    return error if isinstance(error, dict) else {}


def _texts(error: Mapping[str, object]) -> Iterator[str]:
    for level in layers(error):
        yield f"{level.code} {level.message}"


def _collect(error: Mapping[str, object], found: list[Layer], depth: int) -> None:
    if depth > _DEEPEST or not error:
        return
    line, column = error.get("line"), error.get("pos")
    found.append(
        Layer(
            _text(error.get("code")),
            _text(error.get("message")),
            line if isinstance(line, int) and line > 0 else None,
            column if isinstance(column, int) and column >= 0 else None,
            str(error.get("token") or "")[:200],
        )
    )
    details = error.get("details")
    inner = [error.get("innererror"), *(details[:20] if isinstance(details, list) else ())]
    for item in inner:
        if isinstance(item, dict):
            _collect(item, found, depth + 1)


def _text(value: object) -> str:
    return visible(without_secrets(str(value)), limit=_SHOWN) if value is not None else ""


def _wait(seconds: float | None) -> str:
    return f" {seconds:.0f} seconds" if seconds is not None else ""
