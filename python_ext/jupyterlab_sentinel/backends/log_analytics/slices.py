"""One answer in slices of time: sized from what came back, several at a time, put together in order.

A slice that hits the service's limit of size, time or memory is halved and asked for again; one that stays far
below the limit of size lets the next ones grow. Finished slices are kept by the :class:`Job`, so that a run that
failed or was stopped goes on where it was.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import LimitError, QueryTimeoutError, SentinelError
from ...kql.constants import EPOCH_TICKS
from ...kql.ticks import datetime_text
from .bodies import TooLargeError
from .extents import extent_of
from .failures import NoMemoryError, overtaxed
from .jobs import TooManyError
from .joining import SchemaChangedError
from .parts import faults, is_cut, only_table
from .shelves import Kept
from .spans import Spans, gaps

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...models.tables import Table
    from ...ports import Progress
    from ..azure.retrieval import Way
    from .extents import Extent
    from .jobs import Job
    from .shelves import Span

_AT_ONCE = 5
_FILL = 0.7
# Below a second a slice that takes too long is not halved any more: what is slow there is not how many rows there are.
_FLOOR = 10_000_000
# Slices of one run that may take too long before one does not: five at a time, halved from a day to a few minutes.
_IN_VAIN = 50
# Slices are halved, and do not fill up: of so many times those that the rows alone would need.
_SLACK = 4
_SHOWN = 3
# Pieces of a range of which nothing is known.
_PIECES = 8


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

    :param bounds: start and end of the whole, in ticks; None where there is no bound.
    :param most: how many slices the rows may take; when they are halved, so many times four.
    """

    def __init__(
        self,
        job: Job,
        way: Way,
        bounds: tuple[int | None, int | None],
        progress: Progress | None = None,
        most: int = 500,
    ) -> None:
        self._job = job
        self._way = way
        self._bounds = bounds
        self._progress = progress
        self._most = most
        self._spans = Spans([], 1)
        self._running = 0
        self._asked = 0
        self._in_vain = 0
        self._expected: int | None = None
        self._missing: list[Span] = []
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
        extent = await self._extent()
        kept = self._job.shelf.kept
        for span in [span for span in kept if span[0] < extent.low or span[1] > extent.high]:
            self._job.shelf.forget(span)
        self._note_earlier()
        self._rows_before = self._job.rows
        self._spans = Spans(gaps(extent.low, extent.high, kept), self._first_width(extent.high - extent.low))
        await self._work()
        rest = await self._timeless() if extent.timeless else None
        self._check(self._job.rows + (rest.rows if rest else 0))
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

    def _check(self, rows: int) -> None:
        """Whether as many rows came as were counted, and all slices."""
        if self._missing:
            self._reasons.append(_missing(self._missing))
        if self._expected is not None and rows < self._expected:
            self._reasons.append(
                f"{self._expected:,} rows were counted, and the slices brought {rows:,}: "
                "the data changed meanwhile, or rows are missing"
            )

    # --- what there is ------------------------------------------------------------------------

    async def _extent(self) -> Extent:
        self._say(None, "The answer is more than one request may bring: it is fetched in slices")
        extent = await extent_of(self._job.plan, self._way, self._bounds)
        self._expected = extent.rows
        if extent.rows is None:
            self._remarks.append("the rows could not be counted beforehand")
        self._reasons.extend(extent.reasons)
        if (extent.rows or 0) / self._job.capacity > self._most:
            raise TooManyError(
                f"it has {extent.rows:,} rows, and one answer holds {self._job.capacity:,}: fetching it in slices "
                f"would take more than {self._most:,} requests"
            )
        return extent

    def _first_width(self, whole: int) -> int:
        if not self._expected:
            return whole // _PIECES
        return int(whole * min(1.0, self._fitting / self._expected))

    @property
    def _fitting(self) -> float:
        """How many rows one answer may well hold."""
        return self._job.capacity * _FILL

    async def _timeless(self) -> Table:
        answer = await self._way.ask(self._job.plan.timeless, insist=True)
        self._remarks.extend(answer.remarks)
        self._reasons.extend(faults(answer))
        if is_cut(answer, self._way.most_rows):
            self._reasons.append("there are more rows without a time than one answer may bring")
        return only_table(answer)

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
            await self._changed.wait_for(lambda: bool(self._spans) or not self._running)
            if not self._spans:
                return None
            self._running += 1
            return self._spans.take()

    async def _slice(self, span: Span) -> None:
        self._count()
        try:
            answer = await self._way.ask(self._job.plan.sliced(*span), insist=span[1] - span[0] <= _FLOOR)
        except TooLargeError:
            if not self._spans.split(span):
                raise
            return
        except (QueryTimeoutError, NoMemoryError) as error:
            self._too_heavy(span, error)
            return
        self._in_vain = 0
        cut: tuple[str, ...] = ()
        if is_cut(answer, self._way.most_rows):
            if self._spans.split(span):
                return
            cut = ("one instant has more rows than one answer may bring",)
        elif overtaxed(answer.error) and self._spans.split(span, _FLOOR):
            self._spans.keep_narrow()
            return
        table = only_table(answer)
        known = self._job.whole.tables[0].columns
        if known and table.columns != known:
            raise SchemaChangedError
        await self._job.shelf.put(span, table, Kept(table.rows, (*cut, *faults(answer)), answer.remarks))
        self._spans.grow(span, table.rows, self._fitting)
        self._report()

    def _count(self) -> None:
        self._asked += 1
        if self._asked > self._most * _SLACK:
            raise LimitError(
                f"The answer takes more than {self._most * _SLACK:,} requests.",
                hint="Ask for a shorter time or filter more.",
            )

    def _too_heavy(self, span: Span, error: SentinelError) -> None:
        """The service had no time or memory for a slice: halve it, or do without.

        :raises SentinelError: no time is left, or the service has none for anything.
        """
        self._in_vain += 1
        if self._way.over or self._in_vain > _IN_VAIN:
            raise error
        if self._spans.split(span, _FLOOR):
            self._spans.keep_narrow()
        else:
            self._missing.append(span)

    def _report(self) -> None:
        rows = self._job.rows
        slices = f"{len(self._job.shelf.kept):,} slices"
        if not self._expected:
            self._say(None, f"{rows:,} rows in {slices}")
            return
        fraction = min(1.0, rows / self._expected)
        fresh = rows - self._rows_before
        left = (time.monotonic() - self._began) * (self._expected - rows) / fresh if fresh > 0 else 0.0
        text = f"{rows:,} of {self._expected:,} rows in {slices}"
        self._say(fraction, f"{text}, about {left:.0f} s left" if left >= 1 else text)

    def _say(self, fraction: float | None, text: str) -> None:
        if self._progress is not None:
            self._progress(fraction, text)


def _missing(spans: Sequence[Span]) -> str:
    """What did not come, as a reason."""
    shown = ", ".join(datetime_text(span[0] + EPOCH_TICKS) for span in sorted(spans)[:_SHOWN])
    more = f" and {len(spans) - _SHOWN:,} more" if len(spans) > _SHOWN else ""
    return (
        f"the service did not finish in time, or had no memory, even for a second from {shown}{more}: "
        "rows are missing there"
    )


def _distinct(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
