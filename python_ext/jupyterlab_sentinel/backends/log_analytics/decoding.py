"""An answer's bytes to typed tables, in pieces of rows: fast, in little memory, and without losing anything."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from ...errors import CancelledQueryError
from ...kql.constants import TYPE_NAMES
from ...models.collector import paused
from ...models.tables import Column, Table
from .bodies import as_object, read_answer, refuse, told_error
from .columns import ColumnReader
from .rows import LooseRows, RowsWithin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .bodies import WireTable
    from .rows import Piece, Rows

_MERGED = 32


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer with status 200 said.

    :param error: the service's ``error`` beside the tables, as it came; empty if there was none.
    :param statistics: the service's, as they came.
    :param render: properties of ``render``, or None where the query had none.
    :param remarks: what could not be kept exactly as it was, one line each.
    """

    tables: tuple[Table, ...]
    error: dict[str, object] = field(default_factory=dict)
    statistics: dict[str, object] = field(default_factory=dict)
    render: dict[str, object] | None = None
    remarks: tuple[str, ...] = ()


def decode(body: bytes | bytearray, stop: Callable[[], bool] = lambda: False) -> Answer:
    """Read a body of status 200.

    :param body: a bytearray is used up: only its beginning is left afterwards.
    :param stop: asked between pieces of rows; True ends the work.
    :raises ServiceError: not a Log Analytics answer.
    :raises CancelledQueryError: ``stop`` said so.
    """
    remarks: list[str] = []
    with paused():
        found, unread = _outline(body)
        # The last first, as within a table.
        tables = [_typed(table, rows, body, remarks, stop, ColumnReader) for table, rows in reversed(unread)]
    return replace(found, tables=tuple(reversed(tables)), remarks=tuple(remarks))


def _outline(body: bytes | bytearray) -> tuple[Answer, list[tuple[WireTable, Rows]]]:
    """All but the rows, and where these are. What looks into the body is gone: it may be cut off."""
    found, text = read_answer(body)
    told = Answer(
        (),
        told_error(found.error),
        as_object(found.statistics),
        _render(as_object(found.render)),
    )
    return told, [(table, RowsWithin(table.rows, text)) for table in found.tables or ()]


def read_table(
    table: WireTable,
    body: bytes | bytearray,
    remarks: list[str],
    stop: Callable[[], bool],
    make: Callable[[str, str], ColumnReader] = ColumnReader,
) -> Table:
    """A table's rows as typed columns; ``table`` has none left afterwards.

    :param body: what it came in, for errors to show how that begins.
    :param remarks: what could not be kept exactly is added here.
    :param make: makes the reader for a column's name and KQL type.
    """
    return _typed(table, LooseRows(table.rows), body, remarks, stop, make)


def _typed(
    table: WireTable,
    rows: Rows,
    body: bytes | bytearray,
    remarks: list[str],
    stop: Callable[[], bool],
    make: Callable[[str, str], ColumnReader],
) -> Table:
    import pyarrow as pa

    readers = [make(column.name, _kind(column.type)) for column in table.columns]
    for done, piece in enumerate(rows.taken(), 1):
        if stop():
            raise CancelledQueryError("Stopped.")
        _read_piece(piece, readers, body)
        if done % _MERGED == 0:
            for reader in readers:
                reader.merge()
    data = [reader.finish() for reader in readers]
    for reader in readers:
        remarks.extend(reader.remarks)
    names = [column.name for column in table.columns]
    columns = tuple(Column(reader.name, reader.type) for reader in readers)
    return Table(table.name, columns, pa.Table.from_arrays(data, names=names))


def _read_piece(piece: Piece, readers: Sequence[ColumnReader], body: bytes | bytearray) -> None:
    service = readers[0].service if readers else "Log Analytics"
    try:
        columns = list(zip(*_cells(piece), strict=True))
    except (ValueError, TypeError, RecursionError):
        refuse(body, "its rows are no arrays of one length", service=service)
    if len(columns) != len(readers):
        refuse(body, f"{len(readers)} columns are named and its rows have {len(columns)}", service=service)
    for position, (reader, cells) in enumerate(zip(readers, columns, strict=True)):
        reader.read(cells, partial(_texts, piece, position))


def _cells(piece: Piece) -> list[list[object]]:
    import orjson

    try:
        parsed = orjson.loads(piece.text)
    except orjson.JSONDecodeError:
        # Numbers beyond what a float holds, and what else the stricter reader refuses.
        parsed = json.loads(piece.text)
    if len(parsed) != piece.rows or set(map(type, parsed)) != {list}:
        raise TypeError("a row that is no array")
    return parsed  # type: ignore[no-any-return]  # checked above


def _texts(piece: Piece, position: int) -> list[bytes]:
    """Each row's cell at ``position`` as JSON text."""
    import msgspec

    return [bytes(row[position]) for row in msgspec.json.decode(piece.text, type=list[list[msgspec.Raw]])]


def _kind(name: str) -> str:
    return TYPE_NAMES.get(name, "string")


def _render(properties: dict[str, object]) -> dict[str, object] | None:
    """The chart that the query asks for; without ``render`` the service sends an object of nulls."""
    if not properties.get("visualization"):
        return None
    return {key: value for key, value in properties.items() if value not in (None, "", "NaN")}
