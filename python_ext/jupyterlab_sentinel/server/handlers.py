"""The routes below ``/jupyterlab-sentinel/api``: decode, ask the desk, encode."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from ..models.wire import (
    API_ROOT,
    AlertQuery,
    AlertsQuery,
    ConnectRequest,
    HistogramQuery,
    SignInRequest,
    TimeRangeRequest,
)
from .base import SentinelHandler

if TYPE_CHECKING:
    from .desk import Desk


class StatusHandler(SentinelHandler):
    """``GET status``: the version, and the workspaces to choose from."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer a StatusAnswer."""
        await self.answer(self.desk.status)


class ConnectHandler(SentinelHandler):
    """``POST connect``: open a workspace in the server."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer a WorkspaceState."""
        await self.answer(partial(self.desk.connect, self.body(ConnectRequest)))


class SignInHandler(SentinelHandler):
    """``signin``: a sign-in of the server, by a code that the user enters elsewhere."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer a SignInState."""
        await self.answer(partial(self.desk.sign_in, self.parameters(SignInRequest)))

    @authenticated
    @authorized
    async def post(self) -> None:
        """Begin, and answer a SignInState."""
        await self.answer(partial(self.desk.begin_sign_in, self.body(SignInRequest)))

    @authenticated
    @authorized
    async def delete(self) -> None:
        """Stop, and answer a SignInState."""
        await self.answer(partial(self.desk.stop_sign_in, self.parameters(SignInRequest)))


class TimeRangeHandler(SentinelHandler):
    """``POST timerange``: read a range as typed."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer a TimeRangeState."""
        await self.answer(partial(self.desk.time_range, self.body(TimeRangeRequest)))


class AlertsHandler(SentinelHandler):
    """``GET alerts``: a page of the list."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer an AlertsAnswer."""
        await self.answer(partial(self.desk.alerts, self.parameters(AlertsQuery)))


class HistogramHandler(SentinelHandler):
    """``GET histogram``: alerts over time."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer a HistogramAnswer."""
        await self.answer(partial(self.desk.histogram, self.parameters(HistogramQuery)))


class AlertHandler(SentinelHandler):
    """``GET alert``: one alert whole."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer an AlertDetail."""
        await self.answer(partial(self.desk.alert, self.parameters(AlertQuery)))


class UnknownHandler(SentinelHandler):
    """Everything else below our root: 404 as JSON, for those who may ask at all."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Refuse."""
        raise HTTPError(404)

    @authenticated
    @authorized
    async def post(self) -> None:
        """Refuse."""
        raise HTTPError(404)

    @authenticated
    @authorized
    async def put(self) -> None:
        """Refuse."""
        raise HTTPError(404)

    @authenticated
    @authorized
    async def patch(self) -> None:
        """Refuse."""
        raise HTTPError(404)

    @authenticated
    @authorized
    async def delete(self) -> None:
        """Refuse."""
        raise HTTPError(404)


def routes(desk: Desk) -> list[tuple[str, type[SentinelHandler], dict[str, Desk]]]:
    """Patterns below the server's base URL, their handlers, and what these are made with."""
    named: dict[str, type[SentinelHandler]] = {
        "status": StatusHandler,
        "connect": ConnectHandler,
        "signin": SignInHandler,
        "timerange": TimeRangeHandler,
        "alerts": AlertsHandler,
        "histogram": HistogramHandler,
        "alert": AlertHandler,
    }
    table = [(f"/{API_ROOT}/{name}", handler) for name, handler in named.items()]
    table.append((rf"/{API_ROOT}(?:/.*)?", UnknownHandler))
    return [(pattern, handler, {"desk": desk}) for pattern, handler in table]
