import copy
import gc
import io
import json
import pickle
import warnings
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.models.tables import Column, QueryResult, Table

TICKS = pa.timestamp("ns", "UTC")


def table(name: str = "PrimaryResult", **columns: tuple[str, pa.Array]) -> Table:
    return Table(
        name,
        tuple(Column(column, kind) for column, (kind, _) in columns.items()),
        pa.table({column: data for column, (_, data) in columns.items()}),
    )


def result(*tables: Table) -> QueryResult:
    return QueryResult(
        tables=tables,
        query="T",
        workspace="demo",
        start=datetime(2019, 2, 17, tzinfo=UTC),
        end=None,
        sent_at=datetime(2026, 11, 24, tzinfo=UTC),
        elapsed_s=0.1,
    )


ALL_TYPES = table(
    TimeGenerated=("datetime", pa.array([1550503762115123400, None], TICKS)),
    Count=("long", pa.array([2**63 - 1, None])),
    EventID=("int", pa.array([4624, None], pa.int32())),
    Score=("real", pa.array([0.5, None])),
    Active=("bool", pa.array([True, None])),
    Price=("decimal", pa.array([Decimal("0.1"), None])),
    Elapsed=("timespan", pa.array([100, None], pa.duration("ns"))),
    Name=("string", pa.array(["", "x"])),
    Id=("guid", pa.array(["74be27de-1e4e-49d9-b579-fe0b331d3642", None])),
    Properties=("dynamic", pa.array(['{"a": [1, null]}', None])),
)


def test_dtypes_are_those_of_the_interface() -> None:
    frame = result(ALL_TYPES).to_pandas()
    dtypes = {column: str(dtype) for column, dtype in frame.dtypes.items()}
    assert dtypes | {"Name": "", "Id": ""} == {
        "TimeGenerated": "datetime64[ns, UTC]",
        "Count": "Int64",
        "EventID": "Int32",
        "Score": "float64",
        "Active": "boolean",
        "Price": "object",
        "Elapsed": "timedelta64[ns]",
        "Name": "",
        "Id": "",
        "Properties": "object",
    }


def test_no_value_is_changed_and_nulls_stay_nulls() -> None:
    frame = result(ALL_TYPES).to_pandas()
    assert frame["TimeGenerated"][0].value == 1550503762115123400
    assert frame["Count"][0] == 2**63 - 1
    assert frame["Price"][0] == Decimal("0.1")
    assert frame["Elapsed"][0].value == 100
    assert frame["Properties"][0] == {"a": [1, None]}
    assert frame["Name"][0] == ""
    assert frame.drop(columns="Name").iloc[1].isna().all()


