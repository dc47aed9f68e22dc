"""Chance that is the same on every run: one seeded generator a table."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice:
    """Draws for one purpose; two purposes never share a sequence, so that changing one leaves the others alone."""

    def __init__(self, purpose: str) -> None:
        self._bits = np.random.PCG64(zlib.crc32(purpose.encode()))
        self._draws = np.random.Generator(self._bits)

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` up to, not including, `high`."""
        return int(self._draws.integers(low, high))

    def wholes(self, low: int, high: int, count: int) -> list[int]:
        """`count` such numbers."""
        return [int(n) for n in self._draws.integers(low, high, count)]

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.whole(0, len(choices))]

    def picks(self, choices: Sequence[T], count: int, *, skew: bool = False) -> list[T]:
        """`count` of the choices; `skew` makes the first ones common and the last ones rare."""
        if skew:
            shares = self._draws.random(count) ** 3
            return [choices[int(share * len(choices))] for share in shares]
        return [choices[n] for n in self.wholes(0, len(choices), count)]

    def shuffle(self, things: Sequence[T]) -> list[T]:
        """The things in another order."""
        return [things[int(n)] for n in np.argsort(self._draws.random(len(things)), kind="stable")]

    def moments(self, start: int, end: int, count: int) -> list[int]:
        """`count` times in `[start, end)`, to the millisecond, in order."""
        return sorted(start + n * 1000 for n in self.wholes(0, (end - start) // 1000, count))
