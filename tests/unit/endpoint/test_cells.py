"""What is written on the wire is read back as it was, and limits hold to the row and the byte."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_sentinel.backends.log_analytics.decoding import decode
from jupyterlab_sentinel.endpoint.cells import WrittenTables, timespan_text, write_tables
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.errors import CancelledQueryError
from jupyterlab_sentinel.models.tables import Column, Table

NS = pa.timestamp("ns", "UTC")
US = pa.timestamp("us", "UTC")
MOST = (2**63 - 1) // 100
TICKS = st.integers(-MOST, MOST).map(lambda ticks: ticks * 100)
YEARS = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "bool": (pa.bool_(), st.booleans()),
    "int": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "long": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "real": (pa.float64(), st.floats(allow_nan=False)),
    "datetime": (NS, TICKS),
    "timespan": (pa.duration("ns"), TICKS),
    "guid": (pa.string(), st.uuids().map(str)),
    "dynamic": (pa.string(), st.recursive(st.integers() | TEXT | st.none(), st.lists).map(json.dumps)),
    "decimal": (pa.decimal128(38, 18), st.decimals(-(10**19), 10**19, allow_nan=False, places=18)),
}


def table(kind: str, cells: list[Any], type_: pa.DataType | None = None, name: str = "PrimaryResult") -> Table:
    data = pa.chunked_array([pa.array(cells, type_ or KINDS[kind][0])])
    return Table(name, (Column("X", kind),), pa.Table.from_arrays([data], names=["X"]))


def text_of(written: WrittenTables) -> bytes:
    return b'{"tables":' + b"".join(written.json) + b"}"


def read_back(kind: str, cells: list[Any], type_: pa.DataType | None = None) -> pa.ChunkedArray:
    answer = decode(text_of(write_tables([table(kind, cells, type_)], Limits())))
    assert answer.tables[0].columns == (Column("X", kind),)
    return answer.tables[0].data.column(0)


def cells_of(kind: str, cells: list[Any], type_: pa.DataType | None = None) -> list[Any]:
    found = json.loads(text_of(write_tables([table(kind, cells, type_)], Limits())))
    return [row[0] for row in found["tables"][0]["rows"]]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_on_the_way_there_and_back(kind: str) -> None:
    type_, values = KINDS[kind]

    @settings(deadline=None)
    @given(st.lists(values | st.none(), min_size=1, max_size=20))
    def check(cells: list[Any]) -> None:
        wanted = pa.array(cells, type_)
        found = read_back(kind, cells)
        if kind == "decimal":
            assert found.to_pylist() == wanted.to_pylist()
        else:
            assert found.type == type_
            assert found.combine_chunks().equals(wanted)

    check()


@settings(deadline=None)
@given(st.lists(TEXT | st.none(), min_size=1, max_size=20))
def test_strings_come_back_and_are_never_null(cells: list[str | None]) -> None:
    assert read_back("string", cells, pa.string()).to_pylist() == [cell or "" for cell in cells]


@settings(deadline=None)
@given(st.lists(YEARS, min_size=1, max_size=10))
def test_every_year_comes_back(cells: list[int]) -> None:
    cells = [*cells, -62_135_596_800_000_000, 253_402_300_799_999_999]
    assert read_back("datetime", cells, US).cast(pa.int64()).to_pylist() == cells


def test_numbers_that_json_lacks() -> None:
    assert cells_of("real", [float("nan"), float("inf"), -float("inf"), 2.0, -0.0, None]) == [
        "NaN", "Infinity", "-Infinity", 2, -0.0, None
    ]  # fmt: skip


def test_decimals_have_no_exponent_and_no_idle_zeros() -> None:
    values = [Decimal("0.000000000000000001"), Decimal(-100), Decimal("1.50"), Decimal(0)]
    assert cells_of("decimal", values) == ["0.000000000000000001", "-100", "1.5", "0"]


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (0, "00:00:00"),
        (1, "00:00:00.0000001"),
        (-1, "-00:00:00.0000001"),
        (864_000_000_000, "1.00:00:00"),
        (2**63 - 1, "10675199.02:48:05.4775807"),
        (-(2**63), "-10675199.02:48:05.4775808"),
    ],
)
def test_timespans_are_written_as_dotnet_does(ticks: int, text: str) -> None:
    assert timespan_text(ticks) == text


def test_columns_of_one_name_and_none_at_all() -> None:
    two = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["X", "X"])
    empty = Table("Second", (), pa.table({}))
    columns = (Column("X", "long"), Column("X", "long"))
    found = json.loads(text_of(write_tables([Table("First", columns, two), empty], Limits())))["tables"]
    assert found[0]["rows"] == [[1, 2]]
    assert found[1] == {"name": "Second", "columns": [], "rows": []}


@pytest.mark.parametrize("count", [0, 1, 4_999, 5_000, 5_001, 12_345])
def test_rows_are_cut_at_the_row(count: int) -> None:
    written = write_tables([table("long", list(range(12_345)))], Limits(rows=count))
    rows = json.loads(text_of(written))["tables"][0]["rows"]
    assert rows == [[number] for number in range(count)]
    assert written.cut == ("" if count == 12_345 else "rows")
    assert written.rows == (count,)


@settings(deadline=None)
@given(st.lists(st.text("ab\u00fc", max_size=6), max_size=30), st.integers(0, 200))
def test_rows_are_cut_at_the_byte(cells: list[str], most: int) -> None:
    written = write_tables([table("string", cells, pa.string())], Limits(answer_bytes=most))
    rows = json.loads(text_of(written))["tables"][0]["rows"]
    assert rows == [[cell] for cell in cells[: len(rows)]]

    def size(count: int) -> int:
        return (
            len(json.dumps([[cell] for cell in cells[:count]], separators=(",", ":"), ensure_ascii=False).encode()) - 2
        )

    assert size(len(rows)) <= most or not rows
    assert (len(rows) == len(cells)) == (written.cut == "")
    if written.cut:
        assert size(len(rows) + 1) > most


def test_a_writer_that_is_told_to_stop_stops() -> None:
    asked: list[bool] = []

    def third_time() -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    with pytest.raises(CancelledQueryError):
        write_tables([table("long", list(range(50_000)))], Limits(), third_time)
    assert len(asked) == 3
