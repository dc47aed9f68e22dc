"""The async core, called from threads that are not async: one event-loop thread a process."""

from __future__ import annotations

import atexit
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio.from_thread import BlockingPortal

P = ParamSpec("P")
T = TypeVar("T")

_WATCH_S = 0.1
_lock = threading.Lock()
_portal: BlockingPortal | None = None


def portal() -> BlockingPortal:
    """The portal to the loop thread; started at first use, stopped when the process ends."""
    global _portal  # noqa: PLW0603  # one loop thread a process is the point
    with _lock:
        if _portal is None:
            from anyio.from_thread import start_blocking_portal

            context = start_blocking_portal("asyncio", name="jupyterlab-sentinel")
            _portal = context.__enter__()
            atexit.register(context.__exit__, None, None, None)
        return _portal


def run(
    function: Callable[..., Awaitable[T]],
    *args: object,
    watch: Callable[[], None] | None = None,
) -> T:
    """Run ``await function(*args)`` on the loop thread and wait for its result.

    :param watch: called in the calling thread about ten times a second while waiting, for
        instance to show progress.
    :raises KeyboardInterrupt: the caller was interrupted; the work has been told to stop.
    """
    future: Future[T] = portal().start_task_soon(function, *args)
    try:
        while True:
            try:
                return future.result(timeout=_WATCH_S if watch else None)
            except TimeoutError:
                if future.done():
                    raise
            if watch:
                watch()
    except BaseException:
        future.cancel()
        raise
