"""Opening tells how far it is, can be interrupted, and looks at the disk first."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend, room
from jupyterlab_sentinel.backends.embedded.loading import Loader
from jupyterlab_sentinel.errors import DataError

from .asking import Opener, rows

FOREVER = "SELECT max(hash(i)) FROM range(10000000000000) t(i)"


async def test_an_interrupt_stops_the_sql_of_opening(
    folder: Path, opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    begun = threading.Event()
    load = Loader.load

    def endless(self: Loader, *_args: object) -> object:
        begun.set()
        self.connection.execute(FOREVER)
        raise AssertionError("it was not stopped")

    monkeypatch.setattr(Loader, "load", endless)
    backend = EmbeddedBackend.create(str(folder), {"cache_dir": str(tmp_path / "cache")})
    task = asyncio.create_task(backend.open())
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(backend._workers.shutdown)
    monkeypatch.setattr(Loader, "load", load)
    assert await rows(await opened(), "T | project a") == [(1,)]


async def test_an_interrupt_stops_what_is_no_sql(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    begun = threading.Event()

    def endless(self: Loader, *_args: object) -> object:
        begun.set()
        while True:
            self.attempt.check()

    monkeypatch.setattr(Loader, "load", endless)
    backend = EmbeddedBackend.create(str(folder), {"cache_dir": str(tmp_path / "cache")})
    task = asyncio.create_task(backend.open())
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(backend._workers.shutdown)


async def test_nothing_half_written_is_left(
    folder: Path, opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    monkeypatch.setattr(Path, "replace", _refuse)
    with pytest.raises(DataError, match=r"T\.csv is left out"):
        await opened()
    assert not list((tmp_path / "cache").iterdir())


def _refuse(self: Path, _target: object) -> Path:
    raise OSError(5, "No luck", str(self))


async def test_how_far_it_is(folder: Path, opened: Opener) -> None:
    for name in ("A", "B"):
        (folder / f"{name}.csv").write_text("a\n1\n")
    told: list[tuple[float | None, str]] = []
    await opened(progress=lambda fraction, words: told.append((fraction, words)))
    assert told == [(0.0, "A.csv (1 of 2)"), (0.5, "B.csv (2 of 2)")]


async def test_room_on_the_disk_is_asked_for_first(
    folder: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    (folder / "U.parquet").write_bytes(b"")
    monkeypatch.setattr(room, "_free", lambda _folder: 600_000_000)
    assert await rows(await opened(), "T | count") == [(1,)]
    (folder / "T.csv").write_text("a\n1\n2\n")
    monkeypatch.setattr(room, "_free", lambda _folder: 500_000_000)
    with pytest.raises(DataError, match="converting it may take 0 MB and 500 MB are free"):
        await opened()


async def test_writing_stops_before_the_disk_is_full(
    folder: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    monkeypatch.setattr(room, "is_short", lambda _folder: True)
    write = Loader._converted

    def endless(self: Loader, *args: object) -> object:
        self.attempt.write(self.connection, FOREVER, self.cache)
        return write(self, *args)  # type: ignore[arg-type]  # never reached

    monkeypatch.setattr(Loader, "_converted", endless)
    with pytest.raises(DataError, match="the disk is nearly full"):
        await opened()


async def test_files_are_converted_with_little_memory_and_queries_have_theirs(
    folder: Path, opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    asked = "SELECT parse_formatted_bytes(current_setting('memory_limit'))"
    seen: list[int] = []
    load = Loader.load

    def looking(self: Loader, *args: object) -> object:
        seen.extend(self.connection.execute(asked).fetchall()[0])
        return load(self, *args)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(Loader, "load", looking)
    backend = await opened(memory_limit="3GB")
    await opened(memory_limit="600MB")
    # DuckDB tells its limits in rounded gigabytes.
    assert 1_300_000_000 < seen[0] <= 1_500_000_000
    assert 590_000_000 < seen[1] <= 600_000_000
    assert backend._opened is not None
    assert backend._opened.connection.execute(asked).fetchall()[0][0] > 2_600_000_000
