"""What a computation has to say besides its value: why a value could not be told.

Whoever calls a computation collects its remarks; they become reasons of an answer that is not whole.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_current = threading.local()


def remark(sentence: str) -> None:
    """Say why the value of this call is missing: one sentence, the same for the same reason."""
    collected: dict[str, None] | None = getattr(_current, "remarks", None)
    if collected is not None:
        collected[sentence] = None


@contextmanager
def collecting(remarks: dict[str, None] | None) -> Iterator[None]:
    """Put what this thread's computations remark into ``remarks``, each sentence once; None: nobody collects."""
    _current.remarks = remarks
    try:
        yield
    finally:
        _current.remarks = None
