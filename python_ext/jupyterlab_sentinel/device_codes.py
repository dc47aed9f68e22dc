"""Sign-ins that wait for a person: codes to be entered on a page, who sees them, and who may be asked at all.

A sign-in runs on a thread of its own as an :class:`Attempt`. What it shows stands on the :class:`Board` of
the work that it belongs to: the process's own in a kernel or a terminal, one that a face has put up
(:func:`asking`), or none, where nobody is to be asked.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from .errors import CancelledQueryError
from .models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

PAGES = (
    "https://microsoft.com/devicelogin",
    "https://login.microsoft.com/device",
    "https://microsoft.com/deviceloginus",
    "https://microsoft.com/deviceloginchina",
)
"""Where Microsoft's clouds have codes entered; only these are ever made a link."""

_LONGEST_CODE = 40
_LONGEST_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A code that waits to be entered; its texts are as the identity service wrote them, and not yet inert.

    :param address: the page to enter it on.
    :param expires: UTC.
    """

    address: str
    code: str
    expires: datetime

    @property
    def page(self) -> str | None:
        """The page, if it is one of Microsoft's own."""
        return next((page for page in PAGES if page == self.address.removesuffix("/")), None)

    @property
    def shown_code(self) -> str:
        """The code as it may be shown."""
        return visible(self.code, limit=_LONGEST_CODE)

    @property
    def shown_address(self) -> str:
        """The address as it may be shown."""
        return visible(self.address, limit=_LONGEST_ADDRESS)

    def seconds_left(self, now: datetime | None = None) -> float:
        """Seconds until it expires, by ``now`` (UTC; default: the clock); 0 if it has."""
        return max(0.0, (self.expires - (now or datetime.now(UTC))).total_seconds())


class Board:
    """The codes that wait, in the order of their appearance, and who is told when one comes or goes.

    Thread-safe. ``listeners`` are called on the thread of the change, after it.
    """

    def __init__(self) -> None:
        self.listeners: list[Callable[[], object]] = []
        self._waiting: dict[Attempt, DeviceCode] = {}
        self._lock = threading.Lock()

    @property
    def waiting(self) -> tuple[DeviceCode, ...]:
        """The codes that can still be entered."""
        with self._lock:
            return tuple(code for code in self._waiting.values() if code.seconds_left() > 0)

    def put(self, attempt: Attempt, code: DeviceCode) -> None:
        """Show ``code``; where nobody listens, on the standard output."""
        with self._lock:
            self._waiting[attempt] = code
        if self.listeners:
            self._tell()
        else:
            print_code(code)

    def remove(self, attempt: Attempt) -> None:
        """The attempt has ended, one way or the other."""
        with self._lock:
            known = self._waiting.pop(attempt, None)
        if known is not None:
            self._tell()

    def _tell(self) -> None:
        for listener in tuple(self.listeners):
            listener()


def print_code(code: DeviceCode) -> None:
    """Tell the person where to sign in, in a line of text."""
    sys.stdout.write(
        f"To sign in to Azure, open {code.shown_address} and enter the code {code.shown_code} "
        f"(until {code.expires:%H:%M} UTC). Enter it only if you started this yourself.\n"
    )
    sys.stdout.flush()


PROCESS = Board()
"""The board of this process's own user: of a kernel's notebook, or of a terminal."""

_board: ContextVar[Board | None] = ContextVar("board", default=PROCESS)
_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def asking(board: Board | None) -> Iterator[None]:
    """Inside, sign-ins ask on ``board``; None: nobody is asked."""
    before = _board.set(board)
    try:
        yield
    finally:
        _board.reset(before)


def board_here() -> Board | None:
    """Where the work that runs here may ask; None: nowhere."""
    return _board.get()


class Attempt:
    """One try to get a token: where it may ask, and whether anybody still wants it.

    :param on_show: called with a code when it is shown, on the thread of the attempt.
    """

    def __init__(self, on_show: Callable[[DeviceCode], object] = lambda _code: None) -> None:
        self.board = board_here()
        self._on_show = on_show
        self._left = threading.Event()

    def run(self, function: Callable[[], T]) -> T:
        """``function()``, with this as :func:`attempt_here`; what it has shown goes when it ends."""
        before = _attempt.set(self)
        try:
            return function()
        finally:
            _attempt.reset(before)
            self._take_away()

    def cancel(self) -> None:
        """Nobody waits any more: take the code away, and let the next request fail."""
        self._left.set()
        self._take_away()

    def show(self, code: DeviceCode) -> None:
        """Have a person enter ``code``.

        :raises CancelledQueryError: nobody waits, or nobody may be asked.
        """
        self.go_on()
        if self.board is None:
            raise CancelledQueryError("Nobody can be asked to sign in here.")
        self._on_show(code)
        self.board.put(self, code)
        if self._left.is_set():
            self._take_away()

    def go_on(self) -> None:
        """Stop here if nobody waits.

        :raises CancelledQueryError: nobody does.
        """
        if self._left.is_set():
            raise CancelledQueryError("The sign-in was stopped.")

    def _take_away(self) -> None:
        if self.board is not None:
            self.board.remove(self)


def attempt_here() -> Attempt | None:
    """The attempt that this thread works for, if it does."""
    return _attempt.get()
