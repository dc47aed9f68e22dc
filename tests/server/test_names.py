from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.errors import DataError, SentinelError, UnknownWorkspaceError
from jupyterlab_sentinel.server.names import opened_name
from jupyterlab_sentinel.settings import Settings, WorkspaceSettings

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings(workspaces={"Case-7": WorkspaceSettings(path="//share/case")})


def opened(name: str, root: Path, *, allow_paths: bool = True) -> str:
    return opened_name(name, SETTINGS, root=root, allow_paths=allow_paths)


@pytest.mark.parametrize("allow_paths", [True, False])
@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (" DEMO ", "demo"),
        ("case-7", "Case-7"),
        ("00000000-0000-0000-0000-0000000000AA", "00000000-0000-0000-0000-0000000000aa"),
    ],
)
def test_known_names_are_always_opened(tmp_path: Path, given: str, meant: str, allow_paths: bool) -> None:
    assert opened(given, tmp_path, allow_paths=allow_paths) == meant


def test_a_path_starts_in_the_servers_folder_and_ends_as_an_absolute_one(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "logs")
    real = os.path.realpath(tmp_path / "logs")
    assert opened("logs", tmp_path) == real
    assert opened("./logs/../logs", tmp_path) == real
    assert opened("link", tmp_path) == real
    assert opened(str(tmp_path / "logs"), tmp_path) == real


def test_paths_can_be_forbidden(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("logs", str(tmp_path / "logs"), "/dev/null", "//host/share"):
        with pytest.raises(UnknownWorkspaceError, match="There is no workspace"):
            opened(name, tmp_path, allow_paths=False)


@pytest.mark.parametrize(
    "name",
    [
        "//host/share",
        "\\\\host\\share",
        "\\\\.\\pipe\\x",
        "\\\\?\\C:\\x",
        "//./COM1",
        "/\\host/share",
        "smb://host/share",
        "file:///etc",
        "https://host/logs",
        "/dev/null",
        "/dev/zero",
        "/proc/self/environ",
        "/proc/self/fd/0",
        "/sys/kernel",
    ],
)
def test_shares_devices_and_the_kernels_own_files_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SentinelError) as caught:
        opened(name, tmp_path)
    assert isinstance(caught.value, DataError | UnknownWorkspaceError)
    assert caught.value.hint


def test_what_looks_like_a_share_is_refused_even_where_a_folder_answers_to_it(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with pytest.raises(DataError, match="another host"):
        opened(f"/{tmp_path}/logs", tmp_path)


def test_a_pipe_is_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for name in ("pipe", "link"):
        with pytest.raises(DataError, match="ordinary"):
            opened(name, tmp_path)


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "x" * 5000, "nowhere", "~nobody-by-that-name/x", "a/b/c"])
def test_what_is_not_there_is_one_message(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnknownWorkspaceError) as caught:
        opened(name, tmp_path)
    assert str(tmp_path) not in str(caught.value)
    assert len(str(caught.value)) < 600
