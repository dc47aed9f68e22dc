"""The workspaces that the server holds open, one a name, shared by all panels of its user."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ..errors import NotConnectedError
from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ..session import Workspace


class _Slot:
    """An open workspace, how many are using it, and the alarm that closes it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.users = 0
        self.retired = False
        self.alarm: asyncio.TimerHandle | None = None


class WorkspacePool:
    """Opens workspaces on request, and closes those that nobody has used for a while.

    Every method runs on one event loop.

    :param opener: opens the workspace of a name.
    :param idle_s: seconds without use until a workspace is closed.
    :param limit: how many may be open; the one unused for longest goes first.
    """

    def __init__(self, opener: Callable[[str], Awaitable[Workspace]], *, idle_s: float, limit: int) -> None:
        self._opener = opener
        self._idle_s = idle_s
        self._limit = limit
        self._slots: dict[str, _Slot] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._closing: set[asyncio.Task[None]] = set()

    async def connect(self, name: str, *, reopen: bool = False) -> Workspace:
        """The workspace of ``name``, opened if it is not, or anew with ``reopen``.

        :raises SentinelError: as its backend says; what was open stays open.
        """
        lock = self._locks.setdefault(name, asyncio.Lock())
        async with lock:
            slot = self._slots.get(name)
            if slot is None or reopen:
                if slot is not None:
                    await self._retire(name)
                slot = _Slot(await self._opener(name))
                self._slots[name] = slot
                await self._evict()
            self._touch(name, slot)
            return slot.workspace

    @asynccontextmanager
    async def using(self, name: str) -> AsyncIterator[Workspace]:
        """The open workspace of ``name``, which stays open inside the block.

        :raises NotConnectedError: it is not open.
        """
        slot = self._slots.get(name)
        if slot is None:
            raise NotConnectedError(
                f"The workspace “{visible(name, limit=200)}” is not connected.",
                hint="Connect to it; the server closes workspaces that nobody used for a while.",
            )
        slot.users += 1
        try:
            yield slot.workspace
        finally:
            slot.users -= 1
            if slot.retired and not slot.users:
                await slot.workspace.close()
            else:
                self._touch(name, slot)

    @property
    def names(self) -> tuple[str, ...]:
        """What is open, the longest unused first."""
        return tuple(self._slots)

    async def close(self) -> None:
        """Close everything."""
        for name in self.names:
            await self._retire(name)
        await asyncio.gather(*self._closing)

    def _touch(self, name: str, slot: _Slot) -> None:
        """Note a use: the slot goes to the end of the line, and its alarm starts anew."""
        if slot.alarm is not None:
            slot.alarm.cancel()
        if self._slots.get(name) is not slot:
            return
        self._slots[name] = self._slots.pop(name)
        slot.alarm = asyncio.get_running_loop().call_later(self._idle_s, self._ring, name, slot)

    def _ring(self, name: str, slot: _Slot) -> None:
        if self._slots.get(name) is not slot or slot.users:
            return
        task = asyncio.get_running_loop().create_task(self._retire(name))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _evict(self) -> None:
        spare = [name for name, slot in self._slots.items() if not slot.users][:-1]
        for name in spare[: max(0, len(self._slots) - self._limit)]:
            await self._retire(name)

    async def _retire(self, name: str) -> None:
        """Take a workspace out; it closes now, or when its last user is done."""
        slot = self._slots.pop(name, None)
        if slot is None:
            return
        slot.retired = True
        if slot.alarm is not None:
            slot.alarm.cancel()
        if not slot.users:
            await slot.workspace.close()
