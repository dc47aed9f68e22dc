"""What is put into a query's text, and the way back from places in the new text to those in the old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Edit:
    """Text in the place of what stands from ``start`` to before ``end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Bounded:
    """A query and what was put into it.

    :param edits: in order of their places in the text as it was.
    :param unbounded: tables that the range does not bound, by name.
    """

    text: str
    edits: tuple[Edit, ...] = ()
    unbounded: tuple[str, ...] = ()

    def origin(self, offset: int) -> int:
        """The place in the text as it was, for one in :attr:`text`."""
        moved = 0
        for edit in self.edits:
            first = edit.start + moved
            if offset < first:
                break
            if offset < first + len(edit.text):
                return edit.start
            moved += len(edit.text) - (edit.end - edit.start)
        return offset - moved


def edited(kql: str, edits: Iterable[Edit], unbounded: Iterable[str] = ()) -> Bounded:
    """``kql`` with ``edits``, which do not overlap."""
    inorder = tuple(sorted(edits, key=lambda edit: edit.start))
    parts, last = [], 0
    for edit in inorder:
        parts += [kql[last : edit.start], edit.text]
        last = edit.end
    return Bounded("".join([*parts, kql[last:]]), inorder, tuple(dict.fromkeys(unbounded)))
