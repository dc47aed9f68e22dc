from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.cli import main
from jupyterlab_sentinel.settings import SecretVault, load_settings
from jupyterlab_sentinel.store import Store, default_path

if TYPE_CHECKING:
    from pathlib import Path

GUID = "9aa5f3f5-9f9a-4b0e-8f0a-0d9f7c9c5a11"
CANARY = "CANARY-KEY-4242"


def test_workspaces_are_added_listed_and_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "logs").mkdir()
    assert main(["workspace", "list"]) == 0
    assert "demo" in capsys.readouterr().out
    assert main(["workspace", "add", "logs", "--path", str(home / "logs")]) == 0
    assert "%sentinel connect logs" in capsys.readouterr().out
    assert main(["workspace", "add", "Contoso", "--workspace-id", GUID, "--cloud", "usgov"]) == 0
    capsys.readouterr()
    assert main(["workspace", "list"]) == 0
    out = capsys.readouterr().out
    assert f"logs\t{home / 'logs'}" in out
    assert f"Contoso\t{GUID} (usgov)" in out
    assert main(["workspace", "remove", "contoso"]) == 0
    assert list(load_settings().workspaces) == ["logs"]


def test_workspaces_of_other_services(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = "https://help.kusto.windows.net"
    assert main(["workspace", "add", "storms", "--cluster", cluster, "--database", "Samples"]) == 0
    assert main(["workspace", "add", "lake", "--data-lake", f"ws-{GUID}", "--scope", "s/.default"]) == 0
    assert main(["workspace", "add", "defender", "--hunting", "--tenant-id", "contoso.example"]) == 0
    capsys.readouterr()
    assert main(["workspace", "list"]) == 0
    out = capsys.readouterr().out
    assert f"storms\tadx {cluster}/Samples" in out
    assert f"lake\tdatalake ws-{GUID}" in out
    assert "defender\thunting contoso.example" in out
    assert load_settings().workspaces["lake"].scope == "s/.default"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["workspace", "add", "x", "--cluster", "https://c"], "needs a cluster and a database"),
        (["workspace", "add", "x", "--hunting", "--database", "d"], "has no database"),
        (["workspace", "add", "x", "--workspace-id", GUID, "--scope", "s"], "belong to a kind"),
        (["workspace", "add", "x", "--path", "/no/such/folder"], "There is nothing at /no/such/folder"),
        (["workspace", "add", "demo", "--workspace-id", GUID], "taken"),
        (["workspace", "add", "x", "--workspace-id", "123"], "not a GUID"),
        (["workspace", "add", "a b", "--workspace-id", GUID], "not a name"),
        (["workspace", "remove", "x"], "There is no workspace “x”"),
        (["provider", "enable", "rdab"], "rdap"),
        (["secret", "set", "plain"], "no name of a secret"),
        (["purge"], "--yes"),
        (["geoip", "update", "--path", "/no/such/file"], "cannot be read"),
        (["geoip", "update", "--maxmind"], "secret set maxmind.account_id"),
    ],
)
def test_mistakes_are_one_message_and_no_traceback(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("value\n"))
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert part in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["workspace"], ["workspace", "add", "x"], ["geoip", "update", "--x"]]
)
def test_wrong_commands_end_with_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: jupyter sentinel" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "no-such-workspace"], "There is no workspace"),
        (["serve", "00000000-0000-0000-0000-000000000001"], "“00000000-0000-0000-0000-000000000001” is "),
        (["serve", "demo", "--port", "70000"], "70000 is no port"),
    ],
)
def test_serve_says_why_it_does_not(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_serve_takes_no_limit_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--max-rows", "0"])
    assert "not a number from 1" in capsys.readouterr().err


def test_providers_are_switched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["provider", "enable", "rdap"]) == 0
    assert "data.iana.org" in capsys.readouterr().out
    assert load_settings().provider("rdap").enabled is True
    assert main(["provider", "list"]) == 0
    lines = {line.split("\t")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "\ton\t" in lines["rdap"]
    assert "\toff\t" in lines["rdns"]
    assert "\toffline\t" in lines["geoip"]
    main(["provider", "disable", "rdap"])
    assert load_settings().provider("rdap").enabled is False


def test_secrets_are_read_from_standard_input_and_never_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(CANARY + "\n"))
    assert main(["secret", "set", "maxmind.license_key"]) == 0
    found = SecretVault().get("maxmind.license_key")
    assert found is not None
    assert found.reveal() == CANARY
    main(["check"])
    assert main(["secret", "remove", "maxmind.license_key"]) == 0
    assert SecretVault().get("maxmind.license_key") is None
    told = capsys.readouterr()
    assert CANARY not in told.out + told.err


def test_purge_forgets(capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open() as store:
        store.record_sent("rdap", "host", [("ipv4", "8.8.8.8")])
    corpse = default_path().with_name(f"{default_path().name}.corrupt-20260101T000000")
    corpse.write_bytes(b"x")
    assert main(["purge", "--yes"]) == 0
    with Store.open() as store:
        assert store.sent() == []
    assert not corpse.exists()


def test_an_interrupt_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from jupyterlab_sentinel.cli import check

    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "check", interrupted)
    assert main(["check"]) == 130
    assert "Stopped" in capsys.readouterr().err
