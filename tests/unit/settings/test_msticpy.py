"""Workspaces set up for msticpy work here too."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.settings import WorkspaceSettings, load_settings
from jupyterlab_sentinel.settings.msticpy import read_msticpy

GUID = "b438b4f6-912a-46d5-9cb1-b44069212abc"
TENANT = "11111111-2222-3333-4444-555555555555"
FILE = f"""
AzureSentinel:
  Workspaces:
    Default:
      WorkspaceId: "{GUID.upper()}"
      TenantId: "{TENANT}"
      SubscriptionId: "x"
    Broken:
      WorkspaceId: "your-workspace-id"
Azure:
  cloud: usgov
  auth_methods: [cli, interactive, powershell]
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "msticpyconfig.yaml"
    path.write_text(FILE)
    return {"MSTICPYCONFIG": str(path)}


def test_workspaces(environ: dict[str, str]) -> None:
    found = read_msticpy(environ)
    assert found.workspaces == {
        "Default": WorkspaceSettings(
            workspace_id=GUID, tenant_id=TENANT, cloud="usgov", sign_in=("azure_cli", "interactive")
        )
    }
    assert "Broken" in found.problem


def test_they_are_among_the_settings_and_yield_to_the_users_own(environ: dict[str, str], tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    assert load_settings(own, environ).workspace("default") is not None
    own.write_text('[workspaces]\nDEFAULT = "/data"\n')
    settings = load_settings(own, environ)
    assert list(settings.workspaces) == ["DEFAULT"]
    assert load_settings(own, {}).workspaces == settings.workspaces


def test_the_one_at_home(tmp_path: Path) -> None:
    (tmp_path / ".msticpy").mkdir()
    (tmp_path / ".msticpy" / "msticpyconfig.yaml").write_text(FILE)
    assert list(read_msticpy({"HOME": str(tmp_path)}).workspaces) == ["Default"]


def test_the_current_folder_is_not_searched(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_msticpy({}).path is None


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "[]",
        "7",
        "",
        "AzureSentinel: 5",
        "AzureSentinel: {Workspaces: [1]}",
        "!!python/object:os.system {}",
        "\t",
    ],
)
def test_a_file_with_mistakes_breaks_nothing(text: str, environ: dict[str, str], tmp_path: Path) -> None:
    Path(environ["MSTICPYCONFIG"]).write_text(text)
    assert not read_msticpy(environ).workspaces
    assert not load_settings(tmp_path / "none.toml", environ).workspaces
