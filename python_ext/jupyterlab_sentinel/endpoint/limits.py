"""What the endpoint allows, and who has to wait.

Defaults are the service's own ("Azure Monitor service limits", log queries and language).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .refusals import throttled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one answer may hold and one client may ask.

    :param rows: of an answer; more are cut off, and the answer says so.
    :param answer_bytes: likewise, of its rows as JSON, not compressed.
    :param request_bytes: of a request's body.
    :param wait_s: a query's deadline in seconds where it does not ask for one.
    :param longest_wait_s: the longest deadline it may ask for.
    :param requests: within ``window_s`` seconds.
    :param running: queries at the same time.
    :param queued: queries that wait for their turn, each for ``queue_s`` seconds at most.
    :param batch: queries in one batch.
    """

    rows: int = 500_000
    answer_bytes: int = 64_000_000
    request_bytes: int = 4 << 20
    wait_s: float = 180.0
    longest_wait_s: float = 600.0
    requests: int = 200
    window_s: float = 30.0
    running: int = 5
    queued: int = 200
    queue_s: float = 180.0
    batch: int = 100


class Window:
    """Counts events within the last ``seconds``; ``clock`` gives seconds."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._times: deque[float] = deque()

    def check(self) -> None:
        """Refuse while there were too many events.

        :raises Refusal: 429, with the seconds to wait.
        """
        now = self._clock()
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        if len(self._times) >= self._most:
            raise throttled(math.ceil(self._times[0] + self._seconds - now))

    def count(self) -> None:
        """Note an event."""
        self._times.append(self._clock())


class Queue:
    """Turns for queries: so many run, so many wait, for so long."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._turns = asyncio.Semaphore(limits.running)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it.

        :raises Refusal: 429, as the queue is full or the wait was too long.
        """
        if self._turns.locked() and self._waiting >= self._limits.queued:
            raise throttled(1)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.queue_s):
                await self._turns.acquire()
        except TimeoutError:
            raise throttled(1) from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()
