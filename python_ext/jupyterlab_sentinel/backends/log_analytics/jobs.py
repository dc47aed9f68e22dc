"""An answer that is being fetched in slices, whatever becomes of the run that fetches it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .shelves import MemoryShelf

if TYPE_CHECKING:
    from ...kql.slicing import SlicePlan
    from .decoding import Answer
    from .shelves import Shelf


class TooManyError(Exception):
    """More slices would be needed than may be asked for; the message says so, as part of a sentence."""


@dataclass
class Job:
    """An answer that is being fetched in slices.

    :param whole: the answer that was cut; its rows are not used.
    :param capacity: how many rows one answer held before it was cut.
    :param shelf: where finished slices are kept.
    :param began: seconds since 1970.
    """

    plan: SlicePlan
    whole: Answer
    capacity: int
    shelf: Shelf = field(default_factory=MemoryShelf)
    began: float = field(default_factory=time.time)

    @property
    def rows(self) -> int:
        """Rows in the finished slices."""
        return sum(kept.rows for kept in self.shelf.kept.values())
