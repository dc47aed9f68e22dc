from __future__ import annotations

import asyncio
import gzip
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend, opening
from jupyterlab_sentinel.errors import DataError, UnknownWorkspaceError

from .asking import Opener, columns, rows

CSV = (
    "TenantId,TimeGenerated,AlertName,ExtendedProperties,IsIncident\n"
    't,2019-02-18T15:29:22.1234567Z,"SSH, ""odd""","{""a"":""1""}",true\n'
    "t,2019-02-18T15:29:23Z,,,\n"
)


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
async def test_types_of_a_known_table_come_from_the_catalogue(folder: Path, opened: Opener, suffix: str) -> None:
    path = folder / f"SecurityAlert{suffix}"
    path.write_bytes(gzip.compress(CSV.encode()) if suffix.endswith("gz") else CSV.encode())
    backend = await opened()
    kinds = await columns(backend, "SecurityAlert")
    assert kinds == {
        "TenantId": "string",
        "TimeGenerated": "datetime",
        "AlertName": "string",
        "ExtendedProperties": "string",
        "IsIncident": "bool",
        "Type": "string",
    }
    assert await rows(backend, "SecurityAlert | project TimeGenerated, AlertName, ExtendedProperties, IsIncident") == [
        ("2019-02-18T15:29:22.1234567Z", 'SSH, "odd"', '{"a":"1"}', True),
        ("2019-02-18T15:29:23Z", "", "", None),
    ]


async def test_types_are_inferred_where_nobody_gives_them(folder: Path, opened: Opener) -> None:
    (folder / "Odd_CL.csv").write_text(
        "when,whole,half,flag,guid,bag,zeros,big,mixed,none\n"
        '2019-02-18 10:00,1,1.5,true,3F2504E0-4F89-11D3-9A0C-0305E82C3301,"{""a"": 1}",007,12345678901234567890,1,\n'
        "2019-02-19,-2,2,FALSE,3f2504e0-4f89-11d3-9a0c-0305e82c3302,[],008,1,one,\n"
    )
    backend = await opened()
    assert await columns(backend, "Odd_CL | project-away Type") == {
        "when": "datetime",
        "whole": "long",
        "half": "real",
        "flag": "bool",
        "guid": "guid",
        "bag": "dynamic",
        "zeros": "string",
        "big": "string",
        "mixed": "string",
        "none": "string",
    }
    assert (await rows(backend, "Odd_CL | where zeros == '007' | project big, bag, guid"))[0] == (
        "12345678901234567890",
        {"a": 1},
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    )


async def test_numbers_as_programs_write_them_are_numbers(folder: Path, opened: Opener) -> None:
    (folder / "N_CL.csv").write_text(
        "python,net,small,long,mixed\n"
        "0.30000000000000004,0.10000000000000001,0.00012345678901234567,1.23456789012345678901,1\n"
        "4.1e+17,1E-05,-5e-324,2.5,12345678901234567890\n"
    )
    backend = await opened()
    assert await columns(backend, "N_CL | project-away Type") == {
        "python": "real",
        "net": "real",
        "small": "real",
        # More digits than a real holds: they stay, in a text.
        "long": "string",
        "mixed": "string",
    }
    assert await rows(backend, "N_CL | project python, net, small") == [
        (0.30000000000000004, 0.1, 0.00012345678901234567),
        (4.1e17, 1e-05, -5e-324),
    ]


async def test_the_portals_export_opens(folder: Path, opened: Opener) -> None:
    (folder / "Heartbeat.csv").write_text(
        '\ufeffTenantId,"TimeGenerated [UTC]",Computer\nt,"2/18/2019, 3:29:22.123 PM",web01\n', encoding="utf-8"
    )
    backend = await opened()
    assert await rows(backend, "Heartbeat | project TenantId, TimeGenerated, Computer") == [
        ("t", "2019-02-18T15:29:22.123Z", "web01")
    ]


