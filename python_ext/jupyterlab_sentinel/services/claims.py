"""One query at a time writes a file, whichever of a user's processes it runs in.

The system holds the lock and lets go of it when the process ends, however it ends. It lies in the user's cache folder:
beside the file it would be seen, and could not be removed safely.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from ..errors import SettingsError, UsageError
from ..settings.files import private_folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from filelock import FileLock


@asynccontextmanager
async def claimed(path: Path) -> AsyncIterator[None]:
    """Inside, no other process of this user that asks for it gets ``path``.

    Where the system locks no files (some network file systems do not), there is no claim, and no error.

    :raises UsageError: another query has it.
    """
    lock = await asyncio.to_thread(_taken, path)
    try:
        yield
    finally:
        if lock is not None:
            await asyncio.to_thread(lock.release)


def _taken(path: Path) -> FileLock | None:
    try:
        place = private_folder(_folder()) / f"{hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:32]}.lock"
    except (OSError, SettingsError):
        return None
    lock = _locked(place)
    if lock is False:
        raise UsageError(
            f"{path.name} is being written by another query{_who(place)}.",
            hint="Wait until it is finished, stop it, or give another name.",
        )
    if lock is not None:
        with suppress(OSError):
            _note(place).write_text(json.dumps({"pid": os.getpid(), "at": time.time()}), encoding="utf-8")
    return lock


def _locked(place: Path) -> FileLock | Literal[False] | None:
    """The lock; False: another has it; None: nothing can be locked there."""
    from filelock import FileLock, Timeout

    lock = FileLock(place, timeout=0, thread_local=False, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return False
    except (OSError, NotImplementedError):
        return None
    return lock


def _who(place: Path) -> str:
    """Which process holds a lock, as far as it could tell."""
    try:
        told = json.loads(_note(place).read_text(encoding="utf-8"))
        pid, at = int(told["pid"]), datetime.fromtimestamp(float(told["at"]), UTC)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return ""
    whose = "this one" if pid == os.getpid() else str(pid)
    return f" (process {whose}, since {at:%H:%M} UTC)"


def _note(place: Path) -> Path:
    return place.with_suffix(".json")


def _folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("jupyterlab-sentinel") / "writing"
