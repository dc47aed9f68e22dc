"""What Kusto says when it refuses or fails, as our errors.

Shape: Microsoft's REST API guidelines, "OneApiErrors": an ``error`` with ``code`` and ``message``, the telling text
often under ``@message``, and the cause under ``innererror``. Among rows, such objects stand in a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    ThrottledError,
    UnknownWorkspaceError,
)
from ...models.indicators import visible
from ..log_analytics.bodies import excerpt, without_secrets
from ..log_analytics.failures import Layer, NoMemoryError, Place, error_of, failure, overtaxed, position_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .services import Service

TOO_LARGE = "0x80DA0003"
_UNTOLD = "it failed, and nothing says why"
_SHOWN = 600
_DEEPEST = 8
_CUT = re.compile(r"E_QUERY_RESULT_SET_TOO_LARGE|80DA0003|-2133196797", re.IGNORECASE)
_MEMORY = re.compile(r"E_RUNAWAY_QUERY|E_LOW_MEMORY|memory budget|LowMemory", re.IGNORECASE)
_KQL_CODE = re.compile(r"\b(SEM|SYN)\d{4}\b")
_PLACE = re.compile(r"on line \[(\d+),(\d+)\]")
_AT_TOKEN = re.compile(r"could not be parsed at '(.{1,200}?)' on line", re.DOTALL)
_NO_DATABASE = re.compile(
    r"kind 'Database' was not found|database .{0,200}(?:could not be|was not) found", re.IGNORECASE
)


def told_errors(errors: Iterable[object]) -> dict[str, object]:
    """Failures that came with status 200, in the shape of Log Analytics' partial answers; empty if there are none.

    What was cut at the service's limits has the code :data:`TOO_LARGE`.
    """
    details: dict[str, dict[str, object]] = {}
    for error in errors:
        levels = list(_deepest_levels(error))
        for level in levels:
            text = f"{level.code} {level.message}"
            code = TOO_LARGE if _CUT.search(text) else level.code
            told = level.message or level.code or _UNTOLD
            details.setdefault(told, {"code": code or "unknown", "message": told})
        if not error:
            details.setdefault("", {"code": "unknown", "message": _UNTOLD})
        elif not levels:
            details.setdefault(_UNTOLD, {"code": "unknown", "message": _UNTOLD})
    if not details:
        return {}
    known = [detail for key, detail in details.items() if key] or list(details.values())
    return {"code": "PartialError", "message": "The query failed in part.", "details": known}


def was_only_cut(error: Mapping[str, object]) -> bool:
    """Whether all that failed is that the answer was too large: then the rows that came are right, and not all.

    Of any other failure Microsoft says that the rows may be wrong, and must not be used.
    """
    details = error.get("details")
    return isinstance(details, list) and all(detail.get("code") == TOO_LARGE for detail in details)


def failed_query(error: Mapping[str, object], place: Place, service: Service) -> SentinelError:
    """The error for a query that failed after it had begun to answer."""
    details = error.get("details")
    levels = [
        Layer(str(item.get("code") or ""), str(item.get("message") or ""))
        for item in (details if isinstance(details, list) else ())
        if isinstance(item, Mapping) and item.get("code") != TOO_LARGE
    ]
    level = levels[0] if levels else Layer("unknown", "")
    return _query_error(level, place) or failure(
        f"{service.name} failed in the middle of the query: {level.message}",
        place,
        "The rows that came may be wrong, and are not shown. Try again, filter earlier, or ask for less.",
    )


def refusal(status: int, body: bytes, place: Place, service: Service) -> SentinelError:
    """The error for an answer with a status other than 200.

    :param body: as much of it as was read.
    """
    error = error_of(body)
    level = next(_deepest_levels({"error": error}), None) if error else None
    level = level or Layer("", excerpt(body))
    text = level.message or level.code
    told = f": {text}" if text else "."
    if status == 401:
        return AccessError(
            f"The sign-in for “{place.workspace}” is not accepted, not even a fresh one{place.reference}.",
            hint="Sign in again (az login, or connect anew); check tenant_id, and scope where you have set one.",
        )
    if status == 403:
        return AccessError(f"You may not query “{place.workspace}”{told}{place.reference}", hint=service.role)
    if status == 429:
        wait = f" {place.retry_after:.0f} seconds" if place.retry_after is not None else ""
        return ThrottledError(
            f"{service.name} asks to wait{wait}{place.reference}{told}",
            hint=service.share,
            retry_after=place.retry_after,
        )
    if _NO_DATABASE.search(text) or (status == 404 and not _KQL_CODE.search(text)):
        return UnknownWorkspaceError(
            f"{service.name} knows no “{place.workspace}”{told}{place.reference}",
            hint="Check the cluster's address and the database's name; names of databases are case sensitive.",
        )
    if status in (408, 504):
        return QueryTimeoutError(
            f"{service.name} did not finish the query in time (status {status}){place.reference}.",
            hint=f"Narrow the time range, filter earlier, or give a longer --timeout (at most {service.longest_s}).",
            retry_after=place.retry_after,
        )
    if status == 413:
        return LimitError(f"The query is too large for {service.name}{place.reference}.", hint="Shorten its lists.")
    if status == 400 and error:
        return _query_error(level, place) or KqlError(f"{text}{place.reference}", query=place.query or None)
    return failure(f"{service.name} answers with status {status}{f': {text}' if text else ''}", place)


def _query_error(level: Layer, place: Place) -> SentinelError | None:
    """The error where the query is at fault, or asks for too much; None if it is not."""
    code = _KQL_CODE.search(f"{level.code} {level.message}")
    position = _position(level, place.query)
    if code is not None and code[1] == "SYN":
        return KqlSyntaxError(level.message, position=position, query=place.query or None)
    if code is not None:
        hint = "See what there is: %sentinel tables, %sentinel schema TABLE." if "resolve" in level.message else ""
        return KqlSemanticError(level.message, position=position, query=place.query or None, hint=hint)
    said = f"{level.message}{place.reference}"
    if _MEMORY.search(level.message) or _CUT.search(level.message):
        return NoMemoryError(said, hint="Filter earlier, ask for fewer columns or a shorter time.")
    if overtaxed({"code": level.code, "message": level.message}):
        return QueryTimeoutError(said, hint="Narrow the time range, filter earlier, or give a longer --timeout.")
    return None


def _position(level: Layer, query: str) -> Position | None:
    found = _PLACE.search(level.message)
    if found is None:
        return position_in(level, query)
    token = _AT_TOKEN.search(level.message)
    return Position(int(found[1]), int(found[2]), len(token[1]) if token else 1)


def _deepest_levels(error: object) -> Iterator[Layer]:
    """The cause of each error in an object as it stands among rows, or under ``error``; texts are safe to show."""
    if not isinstance(error, Mapping):
        return
    several = error.get("OneApiErrors")
    if isinstance(several, list):
        for item in several[:50]:
            yield from _deepest_levels(item)
        return
    inner: object = error.get("error", error if "code" in error else None)
    found: Mapping[str, object] | None = None
    for _ in range(_DEEPEST):
        if not isinstance(inner, Mapping):
            break
        found = inner
        inner = inner.get("innererror")
    if found is not None:
        yield Layer(_text(found.get("code")), _text(_telling(found)))


def _telling(error: Mapping[str, object]) -> object:
    """The text that says most: ``message`` of a cause, ``@message`` where ``message`` is the same for every failure."""
    message, more = str(error.get("message") or ""), str(error.get("@message") or "")
    return more if more and (not message or message.startswith("Request is invalid")) else message or more


def _text(value: object) -> str:
    return visible(without_secrets(str(value)), limit=_SHOWN) if value is not None else ""
