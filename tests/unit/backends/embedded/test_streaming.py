"""Answers that go to a file instead of memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.backends.embedded.streaming import duckdb_error
from jupyterlab_sentinel.errors import KqlSemanticError, QueryTimeoutError, UsageError
from jupyterlab_sentinel.models.parquet_files import TableWriter, read_table
from jupyterlab_sentinel.models.tables import QueryResult
from jupyterlab_sentinel.ports import QueryRequest, SavingBackend

from .asking import Opener

MANY = """range a from 1 to 200000 step 1
| extend t = datetime(2020-01-01) + a * 1tick, d = todecimal(a), s = strcat("row ", a), j = bag_pack("a", a)"""
ENDLESS = "union (range a from 1 to 100000000000 step 1), (print a = 0) | extend s = hash_sha256(tostring(a))"


@pytest.fixture
async def backend(folder: Path, opened: Opener) -> EmbeddedBackend:
    (folder / "Logs.csv").write_text("TimeGenerated,N\n2024-01-01T00:00:00.1234567Z,1\n2024-01-02T00:00:00Z,2\n")
    return await opened()


def parquet_files(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*parquet*")]


async def saved(backend: EmbeddedBackend, kql: str, path: Path, timeout_s: float = 180.0) -> QueryResult:
    with TableWriter(path) as writer:
        result = await backend.save(QueryRequest(kql, timeout_s=timeout_s), writer)
        await asyncio.to_thread(writer.finish, {})
    return result


def test_it_is_a_backend_that_saves(backend: EmbeddedBackend) -> None:
    assert isinstance(backend, SavingBackend)


@pytest.mark.parametrize("kql", ["Logs | order by N asc", "Logs | where N > 5", MANY])
async def test_the_file_holds_what_the_answer_would(backend: EmbeddedBackend, tmp_path: Path, kql: str) -> None:
    result = await saved(backend, kql, tmp_path / "a.parquet")
    whole = (await backend.run(QueryRequest(kql))).tables[0]
    table = read_table(tmp_path / "a.parquet")
    assert result.tables[0].rows == 0
    assert result.columns == whole.columns == table.columns
    assert table.data.equals(whole.data)


async def test_a_date_far_away_may_come_late(backend: EmbeddedBackend, tmp_path: Path) -> None:
    kql = "range a from 1 to 300000 step 1 | extend t = iff(a < 300000, datetime(2020-01-01), datetime(0001-01-01))"
    await saved(backend, kql, tmp_path / "a.parquet")
    whole = (await backend.run(QueryRequest(kql))).tables[0]
    assert read_table(tmp_path / "a.parquet").data.equals(whole.data)


async def test_several_answers_are_refused(backend: EmbeddedBackend, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 answers"):
        await saved(backend, "Logs; print 1", tmp_path / "a.parquet")
    assert parquet_files(tmp_path) == []


async def test_an_error_on_the_way_is_the_one_it_would_be_in_memory(backend: EmbeddedBackend, tmp_path: Path) -> None:
    kql = "range a from 1 to 200000 step 1 | extend x = assert(a < 150000, 'too much')"
    with pytest.raises(KqlSemanticError) as in_memory:
        await backend.run(QueryRequest(kql))
    with pytest.raises(KqlSemanticError) as on_disk:
        await saved(backend, kql, tmp_path / "a.parquet")
    assert on_disk.value.message == in_memory.value.message
    assert parquet_files(tmp_path) == []


async def test_stopping_leaves_nothing_and_the_next_query_works(backend: EmbeddedBackend, tmp_path: Path) -> None:
    told: list[str] = []
    loop, begun = asyncio.get_running_loop(), asyncio.Event()

    def progress(_fraction: float | None, text: str) -> None:
        told.append(text)
        loop.call_soon_threadsafe(begun.set)

    with TableWriter(tmp_path / "a.parquet") as writer:
        task = asyncio.create_task(backend.save(QueryRequest(ENDLESS, progress=progress), writer))
        await asyncio.wait({task, asyncio.create_task(begun.wait())}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert backend.running == 0
    assert "rows written" in told[0]
    assert parquet_files(tmp_path) == []
    assert (await backend.run(QueryRequest("print 1"))).rows == 1


async def test_the_deadline_holds(backend: EmbeddedBackend, tmp_path: Path) -> None:
    with pytest.raises(QueryTimeoutError):
        await saved(backend, ENDLESS, tmp_path / "a.parquet", timeout_s=0.5)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("INTERRUPT Error: Interrupted!", duckdb.InterruptException),
        ("Out of Memory Error: failed to allocate", duckdb.OutOfMemoryException),
        ("IO Error: No files found", duckdb.IOException),
        ("Out of Range Error: overflow", duckdb.OutOfRangeException),
        ("Conversion Error: no", duckdb.ConversionException),
        ("Invalid Input Error: boom", duckdb.InvalidInputException),
        ("INTERNAL Error: bad", duckdb.InternalException),
        ("FATAL Error: bad", duckdb.FatalException),
        ("something else", duckdb.Error),
    ],
)
def test_errors_that_come_through_arrow_are_those_of_the_engine(text: str, kind: type[Exception]) -> None:
    error = duckdb_error(text)
    assert type(error) is kind
    assert str(error) == text
