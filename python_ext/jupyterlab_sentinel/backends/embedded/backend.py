"""The backend that answers KQL over local files."""

from __future__ import annotations

import asyncio
import fnmatch
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from ...errors import NotConnectedError, QueryTimeoutError
from ...models.tables import QueryResult
from ...models.workspace import WorkspaceInfo
from .places import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

    from ...models.parquet_files import TableWriter
    from ...models.tables import Table
    from ...models.workspace import FunctionInfo, TableInfo
    from ...ports import Progress, QueryRequest
    from .attempts import Attempt
    from .execution import Execution
    from .opening import OpenWorkspace
    from .program import Program

    Answer = tuple[tuple[Table, ...], Program]
    Fetch = Callable[[Execution, Program], tuple[Table, ...]]

DEMO = "demo"

T = TypeVar("T")

_WORKERS = 8
_INTERRUPT_EVERY_S = 0.02
# Who interrupts wants the prompt back; who closes wants nothing left running.
_PATIENCE_S = 0.8
_PATIENCE_IN_CLOSING_S = 5.0
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AZURE = ("/subscriptions/", "https://", "http://", "datalake:", "hunting:")


class EmbeddedBackend:
    """A workspace made of local files, or the demo."""

    def __init__(self, name: str, root: Path | None, cache: Path | None, memory: str | None) -> None:
        self._name = name
        self._root = root
        self._cache = cache
        self._memory = memory
        self._opened: OpenWorkspace | None = None
        self._broken = False
        self._running: dict[asyncio.Future[Answer], Execution] = {}
        self._location_files: tuple[str, ...] = ()
        self._report: Progress | None = None
        self._info = WorkspaceInfo(name=name, kind="embedded")
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="sentinel-embedded")

    @classmethod
    def claims(cls, name: str) -> bool:
        """Whether ``name`` is ``demo``, or a path that exists, or looks like one and is nothing of Azure's."""
        if name == DEMO:
            return True
        if _GUID.fullmatch(name) or name.lower().startswith(_AZURE):
            return False
        return any(mark in name for mark in "/\\~.") or Path(name).exists()

    @classmethod
    def create(cls, name: str, options: Mapping[str, object]) -> Self:
        """A workspace on ``demo`` or on the folder or file ``name``.

        :param options: ``path`` (folder or file, for a configured name), ``cache_dir``,
            ``memory_limit`` (such as ``4GB``), ``location_files`` (paths, after the workspace's own),
            ``progress`` (a callable that is told how far opening is); all optional.
        """
        path = options.get("path")
        cache = options.get("cache_dir")
        memory = options.get("memory_limit")
        root = None if path is None and name == DEMO else Path(str(path or name)).expanduser().absolute()
        label = name if name == DEMO or path is not None or root is None else root.name
        made = cls(
            label, root, Path(str(cache)) if cache is not None else None, str(memory) if memory is not None else None
        )
        listed = options.get("location_files")
        made._location_files = tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()
        made._report = cast("Progress | None", options.get("progress"))
        return made

    @property
    def info(self) -> WorkspaceInfo:
        """Who and what this is."""
        return self._info

    @property
    def running(self) -> int:
        """How many queries run at this moment."""
        return len(self._running)

    async def open(self) -> None:
        """Find, type and index the files; the demo is built at its first use.

        :raises UnknownWorkspaceError: nothing there.
        :raises DataError: nothing readable there.
        """
        if self._opened is None:
            self._opened = await self._attempted()
            self._info = self._opened.info
            self._opened.programs.places = Places(self._info.geoip_files, self._location_files)

    async def _attempted(self) -> OpenWorkspace:
        """Open in a worker, which stops when this is cancelled."""
        from .attempts import Attempt

        attempt = Attempt(self._report)
        work = asyncio.get_running_loop().run_in_executor(self._workers, self._open, attempt)
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            await _stop(attempt, work)
            work.add_done_callback(_close_again)
            raise
        return work.result()

    def _open(self, attempt: Attempt) -> OpenWorkspace:
        from .opening import open_workspace

        root = self._root
        if root is None:
            from ...demo import ensure

            root = Path(ensure())
        return open_workspace(root, self._name, self._cache, self._memory, attempt)

    async def run(self, request: QueryRequest) -> QueryResult:
        """Answer a query; see :class:`~jupyterlab_sentinel.ports.QueryBackend`."""
        return await self._run(request, _whole)

    async def save(self, request: QueryRequest, writer: TableWriter) -> QueryResult:
        """Answer a query into a file; see :class:`~jupyterlab_sentinel.ports.SavingBackend`."""

        def streamed(execution: Execution, program: Program) -> tuple[Table, ...]:
            from .streaming import stream

            return (stream(execution, program, writer, request.progress),)

        return await self._run(request, streamed)

    async def _run(self, request: QueryRequest, fetch: Fetch) -> QueryResult:
        from .execution import Execution

        opened = await self._usable()
        sent_at = datetime.now(UTC)
        began = time.perf_counter()
        execution = Execution(opened.connection, opened.functions, opened.macros, opened.trust)
        work = asyncio.get_running_loop().run_in_executor(
            self._workers, self._answer, execution, opened, request, fetch
        )
        self._running[work] = execution
        work.add_done_callback(self._ended)
        try:
            done, _ = await asyncio.wait({work}, timeout=request.timeout_s)
        except asyncio.CancelledError:
            await _stop(execution, work)
            raise
        if not done:
            await _stop(execution, work)
            raise QueryTimeoutError(
                f"The query did not finish within {request.timeout_s:g} seconds.",
                hint="Narrow the time range, filter earlier, or give a longer --timeout.",
            )
        tables, program = work.result()
        return QueryResult(
            tables=tables,
            query=request.kql,
            workspace=self._info.name,
            start=request.start,
            end=request.end,
            sent_at=sent_at,
            elapsed_s=time.perf_counter() - began,
            status="partial" if program.reasons else "complete",
            reasons=program.reasons,
            statistics={"warnings": list(program.warnings)} if program.warnings else {},
            render=program.render,
        )

    def _ended(self, work: asyncio.Future[Answer]) -> None:
        del self._running[work]

    def _answer(self, execution: Execution, opened: OpenWorkspace, request: QueryRequest, fetch: Fetch) -> Answer:
        from .failures import is_fatal, query_problem

        try:
            program = opened.programs.translate(request, execution.rows)
            tables = fetch(execution, program)
            program = replace(program, reasons=(*program.reasons, *execution.remarks()))
        except Exception as error:  # the boundary: whatever goes wrong below leaves here as one of ours
            self._broken = self._broken or is_fatal(error)
            raise query_problem(error, request.kql) from error
        finally:
            execution.close()
        return tables, program

    async def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        """Tables with columns, row counts and times, by name; all known since opening."""
        from .opening import table_info

        opened = self._ready()
        wanted = (pattern or "*").casefold()
        return tuple(
            table_info(table)
            for name, table in sorted(opened.tables.items())
            if fnmatch.fnmatchcase(name.casefold(), wanted)
        )

    async def functions(self) -> Sequence[FunctionInfo]:
        """The saved functions of the folder, by name; all known since opening."""
        return tuple(function.info for _, function in sorted(self._ready().programs.functions.items()))

    def check(self, kql: str) -> None:
        """Refuse what is not KQL, and, once the workspace is open, what it cannot run; no I/O.

        :raises KqlError: the query is at fault, or not run here.
        """
        from ...kql.check import check_syntax

        check_syntax(kql)
        if self._opened is not None:
            self._opened.programs.check(kql)

    async def close(self) -> None:
        """Stop what runs; release the database, files and threads."""
        opened, self._opened = self._opened, None
        running = tuple(self._running.items())
        await asyncio.gather(*(_stop(execution, work, _PATIENCE_IN_CLOSING_S) for work, execution in running))
        if opened is not None:
            await self._in_worker(opened.close)
        self._workers.shutdown(wait=False)

    def _ready(self) -> OpenWorkspace:
        if self._opened is None:
            raise NotConnectedError("The workspace is not open.", hint="Connect to it again.")
        return self._opened

    async def _usable(self) -> OpenWorkspace:
        """The open workspace; opened anew after a failure that DuckDB does not survive."""
        if self._broken and self._opened is not None:
            broken, self._opened = self._opened, None
            await self._in_worker(broken.close)
            self._broken = False
            await self.open()
        return self._ready()

    async def _in_worker(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work)


def _whole(execution: Execution, program: Program) -> tuple[Table, ...]:
    """All tables, with their rows."""
    from .answers import typed_table

    return tuple(
        typed_table(statement.name, statement.columns, execution.table(statement.sql))
        for statement in program.statements
    )


def _close_again(work: asyncio.Future[OpenWorkspace]) -> None:
    """What was opened after all, when nobody waits for it any more."""
    if work.exception() is None:
        work.result().close()


async def _stop(execution: Execution | Attempt, work: asyncio.Future[T], patience_s: float | None = None) -> None:
    """Interrupt until the worker gives up: an interrupt between two statements is lost.

    A worker that does not heed it (DuckDB plans a statement, or the query is still translated) is left to itself after
    a while: it ends where it would begin another statement.
    """
    patience = time.monotonic() + (_PATIENCE_S if patience_s is None else patience_s)
    while not work.done() and time.monotonic() < patience:
        execution.interrupt()
        await asyncio.wait({work}, timeout=_INTERRUPT_EVERY_S)
    if work.done():
        work.exception()
    else:
        work.add_done_callback(asyncio.Future.exception)
