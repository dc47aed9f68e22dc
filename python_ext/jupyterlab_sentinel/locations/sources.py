"""Which location files are used, in which order, and who made them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .files import OPEN_FILES, LocationBook

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..models.workspace import WorkspaceInfo
    from ..settings import Settings

MANIFEST = "manifest.json"
SET_UP = "No location file: run “jupyter sentinel geoip update”, or set geoip.paths in the settings."


class FetchedFile(msgspec.Struct, frozen=True):
    """A file that ``geoip update`` fetched: where from, under which licence, whom to credit.

    :param warning: what its publisher warns of; shown wherever the file is listed.
    """

    name: str
    source: str
    version: str
    licence: str
    attribution: str
    fetched_at: str
    warning: str = ""


class Manifest(msgspec.Struct, frozen=True):
    """The files in the folder of fetched files."""

    files: tuple[FetchedFile, ...] = ()


def fetched_folder() -> Path:
    """Where ``jupyter sentinel geoip update`` puts its files."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "jupyterlab-sentinel" / "geoip"


def read_manifest(folder: Path) -> Manifest:
    """What was fetched into ``folder``; empty if nothing, or if it cannot be read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return Manifest()


def location_book(
    settings: Settings, workspace: WorkspaceInfo | None = None, *, folder: Path | None = None
) -> LocationBook:
    """The files of the connected workspace, then those of the settings, then those that were fetched.

    A file that cannot be opened is a problem of the book, not an error.
    """
    return book_of(workspace.geoip_files if workspace else (), settings.geoip.paths, folder=folder)


def book_of(own: Iterable[str], listed: Iterable[str], *, folder: Path | None = None) -> LocationBook:
    """The files of a workspace, then those that its user lists, then those that were fetched."""
    first = [(Path(path), "", "") for path in own]
    second = [(Path(path).expanduser(), "", "") for path in listed]
    place = folder if folder is not None else fetched_folder()
    fetched = [(place / file.name, file.attribution, file.warning) for file in read_manifest(place).files]
    return OPEN_FILES.book([*first, *second, *fetched])
