"""Answers that were written to Parquet, opened again: the same columns, types and values."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from jupyterlab_sentinel.models.parquet_files import write_table
from jupyterlab_sentinel.models.tables import Column, Table
from jupyterlab_sentinel.ports import QueryRequest

from .asking import Opener

NS, US = pa.timestamp("ns", "UTC"), pa.timestamp("us", "UTC")
COLUMNS: dict[str, tuple[str, pa.Array]] = {
    "TimeGenerated": ("datetime", pa.array([1550503762115123400, -9223372036854775800, None], NS)),
    "Long ago": ("datetime", pa.array([-62135596800000000, 253402300799999999, None], US)),
    "Count": ("long", pa.array([2**63 - 1, -(2**63), None])),
    "count": ("int", pa.array([2**31 - 1, -(2**31), None], pa.int32())),
    "Score": ("real", pa.array([float("inf"), 0.1, None])),
    "Active": ("bool", pa.array([True, False, None])),
    "Price": ("decimal", pa.array([Decimal("0.1"), Decimal("-123.456"), None])),
    "Long price": ("decimal", pa.array([Decimal("12345678901234567890123456789.25"), Decimal(1), None])),
    "Elapsed": ("timespan", pa.array([100, -100, None], pa.duration("ns"))),
    "Ages": ("timespan", pa.array([2**63 // 10, -5, None], pa.duration("us"))),
    "Name": ("string", pa.array(["", "ü\0\n\\ud800", "null"])),
    "Id": ("guid", pa.array(["74be27de-1e4e-49d9-b579-fe0b331d3642", None, None])),
    "Properties": ("dynamic", pa.array(['{"a":[1,null],"n":12345678901234567890123}', '"text"', None])),
    **{
        f"No {kind}": (kind, pa.nulls(3, type_))
        for kind, type_ in {
            "datetime": NS,
            "long": pa.int64(),
            "int": pa.int32(),
            "real": pa.float64(),
            "bool": pa.bool_(),
            "decimal": pa.decimal128(38, 18),
            "timespan": pa.duration("ns"),
            "guid": pa.string(),
            "dynamic": pa.string(),
        }.items()
    },
}
ANSWER = Table(
    "PrimaryResult",
    tuple(Column(name, kind) for name, (kind, _) in COLUMNS.items()),
    pa.table({name: data for name, (_, data) in COLUMNS.items()}),
)


async def test_every_type_comes_back(folder: Path, opened: Opener) -> None:
    write_table(folder / "Answer.parquet", ANSWER, {})
    backend = await opened()
    table = (await backend.run(QueryRequest("Answer | project-away Type"))).tables[0]
    assert table.columns == ANSWER.columns
    assert table.data.schema.types == ANSWER.data.schema.types
    for name in COLUMNS:
        assert table.data[name].combine_chunks().equals(ANSWER.data[name].combine_chunks()), name


async def test_a_second_time_too(folder: Path, opened: Opener) -> None:
    write_table(folder / "Answer.parquet", ANSWER, {})
    backend = await opened()
    again = (await backend.run(QueryRequest("Answer | project-away Type"))).tables[0]
    write_table(folder / "Again.parquet", again, {})
    backend = await opened()
    found = (await backend.run(QueryRequest("Again | project-away Type"))).tables[0]
    assert found.columns == again.columns
    assert found.data.equals(again.data)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
async def test_times_with_a_zone_that_pandas_wrote_keep_their_ticks(folder: Path, opened: Opener, zone: str) -> None:
    times = pd.DatetimeIndex(["2019-02-18T15:29:22.115123400Z", None]).tz_convert(zone)
    pd.DataFrame({"TimeGenerated": times, "N": [1, 2]}).to_parquet(folder / "Logs.parquet")
    backend = await opened()
    answer = await backend.run(QueryRequest("Logs | where N == 1 | project TimeGenerated"))
    assert answer.tables[0].data["TimeGenerated"].cast(pa.int64()).to_pylist() == [1550503762115123400]
