"""Cells of an answer to Arrow columns, one function a KQL type.

The usual case goes through Arrow's own converters; a chunk that they refuse is read again cell by
cell, from the text of its rows, so that nothing passes through a float that is none.

Memory is the system's: Arrow's own allocator would keep a tenth more, of the small chunks that were merged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import TYPE_CHECKING

from ...errors import ServiceError
from ...kql.constants import datetime_ticks, timespan_ticks
from ...models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

_NANOSECOND_TICKS = 92_233_720_368_547_758
_LIMITS = {"int": 2**31, "long": 2**63}
_MOST_SPANS = 100_000
_WHOLE = frozenset({int, type(None)})
_NUMBERS = frozenset({int, float, type(None)})
_TEXT = frozenset({str, type(None)})


@dataclass
class ColumnReader:
    """Reads one column, a chunk of cells at a time, the last chunk first.

    :param type: its KQL type.
    :param service: whose answer this is, for errors.
    :param exact: of the chunk at hand, each cell's JSON text.
    :param parts: the chunks so far, the last first.
    :param remarks: what could not be kept as it was, for the user.
    """

    name: str
    type: str
    service: str = "Log Analytics"
    parts: list[pa.Array] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    _merged: int = 0
    _spans: dict[object, int | None] = field(default_factory=dict)
    _decimals: list[list[Decimal | None]] = field(default_factory=list)

    def read(self, cells: Sequence[object], exact: Callable[[], Sequence[bytes]]) -> None:
        """Add a chunk, which stands before those so far.

        :raises ServiceError: a cell that is no value of the column's type.
        """
        _READERS[self.type](self, cells, exact)

    def merge(self) -> None:
        """Make one chunk of the small ones since the last time: many small ones cost memory, and time later."""
        import pyarrow as pa

        loose = self.parts[self._merged :]
        if len(loose) > 1 and all(part.type == loose[0].type for part in loose):
            self.parts[self._merged :] = [pa.concat_arrays(loose[::-1], memory_pool=pa.system_memory_pool())]
        self._merged = len(self.parts)

    def finish(self) -> pa.ChunkedArray:
        """The whole column."""
        import pyarrow as pa

        if self.type == "decimal":
            return pa.chunked_array([self._decimal_array()])
        self.merge()
        if not self.parts:
            return pa.chunked_array([], type=arrow_type(self.type))
        return pa.chunked_array(self._one_unit(self.parts[::-1]))

    def no_value(self, cell: object) -> ServiceError:
        """The error for a cell that does not fit."""
        shown = visible(str(cell), limit=60)
        return ServiceError(
            f"What came back is not a {self.service} answer: column “{visible(self.name, limit=60)}” "
            f"is of type {self.type} and holds “{shown}”.",
            hint="Nothing of this answer was used. Try again; if it stays, report it with the query.",
        )

    # --- one reader a type ------------------------------------------------------------------

    def text(self, cells: Sequence[object], exact: Callable[[], Sequence[bytes]]) -> None:
        """Strings and guids; dynamic, which is JSON text in a string, or (thinned answers) JSON itself."""
        import pyarrow as pa

        try:
            self.parts.append(pa.array(cells, pa.string(), memory_pool=pa.system_memory_pool()))
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
            texts = [
                cell if isinstance(cell, str) else None if cell is None else raw.decode()
                for cell, raw in zip(cells, exact(), strict=True)
            ]
            self.parts.append(pa.array(texts, pa.string()))

    def whole(self, cells: Sequence[object], exact: Callable[[], Sequence[bytes]]) -> None:
        """Long and int."""
        import pyarrow as pa

        kind = arrow_type(self.type)
        # Arrow would cut 5.5 down to 5 without a word.
        part = _array(cells, kind) if set(map(type, cells)) <= _WHOLE else None
        self.parts.append(pa.array([self._whole(raw) for raw in exact()], kind) if part is None else part)

    def _whole(self, raw: bytes) -> int | None:
        limit = _LIMITS[self.type]
        try:
            value = _number(raw)
            if value is None:
                return None
            if -limit <= value < limit and value == value.to_integral_value():
                return int(value)
        except InvalidOperation:
            pass
        raise self.no_value(raw.decode())

    def real(self, cells: Sequence[object], exact: Callable[[], Sequence[bytes]]) -> None:
        """Real: numbers, and NaN and the infinities as strings."""
        import pyarrow as pa

        kind = pa.float64()
        part = _array(cells, kind) if set(map(type, cells)) <= _NUMBERS else None
        self.parts.append(pa.array([self._real(raw) for raw in exact()], kind) if part is None else part)

    def _real(self, raw: bytes) -> float | None:
        text = _unquoted(raw)
        try:
            return None if text is None else float(text)
        except ValueError:
            raise self.no_value(text) from None

    def truth(self, cells: Sequence[object], _exact: Callable[[], Sequence[bytes]]) -> None:
        """Bool; older answers write 0 and 1."""
        import pyarrow as pa

        try:
            self.parts.append(pa.array(cells, pa.bool_()))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            self.parts.append(pa.array([self._truth(cell) for cell in cells], pa.bool_()))

    def _truth(self, cell: object) -> bool | None:
        if cell is None or isinstance(cell, bool):
            return cell
        known = {"true": True, "false": False, "1": True, "0": False}
        found = known.get(str(cell).lower())
        if found is None:
            raise self.no_value(cell)
        return found

    def decimal(self, cells: Sequence[object], exact: Callable[[], Sequence[bytes]]) -> None:
        """Decimal: strings; a bare number is read from its text. Kept until the end, where the width is known."""
        texts = cells if set(map(type, cells)) <= _TEXT else exact()
        self._decimals.append([self._decimal(text) for text in texts])

    def _decimal(self, text: object) -> Decimal | None:
        try:
            return None if text is None else _number(text)
        except InvalidOperation:
            raise self.no_value(text) from None

    def _decimal_array(self) -> pa.Array:
        import pyarrow as pa

        values = list(chain.from_iterable(reversed(self._decimals)))
        if not any(value is not None for value in values):
            return pa.nulls(len(values), pa.decimal128(38, 18))
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, ValueError):
            self.remarks.append(f"{self.name}: decimals with more than 76 digits, or no numbers, are kept as text")
            return pa.array([None if value is None else str(value) for value in values], pa.string())

    def datetime(self, cells: Sequence[object], _exact: Callable[[], Sequence[bytes]]) -> None:
        """Datetime: ISO 8601, up to seven digits of a second."""
        import pyarrow as pa

        try:
            texts = pa.array(cells, pa.string(), memory_pool=pa.system_memory_pool())
            self.parts.append(texts.cast(pa.timestamp("ns", "UTC"), memory_pool=pa.system_memory_pool()))
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
            self._add_ticks([self._ticks(cell, datetime_ticks) for cell in cells])

    def timespan(self, cells: Sequence[object], _exact: Callable[[], Sequence[bytes]]) -> None:
        """Timespan: ``[-][d.]hh:mm:ss[.fffffff]``. Each distinct text is read once."""
        if not set(map(type, cells)) <= _TEXT:
            raise self.no_value(next(cell for cell in cells if type(cell) not in _TEXT))
        known = self._spans
        if len(known) > _MOST_SPANS:
            known.clear()
        # Not with the operators of sets: they would walk over all that is known, for every chunk.
        for cell in {cell for cell in cells if cell not in known}:
            known[cell] = self._ticks(cell, timespan_ticks)
        self._add_ticks([known[cell] for cell in cells])

    def _ticks(self, cell: object, read: Callable[[str], int | None]) -> int | None:
        if cell is None or cell == "":
            return None
        found = read(cell) if isinstance(cell, str) else None
        if found is None or not -_LIMITS["long"] <= found < _LIMITS["long"]:
            raise self.no_value(cell)
        return found

    def _add_ticks(self, ticks: list[int | None]) -> None:
        """Ticks as nanoseconds, or as microseconds where nanoseconds do not reach."""
        import pyarrow as pa

        counted = [tick for tick in ticks if tick is not None]
        fits = not counted or (min(counted) >= -_NANOSECOND_TICKS and max(counted) <= _NANOSECOND_TICKS)
        if fits:
            numbers = pa.array([None if tick is None else tick * 100 for tick in ticks], pa.int64())
        else:
            if any(tick % 10 for tick in counted):
                self._cut()
            numbers = pa.array([None if tick is None else tick // 10 for tick in ticks], pa.int64())
        self.parts.append(numbers.cast(self._moment("ns" if fits else "us")))

    def _moment(self, unit: str) -> pa.DataType:
        import pyarrow as pa

        return pa.timestamp(unit, "UTC") if self.type == "datetime" else pa.duration(unit)

    def _one_unit(self, parts: list[pa.Array]) -> list[pa.Array]:
        """Chunks of one column in one unit: the coarser, if any of them needs it."""
        if self.type not in ("datetime", "timespan"):
            return parts
        coarse = self._moment("us")
        if not any(part.type == coarse for part in parts):
            return parts
        return [part if part.type == coarse else self._coarser(part, coarse) for part in parts]

    def _coarser(self, part: pa.Array, coarse: pa.DataType) -> pa.Array:
        import pyarrow as pa

        numbers = part.cast(pa.int64()).to_pylist()
        if any(number is not None and number % 1000 for number in numbers):
            self._cut()
        return pa.array([None if number is None else number // 1000 for number in numbers], pa.int64()).cast(coarse)

    def _cut(self) -> None:
        remark = (
            f"{self.name}: some values lie outside the years 1677 to 2262, so this column is kept to the microsecond"
        )
        if remark not in self.remarks:
            self.remarks.append(remark)


def arrow_type(kind: str) -> pa.DataType:
    """The physical type of a KQL type (of decimal: that of a column of nulls)."""
    import pyarrow as pa

    return {
        "long": pa.int64(),
        "int": pa.int32(),
        "real": pa.float64(),
        "bool": pa.bool_(),
        "decimal": pa.decimal128(38, 18),
        "datetime": pa.timestamp("ns", "UTC"),
        "timespan": pa.duration("ns"),
    }.get(kind, pa.string())


def _array(cells: Sequence[object], kind: pa.DataType) -> pa.Array | None:
    """The cells as Arrow; None if Arrow refuses them."""
    import pyarrow as pa

    try:
        return pa.array(cells, kind, memory_pool=pa.system_memory_pool())
    except (pa.ArrowInvalid, OverflowError):
        return None


def _unquoted(raw: bytes | str | object) -> str | None:
    """The text of a number, quoted or not; None for null."""
    text = raw.decode() if isinstance(raw, bytes) else str(raw)
    if text.startswith('"'):
        text = str(json.loads(text))
    return None if text in ("null", "") else text


def _number(raw: bytes | str | object) -> Decimal | None:
    text = _unquoted(raw)
    return None if text is None else Decimal(text)


_READERS: dict[str, Callable[[ColumnReader, Sequence[object], Callable[[], Sequence[bytes]]], None]] = {
    "string": ColumnReader.text,
    "guid": ColumnReader.text,
    "dynamic": ColumnReader.text,
    "long": ColumnReader.whole,
    "int": ColumnReader.whole,
    "real": ColumnReader.real,
    "bool": ColumnReader.truth,
    "decimal": ColumnReader.decimal,
    "datetime": ColumnReader.datetime,
    "timespan": ColumnReader.timespan,
}
