"""One answer of a service: in one piece, or, where that is too much for the service, in slices of time."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ...errors import QueryTimeoutError
from ...kql.slicing import NotSliceable
from ...models.tables import Table
from ..log_analytics.bodies import TooLargeError
from ..log_analytics.decoding import Answer
from ..log_analytics.failures import NoMemoryError, overtaxed, reasons
from ..log_analytics.jobs import TooManyError
from ..log_analytics.joining import SchemaChangedError
from ..log_analytics.parts import is_cut
from ..log_analytics.slices import SlicedRun
from .ranges import bounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ...kql.slicing import SlicePlan
    from ...ports import QueryRequest
    from ..log_analytics.destinations import Destination
    from ..log_analytics.jobs import Job

# Rows of an answer that did not come at all.
_GUESSED_CAPACITY = 100_000
_NO_TIME = "no time is left to fetch it in slices"
_NO_BETTER = "the service has no time or memory for slices of it, either"


class Ask(Protocol):
    """Puts one question to the service."""

    def __call__(self, kql: str, *, insist: bool) -> Awaitable[Answer]:
        """The answer.

        :param insist: ask again as it is where the service says that it took too long; else it is asked for
            in smaller parts.
        """


@dataclass(frozen=True, slots=True)
class Way:
    """How the questions of one query are put to its service.

    :param plan_at: how to ask in slices, or why not, by what is known of the schema; given what now() is, in ticks.
    :param learn: gets to know the schema.
    :param now: the service's present, in ticks.
    :param most_rows: an answer that has as many may be cut, even if the service says nothing.
    :param ends: when all has to be there, by the monotonic clock.
    """

    ask: Ask
    plan_at: Callable[[int], SlicePlan | NotSliceable]
    learn: Callable[[], Awaitable[object]]
    now: Callable[[], int]
    ends: float
    most_rows: float = math.inf

    @property
    def over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self.ends


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What came.

    :param reasons: why it is not all.
    :param whole: the answer to the query as it is; where that was too much, what came of it.
    """

    tables: tuple[Table, ...]
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    whole: Answer


class Retrieval:
    """Gets the answer to ``request`` and puts it ``into`` its place."""

    def __init__(self, request: QueryRequest, into: Destination, way: Way) -> None:
        self._request = request
        self._into = into
        self._way = way

    async def answer(self) -> Retrieved:
        """All of it, or what could be had, and why not all.

        :raises SentinelError: and no other class.
        """
        kept = await self._into.resume(self._way.plan_at)
        if kept is not None:
            return await self._sliced(kept)
        sliceable = not isinstance(self._way.plan_at(self._way.now()), NotSliceable)
        try:
            answer = await self._way.ask(self._request.kql, insist=not sliceable)
        except (TooLargeError, QueryTimeoutError, NoMemoryError):
            plan = await self._plan(1)
            if isinstance(plan, NotSliceable) or self._way.over:
                raise
            return await self._in_slices(plan, Answer((_nothing(),)), _GUESSED_CAPACITY)
        cut = is_cut(answer, self._way.most_rows)
        if not cut and not (answer.tables and overtaxed(answer.error)):
            tables = await self._into.whole(answer.tables or (_nothing(),))
            return Retrieved(tables, _reasons(answer), answer.remarks, answer)
        plan = await self._plan(len(answer.tables))
        if isinstance(plan, NotSliceable) or self._way.over:
            return await self._partial(answer, plan.reason if isinstance(plan, NotSliceable) else _NO_TIME)
        if cut:
            return await self._in_slices(plan, answer, max(1, answer.tables[0].rows))
        return await self._rest(plan, answer)

    async def _rest(self, plan: SlicePlan, answer: Answer) -> Retrieved:
        """What the service had no time or memory for, in slices; if it has none for these, what came of the whole."""
        job = self._into.job(plan, answer, _GUESSED_CAPACITY, self._way.now())
        try:
            return await self._sliced(job)
        except (QueryTimeoutError, NoMemoryError):
            if job.shelf.kept:
                raise
            return await self._partial(answer, _NO_BETTER)

    async def _partial(self, answer: Answer, why: str) -> Retrieved:
        told = _reasons(answer) or (f"the answer has {answer.tables[0].rows:,} rows, the service's limit",)
        tables = await self._into.whole(answer.tables)
        return Retrieved(tables, (*told, why), answer.remarks, answer)

    async def _in_slices(self, plan: SlicePlan, answer: Answer, capacity: int) -> Retrieved:
        return await self._sliced(self._into.job(plan, answer, capacity, self._way.now()))

    async def _sliced(self, job: Job) -> Retrieved:
        run = SlicedRun(job, self._way, bounds(self._request), self._request.progress, self._request.most_requests)
        try:
            sliced = await run.fetch()
            tables = await self._into.gather(job, sliced.timeless)
        except TooManyError as error:
            tables = self._into.too_many(job, str(error))
            return Retrieved(tables, (*_reasons(job.whole), str(error)), job.whole.remarks, job.whole)
        except SchemaChangedError:
            self._into.discard(job)
            raise
        except BaseException:
            self._into.leave(job)
            raise
        return Retrieved(tables, sliced.reasons, sliced.remarks, job.whole)

    async def _plan(self, tables: int) -> SlicePlan | NotSliceable:
        """How to ask in slices, or why not, as a whole reason."""
        await self._way.learn()
        plan = self._way.plan_at(self._way.now())
        if isinstance(plan, NotSliceable) or tables == 1:
            return plan
        return NotSliceable("it cannot be fetched in slices: it has several tables")


def _reasons(answer: Answer) -> tuple[str, ...]:
    return reasons(answer.error) if answer.error else ()


def _nothing() -> Table:
    """What status 204 brings: a workspace that holds no data yet."""
    import pyarrow as pa

    return Table("PrimaryResult", (), pa.table({}))
