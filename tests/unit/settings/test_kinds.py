"""Named workspaces of other services than Log Analytics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jupyterlab_sentinel.errors import SettingsError
from jupyterlab_sentinel.settings import WorkspaceSettings, load_settings
from jupyterlab_sentinel.settings.editing import add_workspace

if TYPE_CHECKING:
    from pathlib import Path

GUID = "9aa5f3f5-9f9a-4b0e-8f0a-0d9f7c9c5a11"
ADX: dict[str, Any] = {"kind": "adx", "cluster": "https://c.kusto.windows.net/", "database": "Db"}


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (WorkspaceSettings(**ADX), "adx https://c.kusto.windows.net/Db"),
        (WorkspaceSettings(kind="datalake", database=f"ws-{GUID}", scope="s/.default"), f"datalake ws-{GUID}"),
        (
            WorkspaceSettings(kind="hunting", tenant_id="contoso.example", sign_in=("azure_cli",)),
            "hunting contoso.example",
        ),
        (WorkspaceSettings(kind="hunting"), "hunting"),
        (WorkspaceSettings(workspace_id=GUID, cloud="usgov"), f"{GUID} (usgov)"),
    ],
)
def test_what_is_written_is_read(tmp_path: Path, entry: WorkspaceSettings, place: str) -> None:
    path = tmp_path / "settings.toml"
    add_workspace("name", entry, path=path)
    found = load_settings(path, {}).workspaces["name"]
    assert found == entry
    assert found.place == place


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kind": "adx"}, "needs a cluster and a database"),
        ({"kind": "adx", "cluster": "https://c"}, "needs a cluster and a database"),
        ({"kind": "datalake"}, "needs a database"),
        ({"kind": "datalake", "database": "d", "cluster": "c"}, "has no cluster"),
        ({"kind": "hunting", "database": "d"}, "has no database"),
        ({**ADX, "path": "/logs"}, "do not go with"),
        ({**ADX, "workspace_id": GUID}, "do not go with"),
        ({"cluster": "https://c", "database": "d"}, "belong to a kind"),
        ({"scope": "s", "workspace_id": GUID}, "belong to a kind"),
    ],
)
def test_what_does_not_go_together(tmp_path: Path, entry: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        add_workspace("name", WorkspaceSettings(**entry), path=tmp_path / "settings.toml")
    assert caught.value.hint


def test_a_kind_that_there_is_not(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[workspaces.x]\nkind = "splunk"\n')
    with pytest.raises(SettingsError, match=r"line 2.*kind"):
        load_settings(path, {})


def test_from_the_environment(tmp_path: Path) -> None:
    prefix = "JUPYTERLAB_SENTINEL_WORKSPACES__EVENTS__"
    environ = {f"{prefix}{key.upper()}": value for key, value in ADX.items()}
    assert load_settings(tmp_path / "none.toml", environ).workspaces["events"] == WorkspaceSettings(**ADX)
