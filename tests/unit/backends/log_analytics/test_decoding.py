"""Nothing that the service sends is lost on the way to a frame."""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.backends.log_analytics.decoding import Answer, decode
from jupyterlab_sentinel.errors import CancelledQueryError, ServiceError
from jupyterlab_sentinel.models.collector import paused
from jupyterlab_sentinel.models.frames import table_frame

SAMPLES = Path(__file__).parents[3] / "data" / "wire"


def answer(kind: str, *cells: object) -> Answer:
    """The answer with one column of that type."""
    return decode(body(kind, *(json.dumps(cell) for cell in cells)))


def body(kind: str, *cells: str) -> bytes:
    """The same, the cells given as JSON text."""
    rows = ",".join(f"[{cell}]" for cell in cells)
    columns = json.dumps([{"name": "X", "type": kind}])
    return f'{{"tables":[{{"name":"PrimaryResult","columns":{columns},"rows":[{rows}]}}]}}'.encode(
        errors="surrogatepass"
    )


def column(found: Answer) -> list[Any]:
    values: list[Any] = found.tables[0].data.column(0).to_pylist()
    return values


def nanoseconds(found: Answer) -> list[int | None]:
    data = found.tables[0].data.column(0)
    assert data.type in (pa.timestamp("ns", "UTC"), pa.duration("ns"))
    values: list[int | None] = data.cast(pa.int64()).to_pylist()
    return values


def sample(name: str) -> bytes:
    return json.dumps(json.loads((SAMPLES / f"{name}.json").read_bytes())["body"]).encode()


def test_ticks_of_100_nanoseconds_stay() -> None:
    found = answer("datetime", "2023-02-20T11:04:02.6371632Z", "2021-06-02T00:19:13.44Z", "2000-01-02T03:04:05Z", None)
    assert nanoseconds(found) == [1676891042637163200, 1622593153440000000, 946782245000000000, None]
    assert table_frame(found.tables[0])["X"].iloc[0].nanosecond == 200


def test_dates_outside_pandas_range_stay_and_the_lost_digit_is_said() -> None:
    found = answer(
        "datetime", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "2023-02-20T11:04:02.637163Z", "", None
    )
    assert column(found) == [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2023, 2, 20, 11, 4, 2, 637163, tzinfo=UTC),
        None,
        None,
    ]
    assert "microsecond" in found.remarks[0]


def test_one_distant_date_among_many_chunks_makes_one_column() -> None:
    rows = [json.dumps("2023-02-20T11:04:02.6371632Z")] * 9000
    rows[4321] = json.dumps("1600-01-01T00:00:00Z")
    found = decode(body("datetime", *rows))
    data = found.tables[0].data.column(0)
    assert data.type == pa.timestamp("us", "UTC")
    assert data.null_count == 0
    assert column(found)[4321] == datetime(1600, 1, 1, tzinfo=UTC)
    assert column(found)[0] == datetime(2023, 2, 20, 11, 4, 2, 637163, tzinfo=UTC)
    assert len(found.remarks) == 1


def test_a_time_without_zone_is_utc() -> None:
    assert column(answer("datetime", "2023-02-20T11:04:02")) == [datetime(2023, 2, 20, 11, 4, 2, tzinfo=UTC)]


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_every_long_stays(values: list[int | None]) -> None:
    found = answer("long", *values)
    assert column(found) == values
    if found.tables[0].rows:
        frame = table_frame(found.tables[0])
        assert str(frame["X"].dtype) == "Int64"
        assert [None if value is pd.NA else int(value) for value in frame["X"]] == values


def test_long_above_2_to_53_beside_null_and_float_notation() -> None:
    assert column(decode(body("long", "9007199254740993", "null", "1e3", '"7"'))) == [9007199254740993, None, 1000, 7]


