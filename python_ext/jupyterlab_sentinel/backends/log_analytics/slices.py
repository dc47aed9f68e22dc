"""One answer in slices of time: sized from what came back, several at a time, put together in order.

A slice that hits the service's limit is halved and asked for again; one that stays far below it lets the
next ones grow. Finished slices are kept by the :class:`Job`, so that a run that failed or was stopped
goes on where it was.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import SentinelError
from .bodies import TooLargeError
from .failures import hit_limit, reasons
from .shelves import Kept, MemoryShelf

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    import pyarrow as pa

    from ...kql.slicing import SlicePlan
    from ...models.tables import Table
    from ...ports import Progress
    from .decoding import Answer
    from .shelves import Shelf, Span

ROW_LIMIT = 500_000
_AT_ONCE = 5
_FILL = 0.7


class TooManyError(Exception):
    """More slices would be needed than may be asked for; the message says so, as part of a sentence."""


@dataclass
class Job:
    """An answer that is being fetched in slices.

    :param whole: the answer that was cut; its rows are not used.
    :param capacity: how many rows one answer held before it was cut.
    :param shelf: where finished slices are kept.
    :param began: seconds since 1970.
    """

    plan: SlicePlan
    whole: Answer
    capacity: int
    shelf: Shelf = field(default_factory=MemoryShelf)
    began: float = field(default_factory=time.time)

    @property
    def rows(self) -> int:
        """Rows in the finished slices."""
        return sum(kept.rows for kept in self.shelf.kept.values())


@dataclass(frozen=True, slots=True)
class Sliced:
    """What there is besides the slices, which are on the job's shelf.

    :param timeless: rows without a time, which belong behind the others.
    """

    timeless: Table | None
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]


class SlicedRun:
    """Fetches a job.

    :param ask: runs one query to the end.
    :param bounds: start and end of the whole, in ticks; None where there is no bound.
    :param most: how many slices may be asked for.
    """

    def __init__(
        self,
        job: Job,
        ask: Callable[[str], Awaitable[Answer]],
        bounds: tuple[int | None, int | None],
        progress: Progress | None = None,
        most: int = 500,
    ) -> None:
        self._job = job
        self._ask = ask
        self._bounds = bounds
        self._progress = progress
        self._most = most
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
        """Everything onto the job's shelf.

        :raises SentinelError: a slice failed; what is finished stays in the job.
        :raises TooManyError: nothing was asked for.
        """
        low, high, timeless = await self._extent()
        kept = self._job.shelf.kept
        for span in [span for span in kept if span[0] < low or span[1] > high]:
            self._job.shelf.forget(span)
        self._note_earlier()
        self._rows_before = self._job.rows
        self._todo = gaps(low, high, kept)
        share = self._job.capacity * _FILL / max(1, self._expected or 1)
        self._width = max(1, int((high - low) * min(1.0, share)))
        await self._work()
        rest = await self._timeless() if timeless else None
        rows = self._job.rows + (rest.rows if rest else 0)
        if self._expected is not None and rows < self._expected:
            self._reasons.append(
                f"{self._expected:,} rows were counted, and the slices brought {rows:,}: "
                "the data changed meanwhile, or rows are missing"
            )
        slices = [kept[span] for span in sorted(kept)]
        return Sliced(
            rest,
            _distinct([*(reason for one in slices for reason in one.reasons), *self._reasons]),
            _distinct([*self._remarks, *(remark for one in slices for remark in one.remarks)]),
        )

    def _note_earlier(self) -> None:
        if self._job.shelf.kept:
            minutes = (time.time() - self._job.began) / 60
            self._remarks.append(
                f"{self._job.rows:,} rows come from a run that began {minutes:.0f} minutes ago and did not finish"
            )

    # --- what there is ------------------------------------------------------------------------

    async def _extent(self) -> tuple[int, int, bool]:
        """The first tick that has rows, the one behind the last, and whether some rows have no time."""
        self._say(None, "The answer is larger than one request may bring: it is fetched in slices")
        extent, count = await asyncio.gather(self._ask(self._job.plan.extent), self._ask(self._job.plan.count))
        row = extent.tables[0].data
        first, last = _ticks(row.column("First")), _ticks(row.column("Last"))
        timeless = row.column("Timeless").to_pylist()[0] or 0
        self._expected = count.tables[0].data.column("Rows").to_pylist()[0]
        if (self._expected or 0) / self._job.capacity > self._most:
            raise TooManyError(
                f"it has {self._expected:,} rows, and one answer holds {self._job.capacity:,}: fetching it in slices "
                f"would take more than {self._most:,} requests"
            )
        start, end = self._bounds
        if first is None or last is None:
            return 0, 0, timeless > 0
        low = first if start is None else max(start, first)
        # Behind the last row by a microsecond, since that is how finely a time far away is known.
        high = last + 10 if end is None else min(end, last + 10)
        return low, max(low, high), timeless > 0

    async def _timeless(self) -> Table:
        answer = await self._ask(self._job.plan.timeless)
        self._remarks.extend(answer.remarks)
        self._reasons.extend(_faults(answer))
        if is_cut(answer):
            self._reasons.append("there are more rows without a time than one answer may bring")
        return answer.tables[0]

    # --- slices -------------------------------------------------------------------------------

    async def _work(self) -> None:
        workers = [asyncio.create_task(self._worker()) for _ in range(_AT_ONCE)]
        try:
            await asyncio.gather(*workers)
        except SentinelError as error:
            if self._job.shelf.kept:
                error.hint = (
                    f"{error.hint} {len(self._job.shelf.kept)} slices with {self._job.rows:,} rows are kept: "
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
                await self._slice(span)
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

    async def _slice(self, span: Span) -> None:
        try:
            answer = await self._ask(self._job.plan.sliced(*span))
        except TooLargeError:
            if not self._split(span):
                raise
            return
        cut: tuple[str, ...] = ()
        if is_cut(answer):
            if self._split(span):
                return
            cut = ("one instant has more rows than one answer may bring",)
        table = answer.tables[0]
        await self._job.shelf.put(span, table, Kept(table.rows, (*cut, *_faults(answer)), answer.remarks))
        if span[1] - span[0] >= self._width:
            # Nothing there says nothing of how many rows are next; the doubling below is the bound.
            fit = (span[1] - span[0]) * self._job.capacity * _FILL / table.rows if table.rows else math.inf
            self._width = max(1, int(max(self._width / 2, min(self._width * 2, fit))))
        self._report()

    def _split(self, span: Span) -> bool:
        """Ask for the halves of a slice instead, if it has any."""
        first, end = span
        if end - first <= 1:
            return False
        middle = first + (end - first) // 2
        self._todo[:0] = [(first, middle), (middle, end)]
        self._width = max(1, min(self._width, (end - first) // 2))
        return True

    def _report(self) -> None:
        rows = self._job.rows
        if not self._expected:
            return
        fraction = min(1.0, rows / self._expected)
        fresh = rows - self._rows_before
        left = (time.monotonic() - self._began) * (self._expected - rows) / fresh if fresh > 0 else 0.0
        text = f"{rows:,} of {self._expected:,} rows in {len(self._job.shelf.kept):,} slices"
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


def _faults(answer: Answer) -> tuple[str, ...]:
    """What went wrong besides a limit that was hit."""
    return reasons(answer.error) if answer.error and not hit_limit(answer.error) else ()


def _distinct(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
