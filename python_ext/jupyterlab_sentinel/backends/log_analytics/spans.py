"""The spans of time that are still to be asked for, and how wide the next should be."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .shelves import Span


# How many spans have to be finished before one may be as wide as one that took too long.
_PATIENCE = 8


class Spans:
    """Spans in order of time, cut to a width that follows what came back.

    :param todo: what is to be asked for; no two overlap.
    :param width: of the first ones, in ticks.
    """

    def __init__(self, todo: list[Span], width: int) -> None:
        self._todo = todo
        self._width = max(1, width)
        self._widest: float = math.inf
        self._since = 0

    def __bool__(self) -> bool:
        return bool(self._todo)

    def take(self) -> Span:
        """The next span; there has to be one."""
        first, end = self._todo.pop(0)
        if end - first > self._width:
            self._todo.insert(0, (first + self._width, end))
            end = first + self._width
        return first, end

    def split(self, span: Span, floor: int = 1) -> bool:
        """Put the halves of a span in its place, and cut the next ones as small; not if it is no longer than ``floor``.

        :param floor: in ticks.
        """
        first, end = span
        if end - first <= floor:
            return False
        middle = first + (end - first) // 2
        self._todo[:0] = [(first, middle), (middle, end)]
        self._width = max(1, min(self._width, (end - first) // 2))
        return True

    def keep_narrow(self) -> None:
        """Let none be wider than the next ones are now, for a while."""
        self._widest = min(self._widest, self._width)
        self._since = 0

    def grow(self, span: Span, rows: int, fitting: float) -> None:
        """``span`` is finished: let the next ones be as wide as its rows allow, at most twice as wide.

        :param fitting: how many rows one answer may well hold.
        """
        self._since += 1
        if self._since % _PATIENCE == 0:
            self._widest *= 2
        width = span[1] - span[0]
        if width < self._width:
            return
        # Nothing there says nothing of how many rows are next; the doubling is the bound.
        fit = width * fitting / rows if rows else math.inf
        self._width = max(1, int(min(self._widest, max(self._width / 2, min(self._width * 2, fit)))))


def gaps(low: int, high: int, covered: Iterable[Span]) -> list[Span]:
    """What of ``low`` to ``high`` lies in no span of ``covered``, which do not overlap; in order."""
    found: list[Span] = []
    place = low
    for first, end in sorted(covered):
        if first > place:
            found.append((place, first))
        place = max(place, end)
    if place < high:
        found.append((place, high))
    return found
