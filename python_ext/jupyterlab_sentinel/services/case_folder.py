"""Results kept for later: frames as Parquet files of a folder that can be connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..models.frames import ATTRS_KEY
from ..models.indicators import visible
from ..models.parquet_files import provenance, write_table
from ..models.tables import QueryResult, Table
from ..models.typed_frames import typed_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ..models.parquet_files import WrittenFile
    from ..models.tables import Column

DEFAULT_FOLDER = "case"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
# Names that Windows keeps for devices, whatever the suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_LOGS = re.compile(r"\.(ndjson|jsonl|json|csv|tsv)(\.(gz|zst))?$", re.IGNORECASE)
_KEPT = ("query", "workspace", "start", "end", "status", "reasons", "sent_at", "elapsed_s", "requests")


@dataclass(frozen=True, slots=True)
class SavedTable:
    """A table that was saved.

    :param remarks: what is not as it was in the frame, one line each.
    """

    table: str
    path: Path
    rows: int
    columns: tuple[Column, ...]
    remarks: tuple[str, ...] = ()


def save(
    frame: pd.DataFrame | QueryResult,
    table: str,
    folder: str | Path = DEFAULT_FOLDER,
    *,
    replace: bool = False,
) -> SavedTable:
    """Keep a frame, or an answer's first table, as ``table`` of a case folder: ``connect(folder)`` opens it.

    The file has KQL types, and the query that made the frame (``df.attrs["sentinel"]``). Rows and columns are those
    of the frame as it is now. A named index becomes columns.

    :param table: letters, digits and ``_``.
    :param folder: made if it is not there, readable by the user alone.
    :param replace: whether a table of that name that was saved before is replaced.
    :raises UsageError: a name that is none, one that is taken, or a column that no KQL type holds.
    :raises LimitError: no room on the disk.
    """
    target = _target(Path(folder).expanduser(), table, replace=replace)
    if isinstance(frame, QueryResult):
        content, told, remarks = _of_result(frame)
    else:
        content, told, remarks = _of_frame(frame, table)
    _make_folder(target.parent)
    told = {**told, "table": table, "saved_at": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    written = write_table(target, content, told, overwrite=replace)
    return _saved(table, written, remarks)


def _saved(table: str, written: WrittenFile, remarks: tuple[str, ...]) -> SavedTable:
    return SavedTable(table, written.path, written.rows, written.columns, (*remarks, *written.remarks))


def _of_result(result: QueryResult) -> tuple[Table, dict[str, object], tuple[str, ...]]:
    if not result.tables:
        raise UsageError("The answer holds no table.", hint="Save one that does.")
    return result.tables[0], provenance(result), ()


def _of_frame(frame: pd.DataFrame, table: str) -> tuple[Table, dict[str, object], tuple[str, ...]]:
    facts = frame.attrs.get(ATTRS_KEY)
    known = facts if isinstance(facts, dict) and facts.get("query") else {}
    content = typed_table(frame, table, _told_types(known))
    told = {key: known[key] for key in _KEPT if key in known}
    if known and _is_changed(content, known):
        told["changed"] = True
    return content, told, ()


def _told_types(facts: Mapping[str, object]) -> dict[str, str]:
    """KQL types that the frame's own attrs tell, by column; of two columns of one name neither."""
    columns = facts.get("columns")
    pairs = [tuple(map(str, each)) for each in columns] if isinstance(columns, list) else []
    names = [pair[0] for pair in pairs]
    return {pair[0]: pair[1] for pair in pairs if len(pair) > 1 and names.count(pair[0]) == 1}


def _is_changed(table: Table, facts: Mapping[str, object]) -> bool:
    """Whether rows or columns are others than those of the answer; values are not compared."""
    columns = [[column.name, column.type] for column in table.columns]
    return table.rows != facts.get("rows") or columns != facts.get("columns")


# --- where it goes --------------------------------------------------------------------------------


def _target(folder: Path, table: str, *, replace: bool) -> Path:
    if not _NAME.fullmatch(table) or _DEVICES.fullmatch(table):
        raise UsageError(
            f"“{visible(table, limit=80)}” is no name for a table.",
            hint="Letters, digits and _, at most 128, not starting with a digit.",
        )
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", hint="Give a folder, or a name that is not there yet.")
    target = folder / f"{table}.parquet"
    for name in _listed(folder):
        _refuse_rival(name, target, replace=replace)
    return target


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be listed: {error.strerror}.", hint="Check its permissions."
        ) from error


def _refuse_rival(name: str, target: Path, *, replace: bool) -> None:
    if name == target.name:
        if not replace:
            raise UsageError(
                f"{target.parent} already has a table {target.stem}.",
                hint="Give another name, or --replace (in Python: replace=True).",
            )
        if target.is_dir() or target.is_symlink():
            raise UsageError(f"{target} is not a file of its own.", hint="Give another name.")
        return
    stem = _LOGS.sub("", name)
    if name.casefold() == target.name.casefold() or (stem != name and stem.casefold() == target.stem.casefold()):
        raise UsageError(
            f"{visible(name)} in {target.parent} already gives a table of that name.", hint="Give another name."
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be made: {error.strerror}.", hint="Give a folder that you may write to."
        ) from error
