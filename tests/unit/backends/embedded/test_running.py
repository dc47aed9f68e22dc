from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.errors import (
    KqlError,
    KqlSemanticError,
    KqlSyntaxError,
    KqlUnsupportedError,
    NotConnectedError,
    QueryTimeoutError,
    SentinelError,
)
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, rows

ENDLESS = (
    "range a from 1 to 300000 step 1 | extend k=1 | join kind=inner (range b from 1 to 300000 step "
    "1 | extend k=1) on k | summarize sum(a*b)"
)


@pytest.fixture
def folder_with_times(folder: Path) -> Path:
    (folder / "A_CL.csv").write_text(
        "TimeGenerated,k\n2019-02-17T00:00:00Z,1\n2019-02-18T15:29:22Z,2\n2019-02-19T00:00:00Z,3\n"
    )
    (folder / "B_CL.csv").write_text("TimeGenerated,k\n2019-02-18T00:00:00Z,2\n2019-02-20T00:00:00Z,3\n")
    (folder / "C_CL.csv").write_text("k\n2\n3\n")
    return folder


START, END = datetime(2019, 2, 17, tzinfo=UTC), datetime(2019, 2, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kql", "expected"),
    [
        ("A_CL | count", 2),
        ("union A_CL, B_CL | count", 3),
        ("A_CL | join kind=inner B_CL on k | count", 1),
        ("let X = B_CL; X | count", 1),
        ("A_CL | where k in (B_CL | project k) | count", 1),
        ("print n=toscalar(B_CL | count)", 1),
        ("search * | where TimeGenerated >= datetime(2019-02-01) | count", 3),
        ("let f = (T:(k:long)) { T | count }; f(A_CL)", 2),
    ],
)
async def test_the_range_bounds_every_table(folder_with_times: Path, opened: Opener, kql: str, expected: int) -> None:
    assert await rows(await opened(), kql, START, END) == [(expected,)]


