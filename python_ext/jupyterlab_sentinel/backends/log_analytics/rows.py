"""A table's rows, a piece at a time from the last to the first, so that what was read is let go of on the way.

A ``bytearray`` can be cut off at its end without being copied, but not at its beginning: hence the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

# Enough rows that the calls for each column hardly count, few enough that what is read at a time stays small.
_PIECE_BYTES = 1_000_000
_FEWEST, _MOST = 64, 1_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that follow each other.

    :param text: an array of them, in JSON.
    :param rows: how many the array must have.
    """

    text: bytes
    rows: int


class Rows(Protocol):
    """Rows that can be taken once."""

    def taken(self) -> Iterator[Piece]:
        """Pieces, the last first; what a piece came from is let go of when the next is asked for."""


class LooseRows:
    """Rows that lie anywhere. The list has none left afterwards."""

    def __init__(self, rows: list[msgspec.Raw]) -> None:
        self._rows = rows

    def taken(self) -> Iterator[Piece]:
        """See :class:`Rows`."""
        step = _step(sum(memoryview(row).nbytes for row in self._rows[:50]), len(self._rows[:50]))
        while self._rows:
            last = self._rows[-step:]
            del self._rows[-step:]
            yield Piece(b"[" + b",".join(map(bytes, last)) + b"]", len(last))


class RowsWithin:
    """Rows that follow each other within a body; cheaper than loose ones. The list has none left afterwards.

    :param body: what ``rows`` are views of. Of a bytearray what was taken is cut off, and all that follows it:
        nobody else may look at it meanwhile.
    """

    def __init__(self, rows: list[msgspec.Raw], body: bytes | bytearray) -> None:
        self._body = body
        self._places: list[tuple[int, int, int]] = []
        if rows:
            self._find(rows)
            rows.clear()

    def _find(self, rows: list[msgspec.Raw]) -> None:
        base = _address(self._body)
        last = rows[-1]
        whole = _address(last) + memoryview(last).nbytes - _address(rows[0])
        step = _step(whole, len(rows))
        for first in range(0, len(rows), step):
            count = min(step, len(rows) - first)
            end = rows[first + count - 1]
            place = (_address(rows[first]) - base, _address(end) + memoryview(end).nbytes - base, count)
            self._places.append(place)

    def taken(self) -> Iterator[Piece]:
        """See :class:`Rows`."""
        while self._places:
            start, end, count = self._places.pop()
            yield Piece(b"".join((b"[", memoryview(self._body)[start:end], b"]")), count)
            if isinstance(self._body, bytearray):
                del self._body[start:]


def _step(size: int, rows: int) -> int:
    """How many rows make a piece, where ``rows`` have ``size`` bytes."""
    average = size // max(1, rows) + 1
    return max(_FEWEST, min(_MOST, _PIECE_BYTES // average))


def _address(view: msgspec.Raw | bytes | bytearray) -> int:
    """Where a buffer lies in memory: the difference of two is the place of one within the other."""
    import numpy as np

    return int(np.frombuffer(view, np.uint8).ctypes.data)