@pytest.mark.parametrize("cell", ["5.5", '"x"', "9223372036854775808", "true", "[1]", '"NaN"'])
def test_what_is_no_long_is_refused(cell: str) -> None:
    with pytest.raises(ServiceError, match="of type long"):
        decode(body("long", "1", cell))


def test_an_int_has_32_bits() -> None:
    assert column(answer("int", 2147483647, None)) == [2147483647, None]
    with pytest.raises(ServiceError, match="of type int"):
        answer("int", 2147483648)


def test_nulls_in_bool_and_old_numbers() -> None:
    found = answer("bool", True, None, False)
    assert column(found) == [True, None, False]
    assert str(table_frame(found.tables[0])["X"].dtype) == "boolean"
    assert column(answer("bool", 1, 0, None, True)) == [True, False, None, True]
    with pytest.raises(ServiceError, match="of type bool"):
        answer("bool", "maybe")


@pytest.mark.parametrize(
    ("kind", "arrow"),
    [
        ("long", pa.int64()),
        ("int", pa.int32()),
        ("real", pa.float64()),
        ("bool", pa.bool_()),
        ("datetime", pa.timestamp("ns", "UTC")),
        ("timespan", pa.duration("ns")),
        ("decimal", pa.decimal128(38, 18)),
        ("string", pa.string()),
        ("guid", pa.string()),
        ("dynamic", pa.string()),
    ],
)
def test_columns_of_nulls_and_of_nothing_keep_their_type(kind: str, arrow: pa.DataType) -> None:
    for found in (answer(kind, None, None), answer(kind)):
        assert found.tables[0].data.column(0).type == arrow
        assert set(column(found)) <= {None}


def test_decimals_are_exact() -> None:
    texts = ["79228162514264337593543950335", "0.1000000000000000000000000001", "-1E+5", None]
    assert column(answer("decimal", *texts)) == [None if text is None else Decimal(text) for text in texts]


def test_a_bare_decimal_never_goes_through_a_float() -> None:
    cells = ["123456789012345678901234567.89", "null", "0.1"]
    assert column(decode(body("decimal", *cells))) == [Decimal("123456789012345678901234567.89"), None, Decimal("0.1")]


def test_decimals_wider_than_arrow_are_kept_as_text_and_said() -> None:
    found = answer("decimal", "1E-300", "1E+300")
    assert column(found) == ["1E-300", "1E+300"]
    assert "text" in found.remarks[0]


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("00:00:00.0000001", 1),
        ("00:00:05", 50_000_000),
        ("-1.02:03:04.0000050", -(((26 * 60 + 3) * 60 + 4) * 10_000_000 + 50)),
        ("106751.23:47:16.8547758", 9223372036854775800 // 100),
    ],
)
def test_timespans(text: str, ticks: int) -> None:
    found = answer("timespan", text, None, text)
    assert nanoseconds(found) == [ticks * 100, None, ticks * 100]


def test_the_longest_timespans_stay() -> None:
    found = answer("timespan", "10675199.02:48:05.4775807", "-10675199.02:48:05.4775808")
    assert found.tables[0].data.column(0).cast(pa.int64()).to_pylist() == [922337203685477580, -922337203685477581]
    assert found.remarks


def test_nan_and_infinity_as_strings_and_as_literals() -> None:
    for found in (
        answer("real", "NaN", "Infinity", "-Infinity", None, 1),
        decode(body("real", *["NaN", "Infinity", "-Infinity", "null", "1"])),
    ):
        values = column(found)
        assert values[0] != values[0]  # NaN alone is unlike itself
        assert values[1:] == [float("inf"), float("-inf"), None, 1.0]
        assert found.tables[0].data.column(0).null_count == 1


def test_large_whole_numbers_in_a_real_column() -> None:
    assert column(decode(body("real", "9007199254740993", "1.7976931348623157e+308"))) == [
        9007199254740992.0,
        1.7976931348623157e308,
    ]


