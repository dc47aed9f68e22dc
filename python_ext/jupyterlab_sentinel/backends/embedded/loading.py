"""From a source to the tables it holds: looked into once, remembered, and offered to queries as views."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Self

from ...errors import DataError
from . import room
from .arrow_scans import scan_table
from .catalogue import known_columns
from .conversion import file_literal, literal
from .documents import read_document
from .heads import as_utf8, read_head, refuse_bomb
from .plans import planned
from .scans import FILE_ROW, Reading, Scan, scan_parquet, scan_reading
from .sources import shown_name
from .summaries import partial_name, read_summary, write_summary
from .tables import StoredTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from .attempts import Attempt
    from .documents import SavedTable
    from .plans import Plan
    from .sources import SourceFile

_FORMAT_VERSION = 6
# What views call the number of a row.
_NUMBER = "row_place"
# What services call a table that has no name.
_GENERIC = frozenset({"PrimaryResult", "Table_0", ""})


@dataclass(frozen=True, slots=True)
class Loader:
    """Fills one database.

    :param cache: folder for what is made of sources that cannot be read in place.
    :param scratch: folder for what is needed while a source is read.
    """

    connection: duckdb.DuckDBPyConnection
    cache: Path
    scratch: Path
    attempt: Attempt
    _views: Iterator[int] = field(default_factory=count)

    def load(self, source: SourceFile, declared: Mapping[str, str]) -> list[StoredTable]:
        """The tables of a source, each with its view.

        :param declared: KQL types that the workspace's manifest gives.
        :raises DataError: a source that holds no table; the message goes on after its name.
        :raises duckdb.Error: a file that DuckDB cannot read.
        """
        self.attempt.check()
        types = dict(declared) or dict(known_columns(source.table))
        summary = self.cache / f"{_key(source, types)}.json"
        known = read_summary(summary)
        if known is not None:
            return [self._viewed(source, types, table) for table in known]
        if source.format == "parquet":
            tables = [self._parquet(source, declared, summary)]
        else:
            tables = self._texts(source, declared, summary)
        write_summary(summary, tables)
        return tables

    # --- Parquet, read in place if it can be ---------------------------------------------------

    def _parquet(self, source: SourceFile, declared: Mapping[str, str], summary: Path) -> StoredTable:
        scan = scan_parquet(self.connection, source)
        name = self._told_by_rows(scan) if source.by_type else ""
        name = name or source.table
        types = dict(declared) or dict(known_columns(name))
        plan = planned(self.connection, scan, types, convert=False)
        if plan.convert:
            return self._converted(source, name, scan, plan, summary.with_suffix(".parquet"))
        view = self._view_of_scan(scan, plan)
        reads = tuple(str(path) for path in source.files)
        return self._measured(_table(source, name, view, reads, scan, plan, _NUMBER if scan.number else ""))

    def _told_by_rows(self, scan: Scan) -> str:
        """The table that all rows say they are of, in ``Type``; empty if they do not."""
        column = next((each for each in scan.columns if each.name == "Type" and each.stored == "VARCHAR"), None)
        if column is None:
            return ""
        found = self.connection.execute(f"SELECT DISTINCT {column.value} FROM {scan.relation} LIMIT 2").fetchall()
        return str(found[0][0] or "") if len(found) == 1 else ""

    def _viewed(self, source: SourceFile, types: Mapping[str, str], table: StoredTable) -> StoredTable:
        """A table that was found before, with a view of its own."""
        if table.reads[0] != str(source.files[0]):
            return replace(table, view=self._view_of_converted(len(table.columns), table.reads[0]), number=_NUMBER)
        scan = scan_parquet(self.connection, source)
        kinds = {column.name: column.type for column in table.columns}
        types = types or known_columns(table.name)
        plan = planned(self.connection, scan, {**types, **kinds}, convert=False, checked=True)
        return replace(table, view=self._view_of_scan(scan, plan), number=_NUMBER if scan.number else "")

    def _view_of_scan(self, scan: Scan, plan: Plan) -> str:
        items = [f"{value} AS {column.physical}" for value, column in zip(plan.values, plan.columns, strict=True)]
        if plan.raw_time:
            items.append(f"{plan.raw_time} AS raw_time")
        if scan.number:
            items.append(f"{scan.number} AS {_NUMBER}")
        return self._view(f"SELECT {', '.join(items)} FROM {scan.relation}")

    def _view_of_converted(self, columns: int, target: str) -> str:
        names = ", ".join(f"c{place}" for place in range(columns))
        return self._view(f"SELECT {names}, {FILE_ROW} AS {_NUMBER} FROM read_parquet({file_literal(target)})")

    def _view(self, sql: str) -> str:
        name = f"t{next(self._views)}"
        self.connection.execute(f"CREATE VIEW {name} AS {sql}")
        return name

    # --- everything else, made into Parquet once -----------------------------------------------

    def _texts(self, source: SourceFile, declared: Mapping[str, str], summary: Path) -> list[StoredTable]:
        size = sum(path.stat().st_size for path in source.files)
        room.require(self.cache, room.needed(size, source.compression))
        with _Readings(self, source) as readings:
            scans = readings.scans()
            tables: dict[str, StoredTable] = {}
            for place, scan in enumerate(scans):
                self.attempt.check()
                name = _name(source, scan, place, tables)
                types = dict(declared) or dict(known_columns(name))
                plan = planned(self.connection, scan, types, convert=True)
                target = summary.with_name(f"{summary.stem}-{place}.parquet")
                tables[name] = self._converted(source, name, scan, plan, target)
        return list(tables.values())

    def _converted(self, source: SourceFile, name: str, scan: Scan, plan: Plan, target: Path) -> StoredTable:
        items = ", ".join(
            f"{value} AS {column.physical}" for value, column in zip(plan.values, plan.columns, strict=True)
        )
        partial = partial_name(target)
        try:
            self.attempt.write(
                self.connection,
                f"COPY (SELECT {items} FROM {scan.relation}) TO {literal(str(partial))} "
                "(FORMAT parquet, COMPRESSION lz4)",
                target.parent,
            )
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        view = self._view_of_converted(len(plan.columns), str(target))
        return self._measured(_table(source, name, view, (str(target),), scan, plan, _NUMBER))

    def _measured(self, table: StoredTable) -> StoredTable:
        time = table.time
        bounds = f"min({time.physical}), max({time.physical}), count({time.physical})" if time else "NULL, NULL, NULL"
        row = self.connection.execute(f"SELECT count(*), {bounds} FROM {table.view}").fetchall()[0]
        rows, first, last, timed = row
        timeless = 0 if timed is None else int(rows) - int(timed)
        return replace(table, rows=int(rows), first=first, last=last, timeless=timeless)


class _Readings:
    """A source's files as DuckDB can open them; copies that had to be made are removed in the end."""

    def __init__(self, loader: Loader, source: SourceFile) -> None:
        self._loader = loader
        self._source = source
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        for path in self._made:
            path.unlink(missing_ok=True)

    def scans(self) -> Sequence[Scan]:
        """One a table of the source.

        :raises DataError: nothing in it that is a table.
        :raises duckdb.Error: a file that DuckDB cannot read.
        """
        loader, reading = self._loader, self.reading()
        document = read_document(reading, loader.scratch, loader.attempt.check)
        if document is None:
            return scan_reading(loader.connection, reading)
        if document.objects is not None:
            self._made.append(document.objects)
            head = read_head(document.objects, "none")
            return scan_reading(loader.connection, Reading(self._source, (document.objects,), "none", head))
        return [self._saved(each, place) for place, each in enumerate(document.tables)]

    def _saved(self, saved: SavedTable, place: int) -> Scan:
        target = self._loader.scratch / f"{secrets.token_hex(8)}-{place}.parquet"
        self._made.append(target)
        name = saved.table.name
        scan = scan_table(saved.table, target, "" if name in _GENERIC else name)
        return replace(scan, gaps=saved.gaps, notices=saved.notices)

    def reading(self) -> Reading:
        """Look how the files begin, and make UTF-8 of those that are UTF-16.

        :raises DataError: empty, damaged or made to fill the disk.
        """
        source, check = self._source, self._loader.attempt.check
        files = [path for path in source.files if not source.parts or path.stat().st_size]
        if not files:
            raise DataError("its files are all empty")
        head = read_head(files[0], source.compression)
        for path in files:
            check()
            refuse_bomb(path, source.compression, check)
        if head.encoding == "utf-8":
            return Reading(source, tuple(files), source.compression, head)
        for path in files:
            own = read_head(path, source.compression)
            self._made.append(as_utf8(path, source.compression, own.encoding, self._loader.scratch, check))
        return Reading(source, tuple(self._made), "none", head)


