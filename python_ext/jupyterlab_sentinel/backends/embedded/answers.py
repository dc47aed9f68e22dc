"""From DuckDB's Arrow output to the typed tables that every backend returns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import KqlSemanticError
from ...kql.constants import FIRST_TICK, LAST_TICK
from ...models.tables import Column, Table
from .conversion import BEYOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

# What datetime64[ns] and timedelta64[ns] can hold, in ticks of 100 ns.
_NS_TICKS = (2**63 - 1) // 100


def typed_table(name: str, columns: Sequence[tuple[str, str]], data: pa.Table) -> Table:
    """The answer of one statement.

    :param columns: name and KQL type of each column, in order.
    :param data: the columns in the engine's physical types (see :mod:`.conversion`).
    """
    import pyarrow as pa

    arrays = [_as_model(data.column(position), kind) for position, (_, kind) in enumerate(columns)]
    names = [column for column, _ in columns]
    fields = [pa.field(column, array.type) for column, array in zip(names, arrays, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    return Table(name, tuple(Column(column, kind) for column, kind in columns), table)


def _as_model(column: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    import pyarrow as pa

    wanted = {
        "bool": pa.bool_(),
        "int": pa.int32(),
        "long": pa.int64(),
        "real": pa.float64(),
        "string": pa.string(),
        "guid": pa.string(),
        "dynamic": pa.string(),
    }
    if kind == "datetime":
        _check_years(column)
        return _ticks(column, pa.timestamp("ns", "UTC"), pa.timestamp("us", "UTC"))
    if kind == "timespan":
        return _ticks(column, pa.duration("ns"), pa.duration("us"))
    if kind == "decimal":
        return column if pa.types.is_decimal(column.type) else column.cast(pa.decimal128(38, 18))
    return column if column.type == wanted[kind] else column.cast(wanted[kind])


def _check_years(column: pa.ChunkedArray) -> None:
    """Refuse times that a datetime cannot hold, which come of adding to others.

    :raises KqlSemanticError: a year before 1 or after 9999.
    """
    import pyarrow.compute as pc

    bounds = pc.min_max(column).as_py()
    if bounds["min"] is not None and not FIRST_TICK <= bounds["min"] <= bounds["max"] <= LAST_TICK:
        raise KqlSemanticError(BEYOND)


def _ticks(column: pa.ChunkedArray, fine: pa.DataType, coarse: pa.DataType) -> pa.ChunkedArray:
    """Ticks as Arrow times: nanoseconds, or microseconds where the years are beyond those."""
    import pyarrow as pa
    import pyarrow.compute as pc

    ticks = column if column.type == pa.int64() else column.cast(pa.int64())
    bounds = pc.min_max(ticks).as_py()
    low, high = bounds["min"], bounds["max"]
    if low is None or (low >= -_NS_TICKS and high <= _NS_TICKS):
        return pc.multiply(ticks, 100).cast(fine)
    return pc.divide(ticks, 10).cast(coarse)
