"""Sign-ins of the server by a code that the sidebar shows: begun by its user, one a workspace."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from ..device_codes import Board, asking
from ..errors import CancelledQueryError, SentinelError
from ..models.wire import SignInState
from ..services.states import error_state, sign_in_prompt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..session import Workspace

_MOST = 8


class SignIns:
    """Every method runs on one event loop.

    :param opener: opens the workspace of a name; who signs in for that is known to this process from then on.
    :param patience_s: seconds that :meth:`begin` waits for the identity service to give a code.
    """

    def __init__(self, opener: Callable[[str], Awaitable[Workspace]], *, patience_s: float = 20.0) -> None:
        self._opener = opener
        self._patience_s = patience_s
        self._running: dict[str, _SignIn] = {}

    async def begin(self, name: str) -> SignInState:
        """Ask for a code, unless one waits already; how it stands once there is one."""
        found = self._running.get(name)
        if found is None or found.task.done():
            await self._make_room(name)
            found = self._running[name] = _SignIn(self._opener, name)
        await found.shown(self._patience_s)
        return found.state()

    def state(self, name: str) -> SignInState:
        """How the sign-in for this workspace stands; what has ended is told once."""
        found = self._running.get(name)
        if found is None:
            return SignInState(status="none")
        if found.task.done():
            del self._running[name]
        return found.state()

    async def stop(self, name: str) -> SignInState:
        """Wait no more."""
        found = self._running.pop(name, None)
        if found is not None:
            await found.stop()
        return SignInState(status="none")

    async def close(self) -> None:
        """Stop all."""
        for name in tuple(self._running):
            await self.stop(name)

    async def _make_room(self, name: str) -> None:
        self._running.pop(name, None)
        while len(self._running) >= _MOST:
            await self.stop(next(iter(self._running)))


class _SignIn:
    """One that runs or has ended."""

    def __init__(self, opener: Callable[[str], Awaitable[Workspace]], name: str) -> None:
        loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._board = Board()
        self._board.listeners.append(lambda: loop.call_soon_threadsafe(self._news.set))
        self.task = loop.create_task(self._sign_in(opener, name))
        self.task.add_done_callback(lambda _task: self._news.set())

    async def _sign_in(self, opener: Callable[[str], Awaitable[Workspace]], name: str) -> None:
        with asking(self._board):
            workspace = await opener(name)
        await workspace.close()

    async def shown(self, patience_s: float) -> None:
        """Until there is something to tell."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), patience_s)

    def state(self) -> SignInState:
        """How it stands."""
        if not self.task.done():
            return SignInState(status="waiting", prompt=sign_in_prompt(self._board))
        error = CancelledQueryError("The sign-in was stopped.") if self.task.cancelled() else self.task.exception()
        if error is None:
            return SignInState(status="done")
        if isinstance(error, SentinelError):
            return SignInState(status="failed", error=error_state(error))
        raise error

    async def stop(self) -> None:
        """Wait no more."""
        self.task.cancel()
        with suppress(asyncio.CancelledError, SentinelError):
            await self.task
