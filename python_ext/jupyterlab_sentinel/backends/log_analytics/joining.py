"""The tables of several answers to one query as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ServiceError
from ...models.tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa


class SchemaChangedError(ServiceError):
    """Slices of one answer do not fit together, and will not later: nothing of them is kept."""

    def __init__(self) -> None:
        super().__init__(
            "The slices of this answer have different columns, so they cannot be put together.",
            hint="The workspace's schema seems to have changed in between: run the query again.",
        )


def joined(tables: Sequence[Table]) -> Table:
    """The rows of ``tables``, in order. Their columns must be the same.

    Chunks whose physical types differ (a date far away, a longer decimal) get the type that holds both.

    :raises SchemaChangedError: they are not.
    """
    import pyarrow as pa

    first = tables[0]
    if any(table.columns != first.columns for table in tables[1:]):
        raise SchemaChangedError
    data = [_column([table.data.column(place) for table in tables]) for place in range(len(first.columns))]
    names = [column.name for column in first.columns]
    return Table(first.name, first.columns, pa.Table.from_arrays(data, names=names))


def _column(parts: list[pa.ChunkedArray]) -> pa.ChunkedArray:
    import pyarrow as pa

    kinds = {part.type for part in parts if part.null_count < len(part)} or {parts[0].type}
    if len(kinds) == 1:
        kind = kinds.pop()
        return pa.chunked_array([chunk for part in parts for chunk in _as(part, kind).chunks], type=kind)
    if all(pa.types.is_timestamp(kind) or pa.types.is_duration(kind) for kind in kinds):
        coarse = next(kind for kind in kinds if kind.unit == "us")
        return pa.chunked_array([chunk for part in parts for chunk in _as(part, coarse).chunks], type=coarse)
    # Decimals: Arrow finds the width that holds all of them; where one column was text, all are.
    values = [value for part in parts for value in part.to_pylist()]
    if any(isinstance(value, str) for value in values):
        return pa.chunked_array([pa.array([None if value is None else str(value) for value in values], pa.string())])
    return pa.chunked_array([pa.array(values)])


def _as(part: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    import pyarrow as pa

    if part.type == kind:
        return part
    if part.null_count == len(part):
        return pa.chunked_array([pa.nulls(len(part), kind)])
    return part.cast(kind, safe=False)
