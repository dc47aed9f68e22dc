"""Saved answers of query services and their tools: the types come from the file itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, columns, rows

_WIRE = Path(__file__).parents[3] / "data" / "wire"


def _body(name: str) -> dict[str, object]:
    recorded = json.loads((_WIRE / name).read_text("utf-8"))
    body: dict[str, object] = recorded.get("body", recorded)
    return body


@pytest.mark.parametrize("indent", [None, 2])
async def test_an_answer_of_the_query_api_opens_with_its_own_types(
    folder: Path, opened: Opener, indent: int | None
) -> None:
    (folder / "Saved.json").write_text(json.dumps(_body("la_200_alltypes_grafana.json"), indent=indent))
    backend = await opened()
    wire = _body("la_200_alltypes_grafana.json")["tables"][0]
    kinds = await columns(backend, "Saved | project-away Type")
    assert [*kinds] == [column["name"] for column in wire["columns"]]
    assert kinds.items() >= {column["name"]: column["type"] for column in wire["columns"]}.items()
    assert await rows(backend, "Saved | count") == [(1,)]


async def test_real_alerts_keep_every_digit(folder: Path, opened: Opener) -> None:
    (folder / "SecurityAlert.json").write_text(json.dumps(_body("la_200_securityalert_real_msticpy.json")))
    backend = await opened()
    kinds = await columns(backend, "SecurityAlert")
    assert kinds["TimeGenerated"] == "datetime"
    assert await rows(backend, "SecurityAlert | count") == [(3,)]
    [table] = await backend.tables()
    assert table.first is not None
    assert table.description == "SecurityAlert.json"


async def test_an_answer_that_the_service_cut_marks_every_answer_from_it(folder: Path, opened: Opener) -> None:
    (folder / "Cut.json").write_text(json.dumps(_body("la_200_partial_truncated_records_grafana.json")))
    (folder / "Whole.csv").write_text("a\n1\n")
    backend = await opened()
    result = await backend.run(QueryRequest("Cut | count", now=NOW))
    assert result.status == "partial"
    assert "exceed the set limit of 1 records" in result.reasons[0]
    assert "exceed the set limit" in " ".join(backend.info.notices)
    assert (await backend.run(QueryRequest("Whole", now=NOW))).status == "complete"
    again = await opened()
    assert (await again.run(QueryRequest("union Cut, Whole | count", now=NOW))).status == "partial"


_TYPES = {
    "tables": [
        {
            "name": "PrimaryResult",
            "columns": [
                {"name": "TimeGenerated", "type": "datetime"},
                {"name": "big", "type": "long"},
                {"name": "span", "type": "timespan"},
                {"name": "exact", "type": "decimal"},
                {"name": "id", "type": "guid"},
                {"name": "bag", "type": "dynamic"},
                {"name": "half", "type": "real"},
                {"name": "EventID", "type": "string"},
            ],
            "rows": [
                [
                    "2019-02-18T15:29:22.1234567Z",
                    9007199254740993,
                    "1.02:03:04.0000005",
                    "0.1",
                    "3F2504E0-4F89-11D3-9A0C-0305E82C3301",
                    '{"a": [1, null]}',
                    "NaN",
                    "007",
                ],
                [None, None, None, None, None, None, None, None],
            ],
        },
        {"name": "Second", "columns": [{"name": "n", "type": "int"}], "rows": [[7]]},
    ]
}


async def test_each_type_and_several_tables_in_one_file(folder: Path, opened: Opener) -> None:
    (folder / "All.json").write_text(json.dumps(_TYPES))
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["All", "All_Second"]
    assert await columns(backend, "All | project-away Type") == {
        column["name"]: column["type"] for column in _TYPES["tables"][0]["columns"]
    }
    found = await rows(backend, "All | where big == 9007199254740993 | extend s = tostring(span), e = tostring(exact)")
    assert found[0][:2] == ("2019-02-18T15:29:22.1234567Z", 9007199254740993)
    assert await rows(
        backend, "All | where isnotnull(big) | project tostring(span), exact == decimal(0.1), id, bag"
    ) == [("1.02:03:04.0000005", True, "3f2504e0-4f89-11d3-9a0c-0305e82c3301", {"a": [1, None]})]
    assert await rows(backend, "All | where isnull(big) | project bag, EventID, isnull(TimeGenerated)") == [
        (None, "", True)
    ]
    assert await rows(backend, "All_Second | project n") == [(7,)]
    assert await rows(await opened(), "All_Second | project n") == [(7,)]


async def test_graphs_hunting_answer_and_defenders_own(folder: Path, opened: Opener) -> None:
    recorded: dict[str, list[dict[str, object]]] = {
        "schema": [
            {"name": "Timestamp", "type": "DateTime"},
            {"name": "FileName", "type": "String"},
            {"name": "IsIt", "type": "SByte"},
            {"name": "Extra", "type": "Object"},
            {"name": "Size", "type": "Int64"},
        ],
        "results": [
            {
                "Timestamp": "2024-03-26T09:39:50.7688641Z",
                "FileName": "cmd.exe",
                "IsIt": 1,
                "Extra": {"a": 1},
                "Size": 9007199254740993,
            },
            {"FileName": None},
        ],
    }
    (folder / "Graph.json").write_text(json.dumps({"@odata.context": "x", **recorded}))
    capital = {
        "Stats": {"ExecutionTime": 1.5},
        "Schema": [{"Name": entry["name"], "Type": entry["type"]} for entry in recorded["schema"]],
        "Results": recorded["results"],
    }
    (folder / "Defender.json").write_text(json.dumps(capital))
    backend = await opened()
    for table in ("Graph", "Defender"):
        assert await columns(backend, f"{table} | project-away Type") == {
            "Timestamp": "datetime",
            "FileName": "string",
            "IsIt": "bool",
            "Extra": "dynamic",
            "Size": "long",
            "TimeGenerated": "datetime",
        }
        assert await rows(backend, f"{table} | where FileName == 'cmd.exe' | project-away Type") == [
            (
                "2024-03-26T09:39:50.7688641Z",
                "cmd.exe",
                True,
                {"a": 1},
                9007199254740993,
                "2024-03-26T09:39:50.7688641Z",
            )
        ]
    assert "TimeGenerated is made of Timestamp" in " ".join(backend.info.notices)


async def test_the_command_lines_list(folder: Path, opened: Opener) -> None:
    """``az monitor log-analytics query -o json`` passes every value through Python's str()."""
    row = {
        "TableName": "PrimaryResult",
        "TimeGenerated": "2019-02-18T15:29:22.1234567Z",
        "EventID": "4624",
        "Account": "None",
        "IsOn": "True",
        "Extra": '{"a":1}',
        "Number": "1.5",
    }
    nothing = {**dict.fromkeys(row, "None"), "TableName": "PrimaryResult"}
    other = {"TableName": "Other", "n": "5"}
    (folder / "SecurityEvent.json").write_text(json.dumps([row, nothing, other], indent=2))
    backend = await opened()
    assert await columns(backend, "SecurityEvent | project-away Type") == {
        "TimeGenerated": "datetime",
        "EventID": "int",
        "Account": "string",
        "IsOn": "bool",
        "Extra": "dynamic",
        "Number": "real",
    }
    assert await rows(backend, "SecurityEvent | where isnotnull(EventID) | project-away Type") == [
        ("2019-02-18T15:29:22.1234567Z", 4624, "None", True, {"a": 1}, 1.5)
    ]
    assert await rows(backend, "SecurityEvent | where isnull(EventID) | project IsOn, Extra, Number, Account") == [
        (None, None, None, "None")
    ]
    assert await rows(backend, "SecurityEvent_Other | project n") == [(5,)]
    assert "writes None for null" in " ".join(backend.info.notices)


