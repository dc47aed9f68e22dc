"""Typed tables as the service writes them: rows of JSON, cut where a limit says so.

Encoding of each type, from the service's recorded answers:

========  ==========================================================================
bool      ``true``, ``false``
int,      numbers, never quoted
long
real      numbers, whole ones without a fraction; ``"NaN"``, ``"Infinity"``, ``"-Infinity"``
decimal   text, without an exponent: ``"79228162514264337593543950335"``
datetime  ``"2023-02-20T11:04:02.6371632Z"``, zeros at the fraction's end left out
timespan  ``"[-][d.]hh:mm:ss[.fffffff]"``
guid      text in lower case
dynamic   its JSON as text: ``"[1,2]"``
string    text; never null
null      ``null``
========  ==========================================================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import CancelledQueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from ..models.tables import Table
    from .limits import Limits

_BLOCK = 5_000
_TICKS_PER_SECOND = 10_000_000
# Whole numbers that a float holds exactly; beyond them the shortest text may have an exponent.
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class WrittenTables:
    """Tables as JSON.

    :param json: the text of the array of tables, in pieces.
    :param rows: rows written, of each table.
    :param cut: why rows were left out: ``rows`` or ``bytes``; empty if none were.
    :param row_bytes: size of each table's rows.
    """

    json: tuple[bytes, ...]
    rows: tuple[int, ...]
    cut: str
    row_bytes: tuple[int, ...]


def thin_head(table: Table, _position: int) -> dict[str, object]:
    """A table's name and columns in the service's own shape; the last key is the rows'."""
    columns = [{"name": column.name, "type": column.type} for column in table.columns]
    return {"name": table.name, "columns": columns, "rows": []}


def write_tables(
    tables: Sequence[Table],
    limits: Limits,
    stop: Callable[[], bool] = lambda: False,
    head: Callable[[Table, int], dict[str, object]] = thin_head,
) -> WrittenTables:
    """Write ``tables``, all together within the limits; rows beyond them are left out and reported.

    :param stop: asked between blocks of rows; True ends the work.
    :param head: what stands before a table's rows; its last value is the empty list that they go into.
    :raises CancelledQueryError: ``stop`` said so.
    """
    writer = _Writer(limits, stop, head)
    for table in tables:
        writer.add(table)
    return WrittenTables((b"[", *writer.pieces, b"]"), tuple(writer.rows), writer.cut, tuple(writer.sizes))


class _Writer:
    def __init__(
        self, limits: Limits, stop: Callable[[], bool], head: Callable[[Table, int], dict[str, object]]
    ) -> None:
        self.pieces: list[bytes] = []
        self.rows: list[int] = []
        self.sizes: list[int] = []
        self.cut = ""
        self._rows_left = limits.rows
        self._bytes_left = limits.answer_bytes
        self._stop = stop
        self._head = head

    def add(self, table: Table) -> None:
        import orjson

        head = orjson.dumps(self._head(table, len(self.rows)))
        self.pieces.append((b"," if self.rows else b"") + head[:-2])
        self.rows.append(0)
        self.sizes.append(0)
        if table.rows > self._rows_left:
            self.cut = "rows"
        wanted = min(table.rows, self._rows_left)
        for first in range(0, wanted, _BLOCK):
            if self._stop():
                raise CancelledQueryError("Stopped.")
            if not self._add_rows(_cells(table, first, min(_BLOCK, wanted - first))):
                self.cut = "bytes"
                break
        self._rows_left -= self.rows[-1]
        self.pieces.append(b"]}")

    def _add_rows(self, rows: list[tuple[object, ...]]) -> bool:
        """Write rows while there is room; whether there was room for all."""
        import orjson

        text = orjson.dumps(rows)[1:-1]
        fits = len(text) <= self._bytes_left
        count = len(rows)
        if not fits:
            text, count = self._as_many_as_fit(rows)
        if count:
            self.pieces.append((b"," if self.rows[-1] else b"") + text)
        self.rows[-1] += count
        self.sizes[-1] += len(text)
        self._bytes_left -= len(text) + 1
        return fits

    def _as_many_as_fit(self, rows: Iterable[tuple[object, ...]]) -> tuple[bytes, int]:
        import orjson

        kept: list[bytes] = []
        size = 0
        for row in rows:
            text = orjson.dumps(row)
            size += len(text) + 1
            if size - 1 > self._bytes_left:
                break
            kept.append(text)
        return b",".join(kept), len(kept)


def _cells(table: Table, first: int, count: int) -> list[tuple[object, ...]]:
    columns = [
        _WRITERS[column.type](table.data.column(position).slice(first, count))
        for position, column in enumerate(table.columns)
    ]
    return list(zip(*columns, strict=True)) if columns else [()] * count


def _as_they_are(column: pa.ChunkedArray) -> list[object]:
    cells: list[object] = column.to_pylist()
    return cells


def _texts(column: pa.ChunkedArray) -> list[object]:
    import pyarrow.compute as pc

    return _as_they_are(pc.fill_null(column, ""))


def _guids(column: pa.ChunkedArray) -> list[object]:
    import pyarrow.compute as pc

    return _as_they_are(pc.utf8_lower(column))


def _reals(column: pa.ChunkedArray) -> list[object]:
    return [cell if cell is None else _real(cell) for cell in column.to_pylist()]


def _real(value: float) -> float | int | str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value.is_integer() and abs(value) < _EXACT and (value or math.copysign(1.0, value) > 0):
        return int(value)
    return value


def _decimals(column: pa.ChunkedArray) -> list[object]:
    return [cell if cell is None else _without_zeros(format(cell, "f")) for cell in column.to_pylist()]


def _without_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _datetimes(column: pa.ChunkedArray) -> list[object]:
    import pyarrow as pa
    import pyarrow.compute as pc

    # Times without a zone need no time zone database.
    naive = column.cast(pa.timestamp(column.type.unit))
    text = pc.strftime(naive, format="%Y-%m-%dT%H:%M:%S")
    trimmed = pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
    return _as_they_are(pc.binary_join_element_wise(trimmed, "Z", ""))


def _timespans(column: pa.ChunkedArray) -> list[object]:
    import pyarrow as pa

    per_tick, ticks_each = {"ns": (100, 1), "us": (1, 10)}[column.type.unit]
    return [
        cell if cell is None else timespan_text(cell // per_tick * ticks_each)
        for cell in column.cast(pa.int64()).to_pylist()
    ]


def timespan_text(ticks: int) -> str:
    """Ticks of 100 ns as ``[-][d.]hh:mm:ss[.fffffff]``."""
    seconds, fraction = divmod(abs(ticks), _TICKS_PER_SECOND)
    days, rest = divmod(seconds, 86_400)
    text = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    sign, whole = "-" if ticks < 0 else "", f"{days}." if days else ""
    return f"{sign}{whole}{text}{f'.{fraction:07}' if fraction else ''}"


_WRITERS: dict[str, Callable[[pa.ChunkedArray], list[object]]] = {
    "bool": _as_they_are,
    "int": _as_they_are,
    "long": _as_they_are,
    "string": _texts,
    "dynamic": _as_they_are,
    "guid": _guids,
    "real": _reals,
    "decimal": _decimals,
    "datetime": _datetimes,
    "timespan": _timespans,
}
