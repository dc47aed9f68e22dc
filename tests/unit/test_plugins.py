from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, EntryPoints
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel import plugins
from jupyterlab_sentinel.errors import UnknownWorkspaceError
from jupyterlab_sentinel.settings import GeoIPSettings, Settings, WorkspaceSettings
from jupyterlab_sentinel.settings.model import AzureSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GUID = "9aa5f3f5-9f9a-4b0e-8f0a-0d9f7c9c5a11"


class Made:
    def __init__(self, name: str, options: Mapping[str, object]) -> None:
        self.name, self.options = name, options


class Files:
    @classmethod
    def claims(cls, name: str) -> bool:
        return name == "demo" or "/" in name

    @classmethod
    def create(cls, name: str, options: Mapping[str, object]) -> Made:
        return Made(name, options)


class Azure(Files):
    @classmethod
    def claims(cls, name: str) -> bool:
        return len(name) == 36


class NoBackend:
    pass


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[EntryPoint]]:
    module = ModuleType("stranger_plugins")
    for kind in (Files, Azure, NoBackend):
        setattr(module, kind.__name__, kind)
    monkeypatch.setitem(sys.modules, "stranger_plugins", module)
    groups: dict[str, list[EntryPoint]] = {plugins.BACKENDS: [], plugins.ENRICHERS: []}
    monkeypatch.setattr(plugins, "entry_points", lambda group: EntryPoints(groups[group]))
    return groups


def register(groups: dict[str, list[EntryPoint]], group: str, name: str, value: str) -> None:
    groups[group].append(EntryPoint(name, value, group))


def test_a_broken_plugin_is_reported_and_leaves_the_others_alone(
    registered: dict[str, list[EntryPoint]],
) -> None:
    register(registered, plugins.BACKENDS, "absent", "no_such_module:X")
    register(registered, plugins.BACKENDS, "empty", "stranger_plugins:Missing")
    register(registered, plugins.BACKENDS, "wrong", "stranger_plugins:NoBackend")
    register(registered, plugins.BACKENDS, "files", "stranger_plugins:Files")
    found = plugins.discover()
    assert list(found.backends) == ["files"]
    assert {problem.name for problem in found.problems} == {"absent", "empty", "wrong"}
    assert "no_such_module" in str(found.problems[0])
    assert plugins.backend_for("demo", Settings()).name == "demo"  # type: ignore[attr-defined]


def test_same_name_twice_is_reported(registered: dict[str, list[EntryPoint]]) -> None:
    register(registered, plugins.ENRICHERS, "x", "stranger_plugins:Files")
    register(registered, plugins.ENRICHERS, "x", "stranger_plugins:Azure")
    found = plugins.discover()
    assert list(found.enrichers) == ["x"]
    assert "already" in found.problems[0].reason


def test_configured_names_carry_their_options(registered: dict[str, list[EntryPoint]]) -> None:
    register(registered, plugins.BACKENDS, "files", "stranger_plugins:Files")
    register(registered, plugins.BACKENDS, "azure", "stranger_plugins:Azure")
    settings = Settings(
        workspaces={
            "logs": WorkspaceSettings(path="/data/logs"),
            "Contoso": WorkspaceSettings(workspace_id=GUID, tenant_id="t", cloud="china"),
        }
    )
    logs = plugins.backend_for(" logs ", settings)
    assert isinstance(logs, Made)
    assert (logs.name, logs.options) == ("logs", {"path": "/data/logs"})
    azure = plugins.backend_for("contoso", settings, credential=7, endpoint=None)
    assert isinstance(azure, Made)
    assert azure.options == {"workspace_id": GUID, "tenant_id": "t", "cloud": "china", "credential": 7}


