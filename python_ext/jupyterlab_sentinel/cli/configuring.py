"""Named workspaces, providers, secrets, and forgetting."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import msgspec

from ..errors import UnknownWorkspaceError, UsageError
from ..models.indicators import visible
from ..settings import SecretVault, WorkspaceSettings, load_settings, settings_path
from ..settings.editing import add_workspace, remove_workspace, switch_provider
from ..settings.validating import nearest


def add(name: str, entry: WorkspaceSettings) -> int:
    """Name a workspace.

    :raises UnknownWorkspaceError: there is nothing at the path.
    :raises SettingsError: a bad name or GUID, or the settings cannot be written.
    """
    if entry.path is not None:
        absolute = Path(entry.path).expanduser().absolute()
        if not absolute.exists():
            raise UnknownWorkspaceError(
                f"There is nothing at {absolute}.", hint="Give a folder or file of exported logs."
            )
        entry = msgspec.structs.replace(entry, path=str(absolute))
    replaced = add_workspace(name, entry)
    print(f"{'Replaced' if replaced else 'Added'} {name} in {settings_path()}. In a notebook: %sentinel connect {name}")
    return 0


def list_workspaces() -> int:
    """A line each: name, and where it is."""
    workspaces = load_settings().workspaces
    for name, workspace in workspaces.items():
        print(visible(f"{name}\t{workspace.place}"))
    if not workspaces:
        print("No named workspace; “demo” is always there. Add one: jupyter sentinel workspace add NAME --path FOLDER")
    return 0


def remove(name: str) -> int:
    """Forget a name.

    :raises UnknownWorkspaceError: there is none.
    """
    remove_workspace(name)
    print(f"Removed {visible(name)}.")
    return 0


def list_providers() -> int:
    """A line each: name, state, what it contacts, what it does."""
    from .providers import provider_infos

    for info in provider_infos().infos:
        contacted = f"contacts {info.host}" if info.host else "offline"
        print(visible(f"{info.name}\t{'on' if info.enabled else 'off'}\t{contacted}\t{info.description}"))
    return 0


def switch(name: str, *, enabled: bool) -> int:
    """Switch a provider on or off.

    :raises UsageError: there is none of that name.
    """
    from .providers import provider_infos

    known = {info.name: info for info in provider_infos().infos}
    if name not in known:
        raise UsageError(f"There is no provider “{name}”.", hint=nearest(name, known))
    switch_provider(name, enabled=enabled)
    info = known[name]
    print(f"{name} is {'on' if enabled else 'off'}.")
    if enabled and info.host:
        print(visible(f"It sends what you enrich to: {info.host}. Private and internal values are never sent."))
    return 0


def set_secret(name: str) -> int:
    """Keep a secret that is typed unseen, or piped in; never taken from the command line.

    :raises SettingsError: a bad name or value, or no safe place.
    """
    value = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    kept_in = SecretVault().put(name, value.strip())
    print(f"Kept {name} in the {'system keyring' if kept_in == 'keyring' else 'file ' + str(SecretVault().path)}.")
    return 0


def remove_secret(name: str) -> int:
    """Forget a secret.

    :raises SettingsError: the file cannot be trusted or written.
    """
    removed = SecretVault().forget(name)
    print(f"Removed {name}." if removed else f"There was no {name}.")
    return 0


def purge(*, asked: bool) -> int:
    """Empty the store."""
    from ..store import Store, default_path

    if asked and not _agrees(
        f"Forget all lookups, the query history and the list of what was sent ({default_path()})?"
    ):
        print("Nothing was forgotten.")
        return 1
    with Store.open() as store:
        store.purge()
        for notice in store.take_notices():
            print(notice)
    for remains in default_path().parent.glob("*.corrupt-*"):
        remains.unlink()
    print("Forgotten.")
    return 0


def _agrees(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("Nobody is here to ask.", hint="Add --yes.")
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
