"""Microsoft Graph's ``runHuntingQuery``: ``Query`` and ``Timespan`` in, ``schema`` and ``results`` out.

Shape: "security: runHuntingQuery" (learn.microsoft.com/graph/api/security-security-runhuntingquery). A column is told
by its name and its .NET type; a row is an object, so that no two columns can have one name.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from ..errors import KqlError, LimitError, QueryTimeoutError, ThrottledError
from ..kql.constants import datetime_ticks
from .cells import write_tables
from .kusto import DOTNET
from .refusals import Refusal, throttled
from .timespans import read_timespan, ticks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..errors import SentinelError
    from ..models.tables import QueryResult
    from .limits import Limits

_CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#microsoft.graph.security.huntingQueryResults"
_MOST_ROWS = 100_000


class _Body(msgspec.Struct):
    query: str = msgspec.field(name="Query")
    timespan: str | None = msgspec.field(name="Timespan", default=None)


@dataclass(frozen=True, slots=True)
class HuntingRequest:
    """A query, and its bounds in ticks of 100 ns since 1970."""

    kql: str
    start: int | None
    end: int | None


def hunting_request(content: bytes, now: datetime) -> HuntingRequest:
    """Read the body of a POST. A ``Timespan`` that is one moment lasts until now; without one it is 30 days.

    :raises Refusal: 400.
    """
    try:
        body = msgspec.json.decode(content, type=_Body)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError):
        raise _refusal(400, "BadRequest", "The body is not the JSON of a hunting query") from None
    text = body.timespan or "P30D"
    moment = None if "/" in text or text.startswith("P") else datetime_ticks(text)
    if moment is not None:
        return HuntingRequest(body.query, moment, ticks_of(now))
    try:
        bounds = read_timespan(text, now)
    except Refusal:
        raise _refusal(400, "BadRequest", "Timespan is no ISO 8601 duration, interval or moment") from None
    return HuntingRequest(body.query, bounds.start, bounds.end)


def hunting_body(result: QueryResult, limits: Limits, stop: Callable[[], bool] = lambda: False) -> bytes:
    """The JSON of an answer; blocking.

    :param stop: asked now and then; True ends the work.
    :raises CancelledQueryError: ``stop`` said so.
    """
    table = result.tables[0]
    names = [column.name for column in table.columns]
    written = write_tables([table], _within(limits), stop)
    rows = json.loads(b"".join(written.json))[0]["rows"]
    schema = [{"name": column.name, "type": DOTNET[column.type]} for column in table.columns]
    results = [dict(zip(names, row, strict=True)) for row in rows]
    return json.dumps({"@odata.context": _CONTEXT, "schema": schema, "results": results}).encode("utf-8", "replace")


def _within(limits: Limits) -> Limits:
    """The endpoint's limits, and the service's own of 100,000 rows."""
    return replace(limits, rows=min(limits.rows, _MOST_ROWS))


def refused_by_graph(error: SentinelError) -> Refusal:
    """What a failed query is on the wire."""
    if isinstance(error, ThrottledError):
        return throttled(error.retry_after or 1)
    if isinstance(error, KqlError):
        return _refusal(400, "BadRequest", f"{error.message} Fix semantic errors in your query.")
    if isinstance(error, LimitError):
        return _refusal(400, "BadRequest", f"Query execution has exceeded the allowed limits: {error.message}")
    if isinstance(error, QueryTimeoutError):
        return _refusal(504, "GatewayTimeout", "The query did not finish in time")
    return _refusal(500, "InternalServerError", error.message)


def _refusal(status: int, code: str, message: str) -> Refusal:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    inner = {"date": now, "request-id": str(uuid.uuid4())}
    return Refusal(status, {"code": code, "message": message, "innerError": inner})
