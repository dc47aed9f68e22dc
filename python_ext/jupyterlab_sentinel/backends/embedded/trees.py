"""Folders that hold one table in many files.

Three kinds are read: containers of Azure Monitor's data export (``am-SecurityEvent/WorkspaceResourceId=/…/PT05M.json``,
see Microsoft's page on Log Analytics data export rules), trees whose folders are named ``column=value``, and folders
that bear a known table's name and hold files only.
Any other subfolder is left out with a notice: it may be another case.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DataError
from .catalogue import known_columns
from .sources import FUNCTION_FOLDERS, SourceFile, as_source, leads_outside, shown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_FILES = 500_000
_DEEPEST = 64
_EXPORT = "WorkspaceResourceId"
_EXPORT_TIMES = frozenset("ymdh")
# Names that the engine's own SQL uses for a file's columns.
_OWN_NAMES = re.compile(r"json|v|[ck]\d+", re.IGNORECASE)
_CONTAINER = re.compile(r"am-(\w+)", re.IGNORECASE)
_KEYED = re.compile(r"[A-Za-z_]\w*=.*")


@dataclass(slots=True)
class _Found:
    """The files below a folder.

    :ivar marked: files of logs and folders that are left out for the ``_`` before their names.
    """

    files: list[SourceFile] = field(default_factory=list)
    keyed: bool = False
    nested: bool = False
    links: int = 0
    odd: int = 0
    marked: int = 0


def find_trees(root: Path) -> tuple[list[SourceFile], list[str]]:
    """The trees below ``root``, or ``root`` as the one tree, and notices on what is left out.

    :raises DataError: more files than can be one workspace.
    """
    notices: list[str] = []
    if _is_tree_itself(root):
        tree = _tree(root, _table_name(root.name), notices)
        return ([tree] if tree else []), notices
    found: dict[str, SourceFile] = {}
    for folder in _folders(root):
        if leads_outside(folder, root):
            notices.append(f"{shown_name(folder)} is left out: it is a link to a folder outside.")
            continue
        tree = _tree(folder, _table_name(folder.name), notices)
        if tree is not None and tree.table in found:
            notices.append(f"{shown_name(folder)} is left out: another folder gives the table {tree.table}.")
        elif tree is not None:
            found[tree.table] = tree
    return list(found.values()), notices


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(
            path
            for path in root.iterdir()
            if path.is_dir() and not path.name.startswith(".") and path.name.casefold() not in FUNCTION_FOLDERS
        )
    except OSError as error:
        raise DataError(
            f"The folder {root} cannot be listed: {error.strerror}.", hint="Check its permissions."
        ) from error


def _is_tree_itself(root: Path) -> bool:
    """Whether the folder is a container, a level of one, or a tree of ``column=value`` folders and nothing else."""
    folders = _folders(root)
    return bool(folders) and all(_KEYED.fullmatch(folder.name) for folder in folders)


def _table_name(folder: str) -> str:
    """The table that a folder's name tells. Storage containers are in lower case: the catalogue knows better."""
    container = _CONTAINER.fullmatch(folder)
    return _as_known(container[1]) if container else folder


def _as_known(name: str) -> str:
    from .catalogue import known_tables

    if known_columns(name):
        return name
    return next((known for known in known_tables() if known.casefold() == name.casefold()), name)


def _tree(folder: Path, table: str, notices: list[str]) -> SourceFile | None:
    found = _Found()
    _collect(folder, folder, found, 0)
    if found.links:
        notices.append(f"{shown_name(folder)}: {found.links:,} links are left out.")
    if found.odd:
        notices.append(f"{shown_name(folder)}: {found.odd:,} pipes or devices are left out.")
    if not found.files:
        return None
    if found.marked:
        notices.append(
            f"{shown_name(folder)}: {found.marked:,} files and folders whose names begin with _ are left out."
        )
    container = _CONTAINER.fullmatch(folder.name) is not None
    named = bool(known_columns(table)) or table.endswith("_CL")
    if not (container or found.keyed or (named and not found.nested)):
        notices.append(
            f"The folder {shown_name(folder)} ({len(found.files):,} files) is left out: it does not look like one "
            "table. Connect to it to see its tables."
        )
        return None
    return _as_one(folder, table, found, notices, told=container or named)


def _as_one(folder: Path, table: str, found: _Found, notices: list[str], *, told: bool) -> SourceFile | None:
    """The files of the better typed format; the table's name is read from the rows if the folder does not tell it."""
    best = min(found.files, key=lambda source: source.rank)
    files = [
        source for source in found.files if source.format == best.format and source.compression == best.compression
    ]
    left = len(found.files) - len(files)
    if left:
        notices.append(
            f"{shown_name(folder)}: {left:,} files are left out, which are not {best.format} like the other "
            f"{len(files):,}{' or are compressed in another way' if best.format != 'parquet' else ''}."
        )
    parts = tuple(source.path for source in files)
    return SourceFile(
        folder, table, best.format, best.compression, best.rank, parts, not told, _keys(folder, parts, notices)
    )


def _keys(folder: Path, parts: Sequence[Path], notices: list[str]) -> tuple[str, ...]:
    """What all files' folders are named for; those of the data export repeat what is in the rows."""
    found: list[tuple[str, ...]] = []
    for part in parts:
        names = part.relative_to(folder).parts[:-1]
        found.append(tuple(name.partition("=")[0] for name in names if _KEYED.fullmatch(name)))
    keys = found[0]
    if not keys or _EXPORT in keys or set(keys) <= _EXPORT_TIMES:
        return ()
    if any(each != keys for each in found) or len({key.casefold() for key in keys}) < len(keys):
        notices.append(f"{shown_name(folder)}: its folders' names are not read as columns, as they are not alike.")
        return ()
    return tuple(key for key in keys if not _OWN_NAMES.fullmatch(key))


def _add(entry: os.DirEntry[str], found: _Found) -> None:
    source = as_source(Path(entry.path))
    if source is None:
        return
    if entry.is_file():
        found.files.append(source)
    else:
        # Whoever opens a pipe may wait for ever.
        found.odd += 1


def _collect(folder: Path, root: Path, found: _Found, depth: int) -> None:
    """All files of logs below ``folder``, in order; links are not followed."""
    if depth > _DEEPEST:
        raise DataError(f"The folder {root} is nested more than {_DEEPEST} deep.", hint="Connect to a folder within.")
    try:
        with os.scandir(folder) as entries:
            listed: Sequence[os.DirEntry[str]] = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(
            f"The folder {folder} cannot be listed: {error.strerror}.", hint="Check its permissions."
        ) from error
    for entry in listed:
        if entry.name.startswith("."):
            continue
        if entry.name.startswith("_"):
            # Writers of tables keep their own marks so (_SUCCESS, _delta_log); rows are nothing of theirs.
            found.marked += entry.is_dir() or as_source(Path(entry.path)) is not None
        elif entry.is_symlink():
            found.links += 1
        elif entry.is_dir():
            found.keyed = found.keyed or bool(_KEYED.fullmatch(entry.name))
            found.nested = True
            _collect(Path(entry.path), root, found, depth + 1)
        else:
            _add(entry, found)
        if len(found.files) > _MOST_FILES:
            raise DataError(f"{root} holds more than {_MOST_FILES:,} files.", hint="Connect to a folder within.")
