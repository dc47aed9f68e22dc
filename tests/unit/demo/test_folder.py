from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from jupyterlab_sentinel import demo
from jupyterlab_sentinel.demo import folder as folder_module
from jupyterlab_sentinel.demo import story
from jupyterlab_sentinel.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def two_tables(workspace: Path) -> list[pa.Table]:
    return [parquet.read_table(workspace / f"{name}.parquet") for name in ("SecurityAlert", "Syslog")]


@pytest.fixture
def few_tables(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What becomes of a folder does not depend on how many tables there are, and two are made in no time."""
    monkeypatch.setattr(story, "tables", lambda: two_tables(workspace))


def ensure_in(home: str, workspace: Path, barrier: object) -> None:
    os.environ["JUPYTERLAB_SENTINEL_DEMO_DIR"] = home
    story.tables = lambda: two_tables(workspace)  # type: ignore[assignment, return-value]  # in a process of its own
    barrier.wait()  # type: ignore[attr-defined]  # a proxy has no type
    demo.ensure()


def test_two_builds_are_the_same_bytes(workspace: Path, tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from jupyterlab_sentinel import demo; demo.build(Path(sys.argv[1]))"
    another = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "again")], check=True, env=another)
    assert digests(tmp_path / "again") == digests(workspace)


def test_the_manifest_says_what_the_files_hold(workspace: Path) -> None:
    manifest = json.loads((workspace / "workspace.json").read_text())
    assert (manifest["format"], manifest["name"], manifest["synthetic"]) == (1, "demo", True)
    assert manifest["timerange"] == "2019-02-17 2019-02-19"
    assert {f"{name}.parquet" for name in manifest["tables"]} == {file.name for file in workspace.glob("*.parquet")}
    assert len(manifest["tables"]) == 23
    for name, described in manifest["tables"].items():
        table = parquet.read_table(workspace / f"{name}.parquet", columns=["TimeGenerated"])
        moments = table.column(0).to_pylist()
        assert described["rows"] == len(moments)
        assert moments == sorted(moments)
        assert datetime.fromisoformat(described["start"]) == moments[0]
        assert datetime.fromisoformat(described["end"]) == moments[-1]


PHYSICAL = {
    "string": "string",
    "guid": "string",
    "dynamic": "string",
    "datetime": "timestamp[us, tz=UTC]",
    "long": "int64",
    "int": "int32",
    "real": "double",
    "bool": "bool",
}


def test_columns_are_in_order_and_typed(workspace: Path) -> None:
    manifest = json.loads((workspace / "workspace.json").read_text())
    for name, described in manifest["tables"].items():
        schema = parquet.read_schema(workspace / f"{name}.parquet")
        columns = described["columns"]
        assert schema.names == list(columns)
        assert schema.names[0] == "TenantId"
        assert [column for column in schema.names if column != "_ResourceId"][-1] == "Type"
        assert {column: str(schema.field(column).type) for column in schema.names} == {
            column: PHYSICAL[kind] for column, kind in columns.items()
        }


def test_texts_are_never_null_and_dynamics_are_json(workspace: Path) -> None:
    manifest = json.loads((workspace / "workspace.json").read_text())
    for name, described in manifest["tables"].items():
        table = parquet.read_table(workspace / f"{name}.parquet")
        assert set(table.column("Type").unique().to_pylist()) == {name}
        for column, kind in described["columns"].items():
            if kind == "string":
                assert table.column(column).null_count == 0, (name, column)
            elif kind == "dynamic":
                for text in table.column(column).drop_null().unique().to_pylist():
                    json.loads(text)


@pytest.mark.usefixtures("few_tables")
def test_a_current_folder_is_left_alone(tmp_path: Path) -> None:
    built = demo.build(tmp_path / "demo")
    before = (built / "SecurityAlert.parquet").stat().st_mtime_ns
    assert demo.build(tmp_path / "demo") == built
    assert (built / "SecurityAlert.parquet").stat().st_mtime_ns == before
    demo.build(tmp_path / "demo", force=True)
    assert (built / "SecurityAlert.parquet").stat().st_mtime_ns != before


@pytest.mark.usefixtures("few_tables")
def test_a_newer_generator_replaces_what_an_older_one_wrote(tmp_path: Path) -> None:
    built = demo.build(tmp_path / "demo")
    manifest = json.loads((built / "workspace.json").read_text())
    (built / "workspace.json").write_text(json.dumps({**manifest, "stamp": "of another version"}))
    (built / "Old.parquet").write_bytes(b"left over")
    demo.build(tmp_path / "demo")
    assert json.loads((built / "workspace.json").read_text())["stamp"] == manifest["stamp"]
    assert not (built / "Old.parquet").exists()


@pytest.mark.usefixtures("few_tables")
def test_a_folder_that_lost_a_file_is_written_anew(tmp_path: Path) -> None:
    built = demo.build(tmp_path / "demo")
    (built / "Syslog.parquet").unlink()
    assert (demo.build(tmp_path / "demo") / "Syslog.parquet").is_file()


def test_a_folder_of_the_users_own_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter-1.txt").write_text("years of work")
    with pytest.raises(SettingsError, match="not a demo workspace"):
        demo.build(tmp_path / "thesis", force=True)
    assert (tmp_path / "thesis" / "chapter-1.txt").read_text() == "years of work"


@pytest.mark.usefixtures("few_tables")
def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(table: pa.Table, path: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(folder_module, "_write_parquet", fail)
    with pytest.raises(OSError, match="disk full"):
        demo.build(tmp_path / "demo")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("few_tables")
def test_processes_that_ask_at_once_get_one_whole_folder(tmp_path: Path, workspace: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        barrier = manager.Barrier(3)
        home = str(tmp_path / "demo")
        processes = [context.Process(target=ensure_in, args=(home, workspace, barrier)) for _ in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    whole, told = digests(tmp_path / "demo"), digests(workspace)
    assert {"SecurityAlert.parquet", "Syslog.parquet", "workspace.json"} < whole.keys() < told.keys()
    assert all(told[name] == digest for name, digest in whole.items() if name.endswith(".parquet"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo"]


@pytest.mark.usefixtures("few_tables")
def test_the_folder_of_a_faster_process_stays(tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loser that replaced the winner's folder would pull it away under the winner's queries."""
    write = folder_module._write

    def overtaken(folder: Path) -> None:
        write(folder)
        shutil.copytree(workspace, tmp_path / "demo")

    monkeypatch.setattr(folder_module, "_write", overtaken)
    winner = tmp_path / "demo" / "SecurityAlert.parquet"
    demo.build(tmp_path / "demo")
    assert winner.stat().st_mtime_ns == (workspace / "SecurityAlert.parquet").stat().st_mtime_ns
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo"]


@pytest.mark.usefixtures("few_tables")
def test_the_folder_of_a_process_that_comes_at_the_last_moment_stays(
    tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_current = folder_module._is_current

    def late(folder: Path) -> bool:
        """Just after the last look at the folder, another process puts its own there."""
        answer = is_current(folder)
        if folder == tmp_path / "demo" and any(tmp_path.glob(".demo-*/new")):
            shutil.copytree(workspace, folder)
        return answer

    monkeypatch.setattr(folder_module, "_is_current", late)
    demo.build(tmp_path / "demo")
    kept = tmp_path / "demo" / "SecurityAlert.parquet"
    assert kept.stat().st_mtime_ns == (workspace / "SecurityAlert.parquet").stat().st_mtime_ns


@pytest.mark.usefixtures("few_tables")
def test_ensure_builds_into_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERLAB_SENTINEL_DEMO_DIR", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    built = demo.ensure()
    assert built.parent == tmp_path / "jupyterlab-sentinel"
    assert built.name.startswith("demo-")
    assert demo.ensure() == built


@pytest.mark.usefixtures("few_tables")
def test_ensure_finds_another_place_where_home_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.write_text("a file: no folder can be made in it, by anybody, root neither")
    temporary.mkdir()
    monkeypatch.delenv("JUPYTERLAB_SENTINEL_DEMO_DIR", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(home))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    built = demo.ensure()
    assert built.is_relative_to(temporary)
    assert built.parent.stat().st_mode & 0o077 == 0
    assert demo.ensure() == built


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="other users' folders are told by their owner")
def test_a_temporary_folder_that_others_can_write_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    planted = tmp_path / f"jupyterlab-sentinel-{os.getuid()}"
    planted.mkdir()
    planted.chmod(0o777)
    assert folder_module._private_temporary_folder() != planted


def test_asking_for_the_demo_loads_nothing_heavy() -> None:
    script = (
        "import sys; import jupyterlab_sentinel.demo; "
        "print([name for name in ('pyarrow', 'numpy', 'pandas', 'duckdb', 'mmdb_writer') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == "[]"