@pytest.mark.parametrize("array", [True, False])
async def test_json_keeps_its_types(folder: Path, opened: Opener, array: bool) -> None:
    records = [
        {"TimeGenerated": "2019-02-18T15:29:22.1234567Z", "n": 1, "d": {"x": [1, None]}, "r": 1, "b": True, "k~/": "p"},
        {"TimeGenerated": "2019-02-19T00:00:00Z", "n": None, "r": 1.5, "late": "x"},
    ]
    text = json.dumps(records) if array else "\n".join(json.dumps(record) for record in records)
    (folder / ("J_CL.json" if array else "J_CL.ndjson")).write_text(text)
    backend = await opened()
    assert await columns(backend, "J_CL | project-away Type") == {
        "TimeGenerated": "datetime",
        "n": "long",
        "d": "dynamic",
        "r": "real",
        "b": "bool",
        "k~/": "string",
        "late": "string",
    }
    assert await rows(backend, "J_CL | sort by TimeGenerated asc | project n, d, late, ['k~/']") == [
        (1, {"x": [1, None]}, "", "p"),
        (None, None, "x", ""),
    ]


async def test_parquet_is_read_where_it_lies(folder: Path, opened: Opener, tmp_path: Path) -> None:
    moment = datetime(2019, 2, 18, 15, 29, 22, 123456, tzinfo=UTC)
    table = pa.table(
        {
            "TimeGenerated": pa.array([moment, None], pa.timestamp("us", "UTC")),
            "fine": pa.array([1550503762123456700, 0], pa.timestamp("ns")),
            "s": pa.array(["x", None]),
            "l": pa.array([[1, 2], None], pa.list_(pa.int64())),
            "i": pa.array([1, None], pa.int32()),
        }
    )
    pq.write_table(table, folder / "P_CL.parquet")
    backend = await opened()
    assert not list((tmp_path / "cache").glob("*.parquet"))
    assert await rows(backend, "P_CL | project TimeGenerated, fine, s, l, i | sort by s desc") == [
        ("2019-02-18T15:29:22.123456Z", "2019-02-18T15:29:22.1234567Z", "x", [1, 2], 1),
        (None, "1970-01-01T00:00:00Z", "", None, None),
    ]
    bounded = await rows(backend, "P_CL | count", datetime(2019, 2, 18, tzinfo=UTC), datetime(2019, 2, 19, tzinfo=UTC))
    assert bounded == [(1,)]


async def test_the_manifest_names_types_and_the_range(folder: Path, opened: Opener) -> None:
    (folder / "T_CL.csv").write_text("TimeGenerated,code\n2019-02-18T00:00:00Z,007\n")
    (folder / "workspace.json").write_text(
        json.dumps(
            {
                "format": 1,
                "name": "story",
                "description": "made up",
                "timerange": "2019-02-17 2019-02-19",
                "synthetic": True,
                "tables": {"T_CL": {"rows": 1, "columns": {"TimeGenerated": "datetime", "code": "int"}}},
                "geoip": ["city.mmdb"],
            }
        )
    )
    backend = await opened()
    assert await columns(backend, "T_CL | project code") == {"code": "int"}
    info = backend.info
    assert (info.name, info.time_range, info.synthetic, info.tables) == ("story", "2019-02-17 2019-02-19", True, 1)
    assert info.geoip_files == (str(folder / "city.mmdb"),)
    assert info.data_start == info.data_end == datetime(2019, 2, 18, tzinfo=UTC)


async def test_files_that_cannot_be_read_are_named_and_the_others_work(folder: Path, opened: Opener) -> None:
    (folder / "Good.csv").write_text("a\n1\n")
    (folder / "Empty.csv").write_text("")
    (folder / "Wide.csv").write_text("a,b\n1,2,3\n")
    (folder / "Latin.csv").write_bytes(b"a,b\n\xe9,3\n")
    (folder / "Broken.json").write_text('{"a": 1}\n{"a": \n')
    (folder / "Broken.parquet").write_bytes(b"PAR1 no parquet at all")
    (folder / "Broken2.csv.gz").write_bytes(b"\x1f\x8b nothing")
    (folder / "readme.md").write_text("not a log")
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["Good"]
    told = "\n".join(backend.info.notices)
    for name, why in {
        "Empty.csv": "empty",
        "Wide.csv": "line 2 has 3 values where 2 are expected",
        "Latin.csv": "not UTF-8",
        "Broken.json": "",
        "Broken.parquet": "Parquet",
        "Broken2.csv.gz": "",
    }.items():
        line = next(line for line in told.split("\n") if line.startswith(f"{name} is left out"))
        assert why in line
    assert "readme" not in told


