"""The async core, called from threads that are not async: one event-loop thread a process.

``run`` is the only bridge; :class:`Workspace` and the functions below it are the public blocking
twins of :mod:`jupyterlab_sentinel.aio`.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from concurrent.futures import CancelledError, Future, wait
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import CancelledQueryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from . import session
    from .models.alerts import Alert
    from .models.saved_answers import SavedAnswer
    from .models.tables import QueryResult
    from .models.workspace import FunctionInfo, TableInfo, WorkspaceInfo

T = TypeVar("T")

_WATCH_S = 0.1
_ENDING_S = 2.0
_lock = threading.RLock()
_loop: asyncio.AbstractEventLoop | None = None
_running: set[Future[Any]] = set()


def loop() -> asyncio.AbstractEventLoop:
    """The event loop of the loop thread; started at first use, stopped when the process ends."""
    global _loop  # noqa: PLW0603  # one loop thread a process is the point
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            thread = threading.Thread(target=_loop.run_forever, name="jupyterlab-sentinel", daemon=True)
            thread.start()
            atexit.register(_end, _loop, thread)
        return _loop


def run(
    function: Callable[..., Awaitable[T]],
    *args: object,
    watch: Callable[[], None] | None = None,
) -> T:
    """Run ``await function(*args)`` on the loop thread and wait for its result.

    :param watch: called in the calling thread about ten times a second while waiting, for
        instance to show progress.
    :raises KeyboardInterrupt: the caller was interrupted; the work has been told to stop.
    :raises CancelledQueryError: :func:`cancel_running` stopped the work.
    """
    future: Future[T] = start(function, *args)
    try:
        # Waiting without a limit could not be interrupted on Windows.
        while not wait((future,), timeout=_WATCH_S).done:
            if watch:
                watch()
        return future.result()
    except CancelledError:
        raise CancelledQueryError("Stopped.") from None
    except BaseException:
        future.cancel()
        raise


def start(function: Callable[..., Awaitable[T]], *args: object) -> Future[T]:
    """Have ``await function(*args)`` run on the loop thread, and do not wait for it."""

    async def work() -> T:
        task = asyncio.current_task()
        if task is not None:
            task.add_done_callback(_heard)
        return await function(*args)

    with _lock:
        # a plain task is cancelled once: what cleans up may await
        future = asyncio.run_coroutine_threadsafe(work(), loop())
        _running.add(future)
    future.add_done_callback(_forget)
    return future


def cancel_running() -> int:
    """Tell everything that runs on the loop thread to stop; how many that was."""
    with _lock:
        running = [future for future in _running if not future.done()]
    return sum(future.cancel() for future in running)


def _forget(future: Future[Any]) -> None:
    with _lock:
        _running.discard(future)


def _heard(task: asyncio.Task[Any]) -> None:
    """Nobody waits for the error of work that was cancelled: without this asyncio would print it."""
    if not task.cancelled():
        task.exception()


def _end(ending: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    cancel_running()
    ending.call_soon_threadsafe(ending.stop)
    thread.join(_ENDING_S)


def _after_fork() -> None:
    """A forked child has no loop thread: the first use there starts its own."""
    global _loop, _lock
    _loop, _lock = None, threading.RLock()
    _running.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Workspace:
    """A connected workspace.

    :param inner: the async workspace; every method here waits for the one of the same name there.
    """

    def __init__(self, inner: session.Workspace) -> None:
        self.inner = inner

    def __repr__(self) -> str:
        return f"<Workspace {self.info.name!r} ({self.info.kind})>"

    @property
    def info(self) -> WorkspaceInfo:
        """Name, kind, data range and notices."""
        return self.inner.info

    def query(
        self,
        kql: str,
        *,
        params: Mapping[str, object] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        timeout: float | None = None,
    ) -> QueryResult:
        """Run ``kql``; see :meth:`jupyterlab_sentinel.aio.Workspace.query`."""
        return run(partial(self.inner.query, kql, params=params, start=start, end=end, timeout=timeout))

    def save(
        self,
        kql: str,
        path: str | os.PathLike[str],
        *,
        params: Mapping[str, object] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        timeout: float | None = None,
        replace: bool = False,
    ) -> SavedAnswer:
        """Run ``kql`` into a Parquet file; see :meth:`jupyterlab_sentinel.aio.Workspace.save`."""
        return run(
            partial(self.inner.save, kql, path, params=params, start=start, end=end, timeout=timeout, replace=replace)
        )

    def alerts(self, start: datetime | None = None, end: datetime | None = None) -> list[Alert]:
        """The alerts generated from ``start`` (inclusive) to ``end`` (exclusive), newest first."""
        return run(self.inner.alerts, start, end)

    def sweep(
        self,
        values: Iterable[str] | pd.DataFrame | pd.Series,
        *,
        tables: Sequence[str] | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> pd.DataFrame:
        """Which of ``values`` occur where; see :meth:`jupyterlab_sentinel.aio.Workspace.sweep`."""
        return run(partial(self.inner.sweep, values, tables=tables, start=start, end=end))

    def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        """The workspace's tables; ``pattern`` is a wildcard such as ``Security*``."""
        return run(self.inner.tables, pattern)

    def functions(self, pattern: str | None = None) -> Sequence[FunctionInfo]:
        """The workspace's saved functions; ``pattern`` is a wildcard such as ``Failed*``."""
        return run(self.inner.functions, pattern)

    def close(self) -> None:
        """Release what the workspace holds."""
        run(self.inner.close)


def connect(name: str, *, credential: object = None, endpoint: str | None = None) -> Workspace:
    """Open the workspace ``name``: ``demo``, a configured name, a workspace GUID or a path.

    :param credential: an ``azure.core`` token credential, for workspaces in Azure.
    :param endpoint: the query service's address, for workspaces in Azure.
    :raises UnknownWorkspaceError: nothing by that name.
    :raises SentinelError: there, but it cannot be opened.
    """
    from .services.connected import set_connected
    from .session import connect as connect_async

    inner = run(lambda: connect_async(name, credential=credential, endpoint=endpoint))
    set_connected(inner.backend)
    return Workspace(inner)


def enrich(
    values: Iterable[str] | pd.DataFrame | pd.Series,
    *,
    column: str | None = None,
    providers: Sequence[str] | None = None,
) -> pd.DataFrame:
    """What the providers know of ``values``; see :func:`jupyterlab_sentinel.aio.enrich`."""
    from .services.enrichment import enrich as enrich_async

    return run(partial(enrich_async, values, column=column, providers=providers))


def locate(values: Iterable[str] | pd.Series) -> pd.DataFrame:
    """Where addresses are and whose they are; see :func:`jupyterlab_sentinel.aio.locate`."""
    from .services.enrichment import locate as locate_async

    return run(locate_async, values)


def providers() -> pd.DataFrame:
    """The providers: what they know, contact and need; see :func:`jupyterlab_sentinel.aio.providers`."""
    from .services.enrichment import providers as providers_async

    return run(providers_async)
