"""Azure Data Explorer, the data lake and advanced hunting as workspaces, through the project's own endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_sentinel import aio
from jupyterlab_sentinel.backends.advanced_hunting import AdvancedHuntingBackend
from jupyterlab_sentinel.backends.kusto import DataExplorerBackend, DataLakeBackend
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from jupyterlab_sentinel.errors import (
    AccessError,
    KqlSemanticError,
    KqlSyntaxError,
    KqlUnsupportedError,
    LimitError,
    Position,
    ServiceError,
    UnknownWorkspaceError,
)
from jupyterlab_sentinel.models.instants import Instant
from jupyterlab_sentinel.ports import QueryBackend, QueryRequest
from tests.wire.local_endpoint import Given, LocalEndpoint, write_logs
from tests.wire.service import FakeToken, Reply, Service, reply
from tests.wire.test_kusto_faults import FRAMES, HUNTED

DAY: dict[str, Any] = {"start": datetime(2024, 1, 1, tzinfo=UTC), "end": datetime(2024, 1, 2, tzinfo=UTC)}
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEndpoint]:
    """1,000 rows, of which an answer holds 100."""
    rows = [{"TimeGenerated": (FIRST + timedelta(minutes=place)).isoformat(), "n": place} for place in range(1000)]
    logs = write_logs(tmp_path_factory.mktemp("many") / "logs", {"Log": rows, "Plain": [{"n": 1}]})
    with LocalEndpoint(Options(str(logs), limits=Limits(rows=100, requests=100_000))) as served:
        yield served


@pytest.fixture
async def adx(endpoint: LocalEndpoint) -> AsyncIterator[QueryBackend]:
    backend = DataExplorerBackend.create(f"{endpoint.url}/logs", {"credential": Given(endpoint)})
    await backend.open()
    yield backend
    await backend.close()


async def opened(backend: QueryBackend) -> QueryBackend:
    await backend.open()
    return backend


async def test_an_address_connects(endpoint: LocalEndpoint) -> None:
    workspace = await aio.connect(f"{endpoint.url}/logs", credential=Given(endpoint))
    assert workspace.info.kind == "Azure Data Explorer"
    assert workspace.info.tables == 2
    result = await workspace.query("Log | count")
    assert result.to_arrow().to_pylist() == [{"Count": 3}]
    await workspace.close()


async def test_the_range_is_half_open_to_the_tick(adx: QueryBackend) -> None:
    request = QueryRequest("Log | project Text", FIRST, Instant.of(FIRST + timedelta(microseconds=123456), 7))
    assert (await adx.run(request)).tables[0].rows == 0
    request = QueryRequest("Log | project Text", FIRST, Instant.of(FIRST + timedelta(microseconds=123456), 8))
    result = await adx.run(request)
    assert result.to_arrow().to_pylist() == [{"Text": "one"}]
    assert result.query == "Log | project Text"
    assert "warnings" not in result.statistics


async def test_a_table_without_a_time_is_named(many: LocalEndpoint) -> None:
    backend = await opened(DataExplorerBackend.create(f"{many.url}/logs", {"credential": Given(many)}))
    result = await backend.run(QueryRequest("Plain | count", **DAY))
    assert result.to_arrow().to_pylist() == [{"Count": 1}]
    assert "the range does not bound Plain" in str(result.statistics["warnings"])
    await backend.close()


async def test_places_of_errors_are_those_of_the_query_as_it_was_written(adx: QueryBackend) -> None:
    query = "Log | where Text == 'x'\n| where Nope == 1"
    with pytest.raises(KqlSemanticError) as caught:
        await adx.run(QueryRequest(query, **DAY))
    assert caught.value.position == Position(2, 8, 4)
    assert caught.value.query == query
    with pytest.raises(KqlSemanticError) as caught:
        await adx.run(QueryRequest("Logg | take 1"))
    assert caught.value.hint == "Did you mean Log?"


async def test_what_cannot_be_bounded_is_refused_and_runs_without_a_range(adx: QueryBackend) -> None:
    with pytest.raises(KqlUnsupportedError, match="find cannot be bounded"):
        await adx.run(QueryRequest("find in (Log) where Text == 'one'", **DAY))
    assert (await adx.run(QueryRequest("find in (Log) where Text == 'one'"))).tables[0].rows == 1


async def test_tables_and_syntax(adx: QueryBackend) -> None:
    assert [table.name for table in await adx.tables()] == ["Log", "Other"]
    assert {column.name: column.type for column in (await adx.tables("log"))[0].columns}["Big"] == "long"
    with pytest.raises(KqlSyntaxError):
        adx.check("Log | where (")


async def test_an_answer_that_was_cut_is_fetched_in_slices(many: LocalEndpoint) -> None:
    backend = await opened(DataExplorerBackend.create(f"{many.url}/logs", {"credential": Given(many)}))
    result = await backend.run(QueryRequest("Log | where n >= 0", **DAY))
    assert result.status == "complete", result.reasons
    assert sorted(result.to_arrow().column("n").to_pylist()) == list(range(1000))
    assert result.requests > 10
    await backend.close()


async def test_an_answer_that_was_cut_is_saved_whole(many: LocalEndpoint, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    workspace = await aio.connect(f"{many.url}/logs", credential=Given(many))
    file = tmp_path / "log.parquet"
    saved = await workspace.save("Log | where n >= 0", file, **DAY)
    assert saved.status == "complete"
    assert sorted(pq.read_table(file).column("n").to_pylist()) == list(range(1000))
    await workspace.close()


async def test_one_that_cannot_be_sliced_is_partial_and_says_why(many: LocalEndpoint) -> None:
    backend = await opened(DataExplorerBackend.create(f"{many.url}/logs", {"credential": Given(many)}))
    result = await backend.run(QueryRequest("Log | sort by n asc"))
    assert result.status == "partial"
    assert result.tables[0].rows == 100
    assert "E_QUERY_RESULT_SET_TOO_LARGE" in result.reasons[0]
    assert "orders all rows" in result.reasons[-1]
    await backend.close()


async def test_the_lake_and_hunting_do_not_slice(many: LocalEndpoint) -> None:
    options = {"credential": Given(many), "endpoint": f"{many.url}/lake/kql"}
    lake = await opened(DataLakeBackend.create(f"datalake:logs-{many.facts['workspace_id']}", options))
    assert [table.name for table in await lake.tables()] == ["Log", "Plain"]
    result = await lake.run(QueryRequest("Log", **DAY))
    assert (result.status, result.tables[0].rows) == ("partial", 100)
    assert "not fetched in slices" in result.reasons[-1]
    await lake.close()


async def test_a_lake_that_lists_no_tables(service: Service) -> None:
    def answer(asked: Any) -> Reply:
        return reply({}, 404) if asked.path.endswith("/mgmt") else reply(FRAMES)

    service.answer = answer
    options = {"credential": FakeToken(), "endpoint": f"{service.url}/lake/kql"}
    lake = await opened(DataLakeBackend.create("datalake:ws-1", options))
    assert await lake.tables() == ()
    assert "lists no tables" in lake.info.notices[0]
    await lake.run(QueryRequest("SigninLogs | take 1", **DAY))
    assert service.asked[-1].body["csl"].startswith("(SigninLogs | where TimeGenerated >= ")
    await lake.close()


async def test_a_failure_in_the_middle_shows_no_rows(service: Service) -> None:
    failure = {"error": {"code": "LimitsExceeded", "@message": "Sort exceeded the memory budget (E_RUNAWAY_QUERY)."}}
    frames = [*FRAMES[:2], {**FRAMES[2], "HasErrors": True, "OneApiErrors": [failure]}]
    service.answer = lambda asked: reply({}, 404) if asked.path.endswith("/mgmt") else reply(FRAMES)
    options = {"credential": FakeToken(), "endpoint": f"{service.url}/lake/kql"}
    lake = await opened(DataLakeBackend.create("datalake:ws-1", options))
    service.answer = lambda _asked: reply(frames)
    with pytest.raises(LimitError, match="memory budget"):
        await lake.run(QueryRequest("T"))
    frames[-1]["OneApiErrors"] = [{"error": {"code": "Internal", "message": "A node was lost"}}]
    with pytest.raises(ServiceError, match="A node was lost"):
        await lake.run(QueryRequest("T"))
    await lake.close()


async def test_an_unknown_database_and_a_wrong_secret(endpoint: LocalEndpoint) -> None:
    with pytest.raises(UnknownWorkspaceError, match="nowhere"):
        await DataExplorerBackend.create(f"{endpoint.url}/nowhere", {"credential": Given(endpoint)}).open()
    with pytest.raises(AccessError):
        await DataExplorerBackend.create(f"{endpoint.url}/logs", {"credential": FakeToken()}).open()


async def test_hunting(endpoint: LocalEndpoint) -> None:
    workspace = await aio.connect("hunting:", credential=Given(endpoint), endpoint=endpoint.url)
    assert workspace.info.kind == "Advanced hunting"
    assert "DeviceProcessEvents" in [table.name for table in await workspace.tables("Device*")]
    backend = workspace.backend
    result = await backend.run(QueryRequest("Log | project Big, Bag | sort by Big asc nulls first", **DAY))
    assert result.to_arrow().to_pylist() == [{"Big": 9007199254740993, "Bag": '{"a":[1,null]}'}]
    warnings = str(result.statistics["warnings"])
    assert "30 days" in warnings
    assert "very end" in warnings
    await workspace.close()


@pytest.mark.parametrize(
    ("more", "timespan"),
    [
        ({}, None),
        (DAY, "2024-01-01T00:00:00.0000000Z/2024-01-02T00:00:00.0000000Z"),
        ({"start": Instant.of(FIRST, 3)}, "2024-01-01T00:00:00.0000003Z"),
        ({"end": FIRST}, "P30D/2024-01-01T00:00:00.0000000Z"),
    ],
)
async def test_the_range_of_a_hunting_query(service: Service, more: Any, timespan: str | None) -> None:
    service.answer = lambda _asked: reply(HUNTED)
    options = {"credential": FakeToken(), "endpoint": service.url}
    backend = await opened(AdvancedHuntingBackend.create("hunting:", options))
    await backend.run(QueryRequest("T", **more))
    assert service.asked[-1].body.get("Timespan") == timespan
    await backend.close()


async def test_an_answer_as_long_as_hunting_gives_is_partial(service: Service) -> None:
    rows = [{"a": 1, "s": ""}] * 100_000
    options = {"credential": FakeToken(), "endpoint": service.url}
    service.answer = lambda _asked: reply(HUNTED)
    backend = await opened(AdvancedHuntingBackend.create("hunting:", options))
    service.answer = lambda _asked: reply({**HUNTED, "results": rows})
    result = await backend.run(QueryRequest("T"))
    assert result.status == "partial"
    assert "there may be more" in result.reasons[0]
    assert len(service.asked) == 2
    await backend.close()
