"""Answers kept for a short while, so that paging and filtering do not ask the workspace again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

Kept = TypeVar("Kept")


@dataclass(slots=True)
class _Entry(Generic[Kept]):
    value: Kept
    weight: int
    until: float


@dataclass(slots=True)
class _Flight(Generic[Kept]):
    task: asyncio.Task[Kept]
    waiting: int = 0


class Shelf(Generic[Kept]):
    """Values by key, made when asked for, once for all who ask at the same time.

    Failures are not kept. When the last one who waits is cancelled, so is the making. Every method
    runs on one event loop.

    :param keep_s: seconds until a value is made anew.
    :param capacity: the sum of weights that may be kept; the oldest go first.
    :param weigh: the weight of a value.
    """

    def __init__(self, *, keep_s: float, capacity: int, weigh: Callable[[Kept], int]) -> None:
        self._keep_s = keep_s
        self._capacity = capacity
        self._weigh = weigh
        self._entries: dict[Hashable, _Entry[Kept]] = {}
        self._flights: dict[Hashable, _Flight[Kept]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Kept]]) -> Kept:
        """The value of ``key``: kept, or being made, or made now by ``make()``."""
        entry = self._entries.get(key)
        if entry is not None and entry.until > asyncio.get_running_loop().time():
            return entry.value
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.ensure_future(self._made(key, make)))
            self._flights[key] = flight
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                self._forget(key, flight.task)

    def drop(self, matches: Callable[[Hashable], bool]) -> None:
        """Forget all values whose key ``matches``; those being made are handed out, but not kept."""
        for key in [key for key in self._entries if matches(key)]:
            del self._entries[key]
        for key in [key for key in self._flights if matches(key)]:
            del self._flights[key]

    async def _made(self, key: Hashable, make: Callable[[], Awaitable[Kept]]) -> Kept:
        task = asyncio.current_task()
        try:
            value = await make()
            flight = self._flights.get(key)
            if flight is not None and flight.task is task:
                self._keep(key, value)
            return value
        finally:
            self._forget(key, task)

    def _forget(self, key: Hashable, task: asyncio.Task[Kept] | None) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]

    def _keep(self, key: Hashable, value: Kept) -> None:
        self._entries.pop(key, None)
        weight = self._weigh(value)
        if weight > self._capacity:
            return
        self._entries[key] = _Entry(value, weight, asyncio.get_running_loop().time() + self._keep_s)
        while sum(entry.weight for entry in self._entries.values()) > self._capacity:
            del self._entries[next(iter(self._entries))]
