"""What each request is answered with. Everything here runs on the package's loop thread, not on the server's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ..errors import QueryTimeoutError, SentinelError
from ..models.timerange import parse_time_range
from ..models.wire import StatusAnswer, WorkspaceChoice
from ..services.passages import line
from ..services.states import time_range_state, workspace_state
from .names import DEMO, opened_name
from .pool import WorkspacePool
from .shelf import Shelf
from .sign_ins import SignIns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
    from pathlib import Path

    from ..models.timerange import TimeRange
    from ..models.wire import (
        AlertDetail,
        AlertQuery,
        AlertsAnswer,
        AlertsQuery,
        ConnectRequest,
        HistogramAnswer,
        HistogramQuery,
        SignInRequest,
        SignInState,
        TimeRangeRequest,
        TimeRangeState,
        WorkspaceState,
    )
    from ..services.listings import Listing
    from ..session import Workspace
    from ..settings import Settings

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """How the desk works; each is a trait of the extension.

    :param root: where relative paths start.
    :param keep_s: seconds that a list of alerts is kept.
    :param keep_alerts: how many alerts may be kept, in all lists together.
    :param idle_s: seconds without use until a workspace is closed.
    """

    root: Path
    allow_paths: bool = True
    keep_s: float = 60.0
    keep_alerts: int = 50_000
    idle_s: float = 1800.0
    most_workspaces: int = 8
    timeout_s: float = 60.0


class Desk:
    """Answers the sidebar's requests.

    :param settings: reads the user's settings, anew for every request that needs them.
    """

    def __init__(self, options: DeskOptions, settings: Callable[[], Settings]) -> None:
        self._options = options
        self._settings = settings
        self._pool = WorkspacePool(_open, idle_s=options.idle_s, limit=options.most_workspaces)
        self._sign_ins = SignIns(_open)
        self._listings: Shelf[Listing] = Shelf(
            keep_s=options.keep_s, capacity=options.keep_alerts, weigh=lambda listing: 1 + len(listing.alerts)
        )
        self._histograms: Shelf[HistogramAnswer] = Shelf(keep_s=options.keep_s, capacity=64, weigh=lambda _: 1)

    async def status(self) -> StatusAnswer:
        """The version and the workspaces to choose from; settings that cannot be read are told, not raised."""
        from .. import _version

        choices = [WorkspaceChoice(name=DEMO, kind="demo", description="A worked investigation on made-up data.")]
        problems: list[str] = []
        try:
            settings = await asyncio.to_thread(self._settings)
        except SentinelError as error:
            problems.append(str(error))
        else:
            choices += _choices(settings)
        return StatusAnswer(version=_version.__version__, choices=tuple(choices), problems=tuple(problems))

    async def connect(self, request: ConnectRequest) -> WorkspaceState:
        """Open a workspace, or find it open; its alerts are read anew either way.

        :raises UnknownWorkspaceError: nothing by that name, or it may not be opened from here.
        :raises SentinelError: there, but it cannot be opened.
        """
        key = await self._key(request.name)
        self._forget(key)
        try:
            workspace = await self._pool.connect(key, reopen=request.reopen)
        except SentinelError as error:
            raise _in_the_users_words(error, key, request.name.strip()) from error
        return workspace_state(workspace.info, workspace.address)

    async def begin_sign_in(self, request: SignInRequest) -> SignInState:
        """Ask the user to sign in for a workspace with a code, and tell the code.

        :raises UnknownWorkspaceError: nothing by that name, or it may not be opened from here.
        """
        return await self._sign_ins.begin(await self._key(request.workspace))

    async def sign_in(self, request: SignInRequest) -> SignInState:
        """How the sign-in stands; errors as for its beginning."""
        return self._sign_ins.state(await self._key(request.workspace))

    async def stop_sign_in(self, request: SignInRequest) -> SignInState:
        """Let the code go; errors as for its beginning."""
        return await self._sign_ins.stop(await self._key(request.workspace))

    async def time_range(self, request: TimeRangeRequest) -> TimeRangeState:
        """Read a range as typed.

        :raises TimeRangeError: not a range.
        """
        return time_range_state(parse_time_range(request.spec))

    async def alerts(self, query: AlertsQuery) -> AlertsAnswer:
        """A page of the alerts of a range, newest first.

        :raises NotConnectedError: the workspace is not open.
        :raises TimeRangeError: not a range.
        :raises SentinelError: the workspace could not answer.
        """
        async with self._using(query.workspace, query.spec) as (key, workspace, time_range):
            if query.fresh:
                self._forget(key)
            listing = await self._listing(key, workspace, time_range)
            return await asyncio.to_thread(listing.page, query)

    async def histogram(self, query: HistogramQuery) -> HistogramAnswer:
        """Alerts over the whole data where its bounds are known, else around the range; errors as for the alerts."""
        from ..services.histograms import read_histogram

        async with self._using(query.workspace, query.spec) as (key, workspace, time_range):
            if query.fresh:
                self._forget(key)
            make = partial(read_histogram, workspace.backend, workspace.info, time_range)
            return await self._histograms.get((key, time_range.spec), partial(self._in_time, make))

    async def alert(self, query: AlertQuery) -> AlertDetail:
        """One alert whole; errors as for the alerts, and :class:`UnknownAlertError`."""
        from ..services.details import read_detail

        async with self._using(query.workspace, query.spec) as (key, workspace, time_range):
            listing = await self._listing(key, workspace, time_range)
            alert = listing.find(query.id)
            try:
                tables = await self._in_time(workspace.tables)
            except SentinelError:
                tables = None  # fewer pivots, and the alert itself
            return await self._in_time(partial(read_detail, alert, query.id, tables, query.longest))

    async def close(self) -> None:
        """Close every workspace; wait for nobody who is signing in."""
        await self._sign_ins.close()
        self._listings.drop(lambda _: True)
        await self._pool.close()

    async def _listing(self, key: str, workspace: Workspace, time_range: TimeRange) -> Listing:
        from ..services.listings import read_listing

        make = partial(read_listing, workspace.backend, time_range)
        return await self._listings.get((key, time_range.spec), partial(self._in_time, make))

    @asynccontextmanager
    async def _using(self, name: str, spec: str) -> AsyncIterator[tuple[str, Workspace, TimeRange]]:
        key = await self._key(name)
        async with self._pool.using(key) as workspace:
            yield key, workspace, parse_time_range(spec) if spec.strip() else workspace.default_range

    async def _key(self, name: str) -> str:
        settings = await asyncio.to_thread(self._settings)
        options = self._options
        return await asyncio.to_thread(opened_name, name, settings, root=options.root, allow_paths=options.allow_paths)

    def _forget(self, key: str) -> None:
        def matches(kept: Hashable) -> bool:
            return isinstance(kept, tuple) and kept[0] == key

        self._listings.drop(matches)
        self._histograms.drop(matches)

    async def _in_time(self, make: Callable[[], Awaitable[Kept]]) -> Kept:
        try:
            async with asyncio.timeout(self._options.timeout_s):
                return await make()
        except TimeoutError:
            raise QueryTimeoutError(
                f"The workspace did not answer within {self._options.timeout_s:g} seconds.",
                hint="Choose a shorter time range.",
            ) from None


async def _open(name: str) -> Workspace:
    from ..session import connect

    return await connect(name)


def _choices(settings: Settings) -> list[WorkspaceChoice]:
    return [
        WorkspaceChoice(
            name=line(name),
            kind="folder" if workspace.path is not None else workspace.kind or "log_analytics",
            description=line(workspace.path or workspace.workspace_id or workspace.place),
        )
        for name, workspace in sorted(settings.workspaces.items())
    ]


def _in_the_users_words(error: SentinelError, opened: str, given: str) -> SentinelError:
    """A path stands in messages as the user wrote it."""
    if opened != given:
        error.message = error.message.replace(opened, given)
        error.hint = error.hint.replace(opened, given)
    return error
