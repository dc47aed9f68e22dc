"""What a computation has to say besides its value - why one could not be told - and whether it is still wanted.

Whoever calls a computation collects its remarks; they become reasons of an answer that is not whole.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_current = threading.local()


class StoppedError(Exception):
    """The query that calls the function was interrupted."""


def checkpoint() -> None:
    """To be called now and then by what takes long for one value.

    :raises StoppedError: the value is not wanted any more.
    """
    stopped: Callable[[], bool] | None = getattr(_current, "stopped", None)
    if stopped is not None and stopped():
        raise StoppedError


def remark(sentence: str) -> None:
    """Say why the value of this call is missing: one sentence, the same for the same reason."""
    collected: dict[str, None] | None = getattr(_current, "remarks", None)
    if collected is not None:
        collected[sentence] = None


@contextmanager
def collecting(remarks: dict[str, None] | None, stopped: Callable[[], bool]) -> Iterator[None]:
    """Put what this thread's computations remark into ``remarks``, each sentence once.

    :param remarks: None: nobody collects.
    :param stopped: whether the value is not wanted any more.
    """
    _current.remarks, _current.stopped = remarks, stopped
    try:
        yield
    finally:
        _current.remarks = _current.stopped = None
