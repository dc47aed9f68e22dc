"""Python's garbage collector, told to wait while an answer is read or made into a frame.

Reading makes hundreds of thousands of objects and no cycle; the collector would walk over all of them, and
over everything else in the process, time and again: half as much time again, measured on 100,000 rows.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_lock = threading.Lock()
_pauses = 0
_was_on = False


@contextmanager
def paused() -> Iterator[None]:
    """No collection while inside, on any thread; the last one out switches it on again, if it was on."""
    global _pauses, _was_on  # noqa: PLW0603  # the collector is one a process
    with _lock:
        if _pauses == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _pauses += 1
    try:
        yield
    finally:
        with _lock:
            _pauses -= 1
            if _pauses == 0 and _was_on:
                gc.enable()