def test_a_null_guid_is_a_null() -> None:
    assert column(answer("guid", None, "74be27de-1e4e-49d9-b579-fe0b331d3642")) == [
        None,
        "74be27de-1e4e-49d9-b579-fe0b331d3642",
    ]


def test_dynamic_stays_text_and_bare_json_keeps_every_digit() -> None:
    assert column(answer("dynamic", '{"a": 1}', None, "plain")) == ['{"a": 1}', None, "plain"]
    cells = ['{"n": 99999999999999999999.10}', "null", "[1, 2]", "18446744073709551617"]
    assert column(decode(body("dynamic", *cells))) == [cells[0], None, cells[2], cells[3]]


def test_two_columns_of_one_name() -> None:
    columns = b'[{"name":"a","type":"long"},{"name":"a","type":"string"}]'
    raw = b'{"tables":[{"name":"T","columns":' + columns + b',"rows":[[1,"x"]]}]}'
    table = decode(raw).tables[0]
    assert table.data.column(0).to_pylist() == [1]
    assert table.data.column(1).to_pylist() == ["x"]
    assert list(table_frame(table).columns) == ["a", "a"]


def test_halves_of_surrogate_pairs_become_visible_and_pairs_stay() -> None:
    found = decode(body("string", r'"a\ud800b"', r'"\ude00\ud83d\ude00"', r'"\\ud800 \ud83d"', r'"\ud800\ud83d\ude00"'))
    assert column(found) == ["a\\ud800b", "\\ude00😀", "\\ud800 \\ud83d", "\\ud800😀"]


def test_a_byte_order_mark_is_no_error() -> None:
    assert column(decode(b"\xef\xbb\xbf" + body("string", '"é"'))) == ["é"]


def test_nan_inside_a_string_stays_text_when_the_strict_reader_refuses() -> None:
    columns = b'[{"name":"a","type":"real"},{"name":"b","type":"string"}]'
    raw = b'{"tables":[{"name":"T","columns":' + columns + b',"rows":[[NaN,"say \\"NaN\\" or -Infinity"]]}]}'
    assert decode(raw).tables[0].data.column(1).to_pylist() == ['say "NaN" or -Infinity']


def test_a_float_too_large_for_a_float() -> None:
    assert column(decode(body("real", "1e999", "2"))) == [float("inf"), 2.0]


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=30))
def test_every_string_stays(values: list[str]) -> None:
    assert column(answer("string", *values)) == values


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"{}",
        bytes(range(256)) * 8,
        b"<html><script>window.__pwn=['proxy']</script>Sign in</html>",
        b'{"tables":{"name":1}}',
        b'{"tables":null}',
        b'{"tables":[{"name":"T","columns":[{"name":"a","type":"long"}],"rows":[[1,2]]}]}',
        b'{"tables":[{"name":"T","columns":[{"name":"a","type":"long"}],"rows":[[1],[]]}]}',
        b'{"tables":[{"name":"T","columns":[{"name":"a","type":"long"}],"rows":[7]}]}',
        b'{"tables":[{"name":"T","columns":[{"name":"a","type":"long"}],"rows":["a"]}]}',
        b'{"tables":[{"name":"T","columns":[{"name":"a","type":"long"}],"rows":[{"a":1}]}]}',
        b'{"tables":[{"name":"T","columns":[{"name":"a","type":"string"}],"rows":[["\xff"]]}]}',
        b"[" * 100_000 + b"]" * 100_000,
        b'{"tables":' + b"[" * 100_000,
        b'{"tables":[{"name":"T","columns":[{"name":"a","type":"dynamic"}],"rows":[['
        + b"[" * 5000
        + b"]" * 5000
        + b"]]}]}",
        b'{"tables":[{"name":"T","columns":[{"name":"a","type":"dynamic"}],"rows":[['
        + b"[" * 980
        + b"]" * 980
        + b"]]}]}",
        b'{"score": NaN, "n": 1e999, "x": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_answer_is_one_typed_error(raw: bytes) -> None:
    with pytest.raises(ServiceError, match="not a Log Analytics answer") as caught:
        decode(raw)
    assert len(caught.value.message) < 400


