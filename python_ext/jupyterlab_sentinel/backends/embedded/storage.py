"""The private folder in which files that are not Parquet are kept as Parquet, once each."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .scratch import Scratch, make_scratch

_UNUSED_DAYS = 14


@dataclass(frozen=True, slots=True)
class Storage:
    """Folders that only this user can read.

    :param path: where converted files are kept.
    :param made: those that go away with the workspace; the first is where DuckDB puts what does not fit into memory.
    """

    path: Path
    made: tuple[Scratch, ...]

    @property
    def scratch(self) -> Path:
        """It is apart, as DuckDB lets SQL read its temporary folder even when it is locked."""
        return self.made[0].path

    def release(self) -> None:
        """Remove what was only for now."""
        for scratch in self.made:
            scratch.remove()


def open_storage(wanted: Path | None = None) -> Storage:
    """The cache folder (made if need be, mode 0700), or a temporary one where that cannot be written."""
    scratch = make_scratch()
    path = wanted if wanted is not None else _default_path()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_private(path):
            path.chmod(0o700)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError:
        temporary = make_scratch()
        return Storage(temporary.path, (scratch, temporary))
    _forget_unused(path)
    return Storage(path, (scratch,))


def _default_path() -> Path:
    named = os.environ.get("JUPYTERLAB_SENTINEL_CACHE_DIR")
    if named:
        return Path(named) / "tables"
    from platformdirs import user_cache_path

    return user_cache_path("jupyterlab-sentinel") / "tables"


def _is_private(path: Path) -> bool:
    return os.name == "nt" or path.stat().st_mode & 0o077 == 0


def _forget_unused(path: Path) -> None:
    """Remove what no workspace has used for two weeks: it is a copy of logs."""
    oldest = time.time() - _UNUSED_DAYS * 86_400
    for summary in [*path.glob("*.json"), *path.glob("*.partial")]:
        try:
            if summary.stat().st_mtime < oldest:
                for made in path.glob(f"{summary.stem}*.parquet"):
                    made.unlink(missing_ok=True)
                summary.unlink()
        except OSError:
            continue
