"""The body of a query's answer: tables, and what was asked for beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .cells import timespan_text, write_tables

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
    written = write_tables(result.tables, limits, stop)
    parts: list[bytes] = [b'{"tables":', *written.json]
    if preferences.render:
        parts += [b',"render":', _json(chart(result.render))]
    if preferences.statistics:
        parts += [b',"statistics":', _json(_statistics(result, written))]
    error = _partial(result, written, limits)
    if error is not None:
        parts += [b',"error":', _json(error)]
    parts.append(b"}")
    return b"".join(parts)


def chart(render: dict[str, object] | None) -> dict[str, object]:
    """What the ``render`` operator asked for, with every property that the service names."""
    found = dict(_CHART)
    for name, value in (render or {}).items():
        known = _CHART_NAMES.get(name.lower())
        if known is not None and value is not None:
            found[known] = value
    return found


def _partial(result: QueryResult, written: WrittenTables, limits: Limits) -> dict[str, object] | None:
    """Why the answer is not whole, as the service says it; None if it is."""
    details = [_detail("E_PARTIAL", reason) for reason in result.reasons]
    if written.cut:
        most = f"{limits.rows} records" if written.cut == "rows" else f"{limits.answer_bytes} bytes"
        message = (
            f"The results of this query exceed the set limit of {most}, so not all records were returned "
            "(E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003, see https://aka.ms/kustoquerylimits for more information and "
            "possible solutions)."
        )
        details.insert(0, _detail(_TOO_LARGE, message))
    elif result.status == "partial" and not details:
        details.append(_detail("E_PARTIAL", "The engine says that the answer is not whole."))
    if not details:
        return None
    message = "There were some errors when processing your query."
    return {"code": "PartialError", "message": message, "details": details}


def _detail(code: str, message: str) -> dict[str, object]:
    inner = {"code": code, "message": message, "severity": 2, "severityName": "Error"}
    return {
        "code": "EngineError",
        "message": "Something went wrong processing your query on the server.",
        "innererror": inner,
    }


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
