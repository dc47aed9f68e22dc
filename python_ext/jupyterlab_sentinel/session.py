"""The session: which workspace, which time range, and who wants to know when they change."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from .errors import NotConnectedError, SentinelError
from .models.timerange import DEFAULT, TimeRange, parse_time_range
from .ports import FunctionsBackend
from .services.clocks import present
from .services.connected import forget, set_connected
from .services.query import Question, ask, prepare
from .services.schema import Schema

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import pandas as pd

    from .models.alerts import Alert
    from .models.saved_answers import SavedAnswer
    from .models.tables import QueryResult
    from .models.workspace import FunctionInfo, TableInfo, WorkspaceInfo
    from .ports import Progress, QueryBackend
    from .settings import Settings
    from .store import Store


class Workspace:
    """A connected workspace, async; :class:`jupyterlab_sentinel.Workspace` is its blocking twin.

    :param backend: opened.
    :param store: where queries are recorded, or None.
    :param address: what :func:`connect` takes to open the same workspace again, wherever it is called.
    :param timeout_s: total deadline of a query that names none, in seconds.
    """

    def __init__(
        self, backend: QueryBackend, store: Store | None = None, *, address: str = "", timeout_s: float = 180.0
    ) -> None:
        self.backend = backend
        self.store = store
        self.address = address or backend.info.name
        self.timeout_s = timeout_s
        self.schema = Schema()

    @property
    def info(self) -> WorkspaceInfo:
        """Name, kind, data range and notices."""
        return self.backend.info

    @property
    def default_range(self) -> TimeRange:
        """The range that this workspace wants a session to begin with; last 24 hours if it has no wish."""
        spec = self.info.time_range
        return parse_time_range(spec) if spec else DEFAULT

    async def query(
        self,
        kql: str,
        *,
        params: Mapping[str, object] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the public name; a deadline for the service too
        strict: bool = False,
        progress: Progress | None = None,
    ) -> QueryResult:
        """Run ``kql``.

        :param params: values for ``{{name}}`` placeholders, bound as typed literals.
        :param start: UTC (naive means UTC), inclusive bound on ``TimeGenerated``; None: no bound.
        :param end: exclusive; None: no bound.
        :param timeout: total deadline in seconds; default: the settings', which is 180.
        :raises SentinelError: see :mod:`jupyterlab_sentinel.errors`.
        """
        question = Question(
            text=kql,
            params=params or {},
            start=_utc(start),
            end=_utc(end),
            timeout_s=self.timeout_s if timeout is None else timeout,
            strict=strict,
            progress=progress,
        )
        return await ask(question, self.backend, self.store)

    async def save(  # noqa: PLR0913  # those of query, and two
        self,
        kql: str,
        path: str | os.PathLike[str],
        *,
        params: Mapping[str, object] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # as for query
        strict: bool = False,
        replace: bool = False,
        progress: Progress | None = None,
    ) -> SavedAnswer:
        """Run ``kql`` and put the answer into a Parquet file, which may be larger than memory.

        Parameters are those of :meth:`query`, and:

        :param path: where the file is to be.
        :param timeout: total deadline in seconds; default: the settings' ``save_timeout_s``, a day. Each request has
            the deadline of a query besides.
        :param replace: whether a file of that name may be replaced.
        :raises UsageError: the file exists already, or the query has several answers.
        :raises SentinelError: see :mod:`jupyterlab_sentinel.errors`.
        """
        from .services.saved_answers import save
        from .settings import load_settings

        limits = load_settings().query
        question = Question(
            text=kql,
            params=params or {},
            start=_utc(start),
            end=_utc(end),
            timeout_s=limits.save_timeout_s if timeout is None else timeout,
            strict=strict,
            progress=progress,
            request_timeout_s=self.timeout_s,
            most_requests=limits.save_requests,
        )
        return await save(question, _file(path), self.backend, self.store, overwrite=replace)

    def now(self) -> datetime:
        """The present, UTC: by the clock of the service that answers, where it has one and this machine's is off."""
        return present(self.backend)

    def prepared(self, kql: str, params: Mapping[str, object] | None = None) -> str:
        """``kql`` as it would be sent, values bound; nothing is sent."""
        return prepare(Question(text=kql, params=params or {}), self.backend)

    async def alerts(self, start: datetime | None = None, end: datetime | None = None) -> list[Alert]:
        """The alerts generated from ``start`` (inclusive) to ``end`` (exclusive), newest first.

        One an alert: its last update.
        """
        from .services.alerts import alerts

        return await alerts(self.backend, _utc(start), _utc(end))

    async def sweep(
        self,
        values: Iterable[str] | pd.DataFrame | pd.Series,
        *,
        tables: Sequence[str] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        progress: Progress | None = None,
    ) -> pd.DataFrame:
        """Which of ``values`` occur where: one row per indicator and table, and one for each with no match.

        Columns: value, type, table, count, first, last.
        """
        from .services.sweep import sweep

        return await sweep(
            self.backend,
            values,
            tables=tables,
            start=_utc(start),
            end=_utc(end),
            progress=progress,
            store=self.store,
        )

    async def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        """The workspace's tables; ``pattern`` is a wildcard such as ``Security*``."""
        return await self.backend.tables(pattern)

    async def functions(self, pattern: str | None = None) -> Sequence[FunctionInfo]:
        """The workspace's saved functions, by name; ``pattern`` is a wildcard such as ``Failed*``, in any case."""
        if not isinstance(self.backend, FunctionsBackend):
            return ()
        wanted = (pattern or "*").casefold()
        found = [one for one in await self.backend.functions() if fnmatchcase(one.name.casefold(), wanted)]
        return tuple(sorted(found, key=lambda one: one.name.casefold()))

    async def refresh_schema(self) -> Schema:
        """Read tables, columns and saved functions anew; they are kept in ``schema`` for completion and for hints.

        :raises SentinelError: the schema is as it was.
        """
        self.schema = Schema.of(await self.backend.tables(), await self.functions())
        return self.schema

    async def warm_up(self) -> None:
        """Read the schema if that works; completion does without it if not."""
        with suppress(SentinelError):
            await self.refresh_schema()

    async def table(self, name: str) -> TableInfo:
        """The table ``name``, in any case.

        :raises KqlSemanticError: there is none; the hint names the nearest.
        """
        if self.schema.find(name) is None:
            await self.refresh_schema()
        return self.schema.table(name)

    async def close(self) -> None:
        """Release what the workspace holds; what asks the workspace connected last asks it no more."""
        forget(self.backend)
        await self.backend.close()


