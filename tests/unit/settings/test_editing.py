from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.errors import SettingsError, UnknownWorkspaceError
from jupyterlab_sentinel.settings import WorkspaceSettings, load_settings
from jupyterlab_sentinel.settings.editing import add_workspace, remove_workspace, switch_provider

if TYPE_CHECKING:
    from pathlib import Path

GUID = "9aa5f3f5-9f9a-4b0e-8f0a-0d9f7c9c5a11"


def test_add_replace_and_remove(tmp_path: Path) -> None:
    path = tmp_path / "config" / "s.toml"
    assert not add_workspace("Contoso", WorkspaceSettings(workspace_id=GUID, cloud="china"), path=path)
    assert not add_workspace("logs", WorkspaceSettings(path='C:\\logs "x"'), path=path)
    settings = load_settings(path, {})
    assert settings.workspaces["Contoso"] == WorkspaceSettings(workspace_id=GUID, cloud="china")
    assert settings.workspaces["logs"].path == 'C:\\logs "x"'
    assert add_workspace("contoso", WorkspaceSettings(path="/y"), path=path)
    assert set(load_settings(path, {}).workspaces) == {"contoso", "logs"}
    remove_workspace("LOGS", path=path)
    assert set(load_settings(path, {}).workspaces) == {"contoso"}
    with pytest.raises(UnknownWorkspaceError, match="contoso"):
        remove_workspace("contso", path=path)


def test_comments_and_order_stay(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        '# mine\noffline_only = true # why\n\n[workspaces.a]\npath = "/a" # here\n\n[query]\ntimeout_s = 7\n'
    )
    add_workspace("b", WorkspaceSettings(path="/b"), path=path)
    switch_provider("rdap", enabled=True, path=path)
    text = path.read_text()
    for part in ("# mine", "# why", "# here"):
        assert part in text
    settings = load_settings(path, {})
    assert (settings.offline_only, settings.query.timeout_s) == (True, 7)
    assert set(settings.workspaces) == {"a", "b"}
    assert settings.provider("rdap").enabled is True
    switch_provider("rdap", enabled=False, path=path)
    assert load_settings(path, {}).provider("rdap").enabled is False


def test_short_forms_can_be_edited(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('[workspaces]\na = "/a"\n[providers]\nrdap = true\nrdns = {enabled = true, options = {pace = 2}}\n')
    add_workspace("A", WorkspaceSettings(path="/b"), path=path)
    switch_provider("rdap", enabled=False, path=path)
    switch_provider("rdns", enabled=False, path=path)
    settings = load_settings(path, {})
    assert {name: item.path for name, item in settings.workspaces.items()} == {"A": "/b"}
    assert settings.provider("rdap").enabled is False
    assert settings.provider("rdns").options == {"pace": 2}


@pytest.mark.parametrize("name", ["demo", "", "a b", "../x", "a/b"])
def test_bad_names_change_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "s.toml"
    with pytest.raises(SettingsError):
        add_workspace(name, WorkspaceSettings(path="/a"), path=path)
    assert not path.exists()


def test_a_file_with_a_mistake_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text("[query\n")
    with pytest.raises(SettingsError, match="line 1"):
        add_workspace("a", WorkspaceSettings(path="/a"), path=path)
    assert path.read_text() == "[query\n"


def test_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.toml"
    add_workspace("a", WorkspaceSettings(path="/a"), path=path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        add_workspace("b", WorkspaceSettings(path="/b"), path=path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
