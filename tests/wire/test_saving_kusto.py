"""Answers of Azure Data Explorer, the data lake and hunting, into files, through the project's own endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jupyterlab_sentinel import aio
from jupyterlab_sentinel.backends.kusto.client import KustoClient, Query
from jupyterlab_sentinel.backends.log_analytics import backend as log_analytics_backend
from jupyterlab_sentinel.backends.log_analytics.decoding import Answer
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from jupyterlab_sentinel.errors import (
    KqlSemanticError,
    KqlUnsupportedError,
    LimitError,
    PartialAnswerError,
    ServiceError,
    UsageError,
)
from jupyterlab_sentinel.models.parquet_files import read_provenance
from jupyterlab_sentinel.services.query import Question
from jupyterlab_sentinel.services.saved_answers import save
from jupyterlab_sentinel.session import Workspace
from tests.wire.local_endpoint import Given, LocalEndpoint, write_logs
from tests.wire.service import FakeToken, Service, reply
from tests.wire.test_kusto_faults import HUNTED

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
DAY: dict[str, Any] = {"start": FIRST, "end": FIRST + timedelta(days=1)}
FILE = "answer.parquet"
UNFINISHED = f"{FILE}.unfinished"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEndpoint]:
    """1,000 rows a minute apart, and one a tick before the 500th; an answer holds 100."""
    rows = [{"TimeGenerated": (FIRST + timedelta(minutes=place)).isoformat(), "n": place} for place in range(1000)]
    rows.insert(500, {"TimeGenerated": "2024-01-01T08:19:59.9999999Z", "n": 1000})
    logs = write_logs(tmp_path_factory.mktemp("many") / "logs", {"Log": rows, "Plain": [{"n": 1}]})
    with LocalEndpoint(Options(str(logs), limits=Limits(rows=100, requests=100_000))) as served:
        yield served


async def connected(served: LocalEndpoint, kind: str) -> Workspace:
    if kind == "adx":
        return await aio.connect(f"{served.url}/logs", credential=Given(served))
    name, address = {
        "lake": (f"datalake:logs-{served.facts['workspace_id']}", f"{served.url}/lake/kql"),
        "hunting": ("hunting:", served.url),
    }[kind]
    return await aio.connect(name, credential=Given(served), endpoint=address)


@pytest.fixture
async def adx(many: LocalEndpoint) -> AsyncIterator[Workspace]:
    workspace = await connected(many, "adx")
    yield workspace
    await workspace.close()


@pytest.fixture(params=["adx", "lake", "hunting"])
async def each(request: pytest.FixtureRequest, many: LocalEndpoint) -> AsyncIterator[Workspace]:
    workspace = await connected(many, request.param)
    yield workspace
    await workspace.close()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def numbers(folder: Path) -> list[int]:
    found: list[int] = pq.read_table(folder / FILE).column("n").to_pylist()
    return found


IN_ORDER = [*range(500), 1000, *range(500, 1000)]


async def test_an_answer_in_one_piece(each: Workspace, tmp_path: Path) -> None:
    kql = "Log | where n between (10 .. 19) | project TimeGenerated, n, Half=n / 2.0"
    saved = await each.save(kql, tmp_path / FILE, **DAY)
    assert (saved.status, saved.rows, saved.requests) == ("complete", 10, 1)
    assert [(column.name, column.type) for column in saved.columns] == [
        ("TimeGenerated", "datetime"),
        ("n", "long"),
        ("Half", "real"),
    ]
    assert sorted(numbers(tmp_path)) == list(range(10, 20))
    assert files(tmp_path) == [FILE]
    told = read_provenance(tmp_path / FILE)
    assert (told["query"], told["start"], told["workspace"]) == (kql, "2024-01-01T00:00:00Z", each.info.name)
    frame, answer = saved.to_pandas(), (await each.query(kql, **DAY)).to_pandas()
    assert list(frame.dtypes) == list(answer.dtypes)


@pytest.mark.parametrize("kql", ["Log | extend m = n * 2", "set notruncation; let low = 0; Log | where n >= low"])
async def test_slices_of_data_explorer_are_whole_and_in_order(adx: Workspace, tmp_path: Path, kql: str) -> None:
    told: list[str] = []
    question = Question(kql, timeout_s=60, progress=lambda _fraction, text: told.append(text), **DAY)
    saved = await save(question, tmp_path / FILE, adx.backend)
    assert (saved.status, saved.reasons) == ("complete", ())
    assert numbers(tmp_path) == IN_ORDER
    assert saved.requests > 10
    assert any("of 1,001 rows" in text for text in told)
    assert files(tmp_path) == [FILE]


async def test_the_range_of_slices_is_half_open_to_the_tick(adx: Workspace, tmp_path: Path) -> None:
    bounds: dict[str, Any] = {"start": FIRST + timedelta(minutes=100), "end": FIRST + timedelta(minutes=500)}
    saved = await adx.save("Log", tmp_path / FILE, **bounds)
    assert saved.status == "complete"
    assert numbers(tmp_path) == [*range(100, 500), 1000]
    saved = await adx.save("Log", tmp_path / FILE, start=FIRST + timedelta(minutes=500), end=None, replace=True)
    assert numbers(tmp_path) == list(range(500, 1000))


async def test_a_failed_run_goes_on_in_another_process(
    adx: Workspace, many: LocalEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = KustoClient.ask

    async def counted(self: KustoClient, query: Query, *more: Any) -> Answer:
        asked.append(query.kql)
        if len(asked) > 9:
            raise ServiceError("It broke.")
        return await ask(self, query, *more)

    with monkeypatch.context() as patched:
        patched.setattr(KustoClient, "ask", counted)
        with pytest.raises(ServiceError, match="It broke") as caught:
            await adx.save("Log", tmp_path / FILE, **DAY)
    assert "slices with" in caught.value.hint
    assert files(tmp_path) == [UNFINISHED]
    other = await connected(many, "adx")
    with pytest.raises(UsageError, match="another query"):
        await other.save("Log | take 5", tmp_path / FILE, **DAY)
    saved = await other.save("Log", tmp_path / FILE, **DAY)
    await other.close()
    assert saved.status == "complete"
    assert "did not finish" in str(saved.remarks)
    assert numbers(tmp_path) == IN_ORDER
    assert files(tmp_path) == [FILE]


@pytest.mark.parametrize("each", ["adx", "lake"], indirect=True)
async def test_what_the_service_cuts_is_partial_in_the_file_or_no_file(each: Workspace, tmp_path: Path) -> None:
    kql = "Log | sort by n asc"
    saved = await each.save(kql, tmp_path / FILE, **DAY)
    assert (saved.status, saved.rows) == ("partial", 100)
    assert "slices" in saved.reasons[-1]
    assert read_provenance(tmp_path / FILE)["status"] == "partial"
    strict = Question(kql, strict=True, **DAY)
    with pytest.raises(PartialAnswerError):
        await save(strict, tmp_path / "strict.parquet", each.backend)
    assert files(tmp_path) == [FILE]


async def test_an_answer_without_the_services_word_for_it_is_whole_however_long(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``set notruncation`` brings more than 500,000 rows; Kusto says so when it cuts, Log Analytics may not."""
    monkeypatch.setattr(log_analytics_backend, "ROW_LIMIT", 100)
    rows = [{"TimeGenerated": FIRST.isoformat(), "n": place} for place in range(150)]
    logs = write_logs(tmp_path_factory.mktemp("long") / "logs", {"Log": rows})
    with LocalEndpoint(Options(str(logs), limits=Limits(requests=100_000))) as served:
        adx = await connected(served, "adx")
        for kql in ("set notruncation; Log", "set notruncation; Log | sort by n asc"):
            saved = await adx.save(kql, tmp_path / FILE, replace=True)
            assert (saved.status, saved.rows, saved.requests) == ("complete", 150, 1)
        await adx.close()
        logs_ = await aio.connect(served.facts["workspace_id"], credential=Given(served), endpoint=served.url)
        assert (await logs_.query("Log | sort by n asc")).status == "partial"
        await logs_.close()


