from __future__ import annotations

import copy
import json
import os
import pickle
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.errors import SettingsError
from jupyterlab_sentinel.settings.secrets import Secret, SecretVault, variable

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "CANARY-SECRET-4711"
posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


def vault(folder: Path, **environ: str) -> SecretVault:
    return SecretVault(folder / "secrets", environ=environ, use_keyring=False)


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(CANARY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", f"{secret!s}", "%s" % secret, repr([secret])]  # noqa: UP031
    assert not any(CANARY in text for text in shown)
    assert len({repr(secret), repr(Secret("x"))}) == 1
    assert secret.reveal() == CANARY
    assert secret == Secret(CANARY)
    for make in (pickle.dumps, copy.copy, json.dumps):
        with pytest.raises(TypeError):
            make(secret)
    with pytest.raises(AttributeError):
        vars(secret) if hasattr(secret, "__dict__") else secret.__value


def test_round_trip_in_the_file(tmp_path: Path) -> None:
    held = vault(tmp_path)
    assert held.get("maxmind.license_key") is None
    assert held.put("maxmind.license_key", f" {CANARY}\t".strip()) == "file"
    held.put("otx.key", "other")
    found = held.get("maxmind.license_key")
    assert found is not None
    assert (found.reveal(), found.source) == (CANARY, "file")
    assert held.forget("maxmind.license_key")
    assert not held.forget("maxmind.license_key")
    assert held.get("maxmind.license_key") is None
    assert held.get("otx.key") == Secret("other")


def test_the_environment_wins(tmp_path: Path) -> None:
    assert variable("maxmind.license_key") == "JUPYTERLAB_SENTINEL_SECRET__MAXMIND__LICENSE_KEY"
    held = vault(tmp_path, JUPYTERLAB_SENTINEL_SECRET__MAXMIND__LICENSE_KEY="from-env")
    held.put("maxmind.license_key", "from-file")
    found = held.get("maxmind.license_key")
    assert found is not None
    assert (found.reveal(), found.source) == ("from-env", "environment")


@posix
def test_file_and_folder_are_closed_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        held = vault(tmp_path)
        held.put("a.key", CANARY)
    finally:
        os.umask(old)
    assert stat.S_IMODE(held.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(held.path.parent.stat().st_mode) == 0o700


@posix
@pytest.mark.parametrize("case", ["group folder", "world file", "folder link", "file link"])
def test_what_others_can_change_is_refused(tmp_path: Path, case: str) -> None:
    held = vault(tmp_path)
    held.put("a.key", CANARY)
    folder, path = held.path.parent, held.path
    if case == "group folder":
        folder.chmod(0o770)
    if case == "world file":
        path.chmod(0o666)
    if case == "folder link":
        folder.rename(tmp_path / "real")
        folder.symlink_to(tmp_path / "real")
    if case == "file link":
        path.rename(folder / "real.json")
        path.symlink_to(folder / "real.json")
    with pytest.raises(SettingsError) as caught:
        held.get("a.key")
    assert CANARY not in str(caught.value)
    with pytest.raises(SettingsError):
        held.put("b.key", "x")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs another user")
def test_another_users_file_is_refused(tmp_path: Path) -> None:
    held = vault(tmp_path)
    held.put("a.key", CANARY)
    os.chown(held.path, 65534, 65534)
    with pytest.raises(SettingsError, match="another user"):
        held.get("a.key")


@posix
def test_a_file_that_others_can_read_is_closed(tmp_path: Path) -> None:
    held = vault(tmp_path)
    held.put("a.key", CANARY)
    held.path.chmod(0o644)
    assert held.get("a.key") == Secret(CANARY)
    assert stat.S_IMODE(held.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"a": 1}', b"\xff", b'{"a":'])
def test_damaged_file(tmp_path: Path, content: bytes) -> None:
    held = vault(tmp_path)
    held.put("a.key", CANARY)
    held.path.write_bytes(content)
    with pytest.raises(SettingsError, match="damaged"):
        held.get("a.key")


@pytest.mark.parametrize(("name", "value"), [("plain", "x"), ("../a.b", "x"), ("a.key", " "), ("a.key", "x\ny")])
def test_what_cannot_be_kept(tmp_path: Path, name: str, value: str) -> None:
    held = vault(tmp_path)
    with pytest.raises(SettingsError):
        held.put(name, value)
    assert not held.path.exists()


def test_a_keyring_is_used_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring")
    errors = pytest.importorskip("keyring.errors")

    class Ring(keyring.backend.KeyringBackend):  # type: ignore[misc, name-defined]
        priority = 5
        held: dict[tuple[str, str], str] = {}  # noqa: RUF012

        def get_password(self, service: str, username: str) -> str | None:
            return self.held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            if username == "locked.key":
                raise errors.KeyringLocked
            self.held[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            if self.held.pop((service, username), None) is None:
                raise errors.PasswordDeleteError

    monkeypatch.setattr(keyring, "get_keyring", Ring)
    held = SecretVault(tmp_path / "secrets", environ={})
    assert held.put("a.key", CANARY) == "keyring"
    found = held.get("a.key")
    assert found is not None
    assert found.source == "keyring"
    assert not held.path.exists()
    assert held.put("locked.key", "x") == "file"
    assert held.forget("a.key")
    assert held.get("a.key") is None


def test_no_keyring_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    held = SecretVault(tmp_path / "secrets", environ={})
    assert held.put("a.key", CANARY) == "file"
