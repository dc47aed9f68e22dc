"""The tables of a local workspace: each file read once, typed, and offered to queries as a view."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ...errors import DataError
from .catalogue import known_columns
from .conversion import from_stored, from_text, literal, stored_type
from .inference import columns_that_fail, infer_types
from .scans import Scan, ScanColumn, scan_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from .sources import SourceFile

_FORMAT_VERSION = 2
TIME_COLUMN = "TimeGenerated"


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column of a table: its KQL name and type, and its name in the view."""

    name: str
    type: str
    physical: str


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table that can be queried.

    :param view: name of the DuckDB view.
    :param reads: the file that the view reads: the table's own, or what was made of it.
    :param first: ticks since 1970 of the earliest TimeGenerated, or None.
    :param raw_time: the view's TimeGenerated as the file has it, for filters that the file can use; empty: none.
    :param notices: what the user should know about the file.
    """

    name: str
    view: str
    reads: str
    columns: tuple[StoredColumn, ...]
    rows: int
    first: int | None
    last: int | None
    raw_time: str = ""
    notices: tuple[str, ...] = ()

    @property
    def time(self) -> StoredColumn | None:
        """The column that time ranges bound, or None."""
        for column in self.columns:
            if column.name == TIME_COLUMN and column.type == "datetime":
                return column
        return None


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a file becomes a view: from itself, or from a Parquet file made of it once."""

    columns: tuple[StoredColumn, ...]
    values: tuple[str, ...]
    convert: bool
    raw_time: str
    notices: tuple[str, ...]


def load_table(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    view: str,
    declared: Mapping[str, str],
    cache: Path,
) -> StoredTable:
    """Make the view ``view`` of a file.

    :param declared: KQL types that the workspace's manifest gives.
    :param cache: folder for the converted form of files that are not Parquet.
    :raises DataError: a file that holds no table; the message goes on after the file's name.
    :raises duckdb.Error: a file that DuckDB cannot read.
    """
    types = dict(declared) or dict(known_columns(source.table))
    key = _key(source, types)
    table = _remembered(cache / f"{key}.json", view, source)
    if table is None:
        table = _examined(connection, source, view, types, cache, key)
        _remember(cache / f"{key}.json", table)
    else:
        _create_view(connection, table, source, types)
    return table


def _key(source: SourceFile, types: Mapping[str, str]) -> str:
    stat = source.path.stat()
    facts = [
        _FORMAT_VERSION,
        str(source.path.resolve()),
        stat.st_mtime_ns,
        stat.st_size,
        source.table,
        sorted(types.items()),
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:40]


def _examined(
    connection: duckdb.DuckDBPyConnection,
    source: SourceFile,
    view: str,
    types: Mapping[str, str],
    cache: Path,
    key: str,
) -> StoredTable:
    scan = scan_file(connection, source)
    plan = _planned(connection, source, scan, types)
    target = cache / f"{key}.parquet"
    if plan.convert:
        _convert(connection, scan, plan, target)
        _view_of_converted(connection, view, plan.columns, str(target))
    else:
        _view_of_file(connection, view, scan, plan)
    table = StoredTable(
        source.table,
        view,
        str(target if plan.convert else source.path),
        plan.columns,
        0,
        None,
        None,
        "raw_time" if plan.raw_time else "",
        plan.notices,
    )
    return _measured(connection, table)


def _measured(connection: duckdb.DuckDBPyConnection, table: StoredTable) -> StoredTable:
    time = table.time
    bounds = f"min({time.physical}), max({time.physical})" if time else "NULL, NULL"
    rows, first, last = connection.execute(f"SELECT count(*), {bounds} FROM {table.view}").fetchall()[0]
    facts = {name: getattr(table, name) for name in StoredTable.__slots__}
    return StoredTable(**{**facts, "rows": int(rows), "first": first, "last": last})


def _planned(connection: duckdb.DuckDBPyConnection, source: SourceFile, scan: Scan, types: Mapping[str, str]) -> _Plan:
    columns = _unique(scan.columns)
    chosen, notices = _chosen_types(connection, scan, columns, types)
    convert = source.format != "parquet"
    values: list[str] = []
    raw_time = ""
    for column in columns:
        kind = chosen[column.name]
        value = from_stored(column.value, column.stored, kind)
        if column.stored == "VARCHAR" and kind != "string":
            value = from_text(column.value, kind)
            convert = True
        elif value is None:
            value = from_text(f"CAST({column.value} AS VARCHAR)", kind)
            convert = True
        values.append(value)
        if column.name == TIME_COLUMN and kind == "datetime" and column.stored.startswith("TIMESTAMP"):
            raw_time = column.value
    stored = tuple(
        StoredColumn(column.name, chosen[column.name], f"c{position}") for position, column in enumerate(columns)
    )
    return _Plan(stored, tuple(values), convert, "" if convert else raw_time, tuple(notices))


