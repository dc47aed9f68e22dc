"""Files that make a local workspace: which count, what their tables are called, what is left out and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...errors import DataError, UnknownWorkspaceError
from ...models.indicators import visible

Format = Literal["parquet", "json", "csv", "tsv"]

# The order is the rule for two files of one stem: the better typed one is read.
_FORMATS: dict[str, Format] = {
    ".parquet": "parquet",
    ".ndjson": "json",
    ".jsonl": "json",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
}
_COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_RANK = {suffix: rank for rank, suffix in enumerate(_FORMATS)}

# What Azure Monitor calls the files of its data export, whatever the table.
_HOUR_BLOB = re.compile(r"PT\d+[MH](_\d+)?")

# How much of a .log file is looked at.
_BEGIN = 64

MANIFEST = "workspace.json"
FUNCTION_FOLDERS = frozenset({"functions", "parsers", "asim"})
"""Subfolders of a workspace that hold functions, in lower case."""
READABLE = "CSV, TSV, NDJSON, JSON or Parquet files, also .gz or .zst"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file, or a tree of files, that becomes a table.

    :param compression: DuckDB's name for it.
    :param parts: the files of a tree, which ``path`` is the folder of; empty for a single file.
    :param by_type: whether the table's name is to be read from the column ``Type``.
    :param keys: what the folders of a tree are named for (``column=value``), where that is a column of the table.
    """

    path: Path
    table: str
    format: Format
    compression: str
    rank: int
    parts: tuple[Path, ...] = ()
    by_type: bool = False
    keys: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files to read."""
        return self.parts or (self.path,)


def find_sources(root: Path) -> tuple[list[SourceFile], list[str]]:
    """The files of a folder, or the one file, and notices on what is left out.

    A table is named by the file's stem. Of the subfolders those are read that hold one table in many files (see
    :mod:`.trees`). Of two files with one stem the first of Parquet, NDJSON,
    JSON, CSV, TSV is read, an uncompressed one before a compressed one. Stems that differ in case
    are two tables, as KQL's names are case-sensitive.

    :raises UnknownWorkspaceError: nothing at ``root``.
    :raises DataError: a folder that cannot be listed, or holds no readable file.
    """
    if root.is_file():
        source = as_source(root)
        if source is None:
            raise DataError(f"{root.name} is not a file of logs.", hint=f"Give {READABLE}.")
        return [source], []
    if not root.is_dir():
        raise UnknownWorkspaceError(
            f"There is no file or folder {root}.",
            hint="Give demo, a configured name, a workspace GUID, or a path.",
        )
    from .trees import find_trees

    trees, tree_notices = find_trees(root)
    if any(tree.path == root for tree in trees):
        return trees, tree_notices
    sources, notices = _sort_out(_listed(root), root, trees)
    notices = [*tree_notices, *notices]
    if not sources:
        raise DataError(f"The folder {root} holds no logs.", hint=f"Put {READABLE} into it, one a table.")
    return sources, notices


def _listed(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DataError(
            f"The folder {root} cannot be listed: {error.strerror}.", hint="Check its permissions."
        ) from error


def _sort_out(paths: list[Path], root: Path, trees: list[SourceFile]) -> tuple[list[SourceFile], list[str]]:
    notices: list[str] = []
    chosen: dict[str, SourceFile] = {tree.table: tree for tree in trees}
    for path in paths:
        source = as_source(path)
        if source is None or path.name == MANIFEST or path.is_dir():
            continue
        if path.exists() and not path.is_file():
            # A pipe or a device: whoever opens one may wait for ever.
            notices.append(f"{shown_name(path)} is left out: it is not a regular file.")
            continue
        if not _is_text(path.name):
            notices.append(f"{shown_name(path)} is left out: its name is not UTF-8.")
            continue
        if leads_outside(path, root):
            notices.append(f"{shown_name(path)} is left out: it is a link to a file outside the folder.")
            continue
        rival = chosen.get(source.table)
        if rival is None:
            chosen[source.table] = source
            continue
        kept, dropped = (rival, source) if rival.rank <= source.rank else (source, rival)
        chosen[source.table] = kept
        notices.append(
            f"{shown_name(dropped.path)} is left out: {shown_name(kept.path)} already gives the table "
            f"{visible(kept.table)}."
        )
    notices.extend(_case_notices(chosen))
    return sorted(chosen.values(), key=lambda source: source.table), notices


def shown_name(path: Path) -> str:
    """A file's name for a notice: one line, nothing invisible."""
    return visible(" ".join(path.name.split()), limit=200)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def leads_outside(path: Path, root: Path) -> bool:
    """Whether ``path`` is a link to something that is not in ``root``."""
    return path.is_symlink() and not path.resolve().is_relative_to(root.resolve())


def _case_notices(tables: dict[str, SourceFile]) -> list[str]:
    folded: dict[str, list[str]] = {}
    for name in tables:
        folded.setdefault(name.casefold(), []).append(name)
    return [
        f"Tables {visible(' and '.join(sorted(names)))} differ only in case; both are kept."
        for names in folded.values()
        if len(names) > 1
    ]


def as_source(path: Path) -> SourceFile | None:
    """What a file is by its name; None: not a file of logs."""
    name = path.name
    compression = "none"
    for suffix, known in _COMPRESSIONS.items():
        if name.lower().endswith(suffix):
            name, compression = name[: -len(suffix)], known
    stem, suffix = Path(name).stem, Path(name).suffix
    if suffix.lower() == ".log":
        suffix = _log_suffix(path, compression)
    kind = _FORMATS.get(suffix.lower())
    if kind is None or not stem or (kind == "parquet" and compression != "none"):
        return None
    rank = _RANK[suffix.lower()] * 2 + (compression != "none")
    return SourceFile(path, stem, kind, compression, rank, by_type=bool(_HOUR_BLOB.fullmatch(stem)))


def _log_suffix(path: Path, compression: str) -> str:
    """What a ``.log`` file would be called by its content: Zeek and others write JSON or tables so; else ``.log``."""
    from .heads import open_unpacked

    try:
        if not path.is_file():
            return ".log"
        with open_unpacked(path, compression) as stream:
            begin = stream.read(_BEGIN)
    except (OSError, EOFError):
        return ".log"
    text = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"#separator"):
        return ".tsv"
    return ".ndjson" if text.startswith(b'{"') else ".log"
