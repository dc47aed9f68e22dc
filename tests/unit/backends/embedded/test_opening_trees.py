"""Trees of many files that are one table: Azure Monitor's data export, export jobs, and other partitioned folders."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, columns, rows

# The path of Microsoft's page on data export rules; storage writes the workspace's id in lower case.
_WORKSPACE = "WorkspaceResourceId=/subscriptions/3f2504e0/resourcegroups/soc/providers/microsoft.operationalinsights"
_HOUR = f"{_WORKSPACE}/workspaces/hub/y=2026/m=11/d=28"


def _event(minute: int, kind: str = "SecurityEvent", **more: object) -> str:
    moment = f"2026-11-28T18:{minute:02}:00.1234567Z"
    return json.dumps({"TimeGenerated": moment, "Type": kind, "EventID": 4624, "Computer": "web01", **more})


def _blob(root: Path, place: str, *lines: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\r\n" for line in lines))


def _export(container: Path) -> None:
    _blob(container, f"{_HOUR}/h=18/m=00/PT05M.json", _event(0), _event(1))
    _blob(container, f"{_HOUR}/h=18/m=00/PT05M_1.json", _event(2, Late="x"))
    _blob(container, f"{_HOUR}/h=18/m=05/PT5M.json", _event(6, Computer="db01"))
    _blob(container, f"{_HOUR}/h=18/m=10/PT05M.json")


async def test_a_container_of_the_data_export_is_one_table(folder: Path, opened: Opener) -> None:
    _export(folder / "am-securityevent")
    _blob(folder / "am-Custom_CL", f"{_HOUR}/h=18/m=00/PT05M.json", _event(0, "Custom_CL", n=1))
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["Custom_CL", "SecurityEvent"]
    assert await columns(backend, "SecurityEvent") == {
        "TimeGenerated": "datetime",
        "Type": "string",
        "EventID": "int",
        "Computer": "string",
        "Late": "string",
    }
    assert await rows(
        backend, "SecurityEvent | summarize count(), max(TimeGenerated) by Computer | sort by Computer"
    ) == [
        ("web01", 3, "2026-11-28T18:02:00.1234567Z"),
        ("db01", 1, "2026-11-28T18:06:00.1234567Z"),
    ]
    bounds = datetime(2026, 11, 28, 18, 1, tzinfo=UTC), datetime(2026, 11, 28, 18, 6, tzinfo=UTC)
    assert await rows(backend, "SecurityEvent | count", *bounds) == [(2,)]
    described = {table.name: table.description for table in await backend.tables()}
    assert described["SecurityEvent"] == "4 files of am-securityevent"
    again = await opened()
    assert await rows(again, "SecurityEvent | count") == [(4,)]


@pytest.mark.parametrize("level", ["", "WorkspaceResourceId=", f"{_WORKSPACE}/workspaces", f"{_HOUR}/h=18"])
async def test_the_rows_name_the_table_where_no_folder_does(
    folder: Path, opened: Opener, tmp_path: Path, level: str
) -> None:
    _export(tmp_path / "download")
    backend = await opened(tmp_path / "download" / level)
    assert [(table.name, table.rows) for table in await backend.tables()] == [("SecurityEvent", 4)]
    assert (await columns(backend, "SecurityEvent"))["EventID"] == "int"


async def test_a_tree_of_several_tables_is_parted_by_type(opened: Opener, tmp_path: Path) -> None:
    root = tmp_path / "all"
    _blob(root, f"{_HOUR}/h=18/m=00/PT05M.json", _event(0), _event(1, "Syslog", Facility="auth"))
    backend = await opened(root)
    assert [(table.name, table.rows) for table in await backend.tables()] == [("SecurityEvent", 1), ("Syslog", 1)]
    assert "Facility" not in await columns(backend, "SecurityEvent")


async def test_a_single_blob_of_the_export(folder: Path, opened: Opener) -> None:
    _blob(folder, "PT05M.json", _event(0))
    assert [table.name for table in await (await opened()).tables()] == ["SecurityEvent"]


async def test_a_broken_line_somewhere_marks_the_whole_table(folder: Path, opened: Opener) -> None:
    _export(folder / "am-SecurityEvent")
    _blob(folder / "am-SecurityEvent", f"{_HOUR}/h=19/m=00/PT05M.json", _event(1)[:40], _event(2))
    backend = await opened()
    result = await backend.run(QueryRequest("SecurityEvent | count", now=NOW))
    assert result.tables[0].data.column(0).to_pylist() == [5]
    assert result.reasons == ("SecurityEvent: 1 line of 6 could not be read as JSON objects and are missing.",)


async def test_files_of_different_columns(folder: Path, opened: Opener) -> None:
    for place in range(30):
        _blob(
            folder / "am-T_CL", f"{_HOUR}/h={place % 24:02}/m=00/{place}/PT05M.json", json.dumps({f"k{place}": place})
        )
    backend = await opened()
    assert await rows(backend, "T_CL | where isnotnull(k29) | project k29") == [(29,)]


async def test_folders_named_for_a_column(folder: Path, opened: Opener) -> None:
    for host in ("web01", "db01"):
        place = folder / "Fw_CL" / f"host={host}" / "day=2026-11-28"
        place.mkdir(parents=True)
        pq.write_table(pa.table({"n": [1, 2]}), place / "part-0.parquet")
        lines = folder / "Lines_CL" / f"host={host}"
        lines.mkdir(parents=True)
        (lines / "x.ndjson").write_text('{"n": 1}\n')
        texts = folder / "Texts_CL" / f"host={host}"
        texts.mkdir(parents=True)
        (texts / "x.csv").write_text("n,m\n1,2\n")
    backend = await opened()
    assert await columns(backend, "Fw_CL | project-away Type") == {"n": "long", "day": "string", "host": "string"}
    asked = "summarize total = sum(n) by host | sort by host asc"
    assert await rows(backend, f"Fw_CL | {asked}") == [("db01", 3), ("web01", 3)]
    assert await rows(backend, f"Lines_CL | {asked}") == [("db01", 1), ("web01", 1)]
    assert await rows(backend, f"Texts_CL | {asked}") == [("db01", 1), ("web01", 1)]
    again = await opened()
    assert await rows(again, f"Fw_CL | {asked}") == [("db01", 3), ("web01", 3)]


async def test_an_export_job_is_named_by_its_rows(folder: Path, opened: Opener) -> None:
    for hour in (17, 18):
        place = folder / "exported" / "workspaceId" / "w" / "jobId" / "j" / f"timestamp=2026-11-28T{hour}"
        place.mkdir(parents=True)
        moment = datetime(2026, 11, 28, hour, tzinfo=UTC)
        data = {"TimeGenerated": pa.array([moment], pa.timestamp("us")), "EventID": [4624], "Type": ["SecurityEvent"]}
        pq.write_table(pa.table(data), place / "0.parquet", compression="gzip")
    for _ in range(2):
        backend = await opened()
        assert await rows(
            backend, "SecurityEvent | project EventID, hourofday(TimeGenerated) | sort by Column1 asc"
        ) == [
            (4624, 17),
            (4624, 18),
        ]
        assert (await columns(backend, "SecurityEvent"))["EventID"] == "int"


async def test_other_subfolders_are_named_and_left_alone(folder: Path, opened: Opener, tmp_path: Path) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    (folder / "host1").mkdir()
    (folder / "host1" / "Security.csv").write_text("a\n1\n")
    (folder / "pictures").mkdir()
    (folder / "pictures" / "x.png").write_bytes(b"")
    (folder / "SigninLogs").mkdir()
    (folder / "SigninLogs" / "a.csv").write_text("TimeGenerated,UserId\n2026-11-28,u\n")
    (folder / "SigninLogs" / "b.csv").write_text("TimeGenerated,UserId\n2026-11-29,v\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.csv").write_text("a\n1\n")
    (folder / "Linked_CL").symlink_to(tmp_path / "elsewhere")
    (folder / "SigninLogs" / "c.csv").symlink_to(tmp_path / "elsewhere" / "x.csv")
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["SigninLogs", "T"]
    assert await rows(backend, "SigninLogs | count") == [(2,)]
    told = "\n".join(backend.info.notices)
    assert "The folder host1 (1 files) is left out" in told
    assert "Linked_CL is left out: it is a link to a folder outside" in told
    assert "SigninLogs: 1 links are left out" in told
    assert "pictures" not in told


async def test_files_that_a_tree_does_not_take_are_told(folder: Path, opened: Opener) -> None:
    (folder / "T_CL" / "_delta_log").mkdir(parents=True)
    (folder / "T_CL" / "a.csv").write_text("a\n1\n")
    (folder / "T_CL" / "_b.csv").write_text("a\n2\n")
    (folder / "T_CL" / "_SUCCESS").write_text("")
    backend = await opened()
    assert await rows(backend, "T_CL | project a") == [(1,)]
    assert "T_CL: 2 files and folders whose names begin with _ are left out." in " ".join(backend.info.notices)


async def test_a_tree_of_two_formats(folder: Path, opened: Opener) -> None:
    (folder / "T_CL").mkdir()
    (folder / "T_CL" / "a.ndjson").write_text('{"a": 1}\n')
    (folder / "T_CL" / "b.csv").write_text("a\n2\n")
    backend = await opened()
    assert await rows(backend, "T_CL | project a") == [(1,)]
    assert "T_CL: 1 files are left out, which are not json" in " ".join(backend.info.notices)


@pytest.mark.parametrize("other", ["UserId,TimeGenerated\nv,2026-11-29\n", "TimeGenerated,IPAddress\n2026-11-29,v\n"])
async def test_files_with_other_columns_are_not_read_as_if_they_had_the_same(
    folder: Path, opened: Opener, other: str
) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    (folder / "SigninLogs").mkdir()
    (folder / "SigninLogs" / "a.csv").write_text("TimeGenerated,UserId\n2026-11-28,u\n")
    (folder / "SigninLogs" / "b.csv").write_text(other)
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["T"]
    told = " ".join(backend.info.notices)
    assert "SigninLogs is left out: the columns of b.csv are not those of a.csv: open them as single files" in told
