"""Room on the disk: asked for before files are converted, and watched while they are."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from ...errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

_SPARE = 512 * 1024 * 1024
# What the engine writes is smaller than text; compressed text is taken for five times its size.
_UNPACKED = 5


def needed(size: int, compression: str) -> int:
    """Bytes that converting a source of ``size`` bytes may take."""
    return size if compression == "none" else size * _UNPACKED


def require(folder: Path, size: int) -> None:
    """Make sure that ``size`` bytes can be written to ``folder`` with something to spare.

    :raises DataError: there is not enough room.
    """
    free = _free(folder)
    if free < size + _SPARE:
        raise DataError(
            f"converting it may take {_megabytes(size)} and {_megabytes(free)} are free where converted files are kept"
        )


def is_short(folder: Path) -> bool:
    """Whether the disk is so full that writing has to stop."""
    try:
        return _free(folder) < _SPARE // 2
    except OSError:
        return False


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"
