"""One attempt to open a workspace: how far it is, and how it is stopped."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ...errors import CancelledQueryError, DataError
from . import room

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from ...ports import Progress

_LOOK_EVERY_S = 0.5


class Attempt:
    """Shared by the thread that opens and those that wait for it.

    :param report: told how far it is; from the opening thread.
    """

    def __init__(self, report: Progress | None = None) -> None:
        self._report = report
        self._stopped = threading.Event()
        self._connection: duckdb.DuckDBPyConnection | None = None

    def use(self, connection: duckdb.DuckDBPyConnection) -> None:
        """The connection that :meth:`interrupt` stops."""
        self._connection = connection

    def report(self, fraction: float | None, words: str) -> None:
        """Say how far it is."""
        if self._report is not None:
            self._report(fraction, words)

    def check(self) -> None:
        """Called often where no SQL runs.

        :raises CancelledQueryError: it was stopped.
        """
        if self._stopped.is_set():
            raise CancelledQueryError("Opening was stopped.")

    def interrupt(self) -> None:
        """Stop; to be repeated, since an interrupt between two statements is lost."""
        import duckdb

        self._stopped.set()
        if self._connection is not None:
            with suppress(duckdb.ConnectionException):
                self._connection.interrupt()

    def write(self, connection: duckdb.DuckDBPyConnection, sql: str, folder: Path) -> None:
        """Run a statement that writes to ``folder``, and stop it before the disk is full.

        :raises DataError: the disk is nearly full.
        """
        done = threading.Event()
        full = threading.Event()
        watch = threading.Thread(target=_watch, args=(connection, folder, done, full), daemon=True)
        watch.start()
        try:
            connection.execute(sql)
        except Exception as error:
            if full.is_set():
                raise DataError("the disk is nearly full: converting it was stopped") from error
            raise
        finally:
            done.set()
            watch.join()


def _watch(connection: duckdb.DuckDBPyConnection, folder: Path, done: threading.Event, full: threading.Event) -> None:
    while not done.wait(_LOOK_EVERY_S):
        if room.is_short(folder):
            full.set()
            connection.interrupt()
