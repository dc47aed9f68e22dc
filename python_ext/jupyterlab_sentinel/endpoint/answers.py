"""The body of a query's answer: tables, and what was asked for beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .cells import timespan_text, write_tables
from .kusto import kusto_head, kusto_tail

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..models.tables import QueryResult
    from .cells import WrittenTables
    from .limits import Limits
    from .preferences import Preferences

_TOO_LARGE = "-2133196797"
_CHART: dict[str, object] = {
    "visualization": None,
    "title": None,
    "accumulate": False,
    "isQuerySorted": False,
    "kind": None,
    "legend": None,
    "series": None,
    "yMin": "NaN",
    "yMax": "NaN",
    "xAxis": None,
    "xColumn": None,
    "xTitle": None,
    "yAxis": None,
    "yColumns": None,
    "ySplit": None,
    "yTitle": None,
    "anomalyColumns": None,
}
_CHART_NAMES = {name.lower(): name for name in _CHART}


def answer_body(
    result: QueryResult, preferences: Preferences, limits: Limits, stop: Callable[[], bool] = lambda: False
) -> bytes:
    """The JSON of an answer; blocking.

    :param stop: asked now and then; True ends the work.
    :raises CancelledQueryError: ``stop`` said so.
    """
    if not preferences.thin:
        return _unthinned(result, limits, stop)
    written = write_tables(result.tables, limits, stop)
    parts: list[bytes] = [b'{"tables":', *written.json]
    if preferences.render:
        parts += [b',"render":', _json(chart(result.render))]
    if preferences.statistics:
        parts += [b',"statistics":', _json(_statistics(result, written))]
    reasons = _reasons(result, written, limits)
    if reasons:
        parts += [b',"error":', _json(_partial(reasons))]
    parts.append(b"}")
    return b"".join(parts)


def _unthinned(result: QueryResult, limits: Limits, stop: Callable[[], bool]) -> bytes:
    written = write_tables(result.tables, limits, stop, kusto_head)
    tail = kusto_tail(len(written.rows), chart(result.render), _statistics(result, written))
    parts = [b'{"Tables":', *written.json[:-1], *(b"," + _json(table) for table in tail), b"]"]
    reasons = _reasons(result, written, limits)
    if reasons:
        parts += [b',"Exceptions":', _json([message for _, message in reasons])]
    return b"".join((*parts, b"}"))


def chart(render: dict[str, object] | None) -> dict[str, object]:
    """What the ``render`` operator asked for, with every property that the service names."""
    found = dict(_CHART)
    for name, value in (render or {}).items():
        known = _CHART_NAMES.get(name.lower())
        if known is not None and value is not None:
            found[known] = value
    return found


def _reasons(result: QueryResult, written: WrittenTables, limits: Limits) -> list[tuple[str, str]]:
    """Code and message of everything that makes the answer less than whole; empty if it is whole."""
    found = [("E_PARTIAL", reason) for reason in result.reasons]
    if written.cut:
        most = f"{limits.rows} records" if written.cut == "rows" else f"{limits.answer_bytes} bytes"
        message = (
            f"The results of this query exceed the set limit of {most}, so not all records were returned "
            "(E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003, see https://aka.ms/kustoquerylimits for more information and "
            "possible solutions)."
        )
        found.insert(0, (_TOO_LARGE, message))
    elif result.status == "partial" and not found:
        found.append(("E_PARTIAL", "The engine says that the answer is not whole."))
    return found


def _partial(reasons: list[tuple[str, str]]) -> dict[str, object]:
    details = [
        {
            "code": "EngineError",
            "message": "Something went wrong processing your query on the server.",
            "innererror": {"code": code, "message": message, "severity": 2, "severityName": "Error"},
        }
        for code, message in reasons
    ]
    message = "There were some errors when processing your query."
    return {"code": "PartialError", "message": message, "details": details}


def _statistics(result: QueryResult, written: WrittenTables) -> dict[str, object]:
    """What is known of the work; the service's other figures have no meaning here and are left out."""
    spent = timespan_text(int(result.elapsed_s * 10_000_000))
    query: dict[str, object] = {
        "executionTime": result.elapsed_s,
        "resourceUsage": {"cpu": {"totalCpu": spent}},
        "datasetStatistics": [
            {"tableRowCount": rows, "tableSize": size}
            for rows, size in zip(written.rows, written.row_bytes, strict=True)
        ],
    }
    if result.statistics.get("warnings"):
        query["warnings"] = result.statistics["warnings"]
    return {"query": query}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