@pytest.mark.parametrize("cut", range(0, 460, 7))
def test_a_truncated_answer_is_never_read_in_part(cut: int) -> None:
    whole = sample("la_200_types")
    if cut < len(whole) - 1:
        with pytest.raises(ServiceError, match="not a Log Analytics answer"):
            decode(whole[:cut])


def test_the_excerpt_shows_what_is_invisible_and_hides_tokens() -> None:
    with pytest.raises(ServiceError) as caught:
        decode("<p>\u202eevil Bearer abcdef.ghijkl eyJhbGciOiJIUzI1NiJ9.x.y</p>".encode())
    assert "<U+202E>" in caught.value.message
    assert "abcdef" not in caught.value.message
    assert "eyJ" not in caught.value.message


def test_all_types_of_one_sample() -> None:
    table = decode(sample("la_200_alltypes_grafana")).tables[0]
    assert [item.type for item in table.columns] == [
        "bool",
        "string",
        "datetime",
        "dynamic",
        "guid",
        "int",
        "long",
        "real",
        "timespan",
        "decimal",
    ]
    row = table.data.to_pylist()[0]
    assert row["XBool"] is True
    assert row["XLong"] == 9223372036854775807
    assert row["XReal"] == 1.7976931348623157e308
    assert row["XDecimal"] == Decimal(79228162514264337593543950335)
    assert table.data.column("XTimeSpan").cast(pa.int64()).to_pylist() == [100]
    assert json.loads(row["XDynamic"])[0] == {"person": "Daniel"}


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("la_200_*.json")), ids=lambda path: path.stem)
def test_every_recorded_answer(path: Path) -> None:
    recorded = json.loads(path.read_bytes())
    wire = recorded.get("body", recorded)
    found = decode(json.dumps(wire).encode())
    assert len(found.tables) == len(wire["tables"])
    for table, sent in zip(found.tables, wire["tables"], strict=True):
        assert [(item.name, item.type) for item in table.columns] == [
            (item["name"], item["type"]) for item in sent["columns"]
        ]
        assert table.rows == len(sent["rows"])
        nulls = sum(cell is None for row in sent["rows"] for cell in row)
        assert sum(table.data.column(place).null_count for place in range(len(table.columns))) == nulls
        assert len(table_frame(table)) == len(sent["rows"])
    assert found.error == wire.get("error", {})


def test_statistics_and_render() -> None:
    found = decode(sample("la_200_render_statistics"))
    assert found.statistics["query"]["datasetStatistics"] == [{"tableRowCount": 0, "tableSize": 0}]
    assert found.render is None
    charted = json.loads(sample("la_200_types"))
    charted["render"] = {"visualization": "timechart", "title": None, "yMin": "NaN", "accumulate": False}
    assert decode(json.dumps(charted).encode()).render == {"visualization": "timechart", "accumulate": False}


def test_several_tables() -> None:
    one = json.loads(sample("la_200_types"))
    both = {"tables": [*one["tables"], {"name": "Second", "columns": [], "rows": []}]}
    assert [table.name for table in decode(json.dumps(both).encode()).tables] == ["PrimaryResult", "Second"]


def test_decoding_stops_when_told() -> None:
    with pytest.raises(CancelledQueryError):
        decode(body("long", *["1"] * 10), stop=lambda: True)


