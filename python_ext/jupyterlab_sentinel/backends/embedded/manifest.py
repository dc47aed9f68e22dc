"""``workspace.json``: what a prepared folder says of itself.

Format 1: ``{"format": 1, "name", "description", "timerange", "synthetic", "tables":
{NAME: {"rows", "start", "end", "columns": {COLUMN: KQL type}}}, "geoip": [file names],
"externaldata": {ADDRESS: file name}, "functions": {NAME: file name}, "workspaces": {NAME: folder}}``.
``externaldata`` says what is read in place of an address, ``functions`` where else than in its subfolders functions
are, ``workspaces`` what ``workspace("NAME")`` means.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from ...errors import DataError
from ...kql.constants import TYPE_NAMES
from ...models.indicators import visible
from .sources import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path


class TableEntry(msgspec.Struct, frozen=True):
    """A table's description; the types of its columns in their order."""

    columns: dict[str, str] = {}
    description: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """The file's content, as far as it is used here."""

    format: int = 1
    name: str = ""
    description: str = ""
    timerange: str | None = None
    synthetic: bool = False
    tables: dict[str, TableEntry] = {}
    geoip: tuple[str, ...] = ()
    externaldata: dict[str, str] = {}
    functions: dict[str, str] = {}
    workspaces: dict[str, str] = {}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of ``folder``; an empty one if there is none.

    :raises DataError: a manifest that cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return Manifest()
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError, json.JSONDecodeError) as error:
        raise DataError(
            f"{MANIFEST} in {folder} cannot be read: {error}.", hint="Correct the file or remove it."
        ) from error
    if manifest.format != 1:
        raise DataError(
            f"{MANIFEST} in {folder} has format {manifest.format}; this version reads format 1.",
            hint="Update jupyterlab-sentinel or remove the file.",
        )
    return msgspec.structs.replace(
        manifest, tables={name: _typed(name, entry, folder) for name, entry in manifest.tables.items()}
    )


def _typed(table: str, entry: TableEntry, folder: Path) -> TableEntry:
    """The entry with KQL's own name for each type.

    :raises DataError: a type that KQL has not.
    """
    columns: dict[str, str] = {}
    for name, told in entry.columns.items():
        kind = TYPE_NAMES.get(told.lower())
        if kind is None:
            raise DataError(
                f"{MANIFEST} in {folder} gives {visible(f'{table}.{name}', limit=80)} the type "
                f"{visible(repr(told), limit=40)}, which KQL has not.",
                hint=f"Types are {', '.join(sorted(set(TYPE_NAMES.values())))}.",
            )
        columns[name] = kind
    return msgspec.structs.replace(entry, columns=columns)
