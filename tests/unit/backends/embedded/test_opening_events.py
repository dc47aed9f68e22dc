"""Event logs as common tools write them; the lines are made up in the form that each tool documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .asking import Opener, columns, rows

START, END = datetime(2019, 2, 18, tzinfo=UTC), datetime(2019, 2, 19, tzinfo=UTC)
NAMED = "project TimeGenerated, EventID, Computer, Channel, tostring(EventData.TargetUserName)"
LOGON = [("2019-02-18T15:29:22.1234567Z", 4624, "web01", "Security", "ian")]

EVTXECMD = (
    "RecordNumber,EventRecordId,TimeCreated,EventId,Level,Provider,Channel,ProcessId,ThreadId,Computer,ChunkNumber,"
    "UserId,MapDescription,UserName,RemoteHost,PayloadData1,PayloadData2,PayloadData3,PayloadData4,PayloadData5,"
    "PayloadData6,ExecutableInfo,HiddenRecord,SourceFile,Keywords,ExtraDataOffset,Payload"
)


async def test_evtxecmds_csv(folder: Path, opened: Opener) -> None:
    data = [{"@Name": "TargetUserName", "#text": "ian"}, {"@Name": "Empty"}]
    payload = json.dumps({"EventData": {"Data": data}}).replace('"', '""')
    odd = '{""EventData"":{""Data"":""plain""}}'
    rest = (
        "624,1,Info,Microsoft-Windows-Security-Auditing,Security,4,8,web01,0,S-1-5-18,Logon,,,a,b,,,,,,False,S.evtx,,0"
    )
    (folder / "S.csv").write_text(
        f'\ufeff{EVTXECMD}\r\n1,1,2019-02-18 15:29:22.1234567,4{rest},"{payload}"\r\n'.replace("4624,1,", "4624,")
        + f'2,2,2019-02-18 16:00:00.0000000,4{rest},"{odd}"\r\n'.replace("4624,1,", "4624,"),
        encoding="utf-8",
    )
    backend = await opened()
    assert await rows(backend, f"S | where RecordNumber == 1 | {NAMED}", START, END) == LOGON
    assert await rows(backend, "S | where RecordNumber == 2 | project EventData, EventId, Payload") == [
        (None, 4624, {"EventData": {"Data": "plain"}})
    ]
    told = " ".join(backend.info.notices)
    assert "It looks like the output of EvtxECmd: EventID, EventData are added" in told
    assert "TimeGenerated is made of TimeCreated" in told


@pytest.mark.parametrize("number", [4624, {"#attributes": {"Qualifiers": 0}, "#text": 4624}])
async def test_evtx_dumps_lines(folder: Path, opened: Opener, number: object) -> None:
    event = {
        "Event": {
            "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
                "EventID": number,
                "Level": 0,
                "TimeCreated": {"#attributes": {"SystemTime": "2019-02-18T15:29:22.1234567Z"}},
                "EventRecordID": 7,
                "Execution": {"#attributes": {"ProcessID": 4, "ThreadID": 8}},
                "Channel": "Security",
                "Computer": "web01",
            },
            "EventData": {"TargetUserName": "ian"},
        }
    }
    (folder / "S.jsonl").write_text(json.dumps(event) + "\n")
    backend = await opened()
    assert await rows(backend, f"S | {NAMED}", START, END) == LOGON
    assert await rows(backend, "S | project EventRecordId, SystemProcessId, tostring(Event.System.Channel)") == [
        ("7", 4, "Security")
    ]


async def test_winlogbeats_lines(folder: Path, opened: Opener) -> None:
    event = {
        "@timestamp": "2019-02-18T15:29:22.1234567Z",
        "winlog": {
            "event_id": "4624",
            "channel": "Security",
            "computer_name": "web01",
            "provider_name": "p",
            "record_id": 7,
            "event_data": {"TargetUserName": "ian"},
        },
        "message": "x",
    }
    (folder / "S.ndjson").write_text(json.dumps(event) + "\n")
    assert await rows(await opened(), f"S | {NAMED}", START, END) == LOGON


@pytest.mark.parametrize(
    "moment", ["/Date(1550503762123)/", "2019-02-18T15:29:22.1230000Z", "2019-02-18T17:29:22.1230000+02:00"]
)
async def test_get_winevent_to_json(folder: Path, opened: Opener, moment: str) -> None:
    event = {
        "Id": 4624,
        "Version": 2,
        "RecordId": 7,
        "ProviderName": "p",
        "LogName": "Security",
        "MachineName": "web01",
        "TimeCreated": moment,
        "Message": "An account was\r\nlogged on",
    }
    text = json.dumps([event], indent=4).replace("/Date", "\\/Date").replace(")/", ")\\/")
    (folder / "S.json").write_bytes(text.encode("utf-16"))
    backend = await opened()
    assert await rows(
        backend, "S | project TimeGenerated, EventID, Computer, Channel, Provider, EventRecordId, Id", START, END
    ) == [("2019-02-18T15:29:22.123Z", 4624, "web01", "Security", "p", "7", 4624)]


async def test_get_winevent_to_csv(folder: Path, opened: Opener) -> None:
    (folder / "S.csv").write_bytes(
        b"#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\r\n"
        b'"Id","RecordId","ProviderName","LogName","MachineName","TimeCreated","Message"\r\n'
        b'"4624","7","p","Security","web01","2/18/2019 3:29:22 PM","two\r\nlines"\r\n'
    )
    backend = await opened()
    assert await rows(backend, "S | project TimeGenerated, EventID, Computer, Message", START, END) == [
        ("2019-02-18T15:29:22Z", 4624, "web01", "two\r\nlines")
    ]
    assert "The times of TimeCreated have no time zone; they are read as UTC" in " ".join(backend.info.notices)


ZEEK = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#open\t2019-02-18-15-00-00\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tproto\tduration\torig_bytes\tlocal_orig\ttunnel_parents\n"
    "#types\ttime\tstring\taddr\tport\tenum\tinterval\tcount\tbool\tset[string]\n"
    "1550503762.123456\tCabc\t10.0.0.1\t51000\ttcp\t0.5\t12\tT\t(empty)\n"
    '1550503763.000000\tC"bd\t10.0.0.2\t51001\tudp\t-\t-\t-\t-\n'
    "#close\t2019-02-18-16-00-00\n"
)


async def test_zeeks_own_logs(folder: Path, opened: Opener) -> None:
    (folder / "conn.tsv").write_text(ZEEK)
    (folder / "conn2.csv").write_text(ZEEK)
    backend = await opened()
    assert await columns(backend, "conn | project-away Type") == {
        "ts": "datetime",
        "uid": "string",
        "id.orig_h": "string",
        "id.orig_p": "int",
        "proto": "string",
        "duration": "real",
        "orig_bytes": "long",
        "local_orig": "bool",
        "tunnel_parents": "string",
        "TimeGenerated": "datetime",
    }
    assert await rows(
        backend, "conn2 | project TimeGenerated, uid, duration, orig_bytes, local_orig, tunnel_parents", START, END
    ) == [
        ("2019-02-18T15:29:22.123456Z", "Cabc", 0.5, 12, True, ""),
        ("2019-02-18T15:29:23Z", 'C"bd', None, None, None, ""),
    ]


async def test_zeeks_json(folder: Path, opened: Opener) -> None:
    (folder / "conn.ndjson").write_text('{"ts":1550503762.123456,"uid":"C","id.orig_h":"10.0.0.1"}\n')
    backend = await opened()
    assert await rows(backend, "conn | project ts, TimeGenerated", START, END) == [
        (1550503762.123456, "2019-02-18T15:29:22.123456Z")
    ]


@pytest.mark.parametrize(
    ("column", "moment"),
    [
        ("timestamp", "2019-02-18T15:29:22.123456+0000"),  # Suricata
        ("Timestamp", "2019-02-18 17:29:22.123456 +02:00"),  # Hayabusa
        ("timestamp", "2019-02-18T15:29:22.123456+00:00"),  # Chainsaw
        ("_time", "2019-02-18T15:29:22.123456Z"),
        ("CreationTime", "2019-02-18T15:29:22.123456"),  # Microsoft 365's audit log
    ],
)
async def test_other_time_columns(folder: Path, opened: Opener, column: str, moment: str) -> None:
    (folder / "J.ndjson").write_text(json.dumps({column: moment, "n": 1}) + "\n")
    (folder / "C.csv").write_text(f"{column},n\n{moment},1\n")
    backend = await opened()
    for table in ("J", "C"):
        assert await rows(backend, f"{table} | project TimeGenerated, {column}, n", START, END) == [
            ("2019-02-18T15:29:22.123456Z", "2019-02-18T15:29:22.123456Z", 1)
        ]
    assert f"TimeGenerated is made of {column}" in " ".join(backend.info.notices)


async def test_a_time_column_that_is_none_makes_nothing(folder: Path, opened: Opener) -> None:
    (folder / "C.csv").write_text("Timestamp,n\nyesterday,1\n")
    backend = await opened()
    assert "TimeGenerated" not in await columns(backend, "C")
    assert "does not bound" in " ".join(backend.info.notices)


async def test_times_that_no_calendar_has_stay_text(folder: Path, opened: Opener) -> None:
    (folder / "C.csv").write_text("when,n\n2019-02-30T00:00:00Z,1\n2019-02-18T00:00:00Z,2\n")
    backend = await opened()
    assert await rows(backend, "C | project when | sort by when asc") == [
        ("2019-02-18T00:00:00Z",),
        ("2019-02-30T00:00:00Z",),
    ]
