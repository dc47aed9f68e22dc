"""Workspaces that the user has set up for msticpy already, in ``msticpyconfig.yaml``.

Format: msticpy's documentation, "MSTICPy Package Configuration": ``AzureSentinel`` (or ``MSSentinel``),
``Workspaces``, a name, ``WorkspaceId`` and ``TenantId``; ``Azure`` with ``cloud`` and ``auth_methods``.
The file is the one that ``MSTICPYCONFIG`` names, or ``~/.msticpy/msticpyconfig.yaml``; unlike msticpy, none is taken
from the current folder, which may be anyone's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..models.indicators import visible
from .model import WorkspaceSettings
from .validating import RESERVED_NAMES, is_guid

if TYPE_CHECKING:
    from .model import Cloud

_LARGEST = 1 << 20
# A GUID, or a domain.
_TENANT = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|[0-9A-Za-z-]{1,63}(\.[0-9A-Za-z-]{1,63}){1,8}"
)
_CLOUDS: dict[str, Cloud] = {"global": "public", "public": "public", "usgov": "usgov", "cn": "china"}
_SIGN_INS = {
    "env": "environment",
    "environment": "environment",
    "cli": "azure_cli",
    "azcli": "azure_cli",
    "msi": "managed_identity",
    "managedidentity": "managed_identity",
    "vscode": "vscode",
    "interactive": "interactive",
    "browser": "interactive",
    "devicecode": "device_code",
    "device_code": "device_code",
}


@dataclass(frozen=True, slots=True)
class MsticpyWorkspaces:
    """What the file holds.

    :param path: the file; None if there is none.
    :param workspaces: by name.
    :param problem: why it, or a part of it, is not used; empty if there is nothing to say.
    """

    path: Path | None = None
    workspaces: Mapping[str, WorkspaceSettings] = field(default_factory=dict)
    problem: str = ""


def read_msticpy(environ: Mapping[str, str]) -> MsticpyWorkspaces:
    """The workspaces of msticpy's configuration; a file that cannot be used is a problem, never an error."""
    path = _path(environ)
    if path is None or not path.is_file():
        named = environ.get("MSTICPYCONFIG")
        return MsticpyWorkspaces(path, problem="there is no such file") if named else MsticpyWorkspaces()
    import yaml

    try:
        if path.stat().st_size > _LARGEST:
            return MsticpyWorkspaces(path, problem="it is larger than 1 MiB")
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return MsticpyWorkspaces(path, problem="it cannot be read as text")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        return MsticpyWorkspaces(path, problem=f"it is not YAML{f', line {mark.line + 1}' if mark else ''}")
    if data is not None and not isinstance(data, Mapping):
        return MsticpyWorkspaces(path, problem="it has no sections")
    return _workspaces(path, _mapping(data))


def _workspaces(path: Path, data: Mapping[object, object]) -> MsticpyWorkspaces:
    azure = _mapping(data.get("Azure"))
    written = str(azure.get("cloud") or "public")
    cloud = _CLOUDS.get(written.lower())
    if cloud is None:
        # Another cloud would be asked for tokens, and for the data.
        return MsticpyWorkspaces(
            path, problem=f"Azure.cloud is “{visible(written, limit=40)}”: give {', '.join(_CLOUDS)}"
        )
    methods = azure.get("auth_methods")
    named = [_SIGN_INS.get(str(name).lower()) for name in methods] if isinstance(methods, list) else []
    sign_in = tuple(dict.fromkeys(name for name in named if name))
    found: dict[str, WorkspaceSettings] = {}
    wrong: list[str] = []
    for section in ("AzureSentinel", "MSSentinel"):
        for name, entry in _mapping(_mapping(data.get(section)).get("Workspaces")).items():
            guid, tenant = _mapping(entry).get("WorkspaceId"), _mapping(entry).get("TenantId")
            if str(name).lower() in RESERVED_NAMES or not is_guid(str(guid)):
                wrong.append(visible(str(name), limit=60))
                continue
            tenant_id = str(tenant) if tenant and _TENANT.fullmatch(str(tenant)) else None
            found[str(name)] = WorkspaceSettings(
                workspace_id=str(guid).lower(), tenant_id=tenant_id, cloud=cloud, sign_in=sign_in
            )
    return MsticpyWorkspaces(path, found, f"no GUID as WorkspaceId: {', '.join(wrong)}" if wrong else "")


def _path(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("MSTICPYCONFIG")
    if named:
        return Path(named)
    home = environ.get("HOME") or environ.get("USERPROFILE")
    return Path(home) / ".msticpy" / "msticpyconfig.yaml" if home else None


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}
