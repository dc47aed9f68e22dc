"""Event logs as common tools write them: nested fields that become columns, and which column is the time."""

from __future__ import annotations

from dataclasses import dataclass

from .scans import ScanColumn

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
)


@dataclass(frozen=True, slots=True)
class NestedField:
    """A column that is taken from within a JSON object."""

    name: str
    pointer: str
    hint: str = ""

    def column(self, value: str) -> ScanColumn:
        """The column, ``value`` being the JSON at the pointer."""
        if self.hint == "dynamic":
            return ScanColumn(self.name, f"nullif(CAST({value} AS VARCHAR), 'null')", "VARCHAR", "dynamic")
        return ScanColumn(self.name, f"({value}->>'$')", "VARCHAR", self.hint)


def nested_fields(keys: tuple[str, ...]) -> tuple[NestedField, ...]:
    """What else the objects of a known tool hold, by their top-level keys."""
    del keys
    return ()
