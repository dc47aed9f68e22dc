"""``jupyter sentinel check``: what works, a line each."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import SentinelError
from ..locations.sources import location_book
from ..models.indicators import visible
from ..plugins import load_backends
from ..settings import SecretVault, Settings, load_settings, settings_path
from ..settings.msticpy import read_msticpy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PACKAGES = (
    "jupyterlab-sentinel",
    "jupyterlab",
    "notebook",
    "jupyter-server",
    "ipykernel",
    "pandas",
    "duckdb",
    "duckdb-kql",
)
_SECRETS = ("maxmind.account_id", "maxmind.license_key")


class Line(NamedTuple):
    """One finding. ``good`` None: neither good nor bad."""

    topic: str
    text: str
    good: bool | None = True


def check() -> int:
    """Print the findings; 1 if any of them is bad, else 0."""
    lines = list(findings())
    width = max(len(line.topic) for line in lines)
    for line in lines:
        mark = {True: "ok", False: "!!", None: "--"}[line.good]
        print(visible(f"{mark}  {line.topic:<{width}}  {line.text}").replace("\n", " "))
    return 1 if any(line.good is False for line in lines) else 0


def findings() -> Iterator[Line]:
    """Every finding; whatever fails is a finding too."""
    yield from _versions()
    yield from _extensions()
    try:
        settings = load_settings()
    except SentinelError as error:
        yield Line("settings", f"{error.message} {error.hint}", good=False)
        settings = Settings()
    else:
        there = "" if settings_path().exists() else " (not there: defaults and the environment count)"
        yield Line("settings", f"{settings_path()}{there}")
    yield from _workspaces(settings)
    yield from _credentials()
    yield _azure_sign_in(settings)
    yield from _providers()
    yield from _locations(settings)
    yield from _store(settings)


def _versions() -> Iterator[Line]:
    found = []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} (not installed)")
    yield Line("versions", f"Python {sys.version.split()[0]}, {', '.join(found)}")


def _extensions() -> Iterator[Line]:
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager

    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    enabled = bool(manager.enabled("jupyterlab_sentinel"))
    how = "enabled" if enabled else "not enabled: jupyter server extension enable jupyterlab_sentinel"
    yield Line("server extension", how, good=enabled)
    places = [Path(folder) / "jupyterlab-sentinel" for folder in jupyter_path("labextensions")]
    built = next((place for place in places if (place / "package.json").exists()), None)
    yield Line(
        "lab extension", f"in {built}" if built else "not installed: install the wheel again", good=built is not None
    )


def _workspaces(settings: Settings) -> Iterator[Line]:
    backends, problems = load_backends()
    yield Line("backends", ", ".join(backends) or "none", good=bool(backends))
    for problem in problems:
        yield Line("backends", f"not loaded: {problem}", good=False)
    if not settings.workspaces:
        yield Line("workspaces", "demo (no other is named)", good=None)
    theirs = read_msticpy(os.environ)
    if theirs.problem:
        yield Line("workspaces", f"{theirs.path}: {theirs.problem}", good=None)
    for name, workspace in settings.workspaces.items():
        if workspace.path is not None:
            there = Path(workspace.path).expanduser().exists()
            yield Line("workspaces", f"{name}: {workspace.path}{'' if there else ' is not there'}", good=there)
        else:
            claimed = workspace.kind in backends or any(
                backend.claims(str(workspace.workspace_id)) for backend in backends.values()
            )
            rest = "" if claimed else ": no backend for Azure is installed"
            yield Line("workspaces", f"{name}: {workspace.place}{rest}", good=claimed)


def _credentials() -> Iterator[Line]:
    vault = SecretVault()
    for name in _SECRETS:
        try:
            secret = vault.get(name)
        except SentinelError as error:
            yield Line("credentials", f"{error.message} {error.hint}", good=False)
            return
        where = f"set, in the {secret.source}" if secret else "not set"
        yield Line("credentials", f"{name}: {where}", good=True if secret else None)


def _azure_sign_in(settings: Settings) -> Line:
    from ..backends.log_analytics.credentials import chain_names, here

    names = settings.azure.sign_in or chain_names(here())
    return Line("azure sign-in", f"tried in this order: {', '.join(names)}", good=None)


def _providers() -> Iterator[Line]:
    from .providers import provider_infos

    try:
        found = provider_infos()
    except SentinelError:
        return  # told under settings
    for info in found.infos:
        state = "on" if info.enabled else "off"
        contacted = f"contacts {info.host}" if info.host else "offline"
        problem = f"; {info.problem}" if info.problem and info.enabled else ""
        yield Line(
            f"provider {info.name}",
            f"{state}, {contacted}{problem}",
            good=None if problem or not info.enabled else True,
        )
    for text in found.problems:
        yield Line("providers", f"not loaded: {text}", good=False)


def _locations(settings: Settings) -> Iterator[Line]:
    book = location_book(settings)
    if not book.files:
        yield Line("location files", "none: jupyter sentinel geoip update", good=None)
    old = book.age_notices(settings.geoip.warn_after_days)
    for file in book.files:
        tells = " and ".join({"place": "places", "owner": "network owners"}[what] for what in sorted(file.knows))
        aged = any(file.path.name in notice for notice in old)
        advice = ": jupyter sentinel geoip update" if aged else ""
        text = f"{file.path}: {tells}, of {file.built:%Y-%m-%d}, {file.age_days()} days old{advice}"
        yield Line("location files", text, good=None if aged else True)
    for warning in book.warnings():
        yield Line("location files", warning, good=None)
    yield from _bad("location files", book.problems)


def _store(settings: Settings) -> Iterator[Line]:
    from ..store import Store

    with Store.open(on_disk=settings.store.enabled) as store:
        yield Line("store", str(store.path or "in memory"), good=True if store.path else None)
        yield from _bad("store", store.take_notices())


def _bad(topic: str, texts: Iterable[str]) -> Iterator[Line]:
    for text in texts:
        yield Line(topic, text, good=False)
