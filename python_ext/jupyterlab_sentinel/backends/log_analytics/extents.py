"""How much there is to be fetched in slices: from when to when, and how many rows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import QueryTimeoutError, ServiceError
from .failures import NoMemoryError, overtaxed, reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from ...kql.slicing import SlicePlan
    from ..azure.retrieval import Way
    from .decoding import Answer

Bounds = tuple[int | None, int | None]

_TIMES = {"First": "datetime", "Last": "datetime", "Timeless": "long"}
_COUNT = {"Rows": "long"}


@dataclass(frozen=True, slots=True)
class Extent:
    """What there is.

    :param low: the first tick that has rows.
    :param high: the tick behind the last that has.
    :param timeless: some rows have no time.
    :param rows: of the whole answer; None: they could not be counted.
    :param reasons: why there may be more than that.
    """

    low: int
    high: int
    timeless: bool
    rows: int | None
    reasons: tuple[str, ...] = ()


async def extent_of(plan: SlicePlan, way: Way, bounds: Bounds) -> Extent:
    """Ask for it, in two queries at once.

    :param bounds: start and end of the range, in ticks; None where there is no bound.
    :raises SentinelError: one failed. Where the service has no time or memory for it, the range is all that is known.
    """
    times, count = await asyncio.gather(_lenient(way, plan.extent), _lenient(way, plan.count))
    # A count of a part would say that nothing is missing.
    rows = None if isinstance(count, Exception) or count.error else _number(_cells(count, _COUNT)["Rows"])
    start, end = bounds
    ranged = None if start is None or end is None else Extent(start, max(start, end), timeless=False, rows=rows)
    if isinstance(times, Exception):
        if ranged is None:
            raise times
        return ranged
    if ranged is not None and overtaxed(times.error):
        return ranged
    cells = _cells(times, _TIMES)
    first, last = _ticks(cells["First"]), _ticks(cells["Last"])
    timeless = (_number(cells["Timeless"]) or 0) > 0
    told = reasons(times.error) if times.error else ()
    if first is None or last is None:
        return Extent(0, 0, timeless, rows, told)
    low = first if start is None else max(start, first)
    return Extent(low, max(low, _behind(last, cells["Last"], end)), timeless, rows, told)


def _behind(last: int, column: pa.ChunkedArray, end: int | None) -> int:
    """The tick behind the last row's; a time far away is known to the microsecond only.

    Whether a row at the very end of the range counts is the service's decision: it told of that row, or did not.
    """
    behind = last + (10 if column.type.unit == "us" else 1)
    return behind if end is None or last == end else min(end, behind)


async def _lenient(way: Way, kql: str) -> Answer | QueryTimeoutError | NoMemoryError:
    """The answer, or that it was too much for the service."""
    try:
        return await way.ask(kql, insist=False)
    except (QueryTimeoutError, NoMemoryError) as error:
        if way.over:
            raise
        return error


def _cells(answer: Answer, wanted: Mapping[str, str]) -> dict[str, pa.ChunkedArray]:
    """The columns of an answer of one row.

    :raises ServiceError: it is another answer than was asked for.
    """
    table = answer.tables[0] if answer.tables else None
    if table is None or table.rows != 1 or {column.name: column.type for column in table.columns} != wanted:
        raise ServiceError(
            "The service was asked how much there is, and answered something else.",
            hint="Something between here and the service may answer instead: check the endpoint, then try again.",
        )
    return {name: table.data.column(name) for name in wanted}


def _number(column: pa.ChunkedArray) -> int | None:
    value = column.to_pylist()[0]
    return None if value is None else int(value)


def _ticks(column: pa.ChunkedArray) -> int | None:
    import pyarrow as pa

    value = column.cast(pa.int64()).to_pylist()[0]
    if value is None:
        return None
    return int(value) * 10 if column.type.unit == "us" else int(value) // 100
