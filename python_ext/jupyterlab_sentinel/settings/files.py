"""Files that only their user may touch, and writes that happen whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

_POSIX = os.name == "posix"


def private_folder(path: Path) -> Path:
    """Make ``path`` (0700) or check that nobody else can write to it; returns it.

    :raises SettingsError: a symbolic link, no folder, someone else's, or open to a group or the world.
    :raises OSError: it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        _check(path, os.lstat(path), stat.S_ISDIR, "folder")
    if _POSIX:
        path.chmod(0o700)
    return path


def check_private_file(path: Path) -> None:
    """Refuse a file that others may have written, and close it to other readers.

    :raises SettingsError: a symbolic link, no regular file, someone else's, or writable by others.
    :raises FileNotFoundError: there is none.
    """
    found = os.lstat(path)
    _check(path, found, stat.S_ISREG, "file")
    if _POSIX and found.st_mode & 0o077:
        path.chmod(0o600)


def create_private_file(path: Path) -> None:
    """Make an empty 0600 file, whatever the umask, or check the one that is there.

    :raises SettingsError: what is there cannot be trusted.
    :raises OSError: it cannot be made.
    """
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    try:
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        check_private_file(path)


def write_atomically(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace ``path`` by ``content``; on any failure the old file stays as it was.

    :raises OSError: no room, no permission.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if not _POSIX:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # some network file systems know no fsync of folders
        pass
    finally:
        os.close(descriptor)


def _check(path: Path, found: os.stat_result, is_kind: Callable[[int], bool], noun: str) -> None:
    reason = _distrust(found, is_kind, noun)
    if reason:
        raise SettingsError(
            f"{path} is {reason}; it is not used.",
            hint=f"Make it your own {noun} that only you may write to, or remove it, to get a new one.",
        )


def _distrust(found: os.stat_result, is_kind: Callable[[int], bool], noun: str) -> str:
    if stat.S_ISLNK(found.st_mode):
        return "a symbolic link"
    if not is_kind(found.st_mode):
        return f"not a {noun}"
    if not _POSIX:
        return ""
    if found.st_uid != os.geteuid():
        return "owned by another user"
    if found.st_mode & 0o022:
        return "writable by other users"
    return ""
