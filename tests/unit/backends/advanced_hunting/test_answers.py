"""Answers of the hunting query: every type stays, and what does not fit is no answer.

Shapes: the examples of "security: runHuntingQuery" (Microsoft Graph) and of the older advanced hunting API.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from jupyterlab_sentinel.backends.advanced_hunting.answers import decode
from jupyterlab_sentinel.errors import CancelledQueryError, ServiceError
from jupyterlab_sentinel.models.frames import table_frame


def body(columns: dict[str, str], *rows: dict[str, Any]) -> bytes:
    schema = [{"name": name, "type": kind} for name, kind in columns.items()]
    return json.dumps({"@odata.context": "x", "schema": schema, "results": rows}).encode()


def test_the_documented_example() -> None:
    found = decode(
        body(
            {"Timestamp": "DateTime", "FileName": "String"},
            {"Timestamp": "2024-03-26T09:39:50.7688641Z", "FileName": "cmd.exe"},
            {"FileName": "powershell.exe", "Timestamp": "2024-03-26T09:39:49.4353788Z"},
        )
    )
    table = found.tables[0]
    assert [(column.name, column.type) for column in table.columns] == [
        ("Timestamp", "datetime"),
        ("FileName", "string"),
    ]
    assert table.data.column(0).cast(pa.int64()).to_pylist() == [1711445990768864100, 1711445989435378800]
    assert table.data.column(1).to_pylist() == ["cmd.exe", "powershell.exe"]
    assert found.error == {}


def test_the_older_answer() -> None:
    old = {
        "Stats": {"ExecutionTime": 4.6},
        "Schema": [{"Name": "N", "Type": "Int64"}],
        "Results": [{"N": 9007199254740993}],
    }
    found = decode(json.dumps(old).encode())
    assert found.tables[0].data.to_pylist() == [{"N": 9007199254740993}]
    assert found.statistics == {"query": {"ExecutionTime": 4.6}}


def test_every_type_and_its_null() -> None:
    kinds = {
        "s": "String",
        "b": "SByte",
        "b2": "Boolean",
        "n": "Int64",
        "i": "Int32",
        "r": "Double",
        "d": "SqlDecimal",
        "t": "DateTime",
        "p": "TimeSpan",
        "g": "Guid",
        "o": "Object",
        "l": "long",
    }
    row = {
        "s": "x",
        "b": 1,
        "b2": False,
        "n": 5,
        "i": 6,
        "r": "NaN",
        "d": "1.5",
        "t": "2024-01-01T00:00:00.0000001Z",
        "p": "1.02:03:04",
        "g": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "o": {"a": [1]},
        "l": None,
    }
    found = decode(body(kinds, row, {}, {"@odata.type": "#x", "s": None}))
    types = [column.type for column in found.tables[0].columns]
    assert types == [
        *("string", "bool", "bool", "long", "int", "real", "decimal"),
        *("datetime", "timespan", "guid", "dynamic", "long"),
    ]
    frame = table_frame(found.tables[0])
    assert frame["o"][0] == {"a": [1]}
    assert frame["b"][0] is True or bool(frame["b"][0])
    assert frame["t"][0].nanosecond == 100
    assert frame.iloc[1].isna().sum() == len(kinds)


@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"results":[]}',
        b'{"schema":[]}',
        b'{"error":{"code":"x"}}',
        b'{"schema":[{"name":"a","type":"String"}],"results":[[1]]}',
        b'{"schema":[{"name":"a","type":"String"}],"results":[{"a":"x","b":1}]}',
        b'{"schema":[{"name":"a","type":"String"},{"name":"a","type":"String"}],"results":[]}',
        b'{"schema":[{"name":"a","type":"Int64"}],"results":[{"a":"x"}]}',
        b'{"schema":[' * 3000,
    ],
)
def test_what_is_no_answer(found: bytes) -> None:
    with pytest.raises(ServiceError, match="not a Microsoft Graph answer"):
        decode(found)


def test_reading_stops_when_it_is_told_to() -> None:
    with pytest.raises(CancelledQueryError):
        decode(body({"a": "Int64"}, *({"a": 1} for _ in range(5000))), lambda: True)


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize(
    "more",
    [
        {"error": {"code": "Internal", "message": "A part failed."}},
        {"error": "x"},
        {"@odata.nextLink": "https://graph.microsoft.com/v1.0/next"},
    ],
)
def test_what_comes_with_rows_and_says_that_they_are_not_all(more: dict[str, Any], *, older: bool) -> None:
    column = {"Name": "a", "Type": "Int64"} if older else {"name": "a", "type": "Int64"}
    named = ("Schema", "Results") if older else ("schema", "results")
    found = {named[0]: [column], named[1]: [{"a": 1}]}
    assert decode(json.dumps(found).encode()).error == {}
    told = decode(json.dumps({**found, **more}).encode())
    assert told.tables[0].rows == 1
    assert told.error
