"""How much text one answer may carry, whatever an alert holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .passages import LONGEST_TEXT, marked

if TYPE_CHECKING:
    from ..models.wire import Passage

MOST_TEXT = 400_000
_LEAST = 80


class TextBudget:
    """Hands out passages until ``MOST_TEXT`` UTF-16 units are used up; after that only beginnings."""

    def __init__(self, units: int = MOST_TEXT) -> None:
        self._left = units

    def marked(self, text: str) -> Passage:
        """``text`` as a passage with its indicators marked, as long as the budget allows."""
        shown = marked(text, limit=max(_LEAST, min(LONGEST_TEXT, self._left)))
        self._left -= len(shown.text)
        return shown