def test_a_kind_names_the_backend_whatever_it_claims(registered: dict[str, list[EntryPoint]]) -> None:
    register(registered, plugins.BACKENDS, "adx", "stranger_plugins:Azure")
    register(registered, plugins.BACKENDS, "files", "stranger_plugins:Files")
    own = WorkspaceSettings(
        kind="adx", cluster="https://own.example/x", database="Db", scope="s", sign_in=("azure_cli",)
    )
    settings = Settings(workspaces={"events": own, "lake": WorkspaceSettings(kind="datalake", database="d")})
    made = plugins.backend_for("Events", settings)
    assert isinstance(made, Made)
    assert made.name == "Events"
    assert {key: value for key, value in made.options.items() if value is not None} == {
        "cloud": "public",
        "cluster": "https://own.example/x",
        "database": "Db",
        "scope": "s",
        "sign_in": ("azure_cli",),
    }
    with pytest.raises(UnknownWorkspaceError):
        plugins.backend_for("lake", settings)


def test_addresses_that_nobody_claims(registered: dict[str, list[EntryPoint]]) -> None:
    with pytest.raises(UnknownWorkspaceError, match="no database at a host that is known") as caught:
        plugins.backend_for("https://own.example/Db", Settings())
    assert "--cluster" in caught.value.hint


def test_names_in_azure_get_the_users_sign_ins() -> None:
    settings = Settings(azure=AzureSettings(sign_in=("azure_cli",)))
    for name in ("https://help.kusto.windows.net/Samples", "datalake:x", "hunting:"):
        backend = plugins.backend_for(name, settings)
        assert backend.info.name == name
        assert backend._credential.args[0] == ("azure_cli",)  # type: ignore[attr-defined]


def test_local_workspaces_are_told_the_users_location_files(registered: dict[str, list[EntryPoint]]) -> None:
    register(registered, plugins.BACKENDS, "files", "stranger_plugins:Files")
    settings = Settings(geoip=GeoIPSettings(paths=("/a.mmdb",)), workspaces={"logs": WorkspaceSettings(path="/logs")})
    for name, path in (("logs", {"path": "/logs"}), ("demo", {})):
        made = plugins.backend_for(name, settings)
        assert isinstance(made, Made)
        assert made.options == {"location_files": ("/a.mmdb",), **path}


def test_unknown_names(registered: dict[str, list[EntryPoint]]) -> None:
    register(registered, plugins.BACKENDS, "files", "stranger_plugins:Files")
    settings = Settings(workspaces={"contoso": WorkspaceSettings(path="/x")})
    with pytest.raises(UnknownWorkspaceError, match="Did you mean contoso"):
        plugins.backend_for("contosso", settings)
    with pytest.raises(UnknownWorkspaceError, match="Known here: demo, contoso"):
        plugins.backend_for("zzzzzzzz", settings)
    with pytest.raises(UnknownWorkspaceError, match="empty"):
        plugins.backend_for("  ", settings)
    with pytest.raises(UnknownWorkspaceError, match="Log Analytics backend"):
        plugins.backend_for(GUID, settings)


def test_ours_are_registered_like_anybodys() -> None:
    backends, problems = plugins.load_backends()
    assert "embedded" in backends
    assert problems == ()
    assert backends["embedded"].claims("demo")


async def test_the_settings_deadline_reaches_the_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from jupyterlab_sentinel.session import connect

    (tmp_path / "T.csv").write_text("TimeGenerated,A\n2019-02-17T00:00:00Z,1\n")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("JUPYTERLAB_SENTINEL_QUERY__TIMEOUT_S", "7.5")
    workspace = await connect(str(tmp_path / "T.csv"))
    assert workspace.timeout_s == 7.5
    await workspace.close()


@pytest.mark.parametrize("name", [GUID[:-1], GUID + "0", f"{{{GUID}}}", GUID.replace("-", "", 1)])
def test_a_guid_with_a_slip_is_told_apart_from_a_name(name: str) -> None:
    with pytest.raises(UnknownWorkspaceError) as caught:
        plugins.backend_for(name, Settings())
    assert "36 characters" in caught.value.hint
