"""A SQLite file that two processes share and that survives damage.

A file that is damaged, or of another version, is renamed to ``….corrupt-<time>`` and made anew.
Where none can be kept (read-only or full disk, someone else's folder, no locks), the data live in
memory. Either is told once, in ``notices``; no error of SQLite's escapes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

from ..errors import SettingsError
from ..settings.files import create_private_file, private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

VERSION = 1
_BUSY_S = 5.0
_CHECKED_BYTES = 64 << 20
_TRIES = 3
_OPENINGS = 10
_SCHEMA = """
CREATE TABLE lookups (
    provider TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, scope TEXT NOT NULL,
    payload BLOB NOT NULL, looked_up_at REAL NOT NULL, expires_at REAL NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (provider, type, value, scope)
) WITHOUT ROWID;
CREATE INDEX lookups_by_age ON lookups (looked_up_at);
CREATE TABLE queries (id INTEGER PRIMARY KEY, payload BLOB NOT NULL, digest BLOB NOT NULL);
CREATE TABLE sent (id INTEGER PRIMARY KEY, payload BLOB NOT NULL, digest BLOB NOT NULL);
"""
_DAMAGE = (
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_ERROR,  # a table or column that is not there
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
)


class DamagedError(Exception):
    """The file is no usable database; private to this module."""


class Database:
    """One connection, for any thread of one process.

    :param path: the file, made 0600 in a 0700 folder; None: in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.notices: list[str] = []
        self._lock = threading.RLock()
        self._identity: tuple[int, int] | None = None
        self._connection = self._open()

    @property
    def in_memory(self) -> bool:
        """Whether the data end with the process."""
        return self.path is None

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows of a SELECT."""
        return self._attempt(lambda connection: connection.execute(sql, parameters).fetchall())

    def write(self, *statements: tuple[str, Iterable[Sequence[object]]]) -> None:
        """Run statements, each over its rows, in one transaction."""
        prepared = [(sql, [tuple(row) for row in rows]) for sql, rows in statements]

        def work(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
            with _transaction(connection):
                for sql, rows in prepared:
                    connection.executemany(sql, rows)
            return []

        self._attempt(work)

    def vacuum(self) -> None:
        """Give the room of deleted rows back and leave no trace of them in the file."""

        def work(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return []

        self._attempt(work)

    def close(self) -> None:
        """Close the file; what follows would open it again."""
        with self._lock:
            self._connection.close()

    def _attempt(self, work: Callable[[sqlite3.Connection], list[tuple[object, ...]]]) -> list[tuple[object, ...]]:
        with self._lock:
            for _ in range(_TRIES):
                try:
                    return work(self._connection)
                except sqlite3.Error as error:
                    self._recover(error)
            return work(self._connection)

    def _recover(self, error: sqlite3.Error) -> None:
        """Get a connection that works: a new file after damage, else memory."""
        self._quietly_close()
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if isinstance(error, sqlite3.ProgrammingError):  # closed
            self._connection = self._open()
        elif self.path is not None and primary in _DAMAGE:
            self._set_aside()
            self._connection = self._open()
        else:
            self._connection = self._forget_disk(_reason(primary, error))

    def _open(self) -> sqlite3.Connection:
        for attempt in range(_OPENINGS):
            if self.path is None:
                return _in_memory()
            try:
                return self._open_file(self.path)
            except DamagedError:
                self._set_aside()
            except sqlite3.Error as error:
                primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
                if primary == sqlite3.SQLITE_BUSY and attempt < _OPENINGS - 1:
                    time.sleep(0.02 * (attempt + 1))  # SQLite does not wait for the change to WAL itself
                elif primary in _DAMAGE:
                    self._set_aside()
                else:
                    return self._forget_disk(_reason(primary, error))
            except SettingsError as error:
                return self._forget_disk(error.message)
            except OSError as error:
                return self._forget_disk(f"{error.strerror or 'the system refused'} ({self.path.parent})")
        return self._forget_disk("the file is damaged time and again")

    def _open_file(self, path: Path) -> sqlite3.Connection:
        private_folder(path.parent)
        create_private_file(path)
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        self._identity = _identity(path)
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            connection.execute("PRAGMA synchronous=NORMAL")
            _prepare(connection, check=path.stat().st_size <= _CHECKED_BYTES)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_aside(self) -> None:
        """Rename the damaged file, unless another process has just put a new one in its place."""
        path = self.path
        if path is None:
            return
        if self._identity is not None and _identity(path) not in (self._identity, None):
            return
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        target = path.with_name(f"{path.name}.corrupt-{stamp}")
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                path.with_name(path.name + suffix).replace(target.with_name(target.name + suffix))
        self._notice(f"The store was damaged or of another version; it was set aside as {target.name} and begun anew.")

    def _forget_disk(self, reason: str) -> sqlite3.Connection:
        self.path = None
        self._notice(f"Lookups and history are kept in memory, until this process ends: {reason}.")
        return _in_memory()

    def _notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)

    def _quietly_close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _prepare(connection: sqlite3.Connection, *, check: bool) -> None:
    """Make the tables in an empty file; look whether those of any other are sound."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        with _transaction(connection):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise DamagedError
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={VERSION}")
                return
    if version != VERSION:
        raise DamagedError
    if check and connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise DamagedError
    for table in ("lookups", "queries", "sent"):
        connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608  # our own names


def _in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _prepare(connection, check=False)
    return connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _reason(primary: int, error: sqlite3.Error) -> str:
    known = {
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_READONLY: "the store cannot be written to",
        sqlite3.SQLITE_CANTOPEN: "the store cannot be opened",
        sqlite3.SQLITE_IOERR: "the disk fails or is full",
        sqlite3.SQLITE_BUSY: "another process keeps the store locked",
        sqlite3.SQLITE_PROTOCOL: "the file system has no working locks",
        sqlite3.SQLITE_PERM: "the store may not be opened",
    }
    return known.get(primary, str(error))