def _unique(columns: tuple[ScanColumn, ...]) -> list[ScanColumn]:
    seen: dict[str, ScanColumn] = {}
    for column in columns:
        name, copy = column.name, 1
        while name in seen:
            name, copy = f"{column.name}{copy}", copy + 1
        seen[name] = ScanColumn(name, column.value, column.stored, column.hint)
    return list(seen.values())


def _chosen_types(
    connection: duckdb.DuckDBPyConnection,
    scan: Scan,
    columns: list[ScanColumn],
    types: Mapping[str, str],
) -> tuple[dict[str, str], list[str]]:
    chosen: dict[str, str] = {}
    unknown: list[ScanColumn] = []
    for column in columns:
        kind = types.get(column.name) or column.hint
        if not kind and column.stored != "VARCHAR":
            kind = stored_type(column.stored)
        if kind:
            chosen[column.name] = kind
        else:
            unknown.append(column)
    chosen.update(infer_types(connection, scan, unknown))
    failures = columns_that_fail(
        connection, scan, [(column, chosen[column.name]) for column in columns if column not in unknown]
    )
    notices = []
    for name, count in failures.items():
        notices.append(f"Column {name} is read as string: {count} of its values are not {chosen[name]}.")
        chosen[name] = "string"
    return chosen, notices


def _convert(connection: duckdb.DuckDBPyConnection, scan: Scan, plan: _Plan, target: Path) -> None:
    items = ", ".join(f"{value} AS {column.physical}" for value, column in zip(plan.values, plan.columns, strict=True))
    partial = _partial(target)
    connection.execute(
        f"COPY (SELECT {items} FROM {scan.relation}) TO {literal(str(partial))} (FORMAT parquet, COMPRESSION lz4)"
    )
    partial.replace(target)


def _partial(path: Path) -> Path:
    """A name beside ``path`` that no other process or thread writes to at the same time."""
    return path.with_suffix(f".{secrets.token_hex(6)}.partial")


def _view_of_converted(
    connection: duckdb.DuckDBPyConnection, view: str, columns: tuple[StoredColumn, ...], target: str
) -> None:
    names = ", ".join(column.physical for column in columns)
    connection.execute(f"CREATE VIEW {view} AS SELECT {names} FROM read_parquet({literal(target)})")


def _view_of_file(connection: duckdb.DuckDBPyConnection, view: str, scan: Scan, plan: _Plan) -> None:
    items = [f"{value} AS {column.physical}" for value, column in zip(plan.values, plan.columns, strict=True)]
    if plan.raw_time:
        items.append(f"{plan.raw_time} AS raw_time")
    connection.execute(f"CREATE VIEW {view} AS SELECT {', '.join(items)} FROM {scan.relation}")


def _create_view(
    connection: duckdb.DuckDBPyConnection,
    table: StoredTable,
    source: SourceFile,
    types: Mapping[str, str],
) -> None:
    if table.reads != str(source.path):
        _view_of_converted(connection, table.view, table.columns, table.reads)
        return
    scan = scan_file(connection, source)
    kinds = {column.name: column.type for column in table.columns}
    plan = _planned(connection, source, scan, {**types, **kinds})
    _view_of_file(connection, table.view, scan, plan)


def _remembered(path: Path, view: str, source: SourceFile) -> StoredTable | None:
    converted = path.with_suffix(".parquet")
    try:
        facts = json.loads(path.read_text("utf-8"))
        columns = tuple(StoredColumn(**column) for column in facts.pop("columns"))
        notices = tuple(facts.pop("notices"))
        reads = str(converted if facts.pop("converted") else source.path)
        table = StoredTable(columns=columns, notices=notices, view=view, reads=reads, **facts)
        os.utime(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return table if reads == str(source.path) or converted.exists() else None


def _remember(path: Path, table: StoredTable) -> None:
    facts = asdict(table)
    facts["converted"] = facts.pop("reads") == str(path.with_suffix(".parquet"))
    del facts["view"]
    partial = _partial(path)
    try:
        partial.write_text(json.dumps(facts), "utf-8")
        partial.replace(path)
    except OSError as error:
        raise DataError(f"its summary cannot be written to {path.parent}: {error.strerror}") from error
