"""The frames of Kusto's "v2" answer to a query.

Shape: "Query V2 HTTP response" (learn.microsoft.com/kusto/api/rest/response-v2): a header, a table of properties, the
results, a table that tells how it went, an end. Cells are written as for Log Analytics, which asks the same engine.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .answers import chart
from .cells import timespan_text, write_tables
from .kusto_refusals import one_api_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..models.tables import QueryResult, Table
    from .cells import WrittenTables
    from .kusto_requests import KustoRequest
    from .limits import Limits

_CUT_STATUS = -2133196797
_PROPERTIES = (("TableId", "int"), ("Key", "string"), ("Value", "dynamic"))
_INFORMATION = (
    ("Timestamp", "datetime"),
    ("ClientRequestId", "string"),
    ("ActivityId", "guid"),
    ("SubActivityId", "guid"),
    ("ParentActivityId", "guid"),
    ("Level", "int"),
    ("LevelName", "string"),
    ("StatusCode", "int"),
    ("StatusCodeName", "string"),
    ("EventType", "int"),
    ("EventTypeName", "string"),
    ("Payload", "string"),
)


def frames_body(
    result: QueryResult, asked: KustoRequest, limits: Limits, stop: Callable[[], bool] = lambda: False
) -> bytes:
    """The JSON of an answer; blocking.

    :param stop: asked now and then; True ends the work.
    :raises CancelledQueryError: ``stop`` said so.
    """
    allowed = asked.limits(limits)
    written = write_tables(result.tables, allowed, stop, _head)
    failures = _failures(result, written, allowed)
    errors = [{"error": failure} for failure in failures]
    results = list(written.json[1:-1])
    if errors and asked.in_data and not asked.deferred and results:
        comma = b"," if written.rows[-1] else b""
        results[-1] = comma + _json({"OneApiErrors": errors}) + results[-1]
    end: dict[str, object] = {"FrameType": "DataSetCompletion", "HasErrors": False, "Cancelled": False}
    if errors and not asked.deferred:
        end |= {"HasErrors": True, "OneApiErrors": errors}
    count = len(written.rows)
    frames = [
        _json({"FrameType": "DataSetHeader", "IsProgressive": False, "Version": "v2.0"}),
        _json(_properties(result, count)),
        *([b"".join(results)] if results else []),
        _json(_information(result, written, asked, failures)),
        _json(end),
    ]
    return b"[" + b",\n".join(frames) + b"]"


def _head(table: Table, place: int) -> dict[str, object]:
    columns = [(column.name, column.type) for column in table.columns]
    return _table(place + 1, "PrimaryResult", table.name, columns, [])


def _table(
    number: int, kind: str, name: str, columns: Sequence[tuple[str, str]], rows: list[list[object]]
) -> dict[str, object]:
    return {
        "FrameType": "DataTable",
        "TableId": number,
        "TableKind": kind,
        "TableName": name,
        "Columns": [{"ColumnName": column, "ColumnType": kind_} for column, kind_ in columns],
        "Rows": rows,
    }


def _properties(result: QueryResult, count: int) -> dict[str, object]:
    drawn = {name[0].upper() + name[1:]: value for name, value in chart(result.render).items()}
    rows: list[list[object]] = [[number + 1, "Visualization", json.dumps(drawn)] for number in range(count)]
    return _table(0, "QueryProperties", "@ExtendedProperties", _PROPERTIES, rows)


def _information(
    result: QueryResult, written: WrittenTables, asked: KustoRequest, failures: list[dict[str, object]]
) -> dict[str, object]:
    now, activity = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), str(uuid.uuid4())
    common: list[object] = [now, asked.client_request_id, activity, activity, activity]
    rows: list[list[object]] = []
    if failures and asked.deferred:
        for failure in failures:
            text = json.dumps({"Count": 1, "Text": failure["@message"]})
            name = f"Query result set too large (E_QUERY_RESULT_SET_TOO_LARGE). ({_CUT_STATUS})"
            rows.append([*common, 2, "Error", _CUT_STATUS, name, 1, "QueryLimitsExceeded", text])
    elif not failures:
        text = json.dumps({"Count": 1, "Text": "Query completed successfully"})
        rows.append([*common, 4, "Info", 0, "S_OK (0)", 4, "QueryInfo", text])
    for warning in _warnings(result):
        text = json.dumps({"Count": 1, "Text": warning})
        rows.append([*common, 3, "Warning", 0, "S_OK (0)", 3, "QueryWarning", text])
    spent = json.dumps(_statistics(result, written))
    rows.append([*common, 6, "Stats", 0, "S_OK (0)", 0, "QueryResourceConsumption", spent])
    return _table(len(written.rows) + 1, "QueryCompletionInformation", "QueryCompletionInformation", _INFORMATION, rows)


def _failures(result: QueryResult, written: WrittenTables, limits: Limits) -> list[dict[str, object]]:
    """Everything that makes the answer less than whole; empty if it is whole."""
    found: list[dict[str, object]] = []
    kind = "KustoServicePartialQueryFailureLimitsExceededException"
    if written.cut:
        most = (
            f"record count limit {limits.rows}" if written.cut == "rows" else f"data size limit {limits.answer_bytes}"
        )
        text = f"Query result set has exceeded the internal {most} (E_QUERY_RESULT_SET_TOO_LARGE)."
        message = f"Query execution has exceeded the allowed limits (80DA0003): {text}"
        found.append(one_api_error("LimitsExceeded", kind, message))
    told = result.reasons or (("The engine says that the answer is not whole.",) if result.status == "partial" else ())
    found += [one_api_error("LimitsExceeded", kind, reason) for reason in told]
    return found


def _warnings(result: QueryResult) -> list[str]:
    found = result.statistics.get("warnings")
    return [str(item) for item in found] if isinstance(found, list | tuple) else []


def _statistics(result: QueryResult, written: WrittenTables) -> dict[str, object]:
    return {
        "ExecutionTime": result.elapsed_s,
        "resource_usage": {"cpu": {"total cpu": timespan_text(int(result.elapsed_s * 10_000_000))}},
        "dataset_statistics": [
            {"table_row_count": rows, "table_size": size}
            for rows, size in zip(written.rows, written.row_bytes, strict=True)
        ],
    }


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
