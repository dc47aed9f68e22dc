"""Lookups, query history and the audit of what was sent, over one database."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

import msgspec

from ..models.instants import coarse
from .database import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

Record = TypeVar("Record", bound=msgspec.Struct)

FILE_NAME = "store.sqlite3"
_LOOKUPS_KEPT = 200_000
_SENT_KEPT = 50_000
_STALE = timedelta(days=30)
_BATCH = 200


class LookupKey(NamedTuple):
    """What was looked up, by whom; ``scope`` parts workspaces and tenants, and is empty for public facts."""

    provider: str
    type: str
    value: str
    scope: str = ""


class CachedLookup(msgspec.Struct, frozen=True):
    """A provider's answer as it was; ``payload`` is JSON. Times in UTC."""

    key: LookupKey
    payload: bytes
    looked_up_at: datetime
    expires_at: datetime


class QueryRecord(msgspec.Struct, frozen=True):
    """A query that was run. Times in UTC; ``error`` is empty if it succeeded."""

    query: str
    workspace: str
    start: datetime | None
    end: datetime | None
    status: str
    rows: int
    elapsed_s: float
    sent_at: datetime
    error: str = ""


class SentRecord(msgspec.Struct, frozen=True):
    """A value that left for a third party; ``sent_at`` in UTC."""

    provider: str
    host: str
    type: str
    value: str
    sent_at: datetime


