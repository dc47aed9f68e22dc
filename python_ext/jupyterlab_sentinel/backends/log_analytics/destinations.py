"""Where the rows of an answer go: into memory, or into a file with what is unfinished beside it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

import msgspec

from ...errors import CancelledQueryError, LimitError, SettingsError, UsageError
from ...kql.constants import EPOCH_TICKS
from ...kql.slicing import NotSliceable
from ...kql.ticks import datetime_text
from ...models.saved_answers import several_answers
from ...models.tables import Table
from ...models.whole_files import beside, file_errors
from ...settings.files import private_folder
from .decoding import Answer
from .jobs import Job
from .joining import joined
from .shelves import FolderShelf, MemoryShelf, is_leftover

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ...kql.slicing import SlicePlan
    from ...models.parquet_files import TableWriter
    from ...ports import Progress

    PlanAt = Callable[[int], SlicePlan | NotSliceable]

_GOOD_FOR_S = 900.0
_PRESENT_FOR_S = 3600.0
_JOBS = 2
_MANIFEST = "answer.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which answer this is.

    :param target: the workspace or resource.
    :param service: the address of who answers.
    """

    query: str
    target: str
    others: tuple[str, ...]
    service: str


class Destination(Protocol):
    """Takes one answer.

    :ivar remarks: what the user should know.
    """

    remarks: list[str]

    async def resume(self, plan_at: PlanAt) -> Job | None:
        """What an earlier run of the same query left unfinished; it is this run's now.

        :param plan_at: the plan with now() at a tick.
        """

    def job(self, plan: SlicePlan, answer: Answer, capacity: int, now: int) -> Job:
        """A new job, whose slices go here."""

    async def whole(self, tables: tuple[Table, ...]) -> tuple[Table, ...]:
        """Take an answer that came in one piece; what is left of it in memory."""

    async def gather(self, job: Job, timeless: Table | None) -> tuple[Table, ...]:
        """Put the slices together; what is left of them in memory."""

    def leave(self, job: Job) -> None:
        """The run failed or was stopped: the job is for the next."""

    def discard(self, job: Job) -> None:
        """What is there of the job is of no use to anybody."""

    def too_many(self, job: Job, why: str) -> tuple[Table, ...]:
        """What there is to give where too many slices would be needed.

        :raises LimitError: nothing.
        """


class InMemory:
    """The answer is returned; unfinished ones are among ``jobs``, by query, for a quarter of an hour."""

    def __init__(self, jobs: dict[str, Job], asked: Asked) -> None:
        self._jobs = jobs
        self._query = asked.query
        self.remarks: list[str] = []

    async def resume(self, _plan_at: PlanAt) -> Job | None:
        """A job of the same query, if that is not long ago."""
        job = self._jobs.pop(self._query, None)
        # A query that names the present asks for the present of this run, not of the one before.
        if job is None or job.plan.pinned or time.time() - job.began > _GOOD_FOR_S:
            return None
        return job

    def job(self, plan: SlicePlan, answer: Answer, capacity: int, _now: int) -> Job:
        """A job in memory."""
        return Job(plan, answer, capacity, MemoryShelf())

    async def whole(self, tables: tuple[Table, ...]) -> tuple[Table, ...]:
        """The tables."""
        return tables

    async def gather(self, job: Job, timeless: Table | None) -> tuple[Table, ...]:
        """All rows in one table."""
        tables = [*cast("MemoryShelf", job.shelf).tables(), *([timeless] if timeless else ())]
        return (joined(tables) if tables else without_rows(job.whole.tables[0]),)

    def leave(self, job: Job) -> None:
        """Keep it, if something of it is there, and forget the oldest."""
        self._jobs.pop(self._query, None)
        if job.shelf.kept:
            self._jobs[self._query] = job
        while len(self._jobs) > _JOBS:
            del self._jobs[next(iter(self._jobs))]

    def discard(self, _job: Job) -> None:
        """It is nowhere but in the run."""

    def too_many(self, job: Job, _why: str) -> tuple[Table, ...]:
        """The answer as it was cut."""
        return job.whole.tables


