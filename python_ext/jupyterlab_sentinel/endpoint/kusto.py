"""Answers in Kusto's own shape (its "v1" response), which clients get that turn the service's thinning off.

Kqlmagic does, with ``Prefer: ai.response-thinning=false``; what it reads decided what is written here.
Shape: "Query/management HTTP response" (learn.microsoft.com/kusto/api/rest/response): ``{"Tables": [{"TableName",
"Columns": [{"ColumnName", "DataType", "ColumnType"}], "Rows"}]}``; after the answer come the properties of ``render``,
how the query went, and a table of contents.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..models.tables import Table

DOTNET = {
    "bool": "SByte",
    "int": "Int32",
    "long": "Int64",
    "real": "Double",
    "decimal": "SqlDecimal",
    "datetime": "DateTime",
    "timespan": "TimeSpan",
    "guid": "Guid",
    "dynamic": "Object",
    "string": "String",
}
"""What Kusto calls its types where it names .NET's."""

_STATUS = (
    ("Timestamp", "datetime"),
    ("Severity", "int"),
    ("SeverityName", "string"),
    ("StatusCode", "int"),
    ("StatusDescription", "string"),
    ("Count", "int"),
    ("RequestId", "guid"),
)
_CONTENTS = (("Ordinal", "long"), ("Kind", "string"), ("Name", "string"), ("Id", "string"), ("PrettyName", "string"))


def kusto_head(table: Table, position: int) -> dict[str, object]:
    """A table's name and columns; the last key is the rows'."""
    return _table(position, [(column.name, column.type) for column in table.columns], [])


def kusto_tail(
    results: int, chart: Mapping[str, object], statistics: Mapping[str, object]
) -> tuple[dict[str, object], ...]:
    """The tables after the answer's own.

    :param results: how many those are.
    :param chart: properties of ``render`` as the service names them; Kusto writes them with capitals.
    """
    request = str(uuid.uuid4())
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    properties = json.dumps({name[0].upper() + name[1:]: value for name, value in chart.items()})
    status: list[list[object]] = [
        [now, 4, "Info", 0, "Query completed successfully", 1, request],
        [now, 6, "Stats", 0, json.dumps(statistics), 1, request],
    ]
    kinds = [
        *(("QueryResult", "PrimaryResult" if number == 0 else "GenericResult") for number in range(results)),
        ("QueryProperties", "@ExtendedProperties"),
        ("QueryStatus", "QueryStatus"),
    ]
    contents: list[list[object]] = [
        [number, kind, name, str(uuid.uuid4()), ""] for number, (kind, name) in enumerate(kinds)
    ]
    return (
        _table(results, [("Value", "string")], [[properties]]),
        _table(results + 1, _STATUS, status),
        _table(results + 2, _CONTENTS, contents),
    )


def _table(position: int, columns: Sequence[tuple[str, str]], rows: list[list[object]]) -> dict[str, object]:
    described = [{"ColumnName": name, "DataType": DOTNET[kind], "ColumnType": kind} for name, kind in columns]
    return {"TableName": f"Table_{position}", "Columns": described, "Rows": rows}
