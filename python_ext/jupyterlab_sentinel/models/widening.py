"""One physical type a column for tables that come one after another; see :class:`.tables.Table` for the types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from .tables import Column

# The longest decimals that every reader of Parquet takes as such: some make floats of longer ones.
_DIGITS = 38
_USUAL_SCALE = 18


class Widening:
    """The narrowest types that hold every table so far: coarser times, longer decimals, text for the longest."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._names = unique_names([column.name for column in columns])
        self._kinds: list[pa.DataType | None] = [None] * len(self._columns)
        self._seen = [False] * len(self._columns)
        self._needs = [(0, 0)] * len(self._columns)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is not kept as its own type, one line each."""
        import pyarrow as pa

        return tuple(
            f"{column.name}: decimals with more than {_DIGITS} digits are kept as text"
            for column, kind in zip(self._columns, self._kinds, strict=True)
            if column.type == "decimal" and kind is not None and pa.types.is_string(kind)
        )

    def schema(self) -> pa.Schema:
        """The types as they are now, under names of which none repeats."""
        import pyarrow as pa

        kinds = [kind or pa.string() for kind in self._kinds]
        return pa.schema([pa.field(name, kind) for name, kind in zip(self._names, kinds, strict=True)])

    def widen(self, data: pa.Table) -> bool:
        """Take in the types of ``data``; whether that changed any for rows that came before."""
        changed = False
        for place, part in enumerate(data.columns):
            before = self._kinds[place]
            after = self._wider(place, part)
            changed = changed or (before is not None and before != after)
            self._kinds[place] = after
        return changed

    def fitted(self, data: pa.Table) -> pa.Table:
        """``data`` in the types as they are now."""
        import pyarrow as pa

        schema = self.schema()
        arrays = [_as(part, kind) for part, kind in zip(data.columns, schema.types, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _wider(self, place: int, part: pa.ChunkedArray) -> pa.DataType:
        import pyarrow as pa

        kind, before = part.type, self._kinds[place]
        if pa.types.is_decimal(kind) and kind.precision > _DIGITS:
            kind = _shorter(part)
        empty = part.null_count == len(part)
        if before is None or (not self._seen[place] and not empty):
            self._seen[place] = not empty
            self._needs[place] = _needs(kind)
            return kind
        if empty or before == kind or pa.types.is_string(before):
            return before
        if pa.types.is_decimal(kind) and pa.types.is_decimal(before):
            return self._decimal(place, kind)
        if pa.types.is_string(kind):
            return kind
        if _is_time(kind) and _is_time(before):
            return next(one for one in (kind, before) if one.unit == "us")
        raise ServiceError(
            f"The column {self._columns[place].name} is of the types {before} and {kind}: the parts of this answer "
            "cannot be put together.",
            hint="Run the query again; if it stays, report it with the query.",
        )

    def _decimal(self, place: int, kind: pa.DataType) -> pa.DataType:
        import pyarrow as pa

        digits, scale = (max(pair) for pair in zip(self._needs[place], _needs(kind), strict=True))
        self._needs[place] = digits, scale
        if digits + scale > _DIGITS:
            return pa.string()
        # Room to both sides, so that not each next table brings another type.
        return pa.decimal128(_DIGITS, max(scale, min(_USUAL_SCALE, _DIGITS - digits)))


def unique_names(names: Sequence[str]) -> list[str]:
    """``names`` with a number behind those that came before; most readers of Parquet need that."""
    taken = set(names)
    seen: set[str] = set()
    found = []
    for name in names:
        unique, number = name, 0
        while unique in seen or (number and unique in taken):
            number += 1
            unique = f"{name}{number}"
        seen.add(unique)
        found.append(unique)
    return found


def _needs(kind: pa.DataType) -> tuple[int, int]:
    """Digits before and behind the point."""
    import pyarrow as pa

    return (kind.precision - kind.scale, kind.scale) if pa.types.is_decimal(kind) else (0, 0)


def _shorter(part: pa.ChunkedArray) -> pa.DataType:
    """A long decimal type as a short one, if every value fits; as text otherwise."""
    import pyarrow as pa

    values = [value for value in part.to_pylist() if value is not None]
    found = pa.array(values).type if values else pa.decimal128(_DIGITS, _USUAL_SCALE)
    return found if found.precision <= _DIGITS else pa.string()


def _is_time(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(kind) or pa.types.is_duration(kind))


def _as(part: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    import pyarrow as pa

    if part.type == kind:
        return part
    if part.null_count == len(part):
        return pa.chunked_array([pa.nulls(len(part), kind)])
    if pa.types.is_decimal(part.type) and pa.types.is_string(kind):
        texts = [None if value is None else _plain(format(value, "f")) for value in part.to_pylist()]
        return pa.chunked_array([pa.array(texts, kind)])
    return part.cast(kind, safe=not _is_time(kind))


def _plain(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
