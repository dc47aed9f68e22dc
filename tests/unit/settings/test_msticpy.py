"""Workspaces set up for msticpy work here too."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import UnknownWorkspaceError
from jupyterlab_sentinel.plugins import backend_for
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "it is not YAML, line 1"),
        ("- 1", "it has no sections"),
        (FILE.replace("usgov", "moon"), "Azure.cloud is “moon”: give global, public, usgov, cn"),
        (None, "there is no such file"),
    ],
)
def test_what_is_wrong_is_told_where_a_name_is_not_found(
    text: str | None, said: str, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(environ["MSTICPYCONFIG"])
    if text is None:
        path.unlink()
    else:
        path.write_text(text, "utf-8")
    monkeypatch.setenv("MSTICPYCONFIG", str(path))
    assert said in read_msticpy(environ).problem
    assert not read_msticpy(environ).workspaces
    with pytest.raises(UnknownWorkspaceError) as caught:
        backend_for("Default", load_settings(tmp_path / "none.toml", environ))
    assert said in caught.value.hint
    assert path.name in caught.value.hint


def test_a_tenant_may_be_a_domain(environ: dict[str, str]) -> None:
    path = Path(environ["MSTICPYCONFIG"])
    path.write_text(FILE.replace(TENANT, "contoso.example"), "utf-8")
    assert read_msticpy(environ).workspaces["Default"].tenant_id == "contoso.example"
    path.write_text(FILE.replace(TENANT, "https://contoso.example/"), "utf-8")
    assert read_msticpy(environ).workspaces["Default"].tenant_id is None
