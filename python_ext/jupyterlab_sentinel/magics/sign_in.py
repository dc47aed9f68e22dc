"""Codes to sign in with, in the cell that runs, for as long as they can be entered."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from .blocks import SignIn
from .display import bundle

if TYPE_CHECKING:
    from ..device_codes import Board, DeviceCode

_MINUTE_S = 60.0


class CodeDisplay:
    """Shows every code that waits on a board, and takes it away once it is entered, let go or expired.

    Each has a thread that counts its minutes down: the cell's own thread waits for the sign-in.
    """

    def __init__(self, board: Board) -> None:
        self._board = board
        self._shown: dict[DeviceCode, threading.Event] = {}
        self._lock = threading.Lock()

    def open(self) -> None:
        """Begin to watch the board."""
        self._board.listeners.append(self._changed)

    def close(self) -> None:
        """Watch no more, and leave nothing behind."""
        if self._changed in self._board.listeners:
            self._board.listeners.remove(self._changed)
        with self._lock:
            self._end(tuple(self._shown))

    def _changed(self) -> None:
        waiting = self._board.waiting
        with self._lock:
            self._end(tuple(code for code in self._shown if code not in waiting))
            for code in waiting:
                if code not in self._shown:
                    ended = self._shown[code] = threading.Event()
                    name = f"sentinel-code-{time.monotonic_ns():x}"
                    _publish(bundle([_block(code)]), name, first=True)
                    threading.Thread(target=_count_down, args=(code, ended, name), name=name, daemon=True).start()

    def _end(self, codes: tuple[DeviceCode, ...]) -> None:
        for code in codes:
            self._shown.pop(code).set()


def _count_down(code: DeviceCode, ended: threading.Event, display_id: str) -> None:
    """Say anew how long a code is good for, each minute, until it is not."""
    while (left := code.seconds_left()) > 0:
        # as the number of whole minutes changes, and no more often: a new drawing takes a selection away
        if ended.wait(min(left, left % _MINUTE_S + 0.05)):
            break
        if code.seconds_left() > 0:
            _publish(bundle([_block(code)]), display_id)
    _publish({"text/html": "", "text/plain": ""}, display_id)


def _block(code: DeviceCode) -> SignIn:
    seconds = code.seconds_left()
    minutes = math.ceil(seconds / _MINUTE_S)
    left = "less than a minute" if seconds < _MINUTE_S else f"{minutes} minute{'s' if minutes > 1 else ''}"
    return SignIn(code.shown_address, code.page, code.shown_code, f"{code.expires:%H:%M} UTC, {left} from now")


def _publish(data: dict[str, str], display_id: str, *, first: bool = False) -> None:
    from IPython.display import publish_display_data

    publish_display_data(data, {}, transient={"display_id": display_id}, update=not first)
