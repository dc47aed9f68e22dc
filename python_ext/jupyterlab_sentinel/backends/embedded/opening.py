"""From a path to a workspace that can be queried."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import CancelledQueryError, DataError
from ...models.indicators import visible
from ...models.workspace import ColumnInfo, TableInfo, WorkspaceInfo
from .attempts import Attempt
from .conversion import TICKS_PER_SECOND
from .database import lock, open_database
from .failures import file_problem
from .loading import Loader
from .macros import Macros
from .manifest import Manifest, read_manifest
from .programs import Programs
from .python_functions import PythonFunctions
from .resources import Resources
from .saved_functions import load_functions
from .sources import find_sources, shown_name
from .storage import Storage, open_storage
from .trust import Trust
from .unread import unread_notice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import duckdb

    from .sources import SourceFile
    from .tables import StoredTable


_CONVERTING_BYTES = 1_500_000_000


@dataclass(frozen=True, slots=True)
class OpenWorkspace:
    """A locked database and what is in it, by table name."""

    connection: duckdb.DuckDBPyConnection
    storage: Storage
    tables: Mapping[str, StoredTable]
    info: WorkspaceInfo
    programs: Programs
    functions: PythonFunctions = field(default_factory=PythonFunctions)
    macros: Macros = field(default_factory=Macros)
    trust: Trust = field(default_factory=Trust)

    def close(self) -> None:
        """Release the database and temporary files."""
        import duckdb

        try:
            # A worker that DuckDB does not let go of holds it a while longer.
            with suppress(duckdb.OperationalError):
                self.connection.close()
        finally:
            self.storage.release()


def open_workspace(
    root: Path, name: str, cache: Path | None, memory: str | None, attempt: Attempt | None = None
) -> OpenWorkspace:
    """Open a folder or file; blocking.

    :param attempt: how others hear of its progress, and stop it.
    :raises UnknownWorkspaceError: nothing there.
    :raises DataError: nothing readable there.
    :raises CancelledQueryError: it was stopped.
    """
    attempt = attempt or Attempt()
    sources, notices = find_sources(root)
    manifest = read_manifest(root) if root.is_dir() else Manifest()
    storage = open_storage(cache)
    connection = open_database(storage.scratch, memory)
    attempt.use(connection)
    try:
        memory_limit = _spare_memory(connection)
        loader = Loader(connection, storage.path, storage.scratch, attempt)
        tables = _load(loader, sources, manifest, notices)
        external = _external(root, manifest, notices)
        functions, remarks = load_functions(root, manifest.functions) if root.is_dir() else ({}, [])
        notices.extend(remarks)
        if (unread := unread_notice(root, external.values())) is not None:
            notices.append(unread)
        companions = _companions(loader, root, manifest, notices)
        resources = Resources(external, functions=functions, workspaces=companions)
        readable = [table for each in (tables, *companions.values()) for table in each.values()]
        connection.execute(f"SET memory_limit='{memory_limit}B'")
        lock(connection, sorted({*(path for table in readable for path in table.reads), *external.values()}))
    except BaseException:
        connection.close()
        storage.release()
        raise
    info = _info(root, name, manifest, tables, notices)
    return OpenWorkspace(connection, storage, tables, info, Programs(tables, resources))


def _spare_memory(connection: duckdb.DuckDBPyConnection) -> int:
    """Let files be converted with little memory, though they are larger; gives the limit in bytes that queries have.

    Rows stay in their order, for which DuckDB keeps as many of them as it may.
    """
    sql = "SELECT parse_formatted_bytes(current_setting('memory_limit'))"
    limit = int(connection.execute(sql).fetchall()[0][0])
    connection.execute(f"SET memory_limit='{min(limit, _CONVERTING_BYTES)}B'")
    return limit


def _load(loader: Loader, sources: list[SourceFile], manifest: Manifest, notices: list[str]) -> dict[str, StoredTable]:
    import duckdb

    tables: dict[str, StoredTable] = {}
    for position, source in enumerate(sources):
        file = shown_name(source.path)
        loader.attempt.report(position / len(sources), f"{file} ({position + 1:,} of {len(sources):,})")
        entry = manifest.tables.get(source.table)
        try:
            found = loader.load(source, entry.columns if entry else {})
        except CancelledQueryError:
            raise
        except Exception as error:  # noqa: BLE001  # files are written by strangers: none may hide the others
            loader.attempt.check()
            problem = f"it cannot be read ({type(error).__name__})"
            if isinstance(error, DataError | OSError | duckdb.Error):
                problem = file_problem(error)
            notices.append(f"{file} is left out: {_line(problem)}.")
            continue
        for table in found:
            _add(tables, table, file, notices)
    if not tables:
        raise DataError(f"No file could be read. {' '.join(notices)}", hint="Look at the files named.")
    return tables


def _add(tables: dict[str, StoredTable], table: StoredTable, file: str, notices: list[str]) -> None:
    rival = tables.get(table.name)
    if rival is not None:
        notices.append(
            f"The table {_line(table.name)} of {file} is left out: {rival.origin} already gives one of that name."
        )
        return
    tables[table.name] = table
    notices.extend(f"{file}: {_line(notice)}" for notice in table.notices)
    notices.extend(f"{file}: {_line(gap)}; answers from {_line(table.name)} say so." for gap in table.gaps)
    if table.timeless:
        have = "has" if table.timeless == 1 else "have"
        notices.append(f"{file}: {table.timeless:,} of its rows {have} no TimeGenerated: no time range holds them.")


def _line(text: str) -> str:
    return visible(" ".join(text.split()), limit=500)


def _companions(
    loader: Loader, root: Path, manifest: Manifest, notices: list[str]
) -> dict[str, dict[str, StoredTable]]:
    """The tables of the workspaces that the manifest names: folders beside this one, or in it.

    No others: a folder may come from somebody else, and what it names must not lead anywhere on the machine.
    """
    found: dict[str, dict[str, StoredTable]] = {}
    around = root.resolve().parent
    for name, folder in manifest.workspaces.items():
        path = (root / folder).resolve()
        if Path(folder).is_absolute() or not path.is_relative_to(around) or path == around or not path.is_dir():
            notices.append(f"{_line(folder)}, named as the workspace {_line(name)}, is not a folder beside this one.")
            continue
        remarks: list[str] = []
        try:
            sources, remarks = find_sources(path)
            found[name] = _load(loader, sources, read_manifest(path), remarks)
        except DataError as error:
            notices.append(f"The workspace {_line(name)} is left out: {error.message}")
        notices.extend(f"{_line(name)}: {remark}" for remark in remarks)
    return found


def _external(root: Path, manifest: Manifest, notices: list[str]) -> dict[str, str]:
    """The files that stand for addresses, as absolute paths; only files of the folder itself."""
    found: dict[str, str] = {}
    for address, name in manifest.externaldata.items():
        path = (root / name).resolve()
        if path.is_relative_to(root.resolve()) and path.is_file():
            found[address] = str(path)
        else:
            notices.append(f"{visible(name)}, named for externaldata, is not a file of the folder.")
    return found


def _info(
    root: Path, name: str, manifest: Manifest, tables: Mapping[str, StoredTable], notices: list[str]
) -> WorkspaceInfo:
    firsts = [table.first for table in tables.values() if table.first is not None]
    lasts = [table.last for table in tables.values() if table.last is not None]
    timeless = sorted(table.name for table in tables.values() if table.time is None)
    if timeless:
        notices.append(
            f"No TimeGenerated in {', '.join(timeless)}: a time range does not bound "
            f"{'its' if len(timeless) == 1 else 'their'} rows."
        )
    return WorkspaceInfo(
        name=manifest.name or name,
        kind="embedded",
        description=manifest.description or str(root),
        tables=len(tables),
        data_start=moment(min(firsts)) if firsts else None,
        data_end=moment(max(lasts)) if lasts else None,
        time_range=manifest.timerange,
        synthetic=manifest.synthetic,
        notices=tuple(notices),
        geoip_files=tuple(str(root / file) for file in manifest.geoip),
    )


def table_info(table: StoredTable, description: str = "") -> TableInfo:
    """A table as the product describes tables."""
    return TableInfo(
        name=table.name,
        columns=tuple(ColumnInfo(column.name, column.type) for column in table.columns),
        rows=table.rows,
        first=None if table.first is None else moment(table.first),
        last=None if table.last is None else moment(table.last),
        description=description or table.origin,
    )


def moment(ticks: int) -> datetime | None:
    """Ticks since 1970 as a UTC datetime, to the microsecond below; None outside Python's years."""
    from datetime import UTC, datetime, timedelta

    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // (TICKS_PER_SECOND // 1_000_000))
    except OverflowError:
        return None
