"""An answer's bytes to typed tables, in chunks of rows: fast, in little memory, and without losing anything."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ...errors import CancelledQueryError
from ...kql.constants import TYPE_NAMES
from ...models.tables import Column, Table
from .bodies import as_object, present, read_answer, refuse
from .collector import paused
from .columns import ColumnReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import msgspec

    from .bodies import WireTable

# Chunks of this many bytes stay within a processor's cache, and are gone before the garbage collector looks.
_CHUNK_BYTES = 250_000
_FEWEST, _MOST = 64, 4_000
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

    :param stop: asked between chunks; True ends the work.
    :raises ServiceError: not a Log Analytics answer.
    :raises CancelledQueryError: ``stop`` said so.
    """
    remarks: list[str] = []
    with paused():
        found = read_answer(body)
        tables = tuple(read_table(table, body, remarks, stop) for table in found.tables or ())
    return Answer(
        tables,
        as_object(found.error) if present(found.error) else {},
        as_object(found.statistics),
        _render(as_object(found.render)),
        tuple(remarks),
    )


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
    import pyarrow as pa

    readers = [make(column.name, _kind(column.type)) for column in table.columns]
    rows = table.rows
    average = sum(len(bytes(row)) for row in rows[:50]) // max(1, len(rows[:50])) + 1
    step = max(_FEWEST, min(_MOST, _CHUNK_BYTES // average))
    # Taken from the end of the list, so that the rows that were read are let go of on the way.
    rows.reverse()
    chunks = 0
    while rows:
        if stop():
            raise CancelledQueryError("Stopped.")
        _read_chunk(rows[: -step - 1 : -1], readers, body)
        del rows[-step:]
        chunks += 1
        if chunks % _MERGED == 0:
            for reader in readers:
                reader.merge()
    data = [reader.finish() for reader in readers]
    for reader in readers:
        remarks.extend(reader.remarks)
    names = [column.name for column in table.columns]
    columns = tuple(Column(reader.name, reader.type) for reader in readers)
    return Table(table.name, columns, pa.Table.from_arrays(data, names=names))


def _read_chunk(rows: Sequence[msgspec.Raw], readers: Sequence[ColumnReader], body: bytes | bytearray) -> None:
    try:
        columns = list(zip(*_cells(rows), strict=True))
    except (ValueError, TypeError, RecursionError):
        refuse(body, "its rows are no arrays of one length", service=readers[0].service if readers else "Log Analytics")
    if len(columns) != len(readers):
        why = f"{len(readers)} columns are named and its rows have {len(columns)}"
        refuse(body, why, service=readers[0].service if readers else "Log Analytics")
    for position, (reader, cells) in enumerate(zip(readers, columns, strict=True)):
        reader.read(cells, partial(_texts, rows, position))


def _cells(rows: Sequence[msgspec.Raw]) -> list[list[object]]:
    import orjson

    text = b"[" + b",".join(map(bytes, rows)) + b"]"
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError:
        # Numbers beyond what a float holds, and what else the stricter reader refuses.
        parsed = json.loads(text)
    if not all(type(row) is list for row in parsed):
        raise TypeError("a row that is no array")
    return parsed  # type: ignore[no-any-return]  # checked above


def _texts(rows: Sequence[msgspec.Raw], position: int) -> list[bytes]:
    """Each row's cell at ``position`` as JSON text."""
    import msgspec

    return [bytes(msgspec.json.decode(row, type=list[msgspec.Raw])[position]) for row in rows]


def _kind(name: str) -> str:
    return TYPE_NAMES.get(name, "string")


def _render(properties: dict[str, object]) -> dict[str, object] | None:
    """The chart that the query asks for; without ``render`` the service sends an object of nulls."""
    if not properties.get("visualization"):
        return None
    return {key: value for key, value in properties.items() if value not in (None, "", "NaN")}
