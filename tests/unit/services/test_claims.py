"""Two kernels that write one file: one of them is told to wait, and a killed one blocks nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from jupyterlab_sentinel.errors import UsageError
from jupyterlab_sentinel.services import claims
from jupyterlab_sentinel.services.claims import claimed

HOLDING = """
import asyncio, sys, time
from pathlib import Path
from jupyterlab_sentinel.services import claims
from jupyterlab_sentinel.services.claims import claimed

claims._folder = lambda: Path(sys.argv[2])

async def hold():
    async with claimed(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(60)

asyncio.run(hold())
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_folder", lambda: tmp_path / "cache" / "writing")


async def take(path: Path) -> None:
    async with claimed(path):
        pass


async def test_two_queries_of_one_kernel(tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    async with claimed(path):
        with pytest.raises(
            UsageError, match=r"answer.parquet is being written by another query \(process this one, since"
        ):
            await take(path)
        with pytest.raises(UsageError):
            await take(tmp_path / "x" / ".." / "answer.parquet")
        await take(tmp_path / "other.parquet")
    await take(path)


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
async def test_a_kernel_that_was_killed_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    command = [sys.executable, "-c", HOLDING, str(path), str(claims._folder())]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:  # noqa: ASYNC220  # nothing else runs here
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match=f"process {other.pid}, since"):
            await take(path)
        other.send_signal(signal.SIGKILL)
        other.wait()
    await take(path)


async def test_a_note_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "answer.parquet"
    async with claimed(path):
        (note,) = claims._folder().glob("*.json")
        note.write_text("{")
        with pytest.raises(UsageError, match=r"another query\."):
            await take(path)
    if os.name == "posix":
        assert {file.stat().st_mode & 0o077 for file in claims._folder().glob("*.lock")} == {0}
        assert claims._folder().stat().st_mode & 0o777 == 0o700


async def test_where_nothing_can_be_locked_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with monkeypatch.context() as patched:
        patched.setattr(claims, "_folder", lambda: tmp_path / "file" / "below")
        await take(tmp_path / "answer.parquet")

    def unsupported(_lock: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(filelock.FileLock, "acquire", unsupported)
    await take(tmp_path / "answer.parquet")
