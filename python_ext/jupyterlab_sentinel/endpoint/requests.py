"""Query requests as they come: from a body, an address, or a batch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from .preferences import Preferences, read_preferences
from .refusals import bad_argument, invalid_body
from .timespans import read_timespan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .timespans import Bounds


class QueryBody(msgspec.Struct):
    """The JSON body of a query; Azure's clients send all three keys, null where they have nothing."""

    query: str
    timespan: str | None = None
    workspaces: list[str] | None = None


class BatchItem(msgspec.Struct):
    """A query of a batch."""

    id: str
    workspace: str
    body: QueryBody | None = None
    path: str = "/query"
    method: str = "POST"
    headers: dict[str, str] | None = None


class BatchBody(msgspec.Struct):
    """The JSON body of a batch; items are read one by one, so that a bad one spoils no other."""

    requests: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class WireQuery:
    """A query to run.

    :param now: when it came, UTC; relative timespans and ``ago()`` count from here.
    :param workspaces: more workspaces to ask, by GUID, name or resource id.
    """

    kql: str
    bounds: Bounds
    now: datetime
    workspaces: tuple[str, ...] = ()
    preferences: Preferences = field(default_factory=Preferences)


def query_from_body(content: bytes, prefer: str, now: datetime, timespan: str | None = None) -> WireQuery:
    """Read a POST; ``timespan`` is the address's, and what counts is what both allow.

    :raises Refusal: 400.
    """
    try:
        body = msgspec.json.decode(content, type=QueryBody)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise invalid_body(str(error)) from None
    except RecursionError:
        raise invalid_body("Nested too deeply") from None
    query = query_from(body, prefer, now)
    return replace(query, bounds=query.bounds.meet(read_timespan(timespan, now)))


def query_from(body: QueryBody, prefer: str, now: datetime) -> WireQuery:
    """A query from a body that was read.

    :raises Refusal: 400.
    """
    if not body.query.strip():
        raise bad_argument("QueryValidationError", "The query is empty")
    bounds = read_timespan(body.timespan, now)
    return WireQuery(body.query, bounds, now, tuple(body.workspaces or ()), read_preferences(prefer))


def query_from_address(arguments: Mapping[str, str], prefer: str, now: datetime) -> WireQuery:
    """Read a GET.

    :raises Refusal: 400.
    """
    if "query" not in arguments:
        raise bad_argument("QueryValidationError", "The query is missing")
    others = [name.strip() for name in arguments.get("workspaces", "").split(",") if name.strip()]
    return query_from(QueryBody(arguments["query"], arguments.get("timespan"), others), prefer, now)


def batch_items(content: bytes, most: int) -> list[BatchItem | str]:
    """The queries of a batch in order; for one that cannot be read, its id.

    :raises Refusal: 400, as the batch is none, is too long, or has queries without an id or with the same.
    """
    try:
        batch = msgspec.json.decode(content, type=BatchBody)
        items = [_item(raw) for raw in batch.requests]
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise invalid_body(str(error)) from None
    except RecursionError:
        raise invalid_body("Nested too deeply") from None
    ids = [item if isinstance(item, str) else item.id for item in items]
    if len(set(ids)) != len(ids):
        raise invalid_body("Two requests have the same id")
    if len(items) > most:
        raise bad_argument("QueryValidationError", f"A batch has {most} requests at most")
    return items


class _Id(msgspec.Struct):
    id: str


def _item(raw: msgspec.Raw) -> BatchItem | str:
    try:
        return msgspec.json.decode(raw, type=BatchItem)
    except msgspec.ValidationError:
        return msgspec.json.decode(raw, type=_Id).id