def test_the_garbage_collector_waits_and_is_switched_on_again() -> None:
    seen: list[bool] = []

    def stop() -> bool:
        seen.append(gc.isenabled())
        return False

    decode(body("long", "1"), stop)
    assert (seen, gc.isenabled()) == ([False], True)
    with pytest.raises(ServiceError), paused():
        decode(b"")
    assert gc.isenabled()
    gc.disable()
    try:
        decode(body("long", "1"))
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_many_distinct_timespans_over_many_chunks() -> None:
    cells = [f"{place // 3600:02}:{place // 60 % 60:02}:{place % 60:02}" for place in range(9000)]
    assert nanoseconds(answer("timespan", *cells, None)) == [place * 10**9 for place in range(9000)] + [None]


@pytest.mark.parametrize("separator", [",", " ,\n\t", "\r\n  , "])
def test_a_bytearray_is_used_up_and_says_the_same(separator: str) -> None:
    wide = json.dumps("é" * 200)
    rows = separator.join(f"[{place}, {wide} ,[{place}]]" for place in range(5000))
    kinds = json.dumps(
        [{"name": name, "type": kind} for name, kind in (("n", "long"), ("s", "string"), ("d", "dynamic"))]
    )
    one = f'{{"name":"T","columns":{kinds},"rows":[ {rows}\n]}}'
    raw = f'{{"tables":[{one},{one}],"statistics":{{"query":{{"a":1}}}},"render":null}}'.encode()
    whole = decode(raw)
    used = bytearray(raw)
    found = decode(used)
    assert found == replace(whole, tables=found.tables)
    assert [table.data for table in found.tables] == [table.data for table in whole.tables]
    assert found.tables[1].data.column(0).to_pylist() == list(range(5000))
    assert found.statistics == {"query": {"a": 1}}
    assert used == raw[: len(used)]
    assert len(used) < 300


def test_an_error_in_a_later_table_shows_how_the_answer_begins() -> None:
    columns = '"columns":[{"name":"a","type":"long"}]'
    tables = [f'{{"name":"T","rows":[{rows}],{columns}}}' for rows in ("[7, 8]", "[1]")]
    with pytest.raises(ServiceError, match=r"It begins: \{.tables.:\[\{.name.:.T.,.rows.:\["):
        decode(bytearray(f'{{"tables":[{",".join(tables)}]}}'.encode()))


def test_every_type_keeps_its_order_over_many_pieces() -> None:
    count = 20_000
    cells = {
        "decimal": [f'"{place}.5"' for place in range(count)],
        "real": [f"{place}.5" for place in range(count)],
        "bool": ["true" if place % 3 else "null" for place in range(count)],
        "int": [str(place) for place in range(count)],
        "string": [f'"{place}"' for place in range(count)],
        "datetime": [
            f'"2024-01-01T{place // 3600:02}:{place // 60 % 60:02}:{place % 60:02}Z"' for place in range(count)
        ],
    }
    columns = json.dumps([{"name": kind, "type": kind} for kind in cells])
    rows = ",".join(f"[{','.join(row)}]" for row in zip(*cells.values(), strict=True))
    table = decode(f'{{"tables":[{{"name":"T","columns":{columns},"rows":[{rows}]}}]}}'.encode()).tables[0].data
    assert table["decimal"].to_pylist() == [Decimal(f"{place}.5") for place in range(count)]
    assert table["real"].to_pylist() == [place + 0.5 for place in range(count)]
    assert table["bool"].to_pylist() == [True if place % 3 else None for place in range(count)]
    assert table["int"].to_pylist() == list(range(count))
    assert table["string"].to_pylist() == list(map(str, range(count)))
    seconds = table["datetime"].cast(pa.int64()).to_pylist()
    assert seconds == [(1704067200 + place) * 10**9 for place in range(count)]


@pytest.mark.parametrize("days", ["10675200", "99999999999999999"])
def test_a_timespan_beyond_64_bits_is_no_value(days: str) -> None:
    body = f'{{"tables":[{{"name":"T","columns":[{{"name":"s","type":"timespan"}}],"rows":[["{days}.00:00:00"]]}}]}}'
    with pytest.raises(ServiceError, match=f"holds “{days}"):
        decode(body.encode())
