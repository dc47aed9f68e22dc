"""``arg_max`` and kin read the columns of the rows they picked afterwards: the answers are those of the plain way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.programs import Programs
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, rows

# Nulls everywhere, several row groups, no two times alike but where they are null.
ROWS = """
SELECT
    CASE WHEN i % 50 = 0 OR i % 7 = 5 THEN NULL ELSE TIMESTAMP '2026-01-01' + INTERVAL ((i * 7919) % 20011) SECOND END
        AS TimeGenerated,
    'k' || (i % 7) AS Kind, CASE WHEN i % 3 = 0 THEN NULL ELSE 'é' || i END AS Text, CAST(i AS INTEGER) AS N,
    CASE WHEN i % 4 = 0 THEN NULL ELSE i / 8 END AS R, '{"a":' || i || '}' AS Bag, i % 2 = 0 AS Flag
FROM range(20000) AS t(i)
"""


def _written(folder: Path, sql: str = ROWS) -> None:
    duckdb.sql(f"COPY ({sql}) TO '{folder / 'T.parquet'}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")


def _sql(backend: EmbeddedBackend, kql: str, *, plain: bool = False) -> str:
    tables = backend._ready().tables
    if plain:
        tables = {name: replace(table, number="") for name, table in tables.items()}
    program = Programs(tables).translate(QueryRequest(kql, now=NOW))
    return program.statements[0].sql


def _answer(backend: EmbeddedBackend, sql: str) -> list[str]:
    opened = backend._ready()
    return sorted(map(repr, Execution(opened.connection, opened.functions).rows(sql)))


@pytest.mark.parametrize(
    "kql",
    [
        "T | summarize arg_max(TimeGenerated, *) by N % 90",
        "T | summarize arg_min(TimeGenerated, *) by N % 90",
        "T | summarize arg_max(N, *)",
        "T | summarize arg_max(Text, *), count() by N % 11",
        "T | where N < 0 | summarize arg_max(N, *)",
        "T | where N < 0 | summarize arg_max(N, *) by Kind",
        "T | where N % 3 == 1 and Flag | summarize arg_max(R, N, Text, toupper(Text), R + 1) by Kind",
        "T | extend X = strcat(Text, '!') | summarize arg_max(N, *) by X = substring(Text, 0, 2)",
        "T | summarize arg_max(N, *), arg_min(N, *), make_set(N % 2), dcount(Text) by Kind",
        "T | summarize arg_max(N, Text, R, Bag) by Kind | project Kind, R",
        "T | summarize arg_max(N, Text, R, Bag) by Kind | project Kind",
        "T | summarize arg_max(N, Text, R, Bag) by Kind | count",
        "T | summarize (a, b, c) = arg_max(N, Text, R) by Kind, Flag | where b endswith '9'",
        "T | project-rename Q = Text | summarize arg_max(N, Q, R) by Kind",
        "T | project-away Bag | summarize arg_max(N, *) by Kind | join kind=inner (T) on N",
        "let L = T | where Flag | extend Z = N; L | summarize arg_max(N, *) by Kind | union (L | count)",
        "let L = materialize(T | where Flag); L | summarize arg_max(N, *) by Kind | union (L | count)",
        "T | mv-expand e = dynamic([1, 2]) | summarize arg_max(N + toint(e), *) by Kind",
        "T | union T | summarize arg_max(N, *) by Kind",
        "T | join kind=leftouter (T | where N < 9 | extend M = N) on N | summarize arg_max(N, *) by Kind",
        "T | partition by Kind (summarize arg_max(N, Text, R, Bag))",
        "T | sort by N asc | take 500 | summarize arg_max(N, *) by Kind",
        "T | top 40 by N | summarize arg_min(N, *) by Kind",
        "T | summarize M = max(N) by Kind | summarize arg_max(M, *)",
        "T | where N == 7 | summarize take_any(*)",
        "T | where N == 7 | summarize take_any(*) by Kind",
        "T | where isnull(TimeGenerated) and N == 50 | summarize arg_max(TimeGenerated, *) by Kind",
        "T | as hint.materialized=true Q | summarize arg_max(N, *) by Kind",
    ],
)
async def test_as_the_plain_way(folder: Path, opened: Opener, kql: str) -> None:
    _written(folder)
    backend = await opened()
    assert _answer(backend, _sql(backend, kql)) == _answer(backend, _sql(backend, kql, plain=True))


@pytest.mark.parametrize("by", ["N % 3", "Kind", "1"])
@pytest.mark.parametrize("compared", ["datetime(2026-01-01)", "long(null)", "''", "Flag", "R % 2"])
async def test_all_values_are_of_one_row(folder: Path, opened: Opener, by: str, compared: str) -> None:
    """Where thousands are as good, and some columns are computed."""
    _written(folder, "SELECT i AS N, 'k' || (i % 7) AS Kind, CAST(i AS VARCHAR) AS A, i * 2 AS B, i % 2 = 0 AS Flag, "
             "CASE WHEN i % 5 < 3 THEN i / 3 END AS R, '[' || i || ']' AS C FROM range(300000) AS t(i)")  # fmt: skip
    backend = await opened()
    kql = (
        f"T | extend D = strcat(A, '#'), V = {compared} | summarize arg_max(V, N, A, B, C, D, R) by K = {by} "
        "| where N != tolong(A) or B != 2 * N or C != strcat('[', N, ']') or D != strcat(N, '#') "
        "or (isnotnull(R) and abs(R - N / 3.0) > 0.01) | count"
    )
    assert "SEMI JOIN" in _sql(backend, kql)
    assert await rows(backend, kql) == [(0,)]


async def test_columns_are_read_afterwards_only_where_it_pays(folder: Path, opened: Opener) -> None:
    _written(folder)
    backend = await opened()
    late = _sql(backend, "T | where Flag | extend X = N | summarize arg_max(N, *) by Kind | project Kind, Text")
    assert late.count("SEMI JOIN") == 1
    assert "Bag" not in late
    assert "SEMI JOIN" not in _sql(backend, "T | summarize arg_max(N, Text) by Kind")
    assert "SEMI JOIN" not in _sql(backend, "T | summarize arg_max(N, *) by Kind | project Kind, N")


@pytest.mark.parametrize("name", ["file_row_number", "File_Row_Number"])
async def test_a_column_of_that_name_is_a_column(folder: Path, opened: Opener, name: str) -> None:
    _written(folder, f"SELECT 'a' AS K, i AS N, 1 AS {name}, 'x' || i AS X FROM range(9) AS t(i)")
    for _ in range(2):
        backend = await opened()
        assert await rows(backend, "T | summarize arg_max(N, *) by K") == [("a", 8, 1, "x8", "T")]


async def test_several_files_have_no_number(folder: Path, opened: Opener) -> None:
    tree = folder / "T"
    for part in range(3):
        hour = tree / "y=2026" / "m=01" / "d=01" / f"h=0{part}" / "m=00"
        hour.mkdir(parents=True)
        duckdb.sql(f"COPY (SELECT {part} AS N, 'a' AS K, 'x{part}' AS X, 'y{part}' AS Y) TO '{hour}/PT1H.parquet'")
    backend = await opened()
    assert [table.number for table in backend._ready().tables.values()] == [""]
    for name in backend._ready().tables:
        assert await rows(backend, f"{name} | summarize arg_max(N, K, X, Y)") == [(2, "a", "x2", "y2")]


async def test_converted_text_and_a_second_opening(folder: Path, opened: Opener) -> None:
    lines = "\n".join(f"{i},k{i % 3},t{i}" for i in range(5000))
    (folder / "T.csv").write_text(f"N,K,X\n{lines}\n")
    wanted = [(4997, "k2", "t4997", "T"), (4998, "k0", "t4998", "T"), (4999, "k1", "t4999", "T")]
    for _ in range(2):
        backend = await opened()
        kql = "T | summarize arg_max(N, *) by K | project N, K, X, Type | sort by N asc"
        assert "SEMI JOIN" in _sql(backend, kql)
        assert await rows(backend, kql) == wanted


async def test_columns_that_a_function_takes_as_empty_are_told_all_the_same(folder: Path, opened: Opener) -> None:
    _written(folder, "SELECT TIMESTAMP '2026-01-01' AS TimeGenerated, 'a' AS Computer, 1 AS EventID, 'x' AS Account")
    (folder / "T.parquet").rename(folder / "SecurityEvent.parquet")
    functions = folder / "functions"
    functions.mkdir()
    (functions / "Latest.kql").write_text(
        "SecurityEvent | summarize arg_max(TimeGenerated, Computer, Account, Process)"
    )
    backend = await opened()
    answer = await backend.run(QueryRequest("Latest"))
    assert any("Process" in reason for reason in answer.reasons), answer.reasons
