"""Kusto's frames: nothing is lost, and nothing that failed or is missing passes for an answer.

The shapes are those of Microsoft's documentation ("Query V2 HTTP response") and of the recordings in the tests of its
Python client (github.com/Azure/azure-kusto-python, azure-kusto-data/tests).
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.backends.kusto.failures import was_only_cut
from jupyterlab_sentinel.backends.kusto.frames import decode_v1, decode_v2
from jupyterlab_sentinel.backends.log_analytics.decoding import Answer
from jupyterlab_sentinel.backends.log_analytics.parts import is_cut
from jupyterlab_sentinel.errors import CancelledQueryError, ServiceError
from jupyterlab_sentinel.models.frames import table_frame

HEADER: dict[str, Any] = {"FrameType": "DataSetHeader", "IsProgressive": False, "Version": "v2.0"}
END: dict[str, Any] = {"FrameType": "DataSetCompletion", "HasErrors": False, "Cancelled": False}
INFORMATION = (
    *(("Timestamp", "datetime"), ("ClientRequestId", "string"), ("ActivityId", "guid"), ("Level", "int")),
    *(("LevelName", "string"), ("StatusCode", "int"), ("StatusCodeName", "string"), ("EventType", "int")),
    *(("EventTypeName", "string"), ("Payload", "string")),
)


def columns(*named: tuple[str, str]) -> list[dict[str, str]]:
    return [{"ColumnName": name, "ColumnType": kind} for name, kind in named]


def result(rows: list[Any], *named: tuple[str, str], number: int = 1) -> dict[str, Any]:
    named = named or (("x", "long"),)
    return {
        "FrameType": "DataTable",
        "TableId": number,
        "TableKind": "PrimaryResult",
        "TableName": "PrimaryResult",
        "Columns": columns(*named),
        "Rows": rows,
    }


def information(*rows: list[Any]) -> dict[str, Any]:
    found = result([["2024-01-01T00:00:00Z", "id", "a", *row] for row in rows], *INFORMATION, number=9)
    return {**found, "TableKind": "QueryCompletionInformation", "TableName": "QueryCompletionInformation"}


def failed(code: str, text: str, **more: Any) -> dict[str, Any]:
    """A failure as Kusto writes it among the rows, and in the end."""
    error = {"code": code, "message": "Request is invalid and cannot be executed.", "@message": text, **more}
    return {"OneApiErrors": [{"error": error}]}


def answer(*frames: dict[str, Any]) -> Answer:
    return decode_v2(json.dumps([HEADER, *frames]).encode(), "Kusto")


def one(kind: str, *cells: str) -> Answer:
    """The answer of one column, its cells given as JSON text."""
    frame = json.dumps(result([], ("X", kind)))[:-3]
    rows = ",".join(f"[{cell}]" for cell in cells)
    return decode_v2(f"[{json.dumps(HEADER)},{frame}[{rows}]}},{json.dumps(END)}]".encode(), "Kusto")


def cells(found: Answer) -> list[Any]:
    values: list[Any] = found.tables[0].data.column(0).to_pylist()
    return values


# --- cells --------------------------------------------------------------------------------------


def test_nulls_of_every_type() -> None:
    kinds = ("string", "int", "bool", "datetime", "dynamic", "guid", "long", "real", "timespan", "decimal")
    found = answer(result([[None] * 10], *((kind, kind) for kind in kinds)), END)
    assert found.tables[0].data.to_pylist() == [dict.fromkeys(kinds)]
    assert [column.type for column in found.tables[0].columns] == list(kinds)


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=20))
def test_every_long_stays(values: list[int | None]) -> None:
    assert cells(one("long", *map(json.dumps, values))) == values


def test_ticks_of_a_datetime_stay() -> None:
    found = one("datetime", '"2021-12-22T11:43:00.1234567Z"', "null", '"2016-06-06T15:35:00Z"')
    assert found.tables[0].data.column(0).cast(pa.int64()).to_pylist() == [
        1640173380123456700,
        None,
        1465227300000000000,
    ]


def test_a_timespan_is_text_or_a_number_of_ticks() -> None:
    found = one("timespan", '"1.00:00:01.0010001"', "600000000", "0", "-5", '"-00:00:00.0000005"', "null")
    assert found.tables[0].data.column(0).cast(pa.int64()).to_pylist() == [
        86401001000100,
        60_000_000_000,
        0,
        -500,
        -500,
        None,
    ]


def test_numbers_that_json_does_not_have() -> None:
    found = cells(one("real", "NaN", "Infinity", "-Infinity", '"NaN"', '"-Infinity"', "1.5", "null"))
    assert str(found) == "[nan, inf, -inf, nan, -inf, 1.5, None]"


def test_decimals_are_text() -> None:
    assert cells(one("decimal", '"79228162514264337593543950335"', '"0.1"', "null")) == [
        Decimal(79228162514264337593543950335),
        Decimal("0.1"),
        None,
    ]


def test_dynamics_are_json_or_its_text_and_null_may_be_empty_text() -> None:
    found = one("dynamic", '"{\\"rowId\\":1,\\"arr\\":[0,1]}"', '{"a": [1, null]}', "[1.0]", '""', "null", "5", '"x"')
    assert list(table_frame(found.tables[0])["X"]) == [
        {"rowId": 1, "arr": [0, 1]},
        {"a": [1, None]},
        [1.0],
        None,
        None,
        5,
        "x",
    ]


def test_large_integers_inside_of_dynamics_stay() -> None:
    assert list(table_frame(one("dynamic", '{"n":12345678901234567890123}').tables[0])["X"]) == [
        {"n": 12345678901234567890123}
    ]


def test_columns_of_one_name_and_halves_of_pairs() -> None:
    found = answer(result([["a", "\ud800"]], ("s", "string"), ("s", "string")), END)
    assert [column.to_pylist() for column in found.tables[0].data.columns] == [["a"], ["\\ud800"]]


def test_a_cell_of_another_type_is_refused_in_the_services_name() -> None:
    with pytest.raises(ServiceError, match=r"not a Kusto answer: column “X” is of type long and holds “5\.5”"):
        one("long", "5.5")


def test_types_that_are_not_known_stay_text() -> None:
    assert cells(one("geography", '"x"')) == ["x"]


# --- frames -------------------------------------------------------------------------------------


def test_what_stands_beside_the_rows() -> None:
    drawn = json.dumps({"Visualization": "piechart", "Title": "T", "Ymin": "NaN", "XColumn": None, "Ymax": 5})
    properties = result([[1, "Visualization", drawn]], ("TableId", "int"), ("Key", "string"), ("Value", "dynamic"))
    told = information(
        [4, "Info", 0, "S_OK (0)", 4, "QueryInfo", '{"Count":1,"Text":"Query completed successfully"}'],
        [3, "Warning", 0, "S_OK (0)", 3, "Info", '{"Text":"Failed to resolve entity \'View_3\'"}'],
        [6, "Stats", 0, "S_OK (0)", 0, "QueryResourceConsumption", '{"ExecutionTime":0.01}'],
    )
    found = answer({**properties, "TableKind": "QueryProperties", "TableId": 0}, result([[1]]), told, END)
    assert cells(found) == [1]
    assert found.error == {}
    assert found.render == {"visualization": "piechart", "title": "T", "yMax": 5}
    assert found.statistics == {"query": {"ExecutionTime": 0.01}}
    assert found.remarks == ("Failed to resolve entity 'View_3'",)


def test_without_render_there_is_no_chart() -> None:
    properties = result(
        [[1, "Visualization", '{"Visualization":null}']], ("TableId", "int"), ("Key", "string"), ("Value", "dynamic")
    )
    assert answer({**properties, "TableKind": "QueryProperties", "TableId": 0}, result([[1]]), END).render is None


def test_several_results_in_their_order() -> None:
    found = answer(result([[2]], number=2), result([[1]], number=1), END)
    assert [table.data.to_pylist() for table in found.tables] == [[{"x": 1}], [{"x": 2}]]


def test_keys_in_any_order_and_new_ones() -> None:
    frame = dict(reversed(result([[1]]).items()))
    assert cells(answer({**frame, "Extra": {"a": 1}}, {"Cancelled": False, "FrameType": "DataSetCompletion"})) == [1]


def progressive(*parts: dict[str, Any], rows: int) -> Answer:
    start = {key: value for key, value in result([]).items() if key != "Rows"} | {"FrameType": "TableHeader"}
    end = {"FrameType": "TableCompletion", "TableId": 1, "RowCount": rows}
    return answer(start, *parts, end, END)


def fragment(kind: str, *rows: Any) -> dict[str, Any]:
    return {"FrameType": "TableFragment", "TableFragmentType": kind, "TableId": 1, "FieldCount": 1, "Rows": list(rows)}


def test_progressive_frames_add_and_replace() -> None:
    progress = {"FrameType": "TableProgress", "TableId": 1, "TableProgress": 50.0}
    found = progressive(
        fragment("DataAppend", [1], [2]), progress, fragment("DataReplace", [3]), fragment("DataAppend", [4]), rows=2
    )
    assert cells(found) == [3, 4]


def test_fewer_rows_than_announced_are_no_answer() -> None:
    with pytest.raises(ServiceError, match="3 rows are announced and 1 came"):
        progressive(fragment("DataAppend", [1]), rows=3)


@pytest.mark.parametrize(
    "frames",
    [
        [HEADER, result([[1]])],
        [result([[1]]), END],
        [HEADER, result([[1]]), END, result([[2]], number=2)],
        [HEADER, result([[1]]), result([[2]]), END],
        [HEADER, {**fragment("DataAppend", [1])}, END],
        [{**HEADER, "Version": "v3.0"}, result([[1]]), END],
        [HEADER, {"FrameType": "Surprise"}, END],
        [HEADER, {**result([]), "FrameType": "TableHeader"}, END],
        [HEADER, result([[1, 2]]), END],
        [HEADER, result([[1], [2, 3]]), END],
        [HEADER, result([1]), END],
    ],
)
def test_what_does_not_fit_together_is_no_answer(frames: list[dict[str, Any]]) -> None:
    with pytest.raises(ServiceError, match="not a Kusto answer"):
        decode_v2(json.dumps(frames).encode(), "Kusto")


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b'{"error":{}}', b"[" * 5000, b'[{"FrameType":1}]'])
def test_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(ServiceError, match="not a Kusto answer"):
        decode_v2(body, "Kusto")


def test_an_answer_cut_off_anywhere_is_no_answer() -> None:
    whole = json.dumps([HEADER, result([[1], [2]]), END]).encode()
    for length in range(0, len(whole), 7):
        with pytest.raises(ServiceError):
            decode_v2(whole[:length], "Kusto")


# --- failures -----------------------------------------------------------------------------------

TOO_LARGE = "Query execution has exceeded the allowed limits (80DA0003): ."


@pytest.mark.parametrize(
    "frames",
    [
        (result([[1], [2], failed("LimitsExceeded", TOO_LARGE)]), {**END, "HasErrors": True}),
        (result([[1], [2]]), {**END, "HasErrors": True, **failed("LimitsExceeded", TOO_LARGE)}),
        (
            result([[1], [2]]),
            information(
                [2, "Error", -2133196797, "too large", 1, "QueryLimitsExceeded", json.dumps({"Text": TOO_LARGE})]
            ),
            END,
        ),
        (
            result([[1], [2], failed("LimitsExceeded", TOO_LARGE)]),
            {**END, "HasErrors": True, **failed("LimitsExceeded", TOO_LARGE)},
        ),
    ],
)
def test_a_cut_is_told_wherever_kusto_tells_it(frames: tuple[dict[str, Any], ...]) -> None:
    found = answer(*frames)
    assert cells(found) == [1, 2]
    assert is_cut(found, math.inf)
    assert was_only_cut(found.error)
    assert len(found.error["details"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "frames",
    [
        (
            result(
                [[1], failed("LimitsExceeded", "The Sort operator has exceeded the memory budget (E_RUNAWAY_QUERY).")]
            ),
            END,
        ),
        (result([[1]]), {**END, "HasErrors": True}),
        (result([[1]]), information([1, "Critical", 5, "S", 1, "QueryError", "Overflow"]), END),
        (
            result([[1], failed("LimitsExceeded", TOO_LARGE)]),
            {**END, "HasErrors": True, **failed("Internal", "Node was lost")},
        ),
        # Failures that say nothing which is understood here.
        (result([[1]]), {**END, "HasErrors": True, "OneApiErrors": []}),
        (result([[1]]), {**END, "OneApiErrors": ["x"]}),
        (result([[1]]), {**END, "OneApiErrors": "x"}),
        (result([[1]]), {**END, "OneApiErrors": [{"strange": 1}]}),
        (result([[1], {"OneApiErrors": []}]), END),
        (result([[1], {"OneApiErrors": [{"strange": 1}]}]), END),
        (result([[1], {"OneApiErrors": [{"error": {}}]}, failed("LimitsExceeded", TOO_LARGE)]), END),
        (
            result([[1]]),
            {"FrameType": "TableHeader", "TableId": 9, "TableKind": "Else", "Columns": []},
            {"FrameType": "TableCompletion", "TableId": 9, **failed("Internal", "Node was lost")},
            END,
        ),
    ],
)
def test_any_other_failure_is_more_than_a_cut(frames: tuple[dict[str, Any], ...]) -> None:
    found = answer(*frames)
    assert found.error
    assert not was_only_cut(found.error)


def test_a_table_of_information_in_fragments_is_read_too() -> None:
    told = information([2, "Error", 5, "S", 1, "QueryError", "Overflow"])
    start = {key: value for key, value in told.items() if key != "Rows"} | {"FrameType": "TableHeader"}
    piece = {"FrameType": "TableFragment", "TableFragmentType": "DataAppend", "TableId": 9, "Rows": told["Rows"]}
    assert answer(result([[1]]), start, piece, {"FrameType": "TableCompletion", "TableId": 9, "RowCount": 1}, END).error


def test_a_cancelled_query() -> None:
    with pytest.raises(CancelledQueryError):
        answer(result([[1]]), {**END, "Cancelled": True})


def test_reading_stops_when_it_is_told_to() -> None:
    with pytest.raises(CancelledQueryError):
        decode_v2(json.dumps([HEADER, result([[1]] * 5000), END]).encode(), "Kusto", lambda: True)


# --- v1 -----------------------------------------------------------------------------------------


def test_tables_of_v1_by_their_dotnet_types() -> None:
    named = {"B": "SByte", "T": "DateTime", "N": "Int64", "D": "SqlDecimal", "S": "System.String", "O": "Object"}
    described = [{"ColumnName": name, "DataType": kind} for name, kind in named.items()]
    rows = [[1, "2018-04-29T08:05:54Z", 5, "1.5", "x", "{}"], [0, None, None, None, "", None]]
    body = json.dumps({"Tables": [{"TableName": "Table_0", "Columns": described, "Rows": rows}]}).encode()
    (table,) = decode_v1(body, "Kusto")
    assert [column.type for column in table.columns] == ["bool", "datetime", "long", "decimal", "string", "dynamic"]
    assert table.data.to_pylist()[0] == {
        "B": True,
        "T": datetime(2018, 4, 29, 8, 5, 54, tzinfo=UTC),
        "N": 5,
        "D": Decimal("1.5"),
        "S": "x",
        "O": "{}",
    }
    assert table.data.to_pylist()[1]["B"] is False


def test_exceptions_of_v1_are_told() -> None:
    body = json.dumps(
        {"Tables": [{"TableName": "T", "Columns": [], "Rows": []}], "Exceptions": ["Went wrong"]}
    ).encode()
    with pytest.raises(ServiceError, match="Went wrong"):
        decode_v1(body, "Kusto")
