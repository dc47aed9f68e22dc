from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.errors import SettingsError
from jupyterlab_sentinel.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

GUID = "9aa5f3f5-9f9a-4b0e-8f0a-0d9f7c9c5a11"


def write(folder: Path, text: str) -> Path:
    path = folder / "jupyterlab_sentinel.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_means_defaults(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "none.toml", {})
    assert not settings.offline_only
    assert settings.workspaces == {}
    assert settings.query.timeout_s == 180
    assert settings.map.tiles is False
    assert settings.provider("rdap").enabled is None


def test_file_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        f"""
offline_only = true
[workspaces]
logs = "/data/logs"
[workspaces.Contoso]
workspace_id = "{GUID}"
cloud = "china"
[providers]
rdns = true
[providers.rdap]
enabled = true
options = {{ pace = 2 }}
[geoip]
paths = ["/a.mmdb", "/b.mmdb"]
""",
    )
    settings = load_settings(path, {})
    assert settings.offline_only
    assert settings.workspaces["logs"].path == "/data/logs"
    found = settings.workspace("contoso")
    assert found is not None
    assert (found.workspace_id, found.cloud) == (GUID, "china")
    assert settings.provider("rdns").enabled is True
    assert settings.provider("rdap").options == {"pace": 2}
    assert settings.geoip.paths == ("/a.mmdb", "/b.mmdb")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x = 1\n", ["line 1", "x:", "no such setting"]),
        ("\n[query]\ntimeout = 3\n", ["line 3", "query.timeout:", "timeout_s"]),
        ('[query]\ntimeout_s = "long"\n', ["line 2", "query.timeout_s", "float"]),
        ("[query]\ntimeout_s = -1\n", ["line 2", "query.timeout_s", "180"]),
        ('[workspaces.a]\ncloud = "moon"\npath = "x"\n', ["line 2", "workspaces.a.cloud"]),
        ("\n[workspaces.a]\n", ["line 2", "workspaces.a", "path or workspace_id"]),
        ('[workspaces.a]\nworkspace_id = "123"\n', ["line 1", "not a GUID"]),
        ('[workspaces]\ndemo = "/x"\n', ["line 2", "taken"]),
        ('workspaces = "x"\n', ["line 1", "workspaces", "table"]),
        ("[query\n", ["line 1", "TOML"]),
        ('[privacy]\ninternal_networks = ["10.0.0.0/99"]\n', ["line 2", "internal_networks"]),
        ("[geoip]\npaths = 3\n", ["line 2", "geoip.paths"]),
    ],
)
def test_mistakes_name_file_line_key_and_remedy(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_settings(path, {})
    assert caught.value.hint
    assert str(path) in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("key", ["api_key", "license_key", "token", "client-secret", "password", "apikey"])
def test_secrets_in_the_file_are_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    path = write(tmp_path, f'[providers.rdap.options]\n{key} = "CANARY-9000"\n')
    with pytest.raises(SettingsError, match="line 2") as caught:
        load_settings(path, {})
    assert "CANARY" not in str(caught.value)
    assert "secret set" in caught.value.hint


def test_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"a = 1\n\xff\xfe\n")
    with pytest.raises(SettingsError, match="line 2"):
        load_settings(path, {})


def test_environment_wins(tmp_path: Path) -> None:
    path = write(tmp_path, '[query]\ntimeout_s = 5\n[workspaces.my-logs]\npath = "/old"\n')
    settings = load_settings(
        path,
        {
            "JUPYTERLAB_SENTINEL_QUERY__TIMEOUT_S": "60.5",
            "JUPYTERLAB_SENTINEL_OFFLINE_ONLY": "true",
            "JUPYTERLAB_SENTINEL_WORKSPACES__MY_LOGS__PATH": "/new",
            "JUPYTERLAB_SENTINEL_WORKSPACES__CONTOSO__WORKSPACE_ID": GUID,
            "JUPYTERLAB_SENTINEL_PROVIDERS__RDAP__ENABLED": "1",
            "JUPYTERLAB_SENTINEL_PROVIDERS__RDAP__OPTIONS__PACE": "3",
            "JUPYTERLAB_SENTINEL_GEOIP__PATHS": '["/a", "/b"]',
            "JUPYTERLAB_SENTINEL_PRIVACY__INTERNAL_DOMAINS": "contoso.com, fabrikam.com",
            "JUPYTERLAB_SENTINEL_SOMETHING_ELSE": "x",
            "JUPYTERLAB_SENTINEL_SECRET__MAXMIND__LICENSE_KEY": "CANARY",
        },
    )
    assert settings.query.timeout_s == 60.5
    assert settings.offline_only
    assert settings.workspaces["my-logs"].path == "/new"
    assert settings.workspaces["contoso"].workspace_id == GUID
    assert settings.provider("rdap").enabled is True
    assert settings.provider("rdap").options == {"pace": 3}
    assert settings.geoip.paths == ("/a", "/b")
    assert settings.privacy.internal_domains == ("contoso.com", "fabrikam.com")
    assert "CANARY" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("QUERY__TIMEOUT_S", "soon", "float"),
        ("QUERY__TIMEOUT", "1", "timeout_s"),
        ("OFFLINE_ONLY", "perhaps", "bool"),
        ("QUERY__TIMEOUT_S__X", "1", "no such setting"),
        ("WORKSPACES__A__WORKSPACE_ID", "77", "GUID"),
        ("QUERY__TIMEOUT_S", "-4", "3600"),
        ("WORKSPACES", "[1]", "table"),
    ],
)
def test_environment_mistakes_name_the_variable(tmp_path: Path, name: str, value: str, part: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path / "none.toml", {f"JUPYTERLAB_SENTINEL_{name}": value})
    assert f"JUPYTERLAB_SENTINEL_{name}" in str(caught.value)
    assert part in str(caught.value)


def test_everything_can_be_set_from_the_environment(tmp_path: Path) -> None:
    settings = load_settings(
        tmp_path / "none.toml",
        {
            "JUPYTERLAB_SENTINEL_WORKSPACES": '{"a": "/x", "b": {"path": "/y"}}',
            "JUPYTERLAB_SENTINEL_PROVIDERS": '{"rdap": true}',
        },
    )
    assert {name: item.path for name, item in settings.workspaces.items()} == {"a": "/x", "b": "/y"}
    assert settings.provider("rdap").enabled is True
