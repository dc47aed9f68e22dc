"""The kernel's side of the comm to the sidebar: what changes here is told there, and what is asked there is done here.

Messages are those of :mod:`jupyterlab_sentinel.models.wire`. Both sides may open: the kernel when it loads, for a
sidebar that is there; the sidebar when it comes later. Handlers run on whichever thread the kernel uses.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import msgspec

from . import blocking
from .device_codes import PROCESS
from .errors import CancelledQueryError, SentinelError, UsageError
from .models.wire import COMM_TARGET, Connect, KernelError, KernelState, PanelMessage, SetTimeRange, WireError
from .services.states import error_state, sign_in_prompt, time_range_state, workspace_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comm.base_comm import BaseComm, CommManager

    from .models.wire import KernelMessage
    from .session import Session
    from .store import Store

_LOG = logging.getLogger(__name__)
_QUERY_LIMIT = 2000


class SessionComm:
    """Keeps every open sidebar in step with a session.

    :param open_comm: called with ``target_name`` and ``data``; opens a comm to the front end.
    :param store: where queries of workspaces opened from the sidebar are recorded; asked for when one is.
    """

    def __init__(
        self,
        session: Session,
        manager: CommManager,
        open_comm: Callable[..., BaseComm],
        *,
        store: Callable[[], Store | None] = lambda: None,
    ) -> None:
        self._session = session
        self._manager = manager
        self._open_comm = open_comm
        self._store = store
        self._comms: list[BaseComm] = []
        self._one_at_a_time = threading.RLock()

    def open(self) -> None:
        """Register, and tell a sidebar that may be there already."""
        self._manager.register_target(COMM_TARGET, self._opened)
        self._session.listeners.append(self._changed)
        PROCESS.listeners.append(self._sign_in_changed)
        self._adopt(self._open_comm(target_name=COMM_TARGET, data=_plain(self._state(None))))

    def close(self) -> None:
        """Unregister, and close what is open."""
        self._manager.unregister_target(COMM_TARGET, self._opened)
        if self._changed in self._session.listeners:
            self._session.listeners.remove(self._changed)
        if self._sign_in_changed in PROCESS.listeners:
            PROCESS.listeners.remove(self._sign_in_changed)
        for comm in self._comms:
            comm.close()
        self._comms.clear()

    def _opened(self, comm: BaseComm, _message: Mapping[str, object]) -> None:
        self._adopt(comm)
        comm.send(_plain(self._state(None)))

    def _adopt(self, comm: BaseComm) -> None:
        self._comms.append(comm)
        comm.on_msg(lambda message: self._received(comm, message))
        comm.on_close(lambda _message: self._left(comm))

    def _left(self, comm: BaseComm) -> None:
        if comm in self._comms:
            self._comms.remove(comm)

    def _changed(self, origin: str | None) -> None:
        state = _plain(self._state(origin))
        for comm in tuple(self._comms):
            comm.send(state)

    def _sign_in_changed(self) -> None:
        """A code came or went, on a thread of its own: the sidebar hears of it while the cell still runs."""
        self._changed(None)

    def _received(self, comm: BaseComm, message: Mapping[str, object]) -> None:
        with self._one_at_a_time:
            origin: str | None = None
            try:
                asked = _decoded(message)
                origin = asked.origin
                if not self._done(asked):
                    comm.send(_plain(self._state(origin)))
            except SentinelError as error:
                comm.send(_plain(KernelError(error=error_state(error), origin=origin)))
            except KeyboardInterrupt:
                stopped = error_state(CancelledQueryError("Stopped."))
                comm.send(_plain(KernelError(error=stopped, origin=origin)))
            except Exception:  # noqa: BLE001  # without an answer the sidebar would wait for ever
                _LOG.exception("a message of the sidebar failed")
                failed = WireError(code="error", message="Something failed in the kernel; its log tells what.")
                comm.send(_plain(KernelError(error=failed, origin=origin)))

    def _done(self, asked: PanelMessage) -> bool:
        """Do what is asked; False if that changes nothing, so that nobody else has announced it."""
        if isinstance(asked, Connect):
            if asked.if_fresh and not self._session.fresh:
                return False
            return self._connect(asked)
        if isinstance(asked, SetTimeRange):
            if asked.if_fresh and self._session.range_chosen:
                return False
            self._session.set_time_range(asked.spec, origin=asked.origin, by="sidebar")
            return True
        return False

    def _connect(self, asked: Connect) -> bool:
        from .session import connect

        store = self._store()
        workspace = blocking.run(lambda: connect(asked.name, store=store))
        if asked.if_fresh and not self._session.fresh:
            blocking.run(workspace.close)  # a cell has connected meanwhile, and may be using what it got
            return False
        before = self._session.set_workspace(workspace, origin=asked.origin)
        if before is not None:
            blocking.run(before.close)
        blocking.start(workspace.warm_up)
        return True

    def _state(self, origin: str | None) -> KernelState:
        session = self._session
        workspace = session.workspace
        return KernelState(
            revision=session.revision,
            workspace=None if workspace is None else workspace_state(workspace.info, workspace.address),
            time_range=time_range_state(session.time_range, None if workspace is None else workspace.now()),
            fresh=session.fresh,
            origin=origin,
            last_query=session.last_query[:_QUERY_LIMIT],
            sign_in=sign_in_prompt(PROCESS),
        )


def _decoded(message: Mapping[str, object]) -> PanelMessage:
    content = message.get("content")
    data = content.get("data") if isinstance(content, dict) else None
    try:
        asked: PanelMessage = msgspec.convert(data, PanelMessage)
    except msgspec.ValidationError as error:
        raise UsageError(f"The kernel does not understand the sidebar: {error}.", hint="Reload the page.") from None
    return asked


def _plain(message: KernelMessage) -> dict[str, object]:
    plain: dict[str, object] = msgspec.to_builtins(message)
    return plain
