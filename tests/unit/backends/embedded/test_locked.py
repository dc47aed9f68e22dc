"""A query reads the workspace's files and nothing else, and writes nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded.database import lock, open_database
from jupyterlab_sentinel.errors import KqlError, KqlSemanticError
from jupyterlab_sentinel.ports import QueryRequest

from .asking import Opener


@pytest.mark.parametrize(
    "kql",
    [
        "['/etc/passwd'] | take 1",
        "['x.csv']",
        "['https://example.com/x.parquet'] | take 1",
        "table('/etc/passwd')",
        "union ['/etc/*'], T",
        "['read_csv'] | take 1",
        "['t0'] | take 1",
        "duckdb_settings",
        'externaldata(a:string)["/etc/passwd"]',
        "T | evaluate sql_request('x', 'y')",
        "print getenv('HOME')",
        "print read_text('/etc/passwd')",
    ],
)
async def test_files_are_not_tables_and_sql_is_not_kql(folder: Path, opened: Opener, kql: str) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    with pytest.raises(KqlError):
        await (await opened()).run(QueryRequest(kql))


@pytest.mark.parametrize(
    "hostile",
    [
        "x'; DROP VIEW t0; --",
        "'' || (SELECT content FROM read_text('/etc/passwd')) || ''",
        'a"b',
        "$1 $a ? %s",
        "a\\",
        "\u202e\x00\n",
    ],
)
async def test_text_from_a_query_stays_text(folder: Path, opened: Opener, hostile: str) -> None:
    from jupyterlab_sentinel.kql.literals import string_literal

    (folder / "T.csv").write_text("a\n1\n")
    backend = await opened()
    quoted = string_literal(hostile)
    for kql in (
        f"print x={quoted}",
        f"T | extend x={quoted} | where x == {quoted} or x has {quoted} | project x",
        f"print d=bag_pack({quoted}, {quoted}) | project x=tostring(d[{quoted}])",
        f"print x=tostring(dynamic([{quoted}])[0])",
    ):
        answer = await backend.run(QueryRequest(kql))
        assert answer.tables[0].data.column(0).to_pylist() == [hostile]


async def test_a_hostile_name_stays_a_name(folder: Path, opened: Opener) -> None:
    (folder / 'T"; DROP VIEW t0; --.csv').write_text('"a""; DROP VIEW t0; --",b\n1,2\n')
    backend = await opened()
    name = '["T\\"; DROP VIEW t0; --"]'
    column = '["a\\"; DROP VIEW t0; --"]'
    answer = await backend.run(QueryRequest(f"{name} | project x={column}, b"))
    assert [item.to_pylist() for item in answer.tables[0].data.columns] == [[1], [2]]


def test_a_locked_database_reads_its_files_only(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a\n1\n")
    (tmp_path / "other.csv").write_text("a\n1\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    connection = open_database(scratch)
    lock(connection, [str(tmp_path / "mine.csv")])
    assert connection.execute(f"SELECT a FROM read_csv('{tmp_path}/mine.csv')").fetchall() == [(1,)]
    for statement in (
        f"SELECT * FROM read_csv('{tmp_path}/other.csv')",
        "SELECT * FROM read_text('/etc/passwd')",
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        f"ATTACH '{tmp_path}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access=true",
        "SET memory_limit='100GB'",
        "PRAGMA disable_checkpoint_on_shutdown",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(statement)
    assert not (tmp_path / "out.csv").exists()
    local = connection.execute("SELECT current_setting('TimeZone')").fetchall()
    assert local == [("UTC",)]


async def test_an_open_workspace_is_locked_for_every_query(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    (folder / "notes.txt").write_text("not of the workspace")
    cursor = (await opened())._ready().connection.cursor()
    assert cursor.execute("SELECT count(*) FROM t0").fetchall() == [(1,)]
    for path in ("/etc/passwd", folder / "notes.txt", folder / "T.csv"):
        with pytest.raises(duckdb.Error):
            cursor.execute(f"SELECT * FROM read_text('{path}')")
    with pytest.raises(duckdb.Error):
        cursor.execute("SET GLOBAL enable_external_access=true")


async def test_python_frames_are_no_tables(folder: Path, opened: Opener) -> None:
    import pandas as pd

    secret = pd.DataFrame({"a": [1]})
    (folder / "T.csv").write_text("a\n1\n")
    with pytest.raises(KqlSemanticError, match="no table"):
        await (await opened()).run(QueryRequest("secret | take 1"))
    del secret
