"""Texts that look like JSON are taken for it at first, which saves to parse them twice: once to ask, once to read.

A query that meets one that is none fails, and runs again with each text asked. The views that it read are remembered,
so that no other query over them fails so.
"""

from __future__ import annotations

import re

_ASKS = re.compile(r"\bkql_json(?:_or_null)?\(")
_VIEW = re.compile(r"\bt\d+\b")
# What would take the failure for an answer.
_HIDES = "TRY("

TRUST = "SET VARIABLE trusting_json=true"
ASK = "RESET VARIABLE trusting_json"


class Trust:
    """The views of one database whose texts have misled a query."""

    def __init__(self) -> None:
        self._misled: set[str] = set()

    def holds(self, sql: str) -> bool:
        """Whether a statement may take texts that look like JSON for it."""
        return _ASKS.search(sql) is not None and _HIDES not in sql and self._misled.isdisjoint(_VIEW.findall(sql))

    def lose(self, sql: str) -> None:
        """The statement failed, and ran once each text was asked."""
        self._misled.update(_VIEW.findall(sql))