class Store:
    """What is kept between sessions. Its methods never fail for the store's own troubles: see ``notices``.

    They take about a millisecond, and up to five seconds while another process writes.
    """

    def __init__(self, database: Database, *, history_limit: int = 1000) -> None:
        self._database = database
        self._history_limit = history_limit

    @classmethod
    def open(cls, path: Path | None = None, *, on_disk: bool = True, history_limit: int = 1000) -> Store:
        """The store in ``path``, by default the user's; in memory if there can be none on disk.

        :param on_disk: false keeps everything in memory.
        :param history_limit: how many queries are remembered.
        """
        place = (path if path is not None else default_path()) if on_disk else None
        store = cls(Database(place), history_limit=history_limit)
        store._drop_stale()
        return store

    @property
    def notices(self) -> tuple[str, ...]:
        """What a user should know of the store's state, a line each."""
        return tuple(self._database.notices)

    def take_notices(self) -> tuple[str, ...]:
        """The notices not yet taken; each is handed out once."""
        taken = tuple(self._database.notices)
        del self._database.notices[: len(taken)]
        return taken

    @property
    def path(self) -> Path | None:
        """The file, or None while in memory."""
        return self._database.path

    def lookups(self, keys: Iterable[LookupKey], *, now: datetime | None = None) -> dict[LookupKey, CachedLookup]:
        """The lookups of ``keys`` that are known and have not expired at ``now``."""
        moment = (now or datetime.now(UTC)).timestamp()
        found: dict[LookupKey, CachedLookup] = {}
        wanted = [key for key in dict.fromkeys(keys) if _storable(key.value) == key.value]
        for begin in range(0, len(wanted), _BATCH):
            part = wanted[begin : begin + _BATCH]
            marks = ",".join(["(?,?,?,?)"] * len(part))
            rows = self._database.read(
                "SELECT provider, type, value, scope, payload, looked_up_at, expires_at, digest "  # noqa: S608  # marks only
                f"FROM lookups WHERE (provider, type, value, scope) IN (VALUES {marks}) AND expires_at > ?",
                [*(field for key in part for field in key), moment],
            )
            for row in rows:
                cached = _cached(row)
                if cached is not None:
                    found[cached.key] = cached
        return found

    def remember(self, answers: Mapping[LookupKey, bytes], *, lifetime: timedelta, now: datetime | None = None) -> None:
        """Keep answers (JSON) for ``lifetime``. Failures are no answers: never pass them."""
        moment = (now or datetime.now(UTC)).timestamp()
        expiry = moment + lifetime.total_seconds()
        rows = [
            (*key, payload, moment, expiry, _digest(*key, payload, moment, expiry))
            for key, payload in answers.items()
            if _storable(key.value) == key.value
        ]
        self._database.write(("INSERT OR REPLACE INTO lookups VALUES (?,?,?,?,?,?,?,?)", rows))

    def record_query(  # noqa: PLR0913  # one argument a field of the record
        self,
        *,
        query: str,
        workspace: str,
        start: datetime | None,
        end: datetime | None,
        status: str,
        rows: int,
        elapsed_s: float,
        sent_at: datetime | None = None,
        error: str = "",
    ) -> None:
        """Remember a query that was run; the oldest beyond the limit are forgotten."""
        if self._history_limit <= 0:
            return
        moment = sent_at or datetime.now(UTC) - timedelta(seconds=elapsed_s)
        record = QueryRecord(
            _storable(query),
            _storable(workspace),
            coarse(start),
            coarse(end),
            status,
            rows,
            elapsed_s,
            moment,
            _storable(error),
        )
        self._append("queries", [record], self._history_limit)

    def history(self, limit: int = 50) -> list[QueryRecord]:
        """The last queries, newest first, of all sessions that share the store."""
        return self._last("queries", QueryRecord, limit)

    def record_sent(
        self, provider: str, host: str, indicators: Iterable[tuple[str, str]], *, now: datetime | None = None
    ) -> None:
        """Write down that (type, value) pairs are about to be sent to ``host``."""
        moment = now or datetime.now(UTC)
        records = [SentRecord(provider, host, kind, _storable(value), moment) for kind, value in indicators]
        self._append("sent", records, _SENT_KEPT)

    def sent(self, limit: int = 1000) -> list[SentRecord]:
        """What was sent to third parties, newest first."""
        return self._last("sent", SentRecord, limit)

    def purge(self) -> None:
        """Forget everything: lookups, history, audit."""
        self._database.write(("DELETE FROM lookups", [()]), ("DELETE FROM queries", [()]), ("DELETE FROM sent", [()]))
        self._database.vacuum()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, table: str, records: Iterable[msgspec.Struct], kept: int) -> None:
        payloads = [msgspec.json.encode(record) for record in records]
        self._database.write(
            (
                f"INSERT INTO {table} (payload, digest) VALUES (?, ?)",  # noqa: S608  # our own names
                [(payload, _digest(payload)) for payload in payloads],
            ),
            (
                f"DELETE FROM {table} WHERE id <= (SELECT max(id) FROM {table}) - ?",  # noqa: S608  # likewise
                [(kept,)],
            ),
        )

    def _last(self, table: str, kind: type[Record], limit: int) -> list[Record]:
        rows = self._database.read(
            f"SELECT payload, digest FROM {table} ORDER BY id DESC LIMIT ?",  # noqa: S608  # our own names
            [limit],
        )
        return [
            msgspec.json.decode(payload, type=kind)
            for payload, digest in rows
            if isinstance(payload, bytes) and digest == _digest(payload)
        ]

    def _drop_stale(self) -> None:
        limit = (datetime.now(UTC) - _STALE).timestamp()
        self._database.write(
            ("DELETE FROM lookups WHERE expires_at < ?", [(limit,)]),
            (
                (
                    "DELETE FROM lookups WHERE looked_up_at < "
                    "(SELECT looked_up_at FROM lookups ORDER BY looked_up_at DESC LIMIT 1 OFFSET ?)"
                ),
                [(_LOOKUPS_KEPT,)],
            ),
        )


def default_path() -> Path:
    """The store of this user, in a folder of our own in the Jupyter data folder."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "jupyterlab-sentinel" / FILE_NAME


def _storable(text: str) -> str:
    """SQLite and JSON hold no lone surrogates: they are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _cached(row: tuple[object, ...]) -> CachedLookup | None:
    """The row as a lookup, or None if a bit of it has changed since it was written."""
    *fields, digest = row
    provider, kind, value, scope, payload, looked_up_at, expires_at = fields
    if not (isinstance(payload, bytes) and isinstance(looked_up_at, float) and isinstance(expires_at, float)):
        return None
    if digest != _digest(provider, kind, value, scope, payload, looked_up_at, expires_at):
        return None
    return CachedLookup(
        LookupKey(str(provider), str(kind), str(value), str(scope)),
        payload,
        datetime.fromtimestamp(looked_up_at, UTC),
        datetime.fromtimestamp(expires_at, UTC),
    )


def _digest(*fields: object) -> bytes:
    """SQLite has no checksums: this one tells a row that a bad disk or hand has changed."""
    found = hashlib.blake2b(digest_size=8)
    for field in fields:
        raw = field if isinstance(field, bytes) else repr(field).encode("utf-8", "surrogatepass")
        found.update(len(raw).to_bytes(8, "little") + raw)
    return found.digest()
