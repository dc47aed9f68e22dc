"""One query at work: its own cursor, its SQL, and how it is stopped."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from .macros import Macros

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from .python_functions import PythonFunctions


class Execution:
    """Runs the statements of one query, one after the other.

    :param macros: those that the database knows; None: not known which.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, functions: PythonFunctions, macros: Macros | None = None
    ) -> None:
        self._cursor = connection.cursor()
        self._macros = macros or Macros()
        self._functions = functions
        self._run: int | None = None
        self._remarks: dict[str, None] = {}
        self._lock = threading.Lock()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """All rows of a statement."""
        self._prepare(sql)
        return self._cursor.execute(sql).fetchall()

    def table(self, sql: str) -> pa.Table:
        """All rows of a statement as Arrow."""
        self._prepare(sql)
        return self._cursor.sql(sql).to_arrow_table()

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

        with self._lock:
            if self._run is not None:
                self._functions.stop(self._run)
        with suppress(duckdb.ConnectionException):  # the worker has just ended and closed it
            self._cursor.interrupt()

    def close(self) -> None:
        """Release the cursor."""
        self._follow(None)
        self._cursor.close()

    def _prepare(self, sql: str) -> None:
        self._macros.prepare(self._cursor, sql)
        run = self._functions.prepare(self._cursor, sql)
        if run is not None:
            self._follow(run)

    def _follow(self, run: int | None) -> None:
        with self._lock:
            previous, self._run = self._run, run
        if previous is not None:
            self._remarks.update(dict.fromkeys(self._functions.finish(previous)))