@dataclass
class OnDisk:
    """The answer goes to a writer; finished slices lie in its folder for what is unfinished, also after the process."""

    writer: TableWriter
    asked: Asked
    progress: Progress | None = None
    remarks: list[str] = field(default_factory=list)

    async def resume(self, plan_at: PlanAt) -> Job | None:
        """A job of the same query.

        One that names the present is taken up within an hour of its last slice, and its now() stays what it was.

        :raises UsageError: the folder belongs to another query, or to somebody else.
        """
        return await asyncio.to_thread(self._resume, plan_at)

    def job(self, plan: SlicePlan, answer: Answer, capacity: int, now: int) -> Job:
        """A job in the folder, which is made: with its manifest, or not at all."""
        folder = self.writer.unfinished
        made = beside(folder, "new")
        job = Job(plan, answer, capacity, FolderShelf(folder))
        told = {"asked": self._identity(), "now": now, "capacity": capacity, "began": job.began}
        with file_errors(folder):
            made.mkdir(mode=0o700)
            try:
                (made / _MANIFEST).write_text(json.dumps(told), encoding="utf-8")
                made.rename(folder)
            except BaseException:
                shutil.rmtree(made, ignore_errors=True)
                raise
        self.writer.use_unfinished()
        return job

    async def whole(self, tables: tuple[Table, ...]) -> tuple[Table, ...]:
        """Write the one table.

        :raises UsageError: there are several.
        """
        if len(tables) > 1:
            raise several_answers(len(tables))
        for table in tables:
            await asyncio.to_thread(self.writer.add, table)
        return tuple(map(without_rows, tables))

    async def gather(self, job: Job, timeless: Table | None) -> tuple[Table, ...]:
        """Write the slices in order of time, then what has no time."""
        stop = threading.Event()
        try:
            return await asyncio.to_thread(self._gather, job, timeless, stop.is_set)
        finally:
            stop.set()

    def leave(self, job: Job) -> None:
        """The slices stay; a folder without any goes."""
        if not job.shelf.kept:
            shutil.rmtree(self.writer.unfinished, ignore_errors=True)

    def discard(self, _job: Job) -> None:
        """The folder goes."""
        shutil.rmtree(self.writer.unfinished, ignore_errors=True)

    def too_many(self, job: Job, why: str) -> tuple[Table, ...]:
        """Nothing: a file with the beginning only would be taken for the whole.

        :raises LimitError: always.
        """
        self.leave(job)
        raise LimitError(
            f"The answer is not fetched: {why}.",
            hint="Ask for a shorter time or filter more, or set [query] save_requests higher.",
        )

    def _identity(self) -> dict[str, object]:
        return {**asdict(self.asked), "others": list(self.asked.others)}

    def _resume(self, plan_at: PlanAt) -> Job | None:
        folder = self.writer.unfinished
        if not os.path.lexists(folder):
            return None
        self._refuse_others(folder)
        found = _read_manifest(folder)
        if found is None and is_leftover(folder):
            shutil.rmtree(folder, ignore_errors=True)
            return None
        ours = found is not None and found.asked == self._identity()
        if found is None or not (ours or self.writer.overwrite):
            raise UsageError(
                f"{folder.name} is in the way: it holds "
                f"{'something else.' if found is None else 'the beginning of the answer to another query.'}",
                hint=f"Give another name, or delete {folder}.",
            )
        plan = plan_at(found.now)
        shelf = FolderShelf(folder)
        if not ours or isinstance(plan, NotSliceable) or not shelf.kept or self._is_stale(plan, folder):
            shutil.rmtree(folder, ignore_errors=True)
            return None
        self.writer.use_unfinished()
        if plan.pinned:
            self.remarks.append(f"now() and ago() mean {datetime_text(found.now + EPOCH_TICKS)}, when that run began")
        return Job(plan, Answer((shelf.empty(),)), found.capacity, shelf, found.began)

    @staticmethod
    def _refuse_others(folder: Path) -> None:
        """Rows are taken only from where nobody else can have put them."""
        try:
            private_folder(folder)
        except SettingsError as error:
            raise UsageError(f"{folder.name} is in the way: {error.message}", hint=f"Delete {folder}.") from None

    def _is_stale(self, plan: SlicePlan, folder: Path) -> bool:
        """Whether the present that the query names is over."""
        newest = max(path.stat().st_mtime for path in folder.iterdir())
        if not plan.pinned or time.time() - newest < _PRESENT_FOR_S:
            return False
        self.remarks.append("an unfinished run of this query was not taken up: it meant another present")
        return True

    def _gather(self, job: Job, timeless: Table | None, stopped: Callable[[], bool]) -> tuple[Table, ...]:
        """Twice over the slices: once for the types that hold them all, so that no row is written twice."""
        shelf = cast("FolderShelf", job.shelf)
        spans = sorted(shelf.kept)
        steps = [(take, span) for take in (self.writer.expect, self.writer.add) for span in spans]
        if timeless is not None:
            self.writer.expect(timeless)
        for place, (take, span) in enumerate(steps):
            for table in shelf.parts(span):
                if stopped():
                    raise CancelledQueryError("Stopped.")
                take(table)
            self._report((place + 1) / len(steps))
        if timeless is not None:
            self.writer.add(timeless)
        one = shelf.empty() if spans else timeless or job.whole.tables[0]
        self.writer.expect(without_rows(one))
        return (without_rows(one),)

    def _report(self, fraction: float) -> None:
        if self.progress is not None:
            self.progress(fraction, f"Writing {self.writer.path.name}")


def without_rows(table: Table) -> Table:
    """The columns of a table."""
    return Table(table.name, table.columns, table.data.slice(0, 0))


@dataclass(frozen=True, slots=True)
class _Manifest:
    asked: dict[str, object]
    now: int
    capacity: int
    began: float


def _read_manifest(folder: Path) -> _Manifest | None:
    """What a folder holds the beginning of; None if it is not ours."""
    try:
        return msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=_Manifest)
    except (OSError, msgspec.MsgspecError):
        return None
