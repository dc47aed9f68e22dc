"""Answers of the hunting query as typed tables: ``{schema: [{name, type}], results: [{column: value}]}``.

Shapes: "security: runHuntingQuery" in Microsoft Graph's reference, and "Advanced hunting API" (the older one, which
writes ``Schema``, ``Results``, ``Name`` and ``Type``). A type is one of .NET's or of KQL's. What a row lacks is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from ...kql.constants import TYPE_NAMES
from ...models.collector import paused
from ..kusto.failures import TOO_LARGE
from ..kusto.frames import KustoReader
from ..log_analytics.bodies import WireColumn, WireTable, acceptable, as_object, present, refuse, told_error
from ..log_analytics.decoding import Answer, read_table

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = "Microsoft Graph"
MOST_ROWS = 100_000
_DOTNET = {"sbyte": "bool", "sqldecimal": "decimal", "byte": "int", "single": "real"}


class _Column(msgspec.Struct):
    name: str
    type: str


class _OldColumn(msgspec.Struct, rename="pascal"):
    name: str
    type: str


class _Body(msgspec.Struct):
    columns: list[_Column] | None = msgspec.field(name="schema", default=None)
    results: list[dict[str, msgspec.Raw]] | None = None
    error: msgspec.Raw = msgspec.Raw()
    more: msgspec.Raw = msgspec.field(name="@odata.nextLink", default=msgspec.Raw())


class _OldBody(msgspec.Struct):
    columns: list[_OldColumn] | None = msgspec.field(name="Schema", default=None)
    results: list[dict[str, msgspec.Raw]] | None = msgspec.field(name="Results", default=None)
    stats: msgspec.Raw = msgspec.field(name="Stats", default=msgspec.Raw())
    error: msgspec.Raw = msgspec.field(name="error", default=msgspec.Raw())
    more: msgspec.Raw = msgspec.field(name="@odata.nextLink", default=msgspec.Raw())


T = TypeVar("T", _Body, _OldBody)


def decode(body: bytes | bytearray, stop: Callable[[], bool] = lambda: False) -> Answer:
    """Read an answer of status 200.

    :param stop: asked between chunks of rows; True ends the work.
    :returns: one table; ``error`` is what the answer says of a failure, or tells of a cut where it is as long as one
        may be.
    :raises ServiceError: no such answer.
    :raises CancelledQueryError: ``stop`` said so.
    """
    remarks: list[str] = []
    with paused():
        found = _read(body)
        columns = [WireColumn(column.name, _kind(column.type)) for column in found.columns or ()]
        table = read_table(WireTable("PrimaryResult", columns, _rows(found, body)), body, remarks, stop, _reader)
    statistics: dict[str, object] = (
        {"query": as_object(found.stats)} if isinstance(found, _OldBody) and present(found.stats) else {}
    )
    return Answer((table,), told_error(found.error) or _cut(table.rows, found), statistics, None, tuple(remarks))


def _read(body: bytes | bytearray) -> _Body | _OldBody:
    found = _parsed(body, _Body) or _parsed(body, _OldBody)
    if found is None:
        refuse(body, service=SERVICE)
    return found


def _parsed(body: bytes | bytearray, kind: type[T]) -> T | None:
    for repaired in (False, True):
        try:
            found = msgspec.json.decode(acceptable(body) if repaired else body, type=kind)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
            continue
        except RecursionError:
            return None
        return found if found.columns is not None and found.results is not None else None
    return None


def _rows(found: _Body | _OldBody, body: bytes | bytearray) -> list[msgspec.Raw]:
    """The rows as arrays in the order of the columns."""
    names = [column.name for column in found.columns or ()]
    if len(set(names)) != len(names):
        refuse(body, "two of its columns have one name", service=SERVICE)
    known = set(names)
    rows: list[msgspec.Raw] = []
    null = msgspec.Raw(b"null")
    for row in found.results or ():
        # Graph's own properties (@odata.type) are no columns.
        strange = next((name for name in row if name not in known and "@odata" not in name), None)
        if strange is not None:
            refuse(body, "its rows have columns that its schema lacks", service=SERVICE)
        rows.append(msgspec.Raw(b"[" + b",".join(bytes(row.get(name, null)) for name in names) + b"]"))
    return rows


def _cut(rows: int, found: _Body | _OldBody) -> dict[str, object]:
    """What an answer of the greatest length must be taken for: the service does not say whether there was more.

    One that names a further page, which is not documented, is not whole either.
    """
    if present(found.more):
        message = "the service says that there are more rows than it gave"
    elif rows >= MOST_ROWS:
        message = f"the answer has {rows:,} rows, which is the most that the service gives: there may be more"
    else:
        return {}
    details: list[object] = [{"code": TOO_LARGE, "message": message}]
    return {"code": "PartialError", "details": details}


def _reader(name: str, kind: str) -> KustoReader:
    return KustoReader(name, kind, SERVICE)


def _kind(name: str) -> str:
    last = name.rpartition(".")[2].lower()
    return _DOTNET.get(last) or TYPE_NAMES.get(last, "string")
