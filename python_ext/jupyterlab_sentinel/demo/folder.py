"""The demo's folder: written whole or not at all, at first use, by whichever process comes first."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import SettingsError

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT: Final = 1
NAME: Final = "demo"
TIMERANGE: Final = "2019-02-17 2019-02-19"
MANIFEST: Final = "workspace.json"
FOLDER_VARIABLE: Final = "JUPYTERLAB_SENTINEL_DEMO_DIR"
DESCRIPTION: Final = (
    "Synthetic data of an invented organisation in February 2019: an intrusion from a first alert on a Linux host "
    "to a Windows host and Office 365."
)


def build_folder(folder: Path, *, force: bool = False) -> Path:
    """See `jupyterlab_sentinel.demo.build`."""
    if not force and _is_current(folder):
        return folder
    if folder.exists() and not _is_ours(folder):
        raise SettingsError(
            f"{folder} exists and is not a demo workspace.",
            hint="Name another folder, or empty this one yourself.",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write(work / "new")
        _replace(folder, work, force=force)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def ensure_folder() -> Path:
    """See `jupyterlab_sentinel.demo.ensure`."""
    if named := os.environ.get(FOLDER_VARIABLE):
        return build_folder(Path(named).expanduser())
    from jupyter_core.paths import jupyter_data_dir

    home = Path(jupyter_data_dir()) / "jupyterlab-sentinel" / _folder_name()
    try:
        return build_folder(home)
    except OSError:
        return build_folder(_private_temporary_folder() / _folder_name())


@cache
def stamp() -> str:
    """What this generator's output depends on, in 12 hexadecimal digits: its own source and Arrow's version."""
    import pyarrow as pa

    digest = hashlib.sha256(pa.__version__.encode())
    package = files("jupyterlab_sentinel.demo")
    for entry in sorted(package.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith((".py", ".json", ".txt")) and entry.name != "headless.py":
            digest.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return digest.hexdigest()[:12]


def _folder_name() -> str:
    from .. import __version__

    return f"demo-{__version__}"


def _private_temporary_folder() -> Path:
    """A folder of this user's alone: what another user left under that name is not trusted."""
    identity = getattr(os, "getuid", lambda: "user")()
    folder = Path(tempfile.gettempdir()) / f"jupyterlab-sentinel-{identity}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    foreign = hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022)
    if foreign or folder.is_symlink():
        return Path(tempfile.mkdtemp(prefix="jupyterlab-sentinel-"))
    return folder


def _manifest(folder: Path) -> dict[str, object]:
    with suppress(OSError, ValueError):
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    return {}


def _is_current(folder: Path) -> bool:
    """Whether it is this generator's, and whole: cleaners of temporary folders remove single files."""
    manifest = _manifest(folder)
    tables = manifest.get("tables")
    if manifest.get("stamp") != stamp() or not isinstance(tables, dict):
        return False
    return all((folder / f"{name}.parquet").is_file() for name in tables)


def _is_ours(folder: Path) -> bool:
    """Whether a folder may be replaced: an empty one, or an older demo workspace."""
    if not folder.is_dir() or folder.is_symlink():
        return False
    manifest = _manifest(folder)
    return (manifest.get("name") == NAME and manifest.get("synthetic") is True) or not any(folder.iterdir())


def _replace(folder: Path, work: Path, *, force: bool) -> None:
    """Put `work/new` in the folder's place; where another process was faster, its folder stays."""
    for attempt in range(3):
        if not force and _is_current(folder):
            return
        old = work / f"old-{attempt}"
        with suppress(FileNotFoundError):
            folder.rename(old)
        placed = work / "new"
        if not force and _is_current(old):  # it came between the two lines above, and may be in use already
            placed = old
        with suppress(OSError):  # another process has put its folder there: look again
            placed.rename(folder)
            return
    raise OSError(f"{folder} changes while it is being replaced")


def _write(folder: Path) -> None:
    from .locations import write_locations
    from .story import tables

    folder.mkdir()
    described = {}
    for table in tables():
        name = str(table.column("Type")[0])
        _write_parquet(table, folder / f"{name}.parquet")
        described[name] = _describe(name, table)
    manifest = {
        "format": FORMAT,
        "name": NAME,
        "description": DESCRIPTION,
        "timerange": TIMERANGE,
        "synthetic": True,
        "stamp": stamp(),
        "tables": dict(sorted(described.items())),
        "geoip": write_locations(folder),
    }
    text = json.dumps(manifest, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _write_parquet(table: pa.Table, path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(
        table, path, version="2.6", compression="zstd", compression_level=3, row_group_size=65_536, use_dictionary=True
    )


def _describe(name: str, table: pa.Table) -> dict[str, object]:
    from .cast import iso
    from .tables import columns

    moments = table.column("TimeGenerated").cast("int64")
    return {
        "rows": table.num_rows,
        "start": iso(moments[0].as_py()),
        "end": iso(moments[-1].as_py()),
        "columns": dict(columns()[name]),
    }
