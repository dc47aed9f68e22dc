"""One query at work: its own cursor, its SQL, and how it is stopped."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from ...errors import CancelledQueryError
from .macros import Macros
from .trust import ASK, TRUST, Trust

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    import pyarrow as pa

    from .python_functions import PythonFunctions

T = TypeVar("T")


class Execution:
    """Runs the statements of one query, one after the other.

    :param macros: those that the database knows; None: not known which.
    :param trust: which of its texts can be taken for JSON; None: not known which.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        functions: PythonFunctions,
        macros: Macros | None = None,
        trust: Trust | None = None,
    ) -> None:
        self._cursor = connection.cursor()
        self._macros = macros or Macros()
        self._trust = trust or Trust()
        self._functions = functions
        self._run: int | None = None
        self._remarks: dict[str, None] = {}
        self._lock = threading.Lock()
        self._stopped = False

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """All rows of a statement."""
        return self._answered(sql, lambda: self._cursor.execute(sql).fetchall())

    def table(self, sql: str) -> pa.Table:
        """All rows of a statement as Arrow."""
        return self._answered(sql, lambda: self._cursor.sql(sql).to_arrow_table())

    def batches(self, sql: str, rows: int) -> pa.RecordBatchReader:
        """The rows of a statement as Arrow, at most that many at a time, made as they are read."""
        self._prepare(sql)
        return self._cursor.sql(sql).to_arrow_reader(rows)

    def remarks(self) -> tuple[str, ...]:
        """Why values of the answer are missing, as far as Python functions said so; after the last statement."""
        self._follow(None)
        return tuple(self._remarks)

    def interrupt(self) -> None:
        """Stop the statement that runs; to be repeated, since one that comes between two statements is lost."""
        import duckdb

        self._stopped = True
        with self._lock:
            if self._run is not None:
                self._functions.stop(self._run)
        with suppress(duckdb.ConnectionException):  # the worker has just ended and closed it
            self._cursor.interrupt()

    def close(self) -> None:
        """Release the cursor."""
        self._follow(None)
        self._cursor.close()

    def _answered(self, sql: str, fetch: Callable[[], T]) -> T:
        """What a statement gives; it runs a second time where texts are no JSON and look like it."""
        import duckdb

        self._prepare(sql)
        if not self._trust.holds(sql):
            return fetch()
        self._cursor.execute(TRUST)
        try:
            return fetch()
        except duckdb.InvalidInputException:
            pass
        finally:
            self._cursor.execute(ASK)
        self._prepare(sql)
        answer = fetch()
        self._trust.lose(sql)
        return answer

    def _prepare(self, sql: str) -> None:
        """Get ready for a statement.

        :raises CancelledQueryError: the query was stopped, perhaps when no statement ran.
        """
        if self._stopped:
            raise CancelledQueryError("The query was stopped.")
        self._macros.prepare(self._cursor, sql)
        run = self._functions.prepare(self._cursor, sql)
        if run is not None:
            self._follow(run)

    def _follow(self, run: int | None) -> None:
        with self._lock:
            previous, self._run = self._run, run
        if previous is not None:
            self._remarks.update(dict.fromkeys(self._functions.finish(previous)))
