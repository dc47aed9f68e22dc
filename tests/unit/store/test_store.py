from __future__ import annotations

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jupyterlab_sentinel.models.instants import Instant
from jupyterlab_sentinel.store import LookupKey, Store
from jupyterlab_sentinel.store.database import Database

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = LookupKey("rdap", "ipv4", "23.97.60.214")
DAY = timedelta(days=1)


def filled(path: Path, lookups: int = 300) -> None:
    with Store.open(path) as store:
        answers = {LookupKey("p", "ipv4", f"203.0.113.{n}"): b'{"n":%d}' % n for n in range(lookups)}
        store.remember(answers, lifetime=DAY * 10_000, now=NOW)
        for n in range(20):
            record(store, f"T | take {n}")


def record(store: Store, query: str, **more: object) -> None:
    fields: dict[str, object] = {
        "query": query,
        "workspace": "demo",
        "start": NOW - DAY,
        "end": NOW,
        "status": "complete",
        "rows": 3,
        "elapsed_s": 0.25,
        "sent_at": NOW,
    }
    store.record_query(**{**fields, **more})  # type: ignore[arg-type]


def corpses(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.corrupt-*"))


def test_lookups_come_back_until_they_expire(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s" / "store.sqlite3") as store:
        store.remember({KEY: b'{"a":1}'}, lifetime=DAY, now=NOW)
        found = store.lookups([KEY, KEY._replace(scope="other")], now=NOW + DAY / 2)
        assert list(found) == [KEY]
        assert found[KEY].payload == b'{"a":1}'
        assert found[KEY].looked_up_at == NOW
        assert store.lookups([KEY], now=NOW + DAY) == {}


def test_many_keys_at_once(tmp_path: Path) -> None:
    keys = [LookupKey("p", "ipv4", str(n)) for n in range(5000)]
    with Store.open(tmp_path / "s" / "x.sqlite3") as store:
        store.remember(dict.fromkeys(keys, b"1"), lifetime=DAY, now=NOW)
        assert len(store.lookups(keys, now=NOW)) == 5000


def test_history_is_newest_first_capped_and_shared(tmp_path: Path) -> None:
    path = tmp_path / "s" / "x.sqlite3"
    with Store.open(path, history_limit=10) as one, Store.open(path, history_limit=10) as two:
        for n in range(25):
            record(one if n % 2 else two, f"q{n}")
        assert [item.query for item in one.history(3)] == ["q24", "q23", "q22"]
        assert len(two.history(100)) == 10
        assert one.history(1)[0].start == NOW - DAY


def test_history_keeps_bounds_to_the_microsecond(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s" / "x.sqlite3") as store:
        record(store, "T", start=Instant.of(NOW - DAY, 7))
        assert store.history()[0].start == NOW - DAY


def test_history_keeps_any_text(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s" / "x.sqlite3") as store:
        record(store, "print '\ud800\x00'", error="\udfff")
        assert "ud800" in store.history()[0].query
        odd = LookupKey("p", "domain", "\ud800")
        store.remember({odd: b"1"}, lifetime=DAY)
        assert store.lookups([odd]) == {}
        assert not store.notices


def test_audit(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s" / "x.sqlite3") as store:
        store.record_sent("rdap", "rdap.example", [("ipv4", "8.8.8.8"), ("domain", "a.example")], now=NOW)
        assert [(item.provider, item.value, item.sent_at) for item in store.sent()] == [
            ("rdap", "a.example", NOW),
            ("rdap", "8.8.8.8", NOW),
        ]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_modes_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with Store.open(tmp_path / "s" / "x.sqlite3") as store:
            record(store, "q")
            modes = {item.name: stat.S_IMODE(item.stat().st_mode) for item in (tmp_path / "s").iterdir()}
    finally:
        os.umask(old)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700


def test_purge_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "s" / "x.sqlite3"
    with Store.open(path) as store:
        record(store, "CANARYQUERY " * 50)
        store.remember({KEY: b"CANARYPAYLOAD"}, lifetime=DAY)
        store.purge()
        assert store.history() == []
        assert store.lookups([KEY]) == {}
    assert not any(b"CANARY" in item.read_bytes() for item in (tmp_path / "s").iterdir())


def test_truncation_at_random_offsets(tmp_path: Path) -> None:
    good = tmp_path / "good" / "x.sqlite3"
    filled(good)
    whole = good.read_bytes()
    dice = random.Random(7)  # noqa: S311  # damage, no secret
    for turn in range(60):
        folder = tmp_path / f"t{turn}"
        folder.mkdir(mode=0o700)
        path = folder / "x.sqlite3"
        path.write_bytes(whole[: dice.randrange(1, len(whole))])
        with Store.open(path) as store:
            record(store, "after")
            assert store.history(1)[0].query == "after"
            store.remember({KEY: b"1"}, lifetime=DAY)
            assert store.lookups([KEY])[KEY].payload == b"1"
            assert store.path == path
            assert len(corpses(folder)) <= 1
            assert len([text for text in store.take_notices() if "set aside" in text]) == len(corpses(folder))
            assert store.take_notices() == ()
        shutil.rmtree(folder)


def test_flipped_bits_never_give_a_wrong_answer(tmp_path: Path) -> None:
    good = tmp_path / "good" / "x.sqlite3"
    filled(good)
    whole = good.read_bytes()
    keys = [LookupKey("p", "ipv4", f"203.0.113.{n}") for n in range(300)]
    dice = random.Random(11)  # noqa: S311  # damage, no secret
    lost = 0
    for turn in range(80):
        folder = tmp_path / f"t{turn}"
        folder.mkdir(mode=0o700)
        path = folder / "x.sqlite3"
        damaged = bytearray(whole)
        for _ in range(4):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        path.write_bytes(damaged)
        with Store.open(path) as store:
            found = store.lookups(keys, now=NOW)
            for key, cached in found.items():
                assert cached.payload == b'{"n":%d}' % int(key.value.rsplit(".", 1)[1])
                assert cached.looked_up_at == NOW
            lost += len(found) < len(keys)
            assert all(item.query.startswith("T | take ") for item in store.history(100))
            record(store, "after")
            assert store.history(1)[0].query == "after"
        shutil.rmtree(folder)
    assert lost > 5  # the damage was real


def test_other_version_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "s" / "x.sqlite3"
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with Store.open(path) as store:
        assert store.history() == []
        assert len(store.notices) == 1
        assert corpses(path.parent)[0].name in store.notices[0]
        assert store.path == path


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"not a database at all" * 200])
def test_other_content(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    path = folder / "x.sqlite3"
    path.write_bytes(content)
    with Store.open(path) as store:
        record(store, "q")
        assert store.path == path
        assert len(store.notices) == (1 if content else 0)  # an empty file holds nothing to set aside
    with Store.open(path) as store:
        assert store.history()[0].query == "q"
        assert store.notices == ()


def test_damage_while_open_is_recovered(tmp_path: Path) -> None:
    path = tmp_path / "s" / "x.sqlite3"
    filled(path)
    with Store.open(path) as store:
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(100)
            file.write(os.urandom(size - 100))
        for item in path.parent.glob("*-wal"):
            item.write_bytes(b"")
        store.history()
        record(store, "after")
        assert store.history(1)[0].query == "after"


def test_a_new_file_of_another_process_is_not_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "s" / "x.sqlite3"
    filled(path)
    database = Database(path)
    path.replace(path.with_name("moved"))
    filled(path, 1)
    database._set_aside()
    assert path.exists()
    assert not corpses(path.parent)
    database.close()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("case", ["folder link", "file link", "group folder", "fifo"])
def test_untrusted_places_are_not_used(tmp_path: Path, case: str) -> None:
    folder, other = tmp_path / "s", tmp_path / "other"
    other.mkdir(mode=0o700)
    path = folder / "x.sqlite3"
    if case == "folder link":
        folder.symlink_to(other)
    else:
        folder.mkdir(mode=0o700)
    if case == "file link":
        (other / "victim").write_bytes(b"")
        path.symlink_to(other / "victim")
    if case == "group folder":
        folder.chmod(0o770)
    if case == "fifo":
        os.mkfifo(path)
    with Store.open(path) as store:
        record(store, "q")
        assert store.path is None
        assert len(store.notices) == 1
        assert ("symbolic link" in store.notices[0]) == ("link" in case)
        assert store.history()[0].query == "q"
    assert all(item.stat().st_size == 0 for item in other.iterdir())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs another user")
def test_another_users_folder_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with Store.open(folder / "x.sqlite3") as store:
        assert store.path is None
        assert "owned by another user" in store.notices[0]


def test_home_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "file" / "below"))
    with Store.open() as store:
        record(store, "q")
        assert store.history()[0].query == "q"
        assert len(store.notices) == 1
        assert "memory" in store.notices[0]


_READ_ONLY = """
import os, sys
from pathlib import Path
path = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
from jupyterlab_sentinel.store import Store
store = Store.open(path)
store.record_query(query="q", workspace="w", start=None, end=None, status="complete", rows=1, elapsed_s=0.0)
print(store.path, len(store.history()), len(store.notices))
"""


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_read_only_folder(tmp_path: Path) -> None:
    shared = Path("/var/tmp")  # noqa: S108  # pytest's own folder is closed to other users
    folder = (shared if shared.exists() else tmp_path) / f"sentinel-{os.getpid()}"
    folder.mkdir(mode=0o500)
    try:
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
        script = "import jupyterlab_sentinel.store, jupyterlab_sentinel.store.store\n" + _READ_ONLY
        done = subprocess.run(
            [sys.executable, "-c", script, str(folder / "sub" / "x.sqlite3")],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)
    assert done.stdout.split() == ["None", "1", "1"], done.stderr


_FULL_DISK = """
import resource, signal, sys
from datetime import timedelta
from pathlib import Path
from jupyterlab_sentinel.store import Store, LookupKey
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
for n in range(200):
    store.remember({LookupKey("p", "ipv4", str(n)): b"x" * 5000}, lifetime=timedelta(days=1))
assert store.path is None
assert len(store.notices) == 1, store.notices
assert store.lookups([LookupKey("p", "ipv4", "199")])
print(store.notices[0])
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_full_disk_turns_to_memory_with_one_notice(tmp_path: Path) -> None:
    path = tmp_path / "s" / "x.sqlite3"
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert "full" in done.stdout, done.stderr
    with Store.open(path) as store:  # what was there before is still sound
        assert store.path == path
        assert store.notices == ()


_PROCESS = """
import sys
from datetime import timedelta
from pathlib import Path
from jupyterlab_sentinel.store import Store, LookupKey
store = Store.open(Path(sys.argv[1]))
for n in range(200):
    key = LookupKey("p", "ipv4", str(n))
    if not store.lookups([key]):
        store.remember({key: b"1"}, lifetime=timedelta(days=1))
    store.record_query(query=f"{sys.argv[2]} {n}", workspace="w", start=None, end=None,
                       status="complete", rows=1, elapsed_s=0.0)
print(store.path is not None, list(store.notices))
"""


def test_processes_at_once(tmp_path: Path) -> None:
    path = tmp_path / "s" / "x.sqlite3"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(path), str(n)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(4)
    ]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert out.strip() == "True []", err
    with Store.open(path) as store:
        assert len(store.history(1000)) == 800
        assert len(store.lookups([LookupKey("p", "ipv4", str(n)) for n in range(200)])) == 200
        assert not corpses(path.parent)


def test_memory_only_touches_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    with Store.open(on_disk=False) as store:
        record(store, "q")
        assert store.history()[0].query == "q"
        assert store.notices == ()
    assert list(tmp_path.iterdir()) == []
