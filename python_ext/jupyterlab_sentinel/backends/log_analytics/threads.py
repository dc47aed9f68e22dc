"""Blocking calls beside the event loop, which can be left behind."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def beside_loop(function: Callable[[], T], name: str) -> T:
    """``function()`` on a thread of its own.

    Cancelling returns at once: the thread goes on, unheard, and holds up neither the loop nor the end
    of the process (a sign-in may wait for a person for minutes).
    """
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if heard.done():
            return
        if error is not None:
            heard.set_exception(error)
        else:
            heard.set_result(result)  # type: ignore[arg-type]  # T itself may be None

    def work() -> None:
        result, failure = None, None
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001  # carried over to the caller, as it is
            failure = error if _may_be_carried(error) else RuntimeError(f"{type(error).__name__}: {error}")
        with suppress(RuntimeError):  # the loop has ended; nobody waits
            loop.call_soon_threadsafe(deliver, result, failure)

    threading.Thread(target=work, name=f"sentinel-{name}", daemon=True).start()
    return await heard


def _may_be_carried(error: BaseException) -> bool:
    """Not what a future refuses, nor what would end the event loop (a credential may call ``sys.exit``)."""
    return isinstance(error, Exception) and not isinstance(error, StopIteration)
