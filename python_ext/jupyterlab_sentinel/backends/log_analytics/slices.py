"""One answer in slices of time: sized from what came back, several at a time, put together in order.

A slice that hits the service's limit is halved and asked for again; one that stays far below it lets the
next ones grow. Finished slices are kept by the :class:`Job`, so that a run that failed or was stopped
goes on where it was.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import LimitError, SentinelError
from ...models.tables import Table
from .failures import hit_limit, reasons
from .joining import joined

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    import pyarrow as pa

    from ...kql.slicing import SlicePlan
    from ...ports import Progress
    from .decoding import Answer

ROW_LIMIT = 500_000
_AT_ONCE = 5
_FILL = 0.7
_LARGEST_BYTES = 4 << 30
_MOST_SLICES = 500

Span = tuple[int, int]
"""From a tick to before a tick; 100 ns since 1970, UTC."""


@dataclass
class Job:
    """An answer that is being fetched in slices.

    :param whole: the answer that was cut; its rows are not used.
    :param done: finished slices.
    :param began: by the monotonic clock.
    """

    plan: SlicePlan
    whole: Answer
    done: dict[Span, Table] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def rows(self) -> int:
        """Rows in the finished slices."""
        return sum(table.rows for table in self.done.values())

    @property
    def capacity(self) -> int:
        """How many rows one answer held before it was cut."""
        return max(1, self.whole.tables[0].rows)


@dataclass(frozen=True, slots=True)
class Sliced:
    """What the slices make together."""

    table: Table
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    slices: int


class SlicedRun:
    """Fetches a job.

    :param ask: runs one query to the end.
    :param bounds: start and end of the whole, in ticks; None where there is no bound.
    """

    def __init__(
        self,
        job: Job,
        ask: Callable[[str], Awaitable[Answer]],
        bounds: tuple[int | None, int | None],
        progress: Progress | None = None,
    ) -> None:
        self._job = job
        self._ask = ask
        self._bounds = bounds
        self._progress = progress
        self._todo: list[Span] = []
        self._running = 0
        self._width = 1
        self._expected: int | None = None
        self._reasons: list[str] = []
        self._remarks: list[str] = []
        self._changed = asyncio.Condition()
        self._began = time.monotonic()
        self._rows_before = job.rows

    async def fetch(self) -> Sliced:
        """The whole answer.

        :raises SentinelError: a slice failed; what is finished stays in the job.
        """
        low, high, timeless = await self._extent()
        if (self._expected or 0) / self._job.capacity > _MOST_SLICES:
            return self._given_up()
        inside = {span: table for span, table in self._job.done.items() if low <= span[0] and span[1] <= high}
        self._job.done.clear()
        self._job.done.update(inside)
        if inside:
            minutes = (time.monotonic() - self._job.began) / 60
            self._remarks.append(
                f"{self._job.rows:,} rows come from a run that began {minutes:.0f} minutes ago and did not finish"
            )
        self._todo = gaps(low, high, inside)
        share = self._job.capacity * _FILL / max(1, self._expected or 1)
        self._width = max(1, int((high - low) * min(1.0, share)))
        await self._work()
        tables = [table for _, table in sorted(self._job.done.items(), key=lambda item: item[0])]
        if timeless:
            tables.append(await self._timeless())
        table = joined(tables) if tables else _empty(self._job.whole.tables[0])
        if self._expected is not None and table.rows < self._expected:
            self._reasons.append(
                f"{self._expected:,} rows were counted, and the slices brought {table.rows:,}: "
                "the data changed meanwhile, or rows are missing"
            )
        return Sliced(table, _distinct(self._reasons), _distinct(self._remarks), len(tables))

    def _given_up(self) -> Sliced:
        """The answer as it was cut: fetching the whole would be more than anybody means to ask."""
        whole = self._job.whole
        why = (
            f"it has {self._expected:,} rows, and one answer holds {self._job.capacity:,}: fetching it in slices would "
            f"take more than {_MOST_SLICES} requests"
        )
        return Sliced(whole.tables[0], (*reasons(whole.error), why), whole.remarks, 0)

    # --- what there is ------------------------------------------------------------------------

    async def _extent(self) -> tuple[int, int, bool]:
        """The first tick that has rows, the one behind the last, and whether some rows have no time."""
        self._say(None, "The answer is larger than one request may bring: it is fetched in slices")
        extent, count = await asyncio.gather(self._ask(self._job.plan.extent), self._ask(self._job.plan.count))
        row = extent.tables[0].data
        first, last = _ticks(row.column("First")), _ticks(row.column("Last"))
        timeless = row.column("Timeless").to_pylist()[0] or 0
        self._expected = count.tables[0].data.column("Rows").to_pylist()[0]
        start, end = self._bounds
        if first is None or last is None:
            return 0, 0, timeless > 0
        low = first if start is None else max(start, first)
        # Behind the last row by a microsecond, since that is how finely a time far away is known.
        high = last + 10 if end is None else min(end, last + 10)
        return low, max(low, high), timeless > 0

    async def _timeless(self) -> Table:
        answer = await self._ask(self._job.plan.timeless)
        self._note(answer)
        if is_cut(answer):
            self._reasons.append("there are more rows without a time than one answer may bring")
        return answer.tables[0]

    # --- slices -------------------------------------------------------------------------------

    async def _work(self) -> None:
        workers = [asyncio.create_task(self._worker()) for _ in range(_AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        except SentinelError as error:
            if self._job.done:
                error.hint = (
                    f"{error.hint} {len(self._job.done)} slices with {self._job.rows:,} rows are kept: "
                    "run it again to go on from there."
                ).strip()
            raise
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _worker(self) -> None:
        while (span := await self._next()) is not None:
            try:
                answer = await self._ask(self._job.plan.sliced(*span))
                self._put(span, answer)
            finally:
                async with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

    async def _next(self) -> Span | None:
        """The next slice, once there is one; None when nothing is left or can come."""
        async with self._changed:
            await self._changed.wait_for(lambda: bool(self._todo) or not self._running)
            if not self._todo:
                return None
            first, end = self._todo.pop(0)
            if end - first > self._width:
                self._todo.insert(0, (first + self._width, end))
                end = first + self._width
            self._running += 1
            return first, end

    def _put(self, span: Span, answer: Answer) -> None:
        first, end = span
        if is_cut(answer):
            if end - first > 1:
                middle = first + (end - first) // 2
                self._todo[:0] = [(first, middle), (middle, end)]
                self._width = max(1, min(self._width, (end - first) // 2))
                return
            self._reasons.append("one instant has more rows than one answer may bring")
        self._note(answer)
        table = answer.tables[0]
        self._job.done[span] = table
        if sum(item.data.nbytes for item in self._job.done.values()) > _LARGEST_BYTES:
            raise LimitError(
                f"The answer is larger than {_LARGEST_BYTES >> 30} GiB; it was not fetched further.",
                hint="Ask for fewer columns, a shorter time, or a summary.",
            )
        if end - first >= self._width:
            fit = (end - first) * self._job.capacity * _FILL / max(1, table.rows)
            self._width = max(1, int(max(self._width / 2, min(self._width * 2, fit))))
        self._report()

    def _note(self, answer: Answer) -> None:
        self._remarks.extend(answer.remarks)
        if answer.error and not hit_limit(answer.error):
            self._reasons.extend(reasons(answer.error))

    def _report(self) -> None:
        rows = self._job.rows
        if not self._expected:
            return
        fraction = min(1.0, rows / self._expected)
        fresh = rows - self._rows_before
        left = (time.monotonic() - self._began) * (self._expected - rows) / fresh if fresh > 0 else 0.0
        text = f"{rows:,} of {self._expected:,} rows in {len(self._job.done)} slices"
        self._say(fraction, f"{text}, about {left:.0f} s left" if left >= 1 else text)

    def _say(self, fraction: float | None, text: str) -> None:
        if self._progress is not None:
            self._progress(fraction, text)


def gaps(low: int, high: int, covered: Iterable[Span]) -> list[Span]:
    """What of ``low`` to ``high`` lies in no span of ``covered``, which do not overlap; in order."""
    found: list[Span] = []
    place = low
    for first, end in sorted(covered):
        if first > place:
            found.append((place, first))
        place = max(place, end)
    if place < high:
        found.append((place, high))
    return found


def is_cut(answer: Answer) -> bool:
    """Whether rows were left out because the answer would have been too large."""
    return bool(answer.tables) and (hit_limit(answer.error) or answer.tables[0].rows >= ROW_LIMIT)


def _ticks(column: pa.ChunkedArray) -> int | None:
    import pyarrow as pa

    value = column.cast(pa.int64()).to_pylist()[0]
    if value is None:
        return None
    return int(value) * 10 if column.type.unit == "us" else int(value) // 100


def _empty(table: Table) -> Table:
    return Table(table.name, table.columns, table.data.slice(0, 0))


def _distinct(lines: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
