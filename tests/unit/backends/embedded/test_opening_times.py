"""Which column tells the time of a table's rows, and what is said where none does; files that tools call ``.log``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .asking import Opener, columns, rows

MOMENT = datetime(2026, 11, 29, 8, 1, 2, 345678, tzinfo=UTC)
TOLD = "2026-11-29T08:01:02.345678Z"


@pytest.mark.parametrize(
    ("name", "text", "unit"),
    [
        ("E.csv", "timestamp,m\n1795939262.345678,a\n", "seconds"),
        ("E.csv", "ts,m\n1795939262345.678,a\n", "milliseconds"),
        ("E.ndjson", '{"_time": 1795939262345678, "m": "a"}\n', "microseconds"),
        ("E.csv", "time,m\n1795939262345678000,a\n", "nanoseconds"),
    ],
)
async def test_numbers_that_count_from_1970_are_times(
    folder: Path, opened: Opener, name: str, text: str, unit: str
) -> None:
    (folder / name).write_text(text)
    backend = await opened()
    assert await rows(backend, "E | project TimeGenerated") == [(TOLD,)]
    assert f"read as {unit} since 1970 UTC" in " ".join(backend.info.notices)
    assert await rows(backend, "E | count", MOMENT.replace(hour=9), MOMENT.replace(hour=10)) == [(0,)]


async def test_numbers_of_a_parquet_file_may_count_too(folder: Path, opened: Opener, tmp_path: Path) -> None:
    pq.write_table(pa.table({"timestamp": [1795939262345], "m": ["a"]}), folder / "E.parquet")
    for _ in range(2):
        backend = await opened()
        assert await rows(backend, "E | project TimeGenerated, timestamp") == [
            ("2026-11-29T08:01:02.345Z", 1795939262345)
        ]


@pytest.mark.parametrize("number", ["46355.33405", "134088768623456789", "12", "-1795939262", "17959392623456"])
async def test_other_numbers_are_no_times(folder: Path, opened: Opener, number: str) -> None:
    (folder / "E.csv").write_text(f"timestamp,m\n1795939262,a\n{number},b\n")
    backend = await opened()
    assert "TimeGenerated" not in await columns(backend, "E")


async def test_a_table_without_rows_has_its_time(folder: Path, opened: Opener) -> None:
    (folder / "Empty.csv").write_text("TimeGenerated,a\n")
    (folder / "Full.csv").write_text("TimeGenerated,a\n2026-11-29T08:01:02Z,x\n")
    backend = await opened()
    assert await columns(backend, "union Empty, Full") == {"TimeGenerated": "datetime", "a": "string", "Type": "string"}
    assert not any("No TimeGenerated" in notice for notice in backend.info.notices)


async def test_it_is_said_why_a_time_is_none(folder: Path, opened: Opener) -> None:
    (folder / "A.csv").write_text("TimeGenerated,a\n2026-11-29T08:01:02Z,x\ngarbage,y\n")
    (folder / "B.csv").write_text("datetime,a\n2026-11-29T08:01:02Z,x\n0000-00-00T00:00:00Z,y\n")
    (folder / "C.csv").write_text("time,a\nearly,x\nlate,y\n")
    told = " ".join((await opened()).info.notices)
    assert "A.csv: Column TimeGenerated is read as string: 1 of its values is not datetime." in told
    assert "B.csv: datetime is read as text: 1 of its 2 values is no time." in told
    assert "C.csv" not in told


@pytest.mark.parametrize("wrapper", ["Records", "records"])
async def test_records_of_cloudtrail_and_of_azure_are_rows(folder: Path, opened: Opener, wrapper: str) -> None:
    record = {"eventTime": "2026-11-29T08:01:02Z", "eventName": "GetObject", "recipientAccountId": "012345678901"}
    (folder / "Trail.json").write_text(json.dumps({wrapper: [record, {**record, "eventName": "PutObject"}]}))
    backend = await opened()
    assert await rows(
        backend, "Trail | where TimeGenerated > datetime(2026-11-29) | project eventName, recipientAccountId"
    ) == [
        ("GetObject", "012345678901"),
        ("PutObject", "012345678901"),
    ]


@pytest.mark.parametrize("column", ["published", "activityDateTime", "Date (UTC)", "event_time", "TimeStamp"])
async def test_more_names_of_times(folder: Path, opened: Opener, column: str) -> None:
    (folder / "E.csv").write_text(f"{column},m\n2026-11-29T08:01:02.345678Z,a\n")
    assert await rows(await opened(), "E | project TimeGenerated") == [(TOLD,)]


ZEEK = (
    "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\n#types\ttime\tstring\taddr\tport\n"
    "1795939262.345678\tCabc\t10.0.0.1\t51000\n"
)


async def test_zeek_calls_its_files_log(folder: Path, opened: Opener) -> None:
    (folder / "conn.log").write_text(ZEEK)
    (folder / "dns.log").write_text('{"ts":1795939262.345678,"uid":"Cabc","query":"example.com"}\n')
    (folder / "other.log").write_text("Nov 29 08:01:02 host sshd[1]: Failed password\n")
    backend = await opened()
    assert await rows(backend, "conn | project TimeGenerated, ['id.orig_p']") == [(TOLD, 51000)]
    assert await rows(backend, "dns | project TimeGenerated, query") == [(TOLD, "example.com")]
    assert "Nothing is read of other.log" in " ".join(backend.info.notices)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10.1.1.1\n10.1.1.2\n", "10.1.1.1"),
        ("2026-11-29T08:01:02Z,1,x\n2026-11-29T08:01:03Z,2,y\n", "2026-11-29T08:01:02Z"),
        ("d41d8cd98f00b204e9800998ecf8427e\n", "d41d8cd98f00b204e9800998ecf8427e"),
        ("https://evil.example/x,phishing\nhttps://evil.example/y,c2\n", "https://evil.example/x"),
        ("bob@example.com\nal@example.com\n", "bob@example.com"),
    ],
)
async def test_a_first_line_that_looks_like_a_row_is_told(folder: Path, opened: Opener, text: str, value: str) -> None:
    (folder / "List.csv").write_text(text)
    assert f"Its first line is taken for headings, though it holds a value ({value})" in " ".join(
        (await opened()).info.notices
    )


async def test_headings_that_are_numbers_are_headings(folder: Path, opened: Opener) -> None:
    (folder / "Pivot.csv").write_text("User,4624,4625\nbob,1,2\n")
    assert "first line" not in " ".join((await opened()).info.notices)


async def test_a_time_of_day_in_parquet_is_a_timespan(folder: Path, opened: Opener) -> None:
    clock = [time(1, 2, 3, 456789), None]
    pq.write_table(
        pa.table(
            {
                "us": pa.array(clock, pa.time64("us")),
                "ms": pa.array([time(23, 59, 59), None], pa.time32("ms")),
                "ns": pa.array(clock, pa.time64("ns")),
            }
        ),
        folder / "Shifts.parquet",
    )
    backend = await opened()
    assert await columns(backend, "Shifts | project us, ms, ns") == dict.fromkeys(("us", "ms", "ns"), "timespan")
    assert await rows(backend, "Shifts | project tostring(us), tostring(ms), ns") == [
        ("01:02:03.4567890", "23:59:59", "01:02:03.4567890"),
        ("", "", None),
    ]
