"""What was found out about a source, kept beside what was made of it, so that opening it again costs nothing."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from ...errors import DataError
from .tables import StoredTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MADE = "made:"


def partial_name(path: Path) -> Path:
    """A name beside ``path`` that no other process or thread writes to at the same time."""
    return path.with_suffix(f".{secrets.token_hex(6)}.partial")


def read_summary(path: Path) -> list[StoredTable] | None:
    """The tables of a source as they were found before, without views; None: look again."""
    try:
        tables = msgspec.json.decode(path.read_bytes(), type=list[StoredTable])
        os.utime(path)
    except (OSError, msgspec.MsgspecError):
        return None
    found = [replace(table, reads=tuple(_absolute(name, path.parent) for name in table.reads)) for table in tables]
    made = [
        path.parent / name.removeprefix(_MADE) for table in tables for name in table.reads if name.startswith(_MADE)
    ]
    return found if found and all(each.is_file() for each in made) else None


def _absolute(name: str, cache: Path) -> str:
    return str(cache / name.removeprefix(_MADE)) if name.startswith(_MADE) else name


def write_summary(path: Path, tables: Sequence[StoredTable]) -> None:
    """Keep what was found out. Files beside the summary are kept by their names, so that the folder may move.

    :raises DataError: it cannot be written.
    """
    inside = f"{path.parent}{os.sep}"
    entries = [
        replace(
            table,
            view="",
            reads=tuple(_MADE + name.removeprefix(inside) if name.startswith(inside) else name for name in table.reads),
        )
        for table in tables
    ]
    partial = partial_name(path)
    try:
        partial.write_bytes(msgspec.json.encode(entries))
        partial.replace(path)
    except OSError as error:
        raise DataError(f"its summary cannot be written to {path.parent}: {error.strerror}") from error
