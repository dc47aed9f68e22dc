"""Event logs as common tools write them: what becomes of their fields, and which column is the time.

A tool is recognised by its columns, never by a file's name. Its own columns are kept; beside them come columns as
Sentinel's tables call them, where that is certain: ``EventID``, ``Computer``, ``Channel``, ``Provider``,
``EventRecordId``, ``EventData``, and some more of ``WindowsEvent``. Sources: the output of EvtxECmd (Eric Zimmerman),
evtx_dump (omerbenamram/evtx), PowerShell's Get-WinEvent, Winlogbeat's reference of exported fields, Zeek's manual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .scans import ScanColumn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# In this order: the first that a table has, and that reads as a time, becomes TimeGenerated.
TIME_COLUMNS = (
    "Timestamp",
    "TimeCreated",
    "@timestamp",
    "timestamp",
    "EventTime",
    "SystemTime",
    "UtcTime",
    "ts",
    "_time",
    "time",
    "datetime",
    "Datetime",
    "CreationTime",
    "CreationDate",
    "TimeStamp",
    "eventTime",
    "event_time",
    "published",
    "activityDateTime",
    "Date (UTC)",
)


@dataclass(frozen=True, slots=True)
class NestedField:
    """A column that is taken from within JSON objects.

    :param pointers: where it may be; the first that has a value counts.
    """

    name: str
    pointers: tuple[str, ...]
    hint: str = "string"

    def column(self, values: Sequence[str]) -> ScanColumn:
        """The column, ``values`` being the JSON at each pointer."""
        if self.hint == "dynamic":
            texts = [f"nullif(CAST({value} AS VARCHAR), 'null')" for value in values]
        else:
            texts = [f"({value}->>'$')" for value in values]
        return ScanColumn(self.name, f"coalesce({', '.join(texts)})", "VARCHAR", self.hint)


_SYSTEM = "/Event/System"
_EVTX_DUMP = (
    NestedField("TimeCreated", (f"{_SYSTEM}/TimeCreated/#attributes/SystemTime",), "datetime"),
    NestedField("EventID", (f"{_SYSTEM}/EventID/#text", f"{_SYSTEM}/EventID"), "int"),
    NestedField("Provider", (f"{_SYSTEM}/Provider/#attributes/Name",)),
    NestedField("Channel", (f"{_SYSTEM}/Channel",)),
    NestedField("Computer", (f"{_SYSTEM}/Computer",)),
    NestedField("EventLevel", (f"{_SYSTEM}/Level",), "int"),
    NestedField("Task", (f"{_SYSTEM}/Task",), "int"),
    NestedField("Opcode", (f"{_SYSTEM}/Opcode",)),
    NestedField("Keywords", (f"{_SYSTEM}/Keywords",)),
    NestedField("Version", (f"{_SYSTEM}/Version",), "int"),
    NestedField("EventRecordId", (f"{_SYSTEM}/EventRecordID",)),
    NestedField("SystemProcessId", (f"{_SYSTEM}/Execution/#attributes/ProcessID",), "int"),
    NestedField("SystemThreadId", (f"{_SYSTEM}/Execution/#attributes/ThreadID",), "int"),
    NestedField("SystemUserId", (f"{_SYSTEM}/Security/#attributes/UserID",)),
    NestedField("EventData", ("/Event/EventData", "/Event/UserData"), "dynamic"),
)
_WINLOGBEAT = (
    NestedField("EventID", ("/winlog/event_id",), "int"),
    NestedField("Provider", ("/winlog/provider_name",)),
    NestedField("Channel", ("/winlog/channel",)),
    NestedField("Computer", ("/winlog/computer_name",)),
    NestedField("Opcode", ("/winlog/opcode",)),
    NestedField("EventRecordId", ("/winlog/record_id",)),
    NestedField("EventData", ("/winlog/event_data", "/winlog/user_data"), "dynamic"),
)


def nested_fields(keys: Sequence[str]) -> tuple[str, tuple[NestedField, ...]]:
    """The tool that writes objects with these keys, and what else they hold; nothing for an unknown one."""
    if "Event" in keys and len(keys) <= 3:
        return "evtx_dump", _EVTX_DUMP
    if {"@timestamp", "winlog"} <= {*keys}:
        return "Winlogbeat", _WINLOGBEAT
    return "", ()


@dataclass(frozen=True, slots=True)
class _Tool:
    """A tool whose columns lie side by side.

    :param signs: columns that together are nobody else's.
    :param names: Sentinel's name and type by the tool's own.
    """

    name: str
    signs: frozenset[str]
    names: Mapping[str, tuple[str, str]]
    payload: str = ""


_TOOLS = (
    _Tool(
        "EvtxECmd",
        frozenset({"TimeCreated", "EventId", "Channel", "Computer", "MapDescription", "PayloadData1"}),
        {"EventId": ("EventID", "int")},
        "Payload",
    ),
    _Tool(
        "Get-WinEvent",
        frozenset({"TimeCreated", "Id", "LogName", "MachineName", "ProviderName", "RecordId"}),
        {
            "Id": ("EventID", "int"),
            "MachineName": ("Computer", "string"),
            "LogName": ("Channel", "string"),
            "ProviderName": ("Provider", "string"),
            "RecordId": ("EventRecordId", "string"),
        },
    ),
)
_ZEEK_SIGNS = frozenset({"uid", "fuid", "_path", "id.orig_h"})


def added_columns(columns: Sequence[ScanColumn]) -> tuple[list[ScanColumn], str]:
    """Columns as Sentinel calls them, and the tool that these ``columns`` are of; none for an unknown one."""
    by_name = {column.name: column for column in columns}
    for tool in _TOOLS:
        if tool.signs <= by_name.keys():
            found = [
                ScanColumn(name, by_name[own].value, by_name[own].stored, kind)
                for own, (name, kind) in tool.names.items()
                if own in by_name and name not in by_name
            ]
            if tool.payload in by_name and "EventData" not in by_name:
                found.append(ScanColumn("EventData", _bag(by_name[tool.payload].value), "VARCHAR", "dynamic"))
            return found, tool.name
    ts = by_name.get("ts")
    if ts is not None and ts.hint in {"real", "long"} and _ZEEK_SIGNS & by_name.keys():
        return [ScanColumn("TimeGenerated", ts.value, ts.stored, "datetime/epoch", epoch_reads(ts.value))], "Zeek"
    return [], ""


def epoch_reads(value: str) -> dict[str, str]:
    """SQL that reads text with seconds since 1970 as a time, to the 100 ns."""
    return {"datetime": f"CAST(round(TRY_CAST({value} AS DECIMAL(28, 7)) * 10000000) AS BIGINT)"}


def remark(tool: str, added: Sequence[str]) -> tuple[str, ...]:
    """What the user should know of columns that were added."""
    return (f"It looks like the output of {tool}: {', '.join(added)} are added to its own columns.",) if added else ()


def _bag(payload: str) -> str:
    """SQL that makes a bag of EvtxECmd's ``{"EventData": {"Data": [{"@Name", "#text"}]}}``; null of anything else."""
    data = f"json_extract(CASE WHEN json_valid({payload}) THEN {payload} END, '/EventData/Data')"
    listed = f"CASE json_type({data}) WHEN 'ARRAY' THEN json_extract({data}, '$[*]') WHEN 'OBJECT' THEN [{data}] END"
    names = f"list_transform({listed}, lambda e: e->>'/@Name')"
    texts = f"list_transform({listed}, lambda e: coalesce(e->>'/#text', ''))"
    return f"CASE WHEN len({listed}) > 0 THEN TRY(CAST(to_json(map({names}, {texts})) AS VARCHAR)) END"