def _key(source: SourceFile, types: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    facts = [_FORMAT_VERSION, source.table, source.by_type, source.keys, sorted(types.items())]
    digest.update(json.dumps(facts).encode())
    digest.update(str(source.path.resolve()).encode("utf-8", "surrogateescape"))
    for path in source.files:
        stat = path.stat()
        name = path.relative_to(source.path) if source.parts else path.name
        digest.update(f"\0{name}\0{stat.st_mtime_ns}\0{stat.st_size}".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:40]


def _table(
    source: SourceFile, name: str, view: str, reads: tuple[str, ...], scan: Scan, plan: Plan, number: str
) -> StoredTable:
    return StoredTable(
        name,
        view,
        reads,
        plan.columns,
        0,
        None,
        None,
        "raw_time" if plan.raw_time else "",
        (*scan.notices, *plan.notices),
        scan.gaps,
        origin=": ".join(filter(None, (_origin(source), scan.origin))),
        number=number,
    )


def _origin(source: SourceFile) -> str:
    name = shown_name(source.path)
    return f"{len(source.parts):,} files of {name}" if source.parts else name


def _name(source: SourceFile, scan: Scan, place: int, taken: Mapping[str, object]) -> str:
    """What a table of a source is called: what its rows say, or the file's name, with its own behind it."""
    own = source.table if place == 0 else f"{source.table}_{scan.label or place + 1}"
    name = scan.label if scan.named else own
    unique, copy = name, 2
    while unique in taken:
        unique, copy = f"{name}_{copy}", copy + 1
    return unique