async def test_powershells_answer(folder: Path, opened: Opener) -> None:
    """``Invoke-AzOperationalInsightsQuery … | ConvertTo-Json``: every value is text."""
    answer = {
        "Results": [
            {"TimeGenerated": "2019-02-18T15:29:22.1234567Z", "EventID": "4624", "Note": "a\r\nb"},
            {"TimeGenerated": "2019-02-18T15:30:00Z", "EventID": "", "Note": ""},
        ],
        "Render": None,
        "Statistics": None,
        "Error": None,
    }
    (folder / "SecurityEvent.json").write_text(json.dumps(answer, indent=4))
    backend = await opened()
    assert await rows(backend, "SecurityEvent | sort by TimeGenerated asc | project-away Type") == [
        ("2019-02-18T15:29:22.1234567Z", 4624, "a\r\nb"),
        ("2019-02-18T15:30:00Z", None, ""),
    ]


async def test_kustos_first_protocol(folder: Path, opened: Opener) -> None:
    def table(name: str, rows: list[list[object]]) -> dict[str, object]:
        kinds = [
            {"ColumnName": "t", "DataType": "DateTime", "ColumnType": "datetime"},
            {"ColumnName": "n", "DataType": "Int64", "ColumnType": ""},
        ]
        return {"TableName": name, "Columns": kinds, "Rows": rows}

    tables = [table(f"Table_{place}", [["2019-02-18T00:00:00Z", place]]) for place in range(3)]
    contents = [{"ColumnName": name, "DataType": "String", "ColumnType": "string"} for name in ("Ordinal", "Kind")]
    kinds = [[0, "QueryResult"], [1, "QueryProperties"], [2, "QueryStatus"]]
    tables.append({"TableName": "Table_3", "Columns": contents, "Rows": kinds})
    (folder / "Old.json").write_text(json.dumps({"Tables": tables}))
    backend = await opened()
    assert [each.name for each in await backend.tables()] == ["Old"]
    assert await columns(backend, "Old | project-away Type") == {"t": "datetime", "n": "long"}


