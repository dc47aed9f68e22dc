"""Changes to the settings file that keep the user's comments and order, and happen whole or not at all."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from ..errors import SettingsError, UnknownWorkspaceError
from .files import write_atomically
from .loading import load_settings, settings_path
from .validating import nearest, workspace_problem

if TYPE_CHECKING:
    from pathlib import Path

    from tomlkit import TOMLDocument

    from .model import WorkspaceSettings


def add_workspace(name: str, workspace: WorkspaceSettings, *, path: Path | None = None) -> bool:
    """Write a named workspace; whether it replaced one of the same name.

    :param path: the settings file; default: the user's.
    :raises SettingsError: a bad name or values, or the file cannot be read or written.
    """
    problem = workspace_problem(name, workspace)
    if problem:
        raise SettingsError(f"{name}: {problem[0]}", hint=problem[1])
    target, document = _read(path)
    section = _section(document, "workspaces")
    old = next((key for key in section if key.casefold() == name.casefold()), None)
    if old is not None:
        del section[old]
    names = ("kind", "path", "workspace_id", "cluster", "database", "scope", "tenant_id")
    fields = {name: getattr(workspace, name) for name in names}
    entry: dict[str, object] = {key: value for key, value in fields.items() if value is not None}
    lists = {"also": workspace.also, "sign_in": workspace.sign_in}
    entry.update({key: list(value) for key, value in lists.items() if value})
    if workspace.endpoint is not None:
        entry["endpoint"] = workspace.endpoint
    if workspace.cloud != "public":
        entry["cloud"] = workspace.cloud
    section[name] = entry
    _write(target, document)
    return old is not None


def remove_workspace(name: str, *, path: Path | None = None) -> None:
    """Take a named workspace out of the settings; the logs themselves stay.

    :raises UnknownWorkspaceError: there is none of that name in the file.
    """
    target, document = _read(path)
    section = _section(document, "workspaces")
    found = next((key for key in section if key.casefold() == name.casefold()), None)
    if found is None:
        hint = nearest(name, section) if section else "No workspace is in the settings file."
        raise UnknownWorkspaceError(f"There is no workspace “{name}” in {target}.", hint=hint)
    del section[found]
    _write(target, document)


def switch_provider(name: str, *, enabled: bool, path: Path | None = None) -> None:
    """Switch an enrichment provider on or off."""
    target, document = _read(path)
    section = _section(document, "providers")
    entry = section.get(name)
    if isinstance(entry, MutableMapping):
        entry["enabled"] = enabled
    else:
        section[name] = {"enabled": enabled}
    _write(target, document)


def _read(path: Path | None) -> tuple[Path, TOMLDocument]:
    import tomlkit

    target = settings_path() if path is None else path
    load_settings(target, {})  # what is wrong with the file is said before it is changed
    text = target.read_text(encoding="utf-8-sig") if target.exists() else ""
    return target, tomlkit.parse(text)


def _section(document: TOMLDocument, name: str) -> MutableMapping[str, object]:
    import tomlkit

    if name not in document:
        document[name] = tomlkit.table(is_super_table=True)
    section: MutableMapping[str, object] = document[name]
    return section


def _write(target: Path, document: TOMLDocument) -> None:
    import tomlkit

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target.resolve(), tomlkit.dumps(document).encode("utf-8"), mode=0o600)
    except OSError as error:
        raise SettingsError(
            f"{target} cannot be written: {error.strerror}.", hint="Free some room or check its permissions."
        ) from None
