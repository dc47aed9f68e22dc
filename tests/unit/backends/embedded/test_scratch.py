"""Folders for spilled rows: gone when the process ends, whatever way it ends."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import scratch as scratch_module
from jupyterlab_sentinel.backends.embedded.scratch import make_scratch
from jupyterlab_sentinel.backends.embedded.storage import open_storage

HOME = f"jupyterlab-sentinel-scratch-{getattr(os, 'geteuid', lambda: 'user')()}"
HOLDS = """
import sys
from jupyterlab_sentinel.backends.embedded.scratch import make_scratch
made = make_scratch()
(made.path / "rows").write_text("spilled")
print(made.path, flush=True)
"""
WAITS = f"{HOLDS}sys.stdin.read()"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TEMP", str(tmp_path))
    yield tmp_path
    gc.collect()


def waiting() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", WAITS], stdin=-1, stdout=-1, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("")


@pytest.mark.parametrize("ends", ["", "sys.exit(3)", "raise RuntimeError"])
def test_it_goes_when_the_interpreter_ends(temporary: Path, ends: str) -> None:
    ran = subprocess.run([sys.executable, "-c", f"{HOLDS}{ends}"], capture_output=True, text=True, check=False)
    path = Path(ran.stdout.strip())
    assert path.parent == temporary / HOME
    assert not list(path.parent.iterdir())


def test_it_goes_with_the_object_and_only_once(temporary: Path) -> None:
    made = make_scratch()
    (made.path / "rows").write_text("spilled")
    path = made.path
    made.remove()
    made.remove()
    assert not path.exists()
    path = make_scratch().path
    gc.collect()
    assert not path.exists()
    assert list((temporary / HOME).iterdir()) == []


def test_what_a_killed_process_leaves_goes_at_the_next_start_and_what_a_living_one_needs_stays() -> None:
    killed, left = waiting()
    living, needed = waiting()
    killed.kill()
    killed.communicate()
    assert (left / "rows").exists()
    mine = make_scratch()
    again = make_scratch()
    assert not left.exists()
    assert not left.with_suffix(".lock").exists()
    assert all(path.is_dir() for path in (needed, mine.path, again.path))
    end(living)
    assert not needed.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_takes_nothing_away() -> None:
    child = "import os\nif os.fork() == 0:\n    del made\n    sys.exit()\nos.wait()\nprint(flush=True)\n"
    parent = subprocess.Popen([sys.executable, "-c", f"{HOLDS}{child}sys.stdin.read()"], stdin=-1, stdout=-1, text=True)
    assert parent.stdout is not None
    path = Path(parent.stdout.readline().strip())
    assert parent.stdout.readline() == "\n"
    make_scratch()
    assert (path / "rows").exists()
    end(parent)
    assert not path.exists()


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
@pytest.mark.parametrize("kind", ["open to others", "a link"])
def test_what_somebody_else_may_have_put_there_is_neither_used_nor_removed(temporary: Path, kind: str) -> None:
    theirs = temporary / ("theirs" if kind == "a link" else HOME)
    (theirs / "x").mkdir(parents=True)
    theirs.chmod(0o777)
    if kind == "a link":
        (temporary / HOME).symlink_to(theirs)
    made = make_scratch()
    assert made.path.parent == temporary
    assert made.path.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in theirs.iterdir()] == ["x"]
    path = made.path
    made.remove()
    assert not path.exists()


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_links_are_not_followed(temporary: Path) -> None:
    make_scratch().remove()
    precious = temporary / "precious"
    precious.mkdir()
    (precious / "evidence").write_text("x")
    (temporary / HOME / "link").symlink_to(precious)
    make_scratch().remove()
    assert (precious / "evidence").exists()


def test_a_lock_without_a_folder_goes_after_a_day(temporary: Path) -> None:
    make_scratch().remove()
    old, new = temporary / HOME / "a.lock", temporary / HOME / "b.lock"
    for lock in (old, new):
        lock.touch()
    os.utime(old, (0, 0))
    make_scratch().remove()
    assert (old.exists(), new.exists()) == (False, True)


def test_where_nothing_can_be_locked_there_is_a_folder_all_the_same(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> object:
        raise NotImplementedError

    monkeypatch.setattr(scratch_module, "_lock_of", refuse)
    made = make_scratch()
    assert made.path.parent == temporary
    made.remove()
    assert not made.path.exists()


def test_a_cache_that_cannot_be_written_is_replaced_by_a_folder_that_goes(temporary: Path) -> None:
    blocked = temporary / "file"
    blocked.touch()
    storage = open_storage(blocked / "cache")
    assert storage.path != storage.scratch
    storage.release()
    assert list((temporary / HOME).iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_process_that_a_signal_ends_is_one_that_was_killed() -> None:
    process, path = waiting()
    process.send_signal(signal.SIGTERM)
    process.communicate()
    make_scratch()
    assert not path.exists()
