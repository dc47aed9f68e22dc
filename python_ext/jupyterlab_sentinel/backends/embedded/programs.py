"""Translated queries of a workspace, remembered while its tables stay what they are."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ...errors import KqlUnsupportedError
from ...models.instants import tick_of
from .resources import Resources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...ports import QueryRequest
    from .program import Program
    from .tables import StoredTable
    from .translation.discovery import Ask

_MOST = 256
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Programs:
    """Translates queries over ``tables``; the same question is translated once.

    :ivar places: the files that tell where addresses are.
    :ivar functions: the functions of the workspace.
    """

    def __init__(self, tables: Mapping[str, StoredTable], resources: Resources | None = None) -> None:
        self._tables = tables
        self._resources = resources or Resources()
        self.functions = self._resources.functions
        self.places = self._resources.places
        self._known: OrderedDict[tuple[object, ...], Program] = OrderedDict()
        self._lock = threading.Lock()

    def translate(self, request: QueryRequest, ask: Ask | None = None) -> Program:
        """The SQL of a request.

        :param ask: runs a statement where only the data tells the columns of the answer.
        :raises KqlError: the query is at fault, or not run here.
        """
        now = _ticks(request.now) if request.now is not None else _ticks(datetime.now(UTC))
        start = None if request.start is None else _ticks(request.start)
        end = None if request.end is None else _ticks(request.end)
        timed = request.now is not None or "now" in request.kql or "ago" in request.kql
        key = (request.kql, start, end, now if timed else None)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        program = self._translated(request.kql, start, end, now, ask)
        if not program.lasting:
            return program
        with self._lock:
            self._known[key] = program
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return program

    def check(self, text: str) -> None:
        """Translate a query and forget the SQL.

        :raises KqlError: the query is at fault, or not run here.
        """
        from .translation.discovery import UndiscoveredError

        # What follows a question to the data is checked when the query runs.
        with contextlib.suppress(UndiscoveredError):
            self._translated(text, None, None, _ticks(datetime.now(UTC)), None)

    def _translated(self, text: str, start: int | None, end: int | None, now: int, ask: Ask | None) -> Program:
        from .translation.statements import translate

        try:
            resources = replace(self._resources, places=self.places)
            return translate(text, self._tables, start, end, now, ask, resources)
        except RecursionError:
            raise KqlUnsupportedError(
                "The query is too deeply nested for the embedded engine.",
                construct="deep nesting",
                hint="Split it with let statements.",
                query=text,
            ) from None


def _ticks(moment: datetime) -> int:
    """Ticks of 100 ns since 1970; without a zone it is UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1) * 10 + tick_of(aware)