async def test_grafanas_frames(folder: Path, opened: Opener) -> None:
    frame = {
        "schema": {
            "refId": "A",
            "fields": [
                {"name": "time", "type": "time"},
                {"name": "n", "type": "number"},
                {"name": "s", "type": "string"},
            ],
        },
        "data": {"values": [[1550503762123, None], [1.5, None], ["x", None]]},
    }
    (folder / "Panel.json").write_text(json.dumps({"results": {"A": {"status": 200, "frames": [frame]}}}))
    backend = await opened()
    assert await rows(backend, "Panel | project-away Type, TimeGenerated | where n > 1") == [
        ("2019-02-18T15:29:22.123Z", 1.5, "x")
    ]


async def test_a_batch_of_queries_is_several_tables(folder: Path, opened: Opener) -> None:
    one = {"tables": [{"name": "PrimaryResult", "columns": [{"name": "n", "type": "int"}], "rows": [[1]]}]}
    failed = {"id": "3", "status": 400, "body": {"error": {"code": "BadArgumentError", "message": "…"}}}
    responses = [{"id": "1", "status": 200, "body": one}, {"id": "2", "status": 200, "body": one}, failed]
    (folder / "Batch.json").write_text(json.dumps({"responses": responses}))
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["Batch", "Batch_2"]
    assert "1 of the batch's queries brought no table: 3." in "\n".join(backend.info.notices)


async def test_what_only_looks_like_an_answer(folder: Path, opened: Opener) -> None:
    (folder / "Odd.ndjson").write_text('{"tables": [1, 2], "n": 1}\n{"tables": [], "n": 2}\n')
    (folder / "Bad.json").write_text(
        '{"tables": [{"name": "x", "columns": [{"name": "n", "type": "long"}], "rows": [[1, 2]]}]}'
    )
    (folder / "Deep.json").write_text('{"tables": ' + "[" * 100_000 + "]" * 100_000 + "}")
    backend = await opened()
    assert await rows(backend, "Odd | project n | sort by n asc") == [(1,), (2,)]
    told = "\n".join(backend.info.notices)
    assert "Bad.json is left out: it looks like a saved answer but cannot be read as one" in told


def _frames(*tables: dict[str, object], **end: object) -> str:
    begin = {"FrameType": "DataSetHeader", "IsProgressive": False, "Version": "v2.0"}
    last = {"FrameType": "DataSetCompletion", "HasErrors": False, "Cancelled": False, **end}
    return json.dumps([begin, *tables, last])


_PRIMARY = {
    "FrameType": "DataTable",
    "TableId": 1,
    "TableKind": "PrimaryResult",
    "TableName": "PrimaryResult",
    "Columns": [
        {"ColumnName": "TimeGenerated", "ColumnType": "datetime"},
        {"ColumnName": "n", "ColumnType": "long"},
        {"ColumnName": "d", "ColumnType": "dynamic"},
    ],
    "Rows": [["2026-11-29T08:01:02.3456789Z", 9007199254740993, {"a": 1}]],
}


async def test_frames_of_kusto_are_an_answer(folder: Path, opened: Opener) -> None:
    (folder / "Saved.json").write_text(_frames(_PRIMARY))
    backend = await opened()
    assert await columns(backend, "Saved | project-away Type") == {
        "TimeGenerated": "datetime",
        "n": "long",
        "d": "dynamic",
    }
    assert await rows(backend, "Saved | project tostring(TimeGenerated), n, toint(d.a)") == [
        ("2026-11-29T08:01:02.3456789Z", 9007199254740993, 1)
    ]


async def test_frames_that_were_cut_say_so_and_those_of_a_failed_query_are_refused(
    folder: Path, opened: Opener
) -> None:
    cut = {"error": {"code": "LimitsExceeded", "message": "E_QUERY_RESULT_SET_TOO_LARGE", "@permanent": True}}
    (folder / "Cut.json").write_text(_frames(_PRIMARY, HasErrors=True, OneApiErrors=[cut]))
    failed = {"error": {"code": "Internal service error", "message": "a node was lost"}}
    (folder / "Failed.json").write_text(_frames(_PRIMARY, HasErrors=True, OneApiErrors=[failed]))
    (folder / "Early.json").write_text(json.dumps(json.loads(_frames(_PRIMARY))[:-1]))
    backend = await opened()
    told = " ".join(backend.info.notices)
    assert "answers from Cut say so" in told
    assert "Failed.json is left out" in told
    assert "had failed" in told
    assert "Early.json is left out" in told