async def test_the_lake_is_not_asked_in_slices(many: LocalEndpoint, tmp_path: Path) -> None:
    lake = await connected(many, "lake")
    saved = await lake.save("Log", tmp_path / FILE, **DAY)
    assert (saved.status, saved.rows, saved.requests) == ("partial", 100, 1)
    assert "more queries than a tenant may ask" in saved.reasons[-1]
    await lake.close()


async def test_an_answer_as_long_as_hunting_gives_is_partial_in_the_file(service: Service, tmp_path: Path) -> None:
    service.answer = lambda _asked: reply(HUNTED)
    hunting = await aio.connect("hunting:", credential=FakeToken(), endpoint=service.url)
    service.answer = lambda _asked: reply({**HUNTED, "results": [{"a": 1, "s": ""}] * 100_000})
    saved = await hunting.save("T", tmp_path / FILE)
    assert (saved.status, saved.rows) == ("partial", 100_000)
    assert "there may be more" in saved.reasons[0]
    assert "slices" in saved.reasons[-1]
    await hunting.close()


async def test_what_is_refused_leaves_no_file(each: Workspace, tmp_path: Path) -> None:
    with pytest.raises(KqlSemanticError):
        await each.save("Log | where Nope == 1", tmp_path / FILE, **DAY)
    with pytest.raises(UsageError, match="2 answers"):
        await each.save("Log; Plain", tmp_path / FILE, **DAY)
    if each.info.kind != "Advanced hunting":
        with pytest.raises(KqlUnsupportedError, match="range of the session"):
            await each.save("find in (Log) where n == 1", tmp_path / FILE, **DAY)
    assert files(tmp_path) == []


async def test_more_requests_than_may_be_are_refused(adx: Workspace, tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="more than 5 requests"):
        await save(Question("Log", most_requests=5, **DAY), tmp_path / FILE, adx.backend)
    assert files(tmp_path) == []


async def test_the_remarks_of_the_range_stand_with_the_file(many: LocalEndpoint, tmp_path: Path) -> None:
    adx = await connected(many, "adx")
    saved = await adx.save("Plain", tmp_path / FILE, **DAY)
    assert "the range does not bound Plain" in str(saved.remarks)
    await adx.close()
    hunting = await connected(many, "hunting")
    saved = await hunting.save("Log | where n < 5", tmp_path / FILE, replace=True, **DAY)
    assert "very end" in str(saved.remarks)
    assert saved.rows == 5
    await hunting.close()