def test_dates_outside_the_nanosecond_range_keep_their_value() -> None:
    data = pa.array([datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    frame = result(table(T=("datetime", data))).to_pandas()
    assert [moment.year for moment in frame["T"]] == [1, 9999]


def test_duplicate_column_names_are_all_kept() -> None:
    twice = Table(
        "T",
        (Column("a", "long"), Column("a", "string")),
        pa.table([pa.array([1]), pa.array(["x"])], names=["a", "a"]),
    )
    frame = result(twice).to_pandas()
    assert list(frame.columns) == ["a", "a"]
    assert frame.iloc[0].tolist() == [1, "x"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18446744073709551616", 18446744073709551616),
        ('{"n": 123456789012345678901234567890}', {"n": 123456789012345678901234567890}),
        ('"\\ud800"', "\ud800"),
        ("not json", "not json"),
        ("[" * 100_000, "[" * 100_000),
        ("null", None),
    ],
)
def test_dynamic_loses_nothing_and_never_fails(text: str, value: object) -> None:
    frame = result(table(D=("dynamic", pa.array([text])))).to_pandas()
    assert frame["D"][0] == value


def test_provenance_survives_copies_concat_parquet_and_pickle() -> None:
    frame = result(table(a=("long", pa.array([1])))).to_pandas()
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame.to_parquet(buffer)
    for other in (
        copy.deepcopy(frame),
        pd.concat([frame, frame]),
        pd.read_parquet(buffer),
        pickle.loads(pickle.dumps(frame)),  # noqa: S301  # made here
    ):
        assert other.attrs["sentinel"]["workspace"] == "demo"
        assert other.attrs["sentinel"]["start"] == "2019-02-17T00:00:00Z"
    json.dumps(frame.attrs)


def test_every_table_is_there_by_position() -> None:
    answer = result(table(a=("long", pa.array([1]))), table("Second", b=("string", pa.array(["x", "y"]))))
    tables = answer.to_pandas().attrs["sentinel"]["tables"]
    assert len(tables) == 2
    assert tables[1]["b"].tolist() == ["x", "y"]
    assert [len(each) for each in tables] == [1, 2]
    with pytest.raises(IndexError):
        tables[2]


def test_an_answer_without_rows_or_tables_is_an_empty_frame_with_provenance() -> None:
    empty = result(table(a=("datetime", pa.array([], TICKS)))).to_pandas()
    assert list(empty.columns) == ["a"]
    assert str(empty["a"].dtype) == "datetime64[ns, UTC]"
    assert result().to_pandas().attrs["sentinel"]["rows"] == 0


def test_arrow_names_the_kql_types() -> None:
    schema = result(ALL_TYPES).to_arrow().schema
    assert schema.field("Properties").metadata == {b"kql_type": b"dynamic"}


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("text", ["99999999999999999999", '{"n": 18446744073709551617}', "no json", "[1, 2", ""])
def test_one_odd_cell_changes_no_other(position: int, text: str) -> None:
    cells: list[str | None] = ['{"a": 1}', None]
    cells.insert(position, text)
    chunks = pa.chunked_array([pa.array(cells).slice(0, 2), pa.array(cells).slice(2)])
    frame = result(table(D=("dynamic", chunks))).to_pandas()
    for cell, value in zip(cells, frame["D"], strict=True):
        alone = result(table(D=("dynamic", pa.array([cell], pa.string())))).to_pandas()["D"].iloc[0]
        assert value == alone
    exact: dict[str, object] = {"99999999999999999999": 10**20 - 1, '{"n": 18446744073709551617}': {"n": 2**64 + 1}}
    assert frame["D"].iloc[position] == exact.get(text, text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.lists(_JSON, max_size=5))
def test_dynamic_is_what_the_standard_reader_makes_of_it(values: list[object]) -> None:
    texts = [json.dumps(value) for value in values]
    frame = result(table(D=("dynamic", pa.array(texts, pa.string())))).to_pandas()
    assert repr(frame["D"].tolist()) == repr([json.loads(text) for text in texts])


def test_dynamic_lists_of_one_length_stay_lists() -> None:
    frame = result(table(D=("dynamic", pa.array(["[1, 2]", "[3, 4]"])))).to_pandas()
    assert frame["D"].tolist() == [[1, 2], [3, 4]]


def test_equal_texts_within_dynamic_are_one_object_and_nothing_else_is() -> None:
    cell = '{"a": "linux", "b": ["linux", {"c": "linux", "d": [1, true, 1.0]}]}'
    first, second = result(table(D=("dynamic", pa.array([cell, cell])))).to_pandas()["D"]
    assert first == second == json.loads(cell)
    assert first["a"] is second["a"] is second["b"][0] is second["b"][1]["c"]
    assert repr(second["b"][1]["d"]) == "[1, True, 1.0]"
    first["b"].append("more")
    assert second == json.loads(cell)


def test_many_different_texts_and_deep_ones_are_read_as_they_are() -> None:
    cells = [json.dumps({"a": str(place), "b": [str(place % 7)]}) for place in range(50_000)]
    deep = "[" * 400 + '"x"' + "]" * 400
    found = result(table(D=("dynamic", pa.array([*cells, None, deep])))).to_pandas()["D"].tolist()
    assert found == [*map(json.loads, cells), None, json.loads(deep)]


def test_the_garbage_collector_waits_while_dynamic_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def note(data: pa.ChunkedArray) -> list[object]:
        seen.append(gc.isenabled())
        return [None] * len(data)

    monkeypatch.setattr("jupyterlab_sentinel.models.frames._all_parsed", note)
    result(table(D=("dynamic", pa.array(["[1]"])))).to_pandas()
    assert (seen, gc.isenabled()) == ([False], True)
