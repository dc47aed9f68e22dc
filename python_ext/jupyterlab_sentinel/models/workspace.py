"""What is known of a workspace and of its tables."""

from __future__ import annotations

from datetime import datetime

import msgspec


class ColumnInfo(msgspec.Struct, frozen=True, rename="camel"):
    """A column: its name and KQL type.

    One of bool, datetime, decimal, dynamic, guid, int, long, real, string, timespan.
    """

    name: str
    type: str


class TableInfo(msgspec.Struct, frozen=True, rename="camel"):
    """A table. ``rows``, ``first`` and ``last`` (UTC, of TimeGenerated) are None where not known."""

    name: str
    columns: tuple[ColumnInfo, ...]
    rows: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    description: str = ""


class FunctionInfo(msgspec.Struct, frozen=True, rename="camel"):
    """A saved function of the workspace, with its parameters as written."""

    name: str
    parameters: str
    description: str = ""


class WorkspaceInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Who and what a workspace is.

    ``kind`` is ``embedded`` or the service's name. ``data_start`` and ``data_end`` (UTC,
    inclusive) tell what time the data covers, if known. ``time_range`` is the range, as
    ``%sentinel timerange`` reads it, that the workspace wants a session to begin with.
    ``notices`` are one-line remarks that a user should see, for instance on files left out.
    """

    name: str
    kind: str
    description: str = ""
    tables: int | None = None
    data_start: datetime | None = None
    data_end: datetime | None = None
    time_range: str | None = None
    identity: str | None = None
    synthetic: bool = False
    notices: tuple[str, ...] = ()
    geoip_files: tuple[str, ...] = ()
