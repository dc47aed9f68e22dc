"""Files that appear whole or not at all: written beside their place under another name, readable by the user alone."""

from __future__ import annotations

import errno
import glob
import os
import secrets
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ..errors import LimitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PARTIAL = "partial"
_ABANDONED_S = 3600.0


def refuse_place(path: Path, *, overwrite: bool = False) -> None:
    """Refuse where no file can be written.

    :raises UsageError: the file exists already, or its folder does not, or it is a folder.
    """
    if os.path.isdir(path):  # noqa: PTH112  # which raises nothing, unlike the path's own
        raise UsageError(f"{path} is a folder.", hint="Give the name of a file, such as answer.parquet.")
    if not os.path.isdir(path.parent):  # noqa: PTH112  # likewise
        raise UsageError(f"There is no folder {path.parent}.", hint="Make it first, or give another.")
    if os.path.lexists(path) and not overwrite:
        raise _exists(path)


def new_partial(path: Path) -> Path:
    """A new empty file beside ``path``.

    :raises OSError: it cannot be made.
    """
    partial = beside(path, _PARTIAL)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return partial


def synced(partial: Path) -> None:
    """Have the system write what it holds back."""
    with partial.open("rb+") as file:
        os.fsync(file.fileno())


def put(partial: Path, path: Path, *, overwrite: bool) -> None:
    """Rename; what another has put there meanwhile is replaced only if ``overwrite``.

    :raises UsageError: there is one.
    """
    if overwrite:
        partial.replace(path)
        return
    try:
        os.link(partial, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise _exists(path) from None
        partial.rename(path)
        return
    partial.unlink()


def _exists(path: Path) -> UsageError:
    return UsageError(
        f"{path} exists already.", hint="Give another name, delete it, or say that it may be replaced (--replace)."
    )


def beside(path: Path, kind: str) -> Path:
    """A name beside ``path`` that nothing has, for what is not to be seen yet."""
    return path.with_name(f"{_prefix(path)}{secrets.token_hex(8)}.{kind}")


def sweep(path: Path) -> None:
    """Remove what runs that were killed have left beside ``path``: files that nobody has written to for an hour."""
    for left in path.parent.glob(f"{glob.escape(_prefix(path))}{'[0-9a-f]' * 16}.{_PARTIAL}"):
        with suppress(OSError):
            if left.is_file() and time.time() - left.stat().st_mtime > _ABANDONED_S:
                left.unlink()


def _prefix(path: Path) -> str:
    return f".{path.name[:100]}."


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Errors of files as ours: ``path`` is what was to be written.

    :raises LimitError: no room on the disk.
    :raises UsageError: what else the system refused.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise LimitError(
                f"No room on the disk: {path.name} was not written.", hint="Free some, or give a file on another disk."
            ) from error
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}.", hint="Give a folder that you may write to."
        ) from error
