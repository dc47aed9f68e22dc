"""Backends and enrichers, found by their entry points; ours are registered like anybody's.

One that fails to load is reported in :attr:`Plugins.problems` and leaves the others alone.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, TypeVar

from .errors import UnknownWorkspaceError
from .models.indicators import visible
from .settings.msticpy import read_msticpy
from .settings.validating import is_guid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .ports import BackendFactory, EnricherFactory, QueryBackend
    from .settings import Settings, WorkspaceSettings

BACKENDS = "jupyterlab_sentinel.backends"
ENRICHERS = "jupyterlab_sentinel.enrichers"
_BUILT_IN = "demo"
# How names begin that need a sign-in, besides GUIDs.
_IN_AZURE = ("https://", "http://", "/subscriptions/", "datalake:", "hunting:")
_LIKE_A_GUID = re.compile(r"\{?(?=[0-9a-f-]*\d)[0-9a-f]{4,}(-[0-9a-f]+){3,}\}?", re.IGNORECASE)
Plugin = TypeVar("Plugin")


@dataclass(frozen=True, slots=True)
class PluginProblem:
    """A plugin that did not load: its name, where it comes from, and why."""

    name: str
    origin: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.origin}): {self.reason}"


@dataclass(frozen=True, slots=True)
class Plugins:
    """What was found: backends and enrichers by name, in a stable order, and what did not load."""

    backends: Mapping[str, BackendFactory]
    enrichers: Mapping[str, EnricherFactory]
    problems: tuple[PluginProblem, ...] = ()


def discover() -> Plugins:
    """Load every registered backend and enricher."""
    backends, first = load_backends()
    enrichers, second = load_enrichers()
    return Plugins(backends, enrichers, first + second)


def load_backends() -> tuple[dict[str, BackendFactory], tuple[PluginProblem, ...]]:
    """The registered backends by name, and those that did not load."""
    problems: list[PluginProblem] = []
    found: dict[str, BackendFactory] = _load(entry_points(group=BACKENDS), ("claims", "create"), problems)
    return found, tuple(problems)


def load_enrichers() -> tuple[dict[str, EnricherFactory], tuple[PluginProblem, ...]]:
    """The registered enrichers by name, and those that did not load."""
    problems: list[PluginProblem] = []
    found: dict[str, EnricherFactory] = _load(entry_points(group=ENRICHERS), ("__call__",), problems)
    return found, tuple(problems)


def backend_for(name: str, settings: Settings, **options: object) -> QueryBackend:
    """A backend, not yet opened, for ``demo``, a configured name, a workspace GUID, or a path.

    :param options: passed on to the backend, over those from the settings (``credential``, ``endpoint``).
    :raises UnknownWorkspaceError: nothing by that name; the hint gives the closest names.
    """
    wanted = name.strip()
    if not wanted:
        raise UnknownWorkspaceError("The name of the workspace is empty.", hint=_choices(settings))
    given = {key: value for key, value in options.items() if value is not None}
    backends, problems = load_backends()
    configured = settings.workspace(wanted)
    target = _target(configured) if configured else wanted
    if configured is not None and configured.kind is not None:
        factory = backends.get(configured.kind)
    else:
        factory = next((item for item in backends.values() if item.claims(target)), None)
    if factory is not None:
        return factory.create(wanted, {**_options(configured, target, settings), **given})
    raise _unknown(wanted, target, settings, problems)


def _load(found: Iterable[EntryPoint], needed: tuple[str, ...], problems: list[PluginProblem]) -> dict[str, Plugin]:
    loaded: dict[str, Plugin] = {}
    for entry in sorted(found, key=_own_first):
        origin = entry.dist.name if entry.dist else entry.module
        if entry.name in loaded:
            problems.append(PluginProblem(entry.name, origin, "another plugin has this name already"))
            continue
        try:
            plugin = entry.load()
        except Exception as error:  # noqa: BLE001  # whatever a stranger's module does on import is reported
            problems.append(PluginProblem(entry.name, origin, f"{type(error).__name__}: {error}"))
            continue
        missing = [attribute for attribute in needed if not callable(getattr(plugin, attribute, None))]
        if missing:
            problems.append(PluginProblem(entry.name, origin, f"it has no {' and no '.join(missing)}"))
            continue
        loaded[entry.name] = plugin
    return loaded


def _own_first(entry: EntryPoint) -> tuple[bool, str, str]:
    """Ours win over a stranger's of the same name."""
    return not entry.value.startswith("jupyterlab_sentinel."), entry.name, entry.value


def _target(workspace: WorkspaceSettings) -> str:
    return workspace.path or workspace.workspace_id or workspace.kind or ""


def _options(workspace: WorkspaceSettings | None, target: str, settings: Settings) -> dict[str, object]:
    local: dict[str, object] = {"location_files": settings.geoip.paths} if settings.geoip.paths else {}
    if workspace is not None and workspace.path is not None:
        return {"path": workspace.path, **local}
    if workspace is None and not (is_guid(target) or target.lower().startswith(_IN_AZURE)):
        return local
    azure: dict[str, object] = {"sign_in": settings.azure.sign_in, "plain_text_cache": settings.azure.plain_text_cache}
    if workspace is None:
        return {key: value for key, value in azure.items() if value}
    names = ("also", "endpoint", "sign_in", "cluster", "database", "scope")
    own = {name: getattr(workspace, name) for name in names}
    return {
        "workspace_id": workspace.workspace_id,
        "tenant_id": workspace.tenant_id,
        "cloud": workspace.cloud,
        **{key: value for key, value in azure.items() if value},
        **{key: value for key, value in own.items() if value},
    }


def _unknown(name: str, target: str, settings: Settings, problems: tuple[PluginProblem, ...]) -> UnknownWorkspaceError:
    broken = f" Not loaded: {'; '.join(map(str, problems))}." if problems else ""
    theirs = read_msticpy(os.environ)
    if theirs.problem:
        broken += f" Of {visible(str(theirs.path), limit=200)} not all is used: {theirs.problem}."
    if is_guid(target):
        return UnknownWorkspaceError(
            f"“{name}” is a Log Analytics workspace, and nothing that is installed opens those.",
            hint="Azure workspaces come with the Log Analytics backend. Until then: connect to demo, or to a "
            "folder of exported logs." + broken,
        )
    if _LIKE_A_GUID.fullmatch(name):
        return UnknownWorkspaceError(
            f"“{name}” is no Workspace ID.",
            hint="One has 36 characters, 8-4-4-4-12. Copy it from the workspace's overview page in Azure." + broken,
        )
    if target.lower().startswith(("https://", "http://")):
        return UnknownWorkspaceError(
            f"“{name}” is no database at a host that is known here.",
            hint="Write https://CLUSTER/DATABASE. A cluster at a host of your own needs a name first: jupyter sentinel "
            "workspace add NAME --cluster URL --database DATABASE." + broken,
        )
    known = [_BUILT_IN, *settings.workspaces]
    close = difflib.get_close_matches(name.lower(), [item.lower() for item in known], n=3, cutoff=0.5)
    named = [item for item in known if item.lower() in close]
    if named:
        return UnknownWorkspaceError(
            f"There is no workspace “{name}”.", hint=f"Did you mean {' or '.join(named)}?{broken}"
        )
    return UnknownWorkspaceError(f"There is no workspace “{name}”.", hint=_choices(settings) + broken)


def _choices(settings: Settings) -> str:
    names = ", ".join([_BUILT_IN, *settings.workspaces])
    return (
        f"Known here: {names}. A path to exported logs works too; "
        "add a name with: jupyter sentinel workspace add NAME --path FOLDER"
    )
