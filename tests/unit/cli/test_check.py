from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.cli import main
from jupyterlab_sentinel.cli.check import findings
from jupyterlab_sentinel.settings import SecretVault, settings_path


def told(topic: str) -> list[tuple[str, bool | None]]:
    return [(line.text, line.good) for line in findings() if line.topic == topic]


def configure(text: str) -> None:
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text(text, encoding="utf-8")


def test_every_finding_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list(findings()))
    assert all(line[:2] in ("ok", "!!", "--") for line in lines)
    for part in ("versions", "server extension", "lab extension", "settings", "backends", "workspaces", "credentials",
                 "provider geoip", "location files", "store"):  # fmt: skip
        assert any(line[4:].startswith(part) for line in lines), part


def test_versions_are_real() -> None:
    ((text, good),) = told("versions")
    assert good
    assert "Python 3." in text
    assert "duckdb-kql 1.1.2" in text


def test_a_mistake_in_the_settings_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    configure("[query]\ntimeout = 3\n")
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "line 2" in out
    assert "Traceback" not in out


def test_workspaces_that_lead_nowhere(home: Path) -> None:
    configure(
        '[workspaces]\ngone = "/no/such"\n[workspaces.azure]\nworkspace_id = "9aa5f3f5-9f9a-4b0e-8f0a-0d9f7c9c5a11"\n'
    )
    found = dict(told("workspaces"))
    assert found["gone: /no/such is not there"] is False
    assert any(text.startswith("azure: 9aa5") for text in found)


def test_credentials_are_named_and_never_shown() -> None:
    SecretVault().put("maxmind.license_key", "CANARY-1")
    lines = [line.text for line in findings()]
    assert "maxmind.license_key: set, in the file" in lines
    assert "CANARY" not in "".join(lines)
    SecretVault().path.parent.chmod(0o777)
    assert any("writable" in line.text and line.good is False for line in findings())


def test_location_files_with_their_age(tmp_path: Path) -> None:
    from mmdb_writer import MMDBWriter
    from netaddr import IPSet

    writer = MMDBWriter(ip_version=4, database_type="city")
    writer.insert_network(IPSet(["8.8.8.0/24"]), {"country_code": "US", "city": "X\u202e"})
    writer.to_db_file(str(tmp_path / "x.mmdb"))
    configure(f'[geoip]\npaths = ["{tmp_path / "x.mmdb"}", "{tmp_path / "gone.mmdb"}"]\n')
    found = told("location files")
    assert any("places" in text and "0 days old" in text and good for text, good in found)
    assert any("no such file" in text and good is False for text, good in found)
