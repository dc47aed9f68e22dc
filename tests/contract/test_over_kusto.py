"""The same questions to the embedded engine itself, and to it through Kusto's protocol, give equal frames.

Three ways there: Azure Data Explorer's backend, the data lake's, and Microsoft's own client, unmodified. Through
Graph's hunting query, which has one table an answer and no column twice, those cases that it can carry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import pytest_asyncio

from jupyterlab_sentinel import aio
from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.backends.kusto import DataExplorerBackend, DataLakeBackend
from jupyterlab_sentinel.backends.kusto.bounding import Readable, bounded
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from jupyterlab_sentinel.models.frames import table_frame
from jupyterlab_sentinel.models.tables import Table
from jupyterlab_sentinel.ports import QueryBackend, QueryRequest
from tests.contract.answers import plain_rows
from tests.contract.backend_cases import CASES, Case
from tests.contract.test_over_the_wire import TYPES, by_content
from tests.wire.local_endpoint import Given, LocalEndpoint

FILES = sorted((Path(__file__).parents[1] / "data" / "companion").glob("*.kql"))
QUERIES = {file.stem: file.read_text("utf-8") for file in FILES}
NOW = datetime(2019, 2, 18, 15, 29, 22, tzinfo=UTC)
RANGE = {"start": datetime(2019, 2, 17, tzinfo=UTC), "end": datetime(2019, 2, 18, 15, 29, 22, 500000, tzinfo=UTC)}

JOIN = (
    "SecurityAlert | join kind=leftouter (Syslog | summarize n=count() by Computer) "
    "on $left.CompromisedEntity == $right.Computer | summarize sum(n), count()"
)

Ask = Callable[..., Awaitable[tuple[Table, ...]]]
# The tests only ask: they share connected backends, and so a loop.
one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def served(demo_folder: Path) -> Iterator[LocalEndpoint]:
    with LocalEndpoint(Options(str(demo_folder), limits=Limits(requests=100_000))) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def near(demo_folder: Path) -> Iterator[Ask]:
    backend = EmbeddedBackend.create(str(demo_folder), {})
    asyncio.run(backend.open())
    yield asker(backend)
    asyncio.run(backend.close())


def asker(backend: QueryBackend) -> Ask:
    async def ask(kql: str, **more: Any) -> tuple[Table, ...]:
        result = await backend.run(QueryRequest(kql, **more))
        assert result.status == "complete", result.reasons
        return result.tables

    return ask


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def adx(served: LocalEndpoint) -> AsyncIterator[Ask]:
    name = f"{served.url}/{served.facts['workspace_id']}"
    backend = DataExplorerBackend.create(name, {"credential": Given(served)})
    await backend.open()
    yield asker(backend)
    await backend.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lake(served: LocalEndpoint) -> AsyncIterator[Ask]:
    options = {"credential": Given(served), "endpoint": f"{served.url}/lake/kql"}
    backend = DataLakeBackend.create(f"datalake:{served.facts['workspace_id']}", options)
    await backend.open()
    yield asker(backend)
    await backend.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hunting(served: LocalEndpoint) -> AsyncIterator[Ask]:
    workspace = await aio.connect("hunting:", credential=Given(served), endpoint=served.url)

    async def ask(kql: str) -> tuple[Table, ...]:
        result = await workspace.query(kql)
        assert result.status == "complete"
        return result.tables

    yield ask
    await workspace.close()


def assert_equal(far: tuple[Table, ...], near: tuple[Table, ...], *, ordered: bool = True) -> None:
    for there, here in zip(far, near, strict=True):
        assert there.columns == here.columns
        left, right = table_frame(there), table_frame(here)
        assert list(left.dtypes) == list(right.dtypes)
        if not ordered:
            left, right = by_content(left), by_content(right)
        pd.testing.assert_frame_equal(left, right, check_exact=True)


@pytest.mark.parametrize("kql", TYPES)
@one_loop
async def test_every_type(near: Ask, adx: Ask, lake: Ask, kql: str) -> None:
    assert_equal(await adx(kql), await near(kql))
    assert_equal(await lake(kql), await near(kql))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@one_loop
async def test_what_every_backend_must_answer(adx: Ask, lake: Ask, case: Case) -> None:
    for ask in (adx, lake):
        answer = (await ask(case.kql, now=NOW))[0]
        assert tuple((column.name, column.type) for column in answer.columns) == case.columns
        assert plain_rows(answer) == list(case.rows)


@pytest.mark.parametrize("name", QUERIES)
@one_loop
async def test_the_companions_queries(near: Ask, adx: Ask, lake: Ask, name: str) -> None:
    """Rows of one time have no order, and come as they please: these are compared as sets."""
    assert_equal(await lake(QUERIES[name]), await near(QUERIES[name]), ordered=False)
    assert_equal(await adx(QUERIES[name], **RANGE), await near(QUERIES[name], **RANGE), ordered=False)


@pytest.mark.parametrize(
    "kql",
    [
        'search "23.97.60.214" | summarize count() by $table | sort by $table asc',
        "union withsource=From Syslog, SecurityAlert | summarize count() by From | sort by From asc",
        "union withsource=From S* | summarize count() by From | sort by From asc",
        "let Syslog = Syslog | where Computer != ''; Syslog | count",
        "SecurityAlert | where SystemAlertId in ((SecurityAlert | project SystemAlertId)) | count",
        "let f = (T:(*)) { T | count }; union (f(Syslog)), (f(SecurityAlert)) | sort by Count asc",
        JOIN,
        "print n=toscalar(Syslog | count)",
    ],
)
@one_loop
async def test_the_range_bounds_whatever_is_read(near: Ask, adx: Ask, kql: str) -> None:
    wanted = await near(kql, **RANGE)
    assert_equal(await adx(kql, **RANGE), wanted)
    assert wanted[0].data.to_pylist() != (await near(kql))[0].data.to_pylist()


@one_loop
async def test_microsofts_client_reads_the_same(served: LocalEndpoint, near: Ask) -> None:
    from azure.kusto.data import KustoClient, KustoConnectionStringBuilder

    token = served.sign_in().json()["access_token"]
    settings = KustoConnectionStringBuilder.with_aad_user_token_authentication(served.url, token)
    with KustoClient(settings) as client:
        for case in CASES[:9]:
            table = client.execute(served.facts["workspace_id"], case.kql).primary_results[0]
            assert [(column.column_name, column.column_type) for column in table.columns] == list(case.columns)
            assert len(table) == len(case.rows)


@pytest.mark.parametrize("kql", [kql for kql in TYPES if ";" not in kql])
@one_loop
async def test_through_graph(near: Ask, hunting: Ask, kql: str) -> None:
    assert_equal(await hunting(kql), await near(kql))


def test_nothing_is_put_in_without_a_range() -> None:
    assert bounded("T | take 1", Readable({"T": True}), None, None).text == "T | take 1"
