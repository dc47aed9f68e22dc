"""How much text one answer may carry, whatever an alert holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .passages import LONGEST_TEXT, marked

if TYPE_CHECKING:
    from ..models.wire import Passage

MOST_TEXT = 400_000
MOST_OF_A_TEXT = 1_000_000
_MOST_OF_ALL = 4_000_000
_LEAST = 80


class TextBudget:
    """Hands out passages until ``MOST_TEXT`` UTF-16 units are used up; after that only beginnings.

    :param longest: UTF-16 units of a text, at most ``MOST_OF_A_TEXT``; where it is more than usual, so is the whole.
    """

    def __init__(self, longest: int = LONGEST_TEXT) -> None:
        self._longest = min(max(longest, LONGEST_TEXT), MOST_OF_A_TEXT)
        self._left = min(MOST_TEXT * self._longest // LONGEST_TEXT, _MOST_OF_ALL)

    def marked(self, text: str) -> Passage:
        """``text`` as a passage with its indicators marked, as long as the budget allows."""
        shown = marked(text, limit=max(_LEAST, min(self._longest, self._left)))
        self._left -= len(shown.text)
        return shown