async def connect(name: str, *, store: Store | None = None, **options: object) -> Workspace:
    """Open the workspace ``name``: ``demo``, a configured name, a workspace GUID or a path.

    :raises UnknownWorkspaceError: nothing by that name.
    :raises SentinelError: there, but it cannot be opened.
    """
    from .plugins import backend_for
    from .settings import load_settings

    settings = load_settings()
    backend = backend_for(name, settings, **options)
    await backend.open()
    address = _address(name.strip(), settings)
    return Workspace(backend, store, address=address, timeout_s=settings.query.timeout_s)


RangeOrigin = Literal["default", "workspace", "notebook", "sidebar"]
"""Who set the time range: nobody yet, the workspace that asked for it, a cell, or the sidebar."""


@dataclass
class Session:
    """One a kernel. Changes are announced to ``listeners`` with the origin that asked for them.

    ``revision`` grows by one with every change. ``lock`` serializes changes: cells, comm messages and
    subshells may come on different threads. ``others`` are workspaces opened for single cells, by name.
    """

    workspace: Workspace | None = None
    time_range: TimeRange = DEFAULT
    range_origin: RangeOrigin = "default"
    revision: int = 0
    last_query: str = ""
    last_answer: str = ""
    listeners: list[Callable[[str | None], None]] = field(default_factory=list)
    others: dict[str, Workspace] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def range_chosen(self) -> bool:
        """Whether a person has set a range."""
        return self.range_origin in ("notebook", "sidebar")

    @property
    def fresh(self) -> bool:
        """Whether nobody has connected or set a range yet."""
        return self.workspace is None and not self.range_chosen

    def connected(self) -> Workspace:
        """The workspace.

        :raises NotConnectedError: none yet.
        """
        if self.workspace is None:
            raise NotConnectedError(
                "No workspace is connected.",
                hint="Run `%sentinel connect demo`, or connect to a configured name, a workspace GUID, "
                "or a folder of exported logs.",
            )
        return self.workspace

    def now(self) -> datetime:
        """The present, UTC: as the connected workspace has it, or by this machine's clock."""
        from datetime import UTC, datetime

        return self.workspace.now() if self.workspace else datetime.now(UTC)

    def set_workspace(self, workspace: Workspace, *, origin: str | None = None) -> Workspace | None:
        """Use ``workspace`` from now on, with the range it wishes for, if nobody chose one.

        Returns the workspace used before, which the caller closes.
        """
        with self.lock:
            before, self.workspace = self.workspace, workspace
            set_connected(workspace.backend)
            if workspace.info.time_range is not None:
                self.time_range, self.range_origin = workspace.default_range, "workspace"
            elif not self.range_chosen:
                self.time_range, self.range_origin = workspace.default_range, "default"
            self.changed(origin)
            return before

    def set_time_range(self, spec: str, *, origin: str | None = None, by: RangeOrigin = "notebook") -> TimeRange:
        """Use the range ``spec`` from now on.

        :raises TimeRangeError: not a range; the session is as it was.
        """
        chosen = parse_time_range(spec)
        chosen.resolve(self.now())
        with self.lock:
            self.time_range, self.range_origin = chosen, by
            self.changed(origin)
        return chosen

    def changed(self, origin: str | None = None) -> None:
        """Tell every listener that something changed."""
        with self.lock:
            self.revision += 1
            for listener in tuple(self.listeners):
                listener(origin)


def _address(name: str, settings: Settings) -> str:
    """``name``, made absolute if it is a path, so that another process opens the same."""
    from pathlib import Path

    path = Path(name).expanduser()
    is_path = settings.workspace(name) is None and path.exists()
    return str(path.absolute()) if is_path and name != "demo" else name


def _file(path: str | os.PathLike[str]) -> Path:
    from pathlib import Path

    return Path(path).expanduser().absolute()


def _utc(moment: datetime | None) -> datetime | None:
    from .models.instants import in_utc

    return None if moment is None else in_utc(moment)
