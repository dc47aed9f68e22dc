"""Requests of Kusto's own protocol: query and command, database, properties.

Shape: "Query/management HTTP request" and "Request properties" (learn.microsoft.com/kusto/api/rest). Properties come as
an object, or as the text of one, which Microsoft's clients send. Those that would change the answer and are not
served are refused by name; those that only hint at how to work are passed over.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from ..kql.constants import datetime_ticks, timespan_ticks
from .kusto_refusals import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .limits import Limits

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_SERVED = frozenset(
    {
        "best_effort",
        "query_bin_auto_at",
        "query_bin_auto_size",
        "query_datetimescope_column",
        "query_datetimescope_from",
        "query_datetimescope_to",
        "query_results_apply_getschema",
        "query_take_max_records",
        "results_progressive_enabled",
        "validatepermissions",
    }
)
_PLACEMENTS = ("in_data", "end_of_table", "end_of_dataset")


class _Body(msgspec.Struct):
    csl: str
    db: str | None = None
    properties: dict[str, object] | str | None = None


@dataclass(frozen=True, slots=True)
class KustoRequest:
    """A query or command to run.

    :param timeout_s: what it asks for, or None.
    :param now: what ``now()`` means, UTC.
    :param rows: most rows of the answer, ``answer_bytes`` likewise; None for the endpoint's own limits.
    :param in_data: a failure stands among the rows, too.
    :param deferred: failures are told in the table of information alone.
    """

    csl: str
    database: str
    now: datetime
    timeout_s: float | None = None
    rows: int | None = None
    answer_bytes: int | None = None
    in_data: bool = True
    deferred: bool = False
    client_request_id: str = ""

    def limits(self, limits: Limits) -> Limits:
        """The endpoint's limits, lowered as the request asks."""
        rows = limits.rows if self.rows is None else min(limits.rows, self.rows)
        size = limits.answer_bytes if self.answer_bytes is None else min(limits.answer_bytes, self.answer_bytes)
        return replace(limits, rows=rows, answer_bytes=size)


def kusto_request(content: bytes, now: datetime) -> KustoRequest:
    """Read the body of a POST.

    :raises Refusal: 400.
    """
    try:
        body = msgspec.json.decode(content, type=_Body)
        properties = json.loads(body.properties) if isinstance(body.properties, str) else body.properties or {}
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, ValueError, RecursionError):
        raise bad_request("The request body is not the JSON of a query: csl, db and properties") from None
    if not isinstance(properties, dict):
        raise bad_request("The properties of the request are no JSON object")
    return _request(body.csl, body.db, properties, now)


def kusto_address(arguments: Mapping[str, str], now: datetime) -> KustoRequest:
    """Read a GET.

    :raises Refusal: 400.
    """
    if "csl" not in arguments:
        raise bad_request("The request has no csl")
    body = {"csl": arguments["csl"], "db": arguments.get("db"), "properties": arguments.get("properties") or None}
    return kusto_request(json.dumps(body).encode(), now)


def _request(csl: str, database: str | None, properties: Mapping[str, object], now: datetime) -> KustoRequest:
    if properties.get("Parameters"):
        raise bad_request("Query parameters are not served here")
    options = properties.get("Options") or {}
    if not isinstance(options, dict):
        raise bad_request("The options of the request are no JSON object")
    refused = sorted(name for name in _NOT_SERVED & options.keys() if options[name] not in (None, False))
    if refused:
        raise bad_request(f"The request property {refused[0]} is not served here")
    return KustoRequest(
        csl,
        database or "",
        _now(options.get("query_now"), now),
        timeout_s=_seconds(options),
        rows=_count(options, "truncationmaxrecords"),
        answer_bytes=_count(options, "truncationmaxsize"),
        in_data=_placement(options) == "in_data",
        deferred=options.get("deferpartialqueryfailures") is True,
        client_request_id=str(properties.get("ClientRequestId") or ""),
    )


def _now(value: object, now: datetime) -> datetime:
    if value is None:
        return now
    text = str(value).strip()
    if text.lower().startswith("datetime(") and text.endswith(")"):
        text = text[len("datetime(") : -1]
    ticks = datetime_ticks(text)
    if ticks is None:
        raise bad_request("The request property query_now is no datetime")
    return _EPOCH + timedelta(microseconds=ticks // 10)


def _seconds(options: Mapping[str, object]) -> float | None:
    value = options.get("servertimeout")
    if value is None:
        return None
    ticks = timespan_ticks(str(value).strip())
    if ticks is None or ticks <= 0:
        raise bad_request("The request property servertimeout is no timespan")
    return ticks / 10_000_000


def _count(options: Mapping[str, object], name: str) -> int | None:
    value = options.get(name)
    if value is None:
        return None
    text = str(value)
    if not text.isdecimal():
        raise bad_request(f"The request property {name} is no number")
    return int(text)


def _placement(options: Mapping[str, object]) -> str:
    value = options.get("results_error_reporting_placement") or "in_data"
    if value not in _PLACEMENTS:
        raise bad_request("The request property results_error_reporting_placement is not known")
    return str(value)
