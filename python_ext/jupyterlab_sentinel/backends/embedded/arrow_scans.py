"""Typed tables on Arrow as scans: put into a Parquet file for as long as they are converted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import DataError
from .conversion import file_literal
from .scans import Scan, ScanColumn

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from ...models.tables import Table

_TICKS = {"s": 10_000_000, "ms": 10_000, "us": 10}


def scan_table(table: Table, target: Path, label: str = "") -> Scan:
    """The columns of ``table``, which is written to ``target``; types are the table's own.

    :raises DataError: a value that the engine cannot hold.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not table.columns:
        raise DataError("it holds a table without columns")
    try:
        arrays = [_storable(table.data.column(place)) for place in range(len(table.columns))]
    except pa.ArrowInvalid as error:
        raise DataError("it holds a number beyond what the engine can hold") from error
    names = [f"c{place}" for place in range(len(arrays))]
    pq.write_table(pa.Table.from_arrays(arrays, names=names), target)
    columns = tuple(
        ScanColumn(column.name, name, "ARROW", f"{column.type}/arrow", {column.type: _read(name, column.type)})
        for name, column in zip(names, table.columns, strict=True)
    )
    return Scan(f"read_parquet({file_literal(target)})", columns, label)


def _storable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Times as ticks, since Parquet has no timespans; decimals as DuckDB has them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(column.type) or pa.types.is_duration(column.type):
        numbers = column.cast(pa.int64())
        unit = column.type.unit
        return pc.divide(numbers, 100) if unit == "ns" else pc.multiply(numbers, _TICKS[unit])
    if pa.types.is_decimal256(column.type):
        return column.cast(pa.decimal128(38, min(column.type.scale, 38)))
    return column


def _read(name: str, kind: str) -> str:
    if kind == "string":
        return f"coalesce({name}, '')"
    if kind == "guid":
        return f"lower(CAST({name} AS VARCHAR))"
    if kind == "dynamic":
        return f"kql_json({name})"
    return name