async def test_a_table_without_times_is_kept_and_told(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    answer = await backend.run(QueryRequest("C_CL | join kind=inner A_CL on k | count", START, END))
    assert answer.status == "partial"
    assert answer.reasons == ("C_CL has no TimeGenerated: its rows are not bounded by the time range.",)
    assert answer.tables[0].data.column(0).to_pylist() == [1]
    whole = await backend.run(QueryRequest("C_CL | count"))
    assert (whole.status, whole.reasons) == ("complete", ())


async def test_an_answer_tells_where_it_is_from(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    answer = await backend.run(QueryRequest("A_CL | take 1 | render table", START, END))
    assert (answer.query, answer.workspace) == ("A_CL | take 1 | render table", "logs")
    assert (answer.start, answer.end) == (START, END)
    assert answer.render == {"visualization": "table"}
    assert answer.elapsed_s > 0


async def test_several_statements_give_several_tables(folder_with_times: Path, opened: Opener) -> None:
    answer = await (await opened()).run(QueryRequest("A_CL | count; B_CL | summarize n=max(k)"))
    assert [table.name for table in answer.tables] == ["PrimaryResult", "PrimaryResult_1"]
    assert [table.columns[0].name for table in answer.tables] == ["Count", "n"]


async def test_times_beyond_nanoseconds_keep_their_microseconds(opened: Opener, folder: Path) -> None:
    (folder / "T.csv").write_text("a\n1\n")
    answer = await (await opened()).run(QueryRequest("print t=datetime(9999-12-31T23:59:59.123456Z), s=time(300000d)"))
    data = answer.tables[0].data
    assert data.schema.field("t").type == pa.timestamp("us", "UTC")
    assert data.column("t").to_pylist() == [datetime(9999, 12, 31, 23, 59, 59, 123456, tzinfo=UTC)]
    assert data.column("s").to_pylist() == [timedelta(days=300000)]


async def _started(backend: EmbeddedBackend) -> None:
    while backend.running == 0:  # noqa: ASYNC110  # the worker has no event to wait for
        await asyncio.sleep(0)


async def test_cancelling_stops_the_work_and_the_next_query_runs(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    task = asyncio.create_task(backend.run(QueryRequest(ENDLESS)))
    await asyncio.wait_for(_started(backend), 10)
    began = time.perf_counter()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.perf_counter() - began < 5
    assert backend.running == 0
    assert await rows(backend, "A_CL | count") == [(3,)]


async def test_closing_stops_what_still_runs(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    task = asyncio.create_task(backend.run(QueryRequest(ENDLESS)))
    await asyncio.wait_for(_started(backend), 10)
    await backend.close()
    assert backend.running == 0
    with pytest.raises(SentinelError):
        await task


async def test_closing_just_after_a_cancellation_waits_for_it(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    task = asyncio.create_task(backend.run(QueryRequest(ENDLESS)))
    await asyncio.wait_for(_started(backend), 10)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await backend.close()
    assert backend.running == 0
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_deadline_ends_a_query(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    with pytest.raises(QueryTimeoutError, match=r"0\.2 seconds"):
        await backend.run(QueryRequest(ENDLESS, timeout_s=0.2))
    assert await rows(backend, "A_CL | count") == [(3,)]


async def test_queries_run_side_by_side(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    answers = await asyncio.gather(*(rows(backend, f"A_CL | where k <= {number % 4} | count") for number in range(20)))
    assert answers == [[(number % 4,)] for number in range(20)]


async def test_a_failure_that_kills_the_database_is_survived(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    backend._broken = True
    assert await rows(backend, "A_CL | count") == [(3,)]
    assert not backend._broken


@pytest.mark.parametrize(
    ("kql", "kind", "said", "hint", "line", "column"),
    [
        ("A_CL\n| wher k == 1", KqlSyntaxError, "no operator 'wher'", "where", 2, 2),
        ("A_CL | where", KqlSyntaxError, "end of the query", "", 1, 12),
        ('A_CL | where k == "x', KqlSyntaxError, "not closed", "", 1, 18),
        ("A_CLL | count", KqlSemanticError, "no table 'A_CLL'", "A_CL", 1, 0),
        ("a_cl | count", KqlSemanticError, "no table 'a_cl'", "case-sensitive", 1, 0),
        ("A_CL | where K == 1", KqlSemanticError, "no column 'K'", "k", 1, 13),
        ("A_CL | where k > 3hs", KqlSemanticError, "no column '3hs'", "A timespan is a number with", 1, 17),
        ("A_CL | extend x = strlem('a')", KqlSemanticError, "no function 'strlem'", "strlen", 1, 18),
        ("A_CL | where k has 'x'", KqlSemanticError, "does not take a long", "tostring", 1, 15),
        ("A_CL | reduce by k", KqlUnsupportedError, "operator reduce", "", 1, 7),
        ("print current_principal()", KqlUnsupportedError, "current_principal", "", 1, 6),
        ("workspace('x').A_CL | count", KqlUnsupportedError, "workspace('x')", "workspace.json", 1, 0),
        ("database('x').A_CL | count", KqlUnsupportedError, "database()", "local workspaces", 1, 13),
        (".show tables", KqlSyntaxError, "Control commands", "", 1, 0),
        (".set T <| A_CL", KqlSyntaxError, "Control commands", "", 1, 0),
        (".drop table A_CL", KqlSyntaxError, "Control commands", "", 1, 0),
        ("1 + 1", KqlSemanticError, "single value", "print", 1, 2),
        ("", KqlSyntaxError, "empty", "", 1, 0),
    ],
)
async def test_mistakes_are_told_with_their_place(  # noqa: PLR0917  # one a parameter of the table
    folder_with_times: Path,
    opened: Opener,
    kql: str,
    kind: type[KqlError],
    said: str,
    hint: str,
    line: int,
    column: int,
) -> None:
    backend = await opened()
    with pytest.raises(kind) as error:
        await backend.run(QueryRequest(kql, now=NOW))
    assert said in error.value.message
    assert hint in error.value.hint
    assert error.value.position is not None
    assert (error.value.position.line, error.value.position.column) == (line, column)
    assert "^" in error.value.caret or not kql
    with pytest.raises(kind):
        backend.check(kql)


HOSTILE = (
    "(" * 500 + "1" + ")" * 500,
    "print " + "(" * 500 + "1" + ")" * 500,
    "print x=" + "-" * 500 + "1",
    "print x=dynamic(" + "[" * 500 + "]" * 500 + ")",
    "print " + "strcat(" * 90 + "'a'" + ")" * 90,
    "print x=" + " + ".join(["1"] * 20_000),
    "A_CL | where " + " or ".join(f"k == {number}" for number in range(9_000)),
    "A_CL" + " | extend k = k + 1" * 3_000,
    "A_CL | where k in (" + ",".join(str(number) for number in range(20_000)) + ")",
    "print '" + "x" * 100_000 + "'",
    "let a = a; a",
    "let f = (x:long) { f(x) }; print f(1)",
    "print regex = 'a' matches regex '('",
    "print x = 9223372036854775807 + 1",
    "print range(1, 1000000000000)",
    "print repeat(1, 1000000000000)",
    "print " + "\x00\x01\ud800"[:2],
)


@pytest.mark.parametrize("kql", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_query_ends_in_anything_but_an_answer_or_one_of_our_errors(
    folder_with_times: Path, opened: Opener, kql: str
) -> None:
    backend = await opened(memory_limit="1GB")
    with contextlib.suppress(SentinelError):
        await backend.run(QueryRequest(kql, timeout_s=20, now=NOW))
    assert await rows(backend, "A_CL | count") == [(3,)]


async def test_nothing_runs_before_it_is_open() -> None:
    backend = EmbeddedBackend.create("./nowhere", {})
    with pytest.raises(NotConnectedError):
        await backend.run(QueryRequest("print 1"))
    with pytest.raises(KqlSyntaxError):
        backend.check("print (")


async def test_the_same_question_is_translated_once(folder_with_times: Path, opened: Opener) -> None:
    backend = await opened()
    programs = backend._ready().programs
    first = programs.translate(QueryRequest("A_CL | count"))
    assert programs.translate(QueryRequest("A_CL | count")) is first
    assert programs.translate(QueryRequest("A_CL | count", START)) is not first
