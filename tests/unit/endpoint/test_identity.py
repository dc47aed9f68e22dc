from __future__ import annotations

import os
import stat
from pathlib import Path
from uuid import UUID

import pytest

from jupyterlab_sentinel.endpoint.identity import Identity, Tokens, read_secret
from jupyterlab_sentinel.endpoint.limits import Window
from jupyterlab_sentinel.endpoint.refusals import Refusal
from jupyterlab_sentinel.errors import SettingsError

SECRET = "a secret of some length"
ORIGIN = "http://127.0.0.1:1"
POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")


def test_ids_are_guids_that_stay() -> None:
    first, again, other = (Identity(name, SECRET) for name in ("demo", "demo", "other"))
    assert first.workspace_id == again.workspace_id != other.workspace_id
    assert first.workspace_id == "0dc81021-6fd6-50f0-9577-e7613a80109b"
    for text in (first.workspace_id, first.tenant_id, first.client_id):
        assert str(UUID(text)) == text


def test_the_key_does_not_tell_the_secret_and_neither_does_a_repr() -> None:
    identity = Identity("demo", SECRET)
    assert SECRET not in repr(identity)
    assert SECRET not in identity.api_key
    assert identity.api_key != Identity("demo", SECRET + "!").api_key


@pytest.mark.parametrize("name", ["/home/me/Logs of M\u00fcller", "C:\\logs\\ab c\\", "///"])
def test_a_resource_id_has_the_parts_that_azure_wants(name: str) -> None:
    parts = Identity(name, SECRET).resource_id.split("/")
    assert len(parts) == 9
    assert all(part.isascii() and part for part in parts[1:])


def test_only_the_right_client_with_the_right_secret() -> None:
    identity = Identity("demo", SECRET)
    assert identity.knows_client(identity.client_id.upper(), SECRET)
    assert not identity.knows_client(identity.client_id, SECRET + " ")
    assert not identity.knows_client("", SECRET)
    assert not identity.knows_client(identity.client_id, "\udcff")
    assert not identity.knows_key("")
    assert not identity.knows_key(SECRET)


def test_a_token_ends() -> None:
    now = [1_000_000.0]
    tokens = Tokens(Identity("demo", SECRET), (ORIGIN,), lambda: now[0])
    token = tokens.issue(ORIGIN)
    now[0] += 3598
    tokens.check(token)
    now[0] += 1
    with pytest.raises(Refusal) as caught:
        tokens.check(token)
    # A 401 makes clients sign in again; a 403 would not.
    assert caught.value.status == 401
    assert "WWW-Authenticate" in caught.value.headers


def test_a_token_dies_with_its_process() -> None:
    identity = Identity("demo", SECRET)
    with pytest.raises(Refusal) as caught:
        Tokens(identity, (ORIGIN,)).check(Tokens(identity, (ORIGIN,)).issue(ORIGIN))
    assert caught.value.status == 403


def test_a_secret_is_made_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    made = read_secret(path)
    assert len(made) >= 43
    assert read_secret(path) == made
    assert read_secret(None) != made
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@POSIX
def test_a_file_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o644)
    assert read_secret(path) == SECRET
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@POSIX
def test_a_file_that_others_could_write_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRET)
    path.chmod(0o666)
    with pytest.raises(SettingsError, match="writable by other users"):
        read_secret(path)
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(SettingsError, match="symbolic link"):
        read_secret(link)


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 20, b"two lines\nof secret", b"x" * 5000])
def test_what_is_no_secret_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="no usable client secret") as caught:
        read_secret(path)
    assert "two lines" not in str(caught.value)


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be used"):
        read_secret(tmp_path / "nowhere" / "secret")


def test_a_window_slides() -> None:
    now = [0.0]
    window = Window(2, 30, lambda: now[0])
    for moment in (0.0, 10.0):
        now[0] = moment
        window.check()
        window.count()
    now[0] = 20.5
    with pytest.raises(Refusal) as caught:
        window.check()
    assert caught.value.headers["Retry-After"] == "10"
    now[0] = 30.0
    window.check()
