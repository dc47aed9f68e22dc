"""Which names the browser may ask the server to open.

``demo``, configured names and workspace GUIDs always; folders and files where the server allows them
(``c.SentinelExtension.allow_paths``). The server runs as the user who signed in to it, who can open the
same folders from a terminal, so an ordinary path is no new power. What is refused is what makes opening
itself an act: network shares (opening one signs in to its host), devices, pipes and the kernel's own files.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, UnknownWorkspaceError
from ..models.indicators import visible

if TYPE_CHECKING:
    from ..settings import Settings

DEMO = "demo"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_REMOTE = re.compile(r"[\\/]{2}|[a-z][a-z0-9+.-]+:[\\/]{2}|file:", re.IGNORECASE)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
_MACHINERY = ("/dev", "/proc", "/sys")
_LONGEST_NAME = 4096


def opened_name(name: str, settings: Settings, *, root: Path, allow_paths: bool) -> str:
    """What to open for ``name``: a known name as it is, a path made absolute below ``root``.

    :param root: where relative paths start: the folder that the file browser shows.
    :raises UnknownWorkspaceError: nothing by that name, or paths are not allowed.
    :raises DataError: a share, a device or the like.
    """
    wanted = name.strip()
    if not wanted or len(wanted) > _LONGEST_NAME or "\0" in wanted:
        raise UnknownWorkspaceError(
            "That is no name of a workspace.", hint="Give demo, a configured name, or a folder of logs."
        )
    known = next((key for key in (DEMO, *settings.workspaces) if key.casefold() == wanted.casefold()), None)
    if known is not None or _GUID.fullmatch(wanted):
        return known or wanted.lower()
    shown = visible(wanted, limit=200)
    if not allow_paths:
        raise UnknownWorkspaceError(
            f"There is no workspace “{shown}”.",
            hint="This server opens configured workspaces only; `jupyter sentinel workspace list` shows them.",
        )
    if _REMOTE.match(wanted):
        raise DataError(
            f"“{shown}” is on another host or no path at all; the server opens folders of this machine.",
            hint="Copy the logs to a folder here, and connect to that.",
        )
    return str(_ordinary(wanted, root, shown))


def _ordinary(wanted: str, root: Path, shown: str) -> Path:
    try:
        path = Path(os.path.realpath(root / Path(wanted).expanduser()))
        mode = path.stat().st_mode
    except (OSError, ValueError, RuntimeError):
        raise UnknownWorkspaceError(
            f"There is no workspace, folder or file “{shown}”.",
            hint="Give demo, a configured name, or a folder or file of exported logs; a relative path "
            "starts in the folder that the file browser shows.",
        ) from None
    machinery = any(path.is_relative_to(place) for place in _MACHINERY)
    reserved = any(_RESERVED.fullmatch(part) for part in path.parts) and os.name == "nt"
    if machinery or reserved or not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise DataError(
            f"“{shown}” is no ordinary folder or file.", hint="Connect to a folder or file of exported logs."
        )
    return path
