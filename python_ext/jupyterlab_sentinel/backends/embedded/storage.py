"""The private folder in which files that are not Parquet are kept as Parquet, once each."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

_UNUSED_DAYS = 14


@dataclass(frozen=True, slots=True)
class Storage:
    """Folders that only this user can read.

    :param path: where converted files are kept.
    :param temporary: whether they go away with the workspace.
    :param scratch: where DuckDB puts what does not fit into memory; goes away in any case. It is apart,
        as DuckDB lets SQL read its temporary folder even when it is locked.
    """

    path: Path
    temporary: bool
    scratch: Path

    def release(self) -> None:
        """Remove what was only for now."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)


def open_storage(wanted: Path | None = None) -> Storage:
    """The cache folder (made if need be, mode 0700), or a temporary one where that cannot be written."""
    scratch = Path(tempfile.mkdtemp(prefix="jupyterlab-sentinel-"))
    path = wanted if wanted is not None else _default_path()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not _is_private(path):
            path.chmod(0o700)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError:
        return Storage(Path(tempfile.mkdtemp(prefix="jupyterlab-sentinel-")), temporary=True, scratch=scratch)
    _forget_unused(path)
    return Storage(path, temporary=False, scratch=scratch)


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
