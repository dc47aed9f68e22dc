from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

from jupyterlab_sentinel.errors import DataError, KqlSyntaxError, PartialAnswerError, ServiceError, UsageError
from jupyterlab_sentinel.kql.parser import parse_query
from jupyterlab_sentinel.models.parquet_files import read_provenance
from jupyterlab_sentinel.models.tables import Column, QueryResult, Table
from jupyterlab_sentinel.models.workspace import WorkspaceInfo
from jupyterlab_sentinel.services.query import Question
from jupyterlab_sentinel.services.saved_answers import save
from jupyterlab_sentinel.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jupyterlab_sentinel.models.parquet_files import TableWriter
    from jupyterlab_sentinel.models.workspace import TableInfo
    from jupyterlab_sentinel.ports import QueryRequest

COLUMNS = (Column("N", "long"), Column("D", "dynamic"))


def table(*numbers: int) -> Table:
    return Table("PrimaryResult", COLUMNS, pa.table({"N": list(numbers), "D": ['{"a":1}'] * len(numbers)}))


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


class Backend:
    """Answers with ``tables``; in memory only."""

    def __init__(self, *tables: Table, **facts: Any) -> None:
        self.info = WorkspaceInfo(name="w", kind="fake")
        self.tables_ = tables
        self.facts = facts
        self.asked: list[QueryRequest] = []

    async def open(self) -> None: ...

    async def run(self, request: QueryRequest) -> QueryResult:
        self.asked.append(request)
        now = datetime.now(UTC)
        return QueryResult(self.tables_, request.kql, "w", request.start, request.end, now, 0.1, **self.facts)

    async def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        return ()

    def check(self, kql: str) -> None:
        parse_query(kql)

    async def close(self) -> None: ...


class Streaming(Backend):
    """Writes ``tables`` one after another."""

    failure: Exception | None = None
    started: asyncio.Event | None = None

    async def save(self, request: QueryRequest, writer: TableWriter) -> QueryResult:
        for each in self.tables_:
            writer.add(each)
        if self.failure is not None:
            raise self.failure
        if self.started is not None:
            self.started.set()
            await asyncio.sleep(60)
        empty = replace(self.tables_[0], data=self.tables_[0].data.slice(0, 0))
        return replace(await self.run(request), tables=(empty,))


@pytest.mark.parametrize("backend", [Backend(table(1, 2, 3)), Streaming(table(1, 2), table(3))])
async def test_the_rows_are_in_the_file_and_the_answer_tells_of_them(tmp_path: Path, backend: Backend) -> None:
    store = Store.open(on_disk=False)
    path = tmp_path / "a.parquet"
    answer = await save(Question("T | where N in ({{n}})", {"n": [1, 2]}), path, backend, store)
    assert (answer.rows, answer.columns, answer.size, answer.path) == (3, COLUMNS, path.stat().st_size, path)
    assert answer.query == "T | where N in (dynamic([1,2]))"
    assert read_provenance(path)["query"] == answer.query
    assert [(one.query, one.status, one.rows) for one in store.history()] == [(answer.query, "complete", 3)]


async def test_the_answer_stands_for_its_path_and_shows_itself(tmp_path: Path) -> None:
    answer = await save(Question("T"), tmp_path / "a.parquet", Streaming(table(1, 2), table(3)))
    assert os.fspath(answer) == str(tmp_path / "a.parquet")
    assert pd.read_parquet(answer, columns=["N"])["N"].tolist() == [1, 2, 3]
    assert answer.head(2)["N"].tolist() == [1, 2]
    assert answer.head(2)["D"].tolist() == [{"a": 1}] * 2
    assert answer.to_pandas()["N"].tolist() == [1, 2, 3]
    assert answer.to_arrow().schema.field("N").metadata == {b"kql_type": b"long"}
    assert answer.head(0).columns.tolist() == ["N", "D"]


async def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    answer = await save(Question("T"), tmp_path / "a.parquet", Backend(table(1)))
    answer.path.unlink()
    with pytest.raises(DataError, match=r"a\.parquet cannot be read"):
        answer.head()
    answer.path.write_text("something else")
    with pytest.raises(DataError, match=r"a\.parquet cannot be read"):
        answer.to_pandas()


@pytest.mark.parametrize("kind", [Backend, Streaming])
async def test_a_file_that_exists_is_refused_before_anything_is_asked(tmp_path: Path, kind: type[Backend]) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"mine")
    backend = kind(table(1))
    with pytest.raises(UsageError, match="exists already"):
        await save(Question("T"), path, backend)
    assert backend.asked == []
    assert path.read_bytes() == b"mine"
    await save(Question("T"), path, backend, overwrite=True)


async def test_several_answers_are_refused_before_anything_is_asked(tmp_path: Path) -> None:
    backend = Backend(table(1))
    with pytest.raises(UsageError, match="2 answers"):
        await save(Question("let x = 1; T; U | take 5"), tmp_path / "a.parquet", backend)
    assert backend.asked == []


async def test_several_tables_that_only_the_answer_tells_of_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 answers"):
        await save(Question("T | fork (take 1) (take 2)"), tmp_path / "a.parquet", Backend(table(1), table(2)))
    assert files(tmp_path) == []


async def test_a_partial_answer_is_marked_in_the_file_and_refused_if_strict(tmp_path: Path) -> None:
    backend = Streaming(table(1), status="partial", reasons=("the limit",))
    with pytest.raises(PartialAnswerError):
        await save(Question("T", strict=True), tmp_path / "a.parquet", backend)
    assert files(tmp_path) == []
    answer = await save(Question("T"), tmp_path / "a.parquet", backend)
    assert (answer.status, answer.reasons) == ("partial", ("the limit",))
    told = read_provenance(answer.path)
    assert (told["status"], told["reasons"]) == ("partial", ["the limit"])


async def test_a_failure_leaves_no_file_and_is_recorded(tmp_path: Path) -> None:
    store = Store.open(on_disk=False)
    backend = Streaming(table(*range(200_000)))
    backend.failure = ServiceError("It broke.")
    with pytest.raises(ServiceError):
        await save(Question("T"), tmp_path / "a.parquet", backend, store)
    assert files(tmp_path) == []
    assert store.history()[0].status == "failed"


async def test_stopping_leaves_no_file(tmp_path: Path) -> None:
    backend = Streaming(table(*range(200_000)))
    backend.started = asyncio.Event()
    task = asyncio.create_task(save(Question("T"), tmp_path / "a.parquet", backend))
    await backend.started.wait()
    assert len(files(tmp_path)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(tmp_path) == []


async def test_what_is_no_kql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KqlSyntaxError):
        await save(Question("T | where"), tmp_path / "a.parquet", Backend(table(1)))


async def test_deadlines_and_bounds_reach_the_backend(tmp_path: Path) -> None:
    backend = Backend(table(1))
    question = Question("T", timeout_s=1000.0, request_timeout_s=10.0, most_requests=7)
    await save(question, tmp_path / "a.parquet", backend)
    request = backend.asked[0]
    assert (request.timeout_s, request.request_timeout_s, request.most_requests) == (1000.0, 10.0, 7)


async def test_remarks_of_the_service_and_of_the_file(tmp_path: Path) -> None:
    twice = Table(
        "PrimaryResult", (COLUMNS[0], COLUMNS[0]), pa.Table.from_arrays([pa.array([1])] * 2, names=["N", "N"])
    )
    backend = Backend(twice, statistics={"warnings": ["the clock is wrong"]})
    answer = await save(Question("T"), tmp_path / "a.parquet", backend)
    assert answer.remarks == ("the clock is wrong", "columns of one name have a number in the file: N1")
