"""What types alone do not say of the settings."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from ..errors import SettingsError

if TYPE_CHECKING:
    from .model import Settings, WorkspaceSettings

Fail = Callable[[tuple[str, ...], str, str], SettingsError]
WORKSPACE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
RESERVED_NAMES = frozenset({"demo"})
_SECRET_KEY = re.compile(
    r"(^|_)(secret|password|passwd|token|credential|api_?key|licen[cs]e_?key|private_?key|key)s?$",
    re.IGNORECASE,
)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint that names the closest known words, or all of them."""
    names = list(known)
    close = difflib.get_close_matches(word.lower(), names, n=2, cutoff=0.6)
    return f"Did you mean {' or '.join(close)}?" if close else f"Known here: {', '.join(sorted(names))}."


def refuse_secrets(data: Mapping[str, object], fail: Fail, above: tuple[str, ...] = ()) -> None:
    """Refuse a key that looks like a secret, without showing its value."""
    for key, value in data.items():
        keys = (*above, key)
        if isinstance(value, dict):
            refuse_secrets(value, fail, keys)
        elif _SECRET_KEY.search(key.replace("-", "_")):
            raise fail(
                keys,
                "secrets do not belong in this file.",
                "Remove the line, renew the secret if others saw the file, then: jupyter sentinel secret set "
                + ".".join([*(part for part in above[-2:] if part not in {"providers", "options"}), key]),
            )


def check_settings(settings: Settings, fail: Fail) -> None:
    """Refuse settings that have the right type and no sense.

    :raises SettingsError: made by ``fail`` from the key, the problem and a hint.
    """
    for name, workspace in settings.workspaces.items():
        problem = workspace_problem(name, workspace)
        if problem:
            raise fail(("workspaces", name), *problem)
    if not 0 < settings.query.timeout_s <= 3600:
        raise fail(("query", "timeout_s"), "not between 0 and 3600 seconds.", "Write for instance timeout_s = 180")
    if settings.store.history_limit < 0:
        raise fail(("store", "history_limit"), "negative.", "Write 0 to keep none.")
    for network in settings.privacy.internal_networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise fail(
                ("privacy", "internal_networks"),
                f"“{network}” is no network.",
                "Write for instance 198.18.0.0/15",
            ) from None


def workspace_problem(name: str, workspace: WorkspaceSettings) -> tuple[str, str] | None:
    """What is wrong with a named workspace and what to do, or None."""
    if WORKSPACE_NAME.fullmatch(name) is None:
        return "not a name for a workspace.", "Use letters, digits, dots, hyphens and underscores."
    if name.lower() in RESERVED_NAMES:
        return "this name is taken by the built-in workspace.", "Choose another name."
    if workspace.kind is not None or workspace.cluster or workspace.database or workspace.scope:
        return _kind_problem(workspace)
    if (workspace.path is None) == (workspace.workspace_id is None):
        return (
            "needs either path or workspace_id.",
            'Write path = "FOLDER" for exported logs, or workspace_id = "GUID".',
        )
    if workspace.workspace_id is not None and not is_guid(workspace.workspace_id):
        return (
            "workspace_id is not a GUID.",
            "Copy the Workspace ID from the workspace's overview page in Azure.",
        )
    return None


def _kind_problem(workspace: WorkspaceSettings) -> tuple[str, str] | None:
    """What is wrong with a workspace of one of the services that a ``kind`` names."""
    if workspace.kind is None:
        return "cluster, database and scope belong to a kind.", 'Write kind = "adx", "datalake" or "hunting".'
    if workspace.path is not None or workspace.workspace_id is not None or workspace.also:
        return f'path, workspace_id and also do not go with kind = "{workspace.kind}".', "Remove them, or the kind."
    if workspace.kind == "adx" and not (workspace.cluster and workspace.database):
        return (
            'kind = "adx" needs a cluster and a database.',
            'Write cluster = "https://CLUSTER.REGION.kusto.windows.net" and database = "NAME".',
        )
    if workspace.kind == "datalake" and not workspace.database:
        return (
            'kind = "datalake" needs a database.',
            "It is the workspace's name, a hyphen, and its Workspace ID.",
        )
    needless = workspace.cluster if workspace.kind != "adx" else None
    if needless or (workspace.kind == "hunting" and workspace.database):
        return f'kind = "{workspace.kind}" has no {"cluster" if needless else "database"}.', "Remove that line."
    return None


def is_guid(text: str) -> bool:
    """Whether ``text`` is a GUID in the usual form with hyphens."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
