"""Folders for what a process needs only while it runs: they go with it, and with the next one if it was killed.

Rows of an investigation may lie in them. Each has a lock beside it, which the system holds for its process and lets
go of when that ends, however it ends.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import SettingsError
from ...settings.files import private_folder

if TYPE_CHECKING:
    from filelock import FileLock

_NAME = "jupyterlab-sentinel-scratch"
_LOCK = ".lock"
_ORPHAN_S = 86_400.0


class Scratch:
    """A folder that only this user can read.

    It goes when nobody holds this object any more, and at the latest when the interpreter ends. A process that was
    forked off leaves it alone.

    :ivar path: the folder.
    """

    def __init__(self, path: Path, lock: FileLock | None) -> None:
        self.path = path
        self.remove = weakref.finalize(self, _remove, path, lock, os.getpid())


def make_scratch() -> Scratch:
    """A new one, among this user's in the system's folder for temporary files; those of ended processes are removed.

    :raises OSError: none can be made.
    """
    home = _home()
    if home is not None:
        with suppress(OSError):
            _sweep(home)
        made = _locked_folder(home)
        if made is not None:
            return made
    # Where nothing can be locked, nobody can tell whether a process still needs a folder: that one only goes with ours.
    return Scratch(Path(tempfile.mkdtemp(prefix="jupyterlab-sentinel-")), None)


def _home() -> Path | None:
    """The folder of all of this user's; None where somebody else has one of that name."""
    user = getattr(os, "geteuid", lambda: "user")()
    try:
        return private_folder(Path(tempfile.gettempdir()) / f"{_NAME}-{user}")
    except (OSError, SettingsError):
        return None


def _locked_folder(home: Path) -> Scratch | None:
    """A folder whose lock was held before there was a folder: see :func:`_sweep`."""
    path = home / os.urandom(8).hex()
    try:
        lock = _lock_of(path)
        lock.acquire()
    except (OSError, NotImplementedError):
        return None
    path.mkdir(mode=0o700)
    return Scratch(path, lock)


def _lock_of(path: Path) -> FileLock:
    from filelock import FileLock

    return FileLock(path.with_suffix(_LOCK), timeout=0, thread_local=False, mode=0o600)


def _sweep(home: Path) -> None:
    """Remove the folders whose lock nobody holds, and locks that have lain without a folder for a day."""
    for path in home.iterdir():
        if path.is_symlink():
            continue
        if path.is_dir():
            _take_away(path)
        elif path.suffix == _LOCK and not path.with_suffix("").exists() and _is_old(path):
            _take_away(path.with_suffix(""))


def _take_away(path: Path) -> None:
    """Remove ``path`` and its lock, unless that is held."""
    from filelock import Timeout

    lock = _lock_of(path)
    with suppress(Timeout, OSError, NotImplementedError):
        lock.acquire()
        _remove(path, lock, os.getpid())


def _is_old(path: Path) -> bool:
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > _ORPHAN_S
    return False


def _remove(path: Path, lock: FileLock | None, pid: int) -> None:
    if os.getpid() != pid:
        return
    shutil.rmtree(path, ignore_errors=True)
    if lock is None:
        return
    if not path.exists():
        # Before it is let go of, lest a lock be removed that another has just taken; Windows removes no open file.
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
    if os.name == "nt" and not path.exists():
        with suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
