"""Alerts over time: the bars that the sidebar's time control is made of."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..models.alerts import SEVERITIES, severity_of
from ..models.wire import Bucket, HistogramAnswer
from ..ports import QueryRequest
from .clocks import present
from .passages import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..models.tables import QueryResult
    from ..models.timerange import TimeRange
    from ..models.workspace import WorkspaceInfo
    from ..ports import QueryBackend

MOST_BUCKETS = 96
_TABLE = "SecurityAlert"
_DAY = timedelta(days=1)
_STEPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 7, 28, 91, 364, 3640)),
)
_FIRST_DAY = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday, so that weeks begin on one


async def read_histogram(backend: QueryBackend, info: WorkspaceInfo, time_range: TimeRange) -> HistogramAnswer:
    """Count the alerts of the whole data, or of the range and as much again before and after it.

    Each alert counts once, when it was last updated, as in the list.

    :raises SentinelError: as the backend says.
    """
    columns = await _columns(backend)
    if "TimeGenerated" not in columns:
        return HistogramAnswer(buckets=())
    bounds = _bounds(info, time_range, present(backend)) or await _found_bounds(backend)
    if bounds is None:
        return HistogramAnswer(buckets=())
    start, end, step = _grid(*bounds)
    asked = min(step, _DAY)
    result = await backend.run(QueryRequest(kql=_kql(columns, asked), start=start, end=end))
    return HistogramAnswer(
        buckets=tuple(_buckets(_rows(result), start, end, step)),
        start=start,
        end=end,
        status=result.status,
        reasons=tuple(line(reason, 500) for reason in result.reasons),
    )


async def _columns(backend: QueryBackend) -> frozenset[str]:
    tables = await backend.tables(_TABLE)
    return frozenset(column.name for table in tables for column in table.columns)


def _bounds(info: WorkspaceInfo, time_range: TimeRange, now: datetime) -> tuple[datetime, datetime] | None:
    if info.data_start is not None and info.data_end is not None:
        return info.data_start.astimezone(UTC), info.data_end.astimezone(UTC)
    start, end = time_range.resolve(now)
    if start is None or end is None:
        return None
    length = end - start
    latest = max(end, now)
    try:
        return start - length, min(end + length, latest)
    except OverflowError:
        return start, end


async def _found_bounds(backend: QueryBackend) -> tuple[datetime, datetime] | None:
    kql = f"{_TABLE} | summarize First = min(TimeGenerated), Last = max(TimeGenerated)"
    result = await backend.run(QueryRequest(kql=kql))
    for row in _python_rows(result):
        first, last = row
        if isinstance(first, datetime) and isinstance(last, datetime):
            return first, last
    return None


def _grid(first: datetime, last: datetime) -> tuple[datetime, datetime, timedelta]:
    """Start, end and step of at most ``MOST_BUCKETS`` bars that hold ``first`` and ``last``."""
    step = next((step for step in _STEPS if (last - first) / step < MOST_BUCKETS - 1), _STEPS[-1])
    start = first - (first - _FIRST_DAY) % step
    count = (last - start) // step + 1
    return start, start + count * step, step


def _kql(columns: frozenset[str], step: timedelta) -> str:
    severity = "AlertSeverity" if "AlertSeverity" in columns else '""'
    size = f"{int(step.total_seconds())}s"
    lines = [_TABLE, f"| extend Severity = tostring({severity})"]
    if "SystemAlertId" in columns:
        # as in the list: updates share both ids, and records without an id are no updates of each other
        vendor = "VendorOriginalId" if "VendorOriginalId" in columns else '""'
        lines += [
            f"| extend Alert = tolower(SystemAlertId), Vendor = tostring({vendor})",
            "| extend Apart = iff(isempty(Alert), TimeGenerated, datetime(null))",
            "| summarize arg_max(TimeGenerated, Severity) by Alert, Vendor, Apart",
        ]
    lines.append(f"| summarize Alerts = count() by Start = bin(TimeGenerated, {size}), Severity")
    return "\n".join(lines)


def _rows(result: QueryResult) -> Iterator[tuple[datetime, str, int]]:
    names = [column.name for column in result.columns]
    order = [names.index(name) for name in ("Start", "Severity", "Alerts")]
    for row in _python_rows(result):
        start, severity, count = (row[index] for index in order)
        if isinstance(start, datetime) and isinstance(count, int):
            yield start, severity_of(str(severity or "")), count


def _python_rows(result: QueryResult) -> Iterator[tuple[object, ...]]:
    """The rows of the first table; times in whole microseconds, UTC."""
    import pyarrow as pa

    table = result.tables[0].data
    columns = [
        column.cast(pa.timestamp("us", tz="UTC"), safe=False) if pa.types.is_timestamp(column.type) else column
        for column in table.columns
    ]
    return zip(*(column.to_pylist() for column in columns), strict=True)


def _buckets(
    rows: Iterable[tuple[datetime, str, int]], start: datetime, end: datetime, step: timedelta
) -> Iterator[Bucket]:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for moment, severity, count in rows:
        counts[(moment - start) // step][severity] += count
    for index in range((end - start) // step):
        yield Bucket(
            start=start + index * step,
            end=start + (index + 1) * step,
            counts={severity: counts[index][severity] for severity in SEVERITIES if counts[index][severity]},
        )
