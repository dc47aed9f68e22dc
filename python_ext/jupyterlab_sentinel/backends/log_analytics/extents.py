"""How much there is to be fetched in slices: from when to when, and how many rows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import QueryTimeoutError
from .failures import NoMemoryError

if TYPE_CHECKING:
    import pyarrow as pa

    from ...kql.slicing import SlicePlan
    from ..azure.retrieval import Way
    from .decoding import Answer

Bounds = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Extent:
    """What there is.

    :param low: the first tick that has rows.
    :param high: the tick behind the last that has.
    :param timeless: some rows have no time.
    :param rows: of the whole answer; None: they could not be counted.
    """

    low: int
    high: int
    timeless: bool
    rows: int | None


async def extent_of(plan: SlicePlan, way: Way, bounds: Bounds) -> Extent:
    """Ask for it, in two queries at once.

    :param bounds: start and end of the range, in ticks; None where there is no bound.
    :raises SentinelError: one failed. Where the service has no time or memory for it, the range is all that is known.
    """
    times, count = await asyncio.gather(_lenient(way, plan.extent), _lenient(way, plan.count))
    rows = None if isinstance(count, Exception) else count.tables[0].data.column("Rows").to_pylist()[0]
    start, end = bounds
    if isinstance(times, Exception):
        if start is None or end is None:
            raise times
        return Extent(start, max(start, end), timeless=False, rows=rows)
    row = times.tables[0].data
    first, last = _ticks(row.column("First")), _ticks(row.column("Last"))
    timeless = (row.column("Timeless").to_pylist()[0] or 0) > 0
    if first is None or last is None:
        return Extent(0, 0, timeless, rows)
    low = first if start is None else max(start, first)
    # Behind the last row by a microsecond, since that is how finely a time far away is known.
    high = last + 10 if end is None else min(end, last + 10)
    return Extent(low, max(low, high), timeless, rows)


async def _lenient(way: Way, kql: str) -> Answer | QueryTimeoutError | NoMemoryError:
    """The answer, or that it was too much for the service."""
    try:
        return await way.ask(kql, insist=False)
    except (QueryTimeoutError, NoMemoryError) as error:
        if way.over:
            raise
        return error


def _ticks(column: pa.ChunkedArray) -> int | None:
    import pyarrow as pa

    value = column.cast(pa.int64()).to_pylist()[0]
    if value is None:
        return None
    return int(value) * 10 if column.type.unit == "us" else int(value) // 100