async def test_a_file_larger_than_the_memory_is_converted(
    folder: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_CONVERTING_BYTES", 300_000_000)
    lines = f"7,{'x' * 1_000}\n" * 1_000
    with (folder / "Large.csv").open("w") as file:
        file.write("a,b\n")
        file.writelines(lines for _ in range(300))
    backend = await opened()
    assert await rows(backend, "Large | summarize count(), sum(a), sum(strlen(b))") == [
        (300_000, 2_100_000, 300_000_000)
    ]


async def test_evidence_of_which_no_table_is_made_is_named(folder: Path, opened: Opener) -> None:
    (folder / "Good.csv").write_text("a\n1\n")
    for name in ("Security.evtx", "auth.log", "more.zip", "notes.txt", "odd", "year.xlsx"):
        (folder / name).write_bytes(b"x")
    for name in ("README.md", "case.ipynb", "places.mmdb", ".hidden.log", "saved.kql"):
        (folder / name).write_bytes(b"x")
    (folder / "disk" / "deeper").mkdir(parents=True)
    (folder / "disk" / "deeper" / "System.evtx").write_bytes(b"x")
    (folder / "empty").mkdir()
    (folder / "parsers").mkdir()
    (folder / "parsers" / "notes.txt").write_bytes(b"x")
    backend = await opened()
    (told,) = [notice for notice in backend.info.notices if "no table is made" in notice]
    assert told.startswith(f"Nothing is read of Security.evtx, auth.log, disk{os.sep}, more.zip, notes.txt and 2 more:")


async def test_a_file_that_workspace_json_names_for_externaldata_is_read(folder: Path, opened: Opener) -> None:
    (folder / "Good.csv").write_text("a\n1\n")
    (folder / "list.txt").write_text("10.0.0.1\n")
    (folder / "workspace.json").write_text('{"externaldata": {"https://lists.example/list.txt": "list.txt"}}')
    backend = await opened()
    assert not any("no table is made" in notice for notice in backend.info.notices)


async def test_a_folder_without_logs_says_what_would_be_some(folder: Path, opened: Opener) -> None:
    with pytest.raises(DataError, match="holds no logs") as error:
        await opened()
    assert "Parquet" in error.value.hint


async def test_a_path_that_leads_nowhere(opened: Opener, tmp_path: Path) -> None:
    with pytest.raises(UnknownWorkspaceError, match="no file or folder"):
        await opened(tmp_path / "nowhere")


async def test_one_file_is_a_workspace(folder: Path, opened: Opener) -> None:
    (folder / "Only.csv").write_text("a\n1\n")
    backend = await opened(folder / "Only.csv")
    assert await rows(backend, "Only | project a") == [(1,)]


async def test_two_files_of_one_stem_and_stems_that_differ_in_case(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n2\n")
    (folder / "T.ndjson").write_text('{"a": 3}\n')
    (folder / "t.csv").write_text("a\n4\n")
    backend = await opened()
    assert await rows(backend, "union T, t | project a | sort by a asc") == [(3,), (4,)]
    told = " ".join(backend.info.notices)
    assert "T.csv is left out: T.ndjson already gives the table T" in told
    assert "T and t differ only in case" in told


async def test_columns_that_differ_only_in_case_are_both_kept(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("user,User,USER\na,b,c\n")
    backend = await opened()
    assert await rows(backend, "T | where user == 'a' and User == 'b' | project User, user, USER") == [("b", "a", "c")]


async def test_values_that_are_not_of_their_declared_type_are_told(folder: Path, opened: Opener) -> None:
    (folder / "SecurityEvent.csv").write_text("TimeGenerated,EventID\n2019-02-18T00:00:00Z,4624\nnever,none\n")
    backend = await opened()
    assert await columns(backend, "SecurityEvent | project TimeGenerated, EventID") == {
        "TimeGenerated": "string",
        "EventID": "string",
    }
    told = " ".join(backend.info.notices)
    assert "EventID is read as string: 1 of its values is not int" in told
    assert "does not bound" in told


async def test_tables_know_their_rows_and_times(folder: Path, opened: Opener) -> None:
    (folder / "A_CL.csv").write_text("TimeGenerated\n2019-02-17T00:00:00Z\n2019-02-18T12:00:00Z\n")
    (folder / "B_CL.csv").write_text("x\n1\n")
    backend = await opened()
    first, second = await backend.tables()
    assert (first.name, first.rows) == ("A_CL", 2)
    assert (first.first, first.last) == (datetime(2019, 2, 17, tzinfo=UTC), datetime(2019, 2, 18, 12, tzinfo=UTC))
    assert (second.rows, second.first, second.last) == (1, None, None)
    assert [table.name for table in await backend.tables("b*")] == ["B_CL"]


async def test_files_stay_as_they_are_and_are_read_again_when_they_change(
    folder: Path, opened: Opener, tmp_path: Path
) -> None:
    path = folder / "T.csv"
    path.write_text("a\n1\n")
    before = path.read_bytes()
    assert await rows(await opened(), "T | project a") == [(1,)]
    assert path.read_bytes() == before
    assert names(folder) == ["T.csv"]
    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
    path.write_text("a\n1\n22\n")
    assert await rows(await opened(), "T | count") == [(2,)]


@pytest.fixture
def far_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    if hasattr(time, "tzset"):
        time.tzset()
    yield
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


@pytest.mark.usefixtures("far_zone")
async def test_times_are_utc_whatever_the_machines_zone(folder: Path, opened: Opener) -> None:
    moment = datetime(2019, 2, 18, 15, 29, 22, tzinfo=UTC)
    table = pa.table(
        {
            "TimeGenerated": pa.array([moment], pa.timestamp("us", "UTC")),
            "naive": pa.array([moment.replace(tzinfo=None)], pa.timestamp("us")),
        }
    )
    pq.write_table(table, folder / "P_CL.parquet")
    (folder / "C_CL.csv").write_text("TimeGenerated,a\n2019-02-18 15:29:22,1\n")
    backend = await opened()
    start, end = datetime(2019, 2, 18, 15, tzinfo=UTC), datetime(2019, 2, 18, 16, tzinfo=UTC)
    assert await rows(backend, "P_CL | project TimeGenerated, naive", start, end) == [
        ("2019-02-18T15:29:22Z", "2019-02-18T15:29:22Z")
    ]
    assert await rows(backend, "C_CL | project t=TimeGenerated, u=todatetime('2019-02-18 15:29')", start, end) == [
        ("2019-02-18T15:29:22Z", "2019-02-18T15:29:00Z")
    ]
    assert await rows(backend, "C_CL | project h=hourofday(TimeGenerated), z=a / (a - a), m=a % (a - a)") == [
        (15, None, None)
    ]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_two_open_at_once(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n" + "\n".join(str(number) for number in range(5000)))
    one, other = await asyncio.gather(opened(), opened())
    assert await rows(one, "T | count") == await rows(other, "T | count") == [(5000,)]


async def test_a_link_out_of_the_folder_is_left_out(folder: Path, opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (folder / "T.csv").write_text("a\n1\n")
    (folder / "S.csv").symlink_to(tmp_path / "secret.csv")
    backend = await opened()
    assert [table.name for table in await backend.tables()] == ["T"]
    assert "link" in " ".join(backend.info.notices)


def test_names_that_are_paths() -> None:
    assert EmbeddedBackend.claims("demo")
    assert EmbeddedBackend.claims("./logs")
    assert not EmbeddedBackend.claims("3f2504e0-4f89-11d3-9a0c-0305e82c3301")
    assert not EmbeddedBackend.claims("contoso")
    assert not EmbeddedBackend.claims("https://help.kusto.windows.net/Samples")
    assert not EmbeddedBackend.claims("hunting:contoso.example")
