"""The same questions to the embedded engine itself and through the endpoint give equal frames, types included.

Two ways through the endpoint: the answer's bytes decoded, and the whole Azure backend with its pipeline.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import pytest_asyncio

from jupyterlab_sentinel import aio
from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.backends.log_analytics.decoding import decode
from jupyterlab_sentinel.endpoint.limits import Limits
from jupyterlab_sentinel.endpoint.serving import Options
from jupyterlab_sentinel.models.frames import table_frame
from jupyterlab_sentinel.models.tables import Table
from jupyterlab_sentinel.ports import QueryRequest
from tests.contract.answers import plain_rows
from tests.contract.backend_cases import CASES, Case
from tests.wire.local_endpoint import Given, LocalEndpoint

FILES = sorted((Path(__file__).parents[1] / "data" / "companion").glob("*.kql"))
QUERIES = {file.stem: file.read_text("utf-8") for file in FILES}
# What now() means cannot be said on the wire.
ANYTIME = [case for case in CASES if "now()" not in case.kql]
TYPES = [
    "print " + ", ".join(f"{kind}_ = {kind}(null)" for kind in ("bool", "int", "long", "real", "datetime", "guid")),
    "print a=real(nan), b=real(+inf), c=real(-inf), d=real(0)*-1, e=real(1e300), f=real(2), g=real(0.1)",
    "datatable(r:real)[1, 2, 3]",
    "datatable(n:long)[9007199254740993, long(null), -9223372036854775807, 9223372036854775807]",
    "datatable(d:decimal)[decimal(0.1), decimal(null), decimal(12345678901234567890.123456789)]",
    "datatable(t:datetime)[datetime(2024-01-01T00:00:00.0000001Z), datetime(null)]",
    "datatable(t:datetime)[datetime(1677-09-22), datetime(2262-04-11)]",
    "datatable(t:datetime)[datetime(0001-01-01), datetime(9999-12-31T23:59:59.999999Z)]",
    "datatable(s:timespan)[time(0), time(-1.02:03:04.0000005), time(null), time(10000.00:00:00)]",
    "datatable(d:dynamic)[dynamic({'b':1,'a':[null,1.5,'x']}), dynamic(null), dynamic([])]",
    "datatable(d:dynamic)[dynamic('text'), dynamic(5), dynamic(''), dynamic(true), dynamic('5')]",
    "datatable(s:string)['', 'null', 'None', 'NaN', '\\u202e\\t\\\\', '\\u0000']",
    "datatable(b:bool)[true, bool(null), false]",
    "datatable(i:int)[1, int(null), -2147483647]",
    "datatable(a:string)[] | where false",
    "print x=1; print y='two'",
]

Ask = Callable[[str], Awaitable[tuple[Table, ...]]]
# The tests only ask: they share a connected backend, and so a loop.
one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def served(demo_folder: Path) -> Iterator[LocalEndpoint]:
    with LocalEndpoint(Options(str(demo_folder), limits=Limits(requests=100_000))) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def near(demo_folder: Path) -> Iterator[Ask]:
    backend = EmbeddedBackend.create(str(demo_folder), {})
    asyncio.run(backend.open())

    async def ask(kql: str) -> tuple[Table, ...]:
        result = await backend.run(QueryRequest(kql))
        assert result.status == "complete"
        return result.tables

    yield ask
    asyncio.run(backend.close())


@pytest.fixture
def decoded(served: LocalEndpoint) -> Ask:
    async def ask(kql: str) -> tuple[Table, ...]:
        response = served.query(kql)
        assert response.status_code == 200, response.text
        answer = decode(response.content)
        assert answer.error == {}
        return answer.tables

    return ask


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def azure(served: LocalEndpoint) -> AsyncIterator[Ask]:
    workspace = await aio.connect(served.facts["workspace_id"], credential=Given(served), endpoint=served.url)

    async def ask(kql: str) -> tuple[Table, ...]:
        result = await workspace.query(kql)
        assert result.status == "complete"
        return result.tables

    yield ask
    await workspace.close()


def assert_equal(far: tuple[Table, ...], near: tuple[Table, ...], *, ordered: bool = True) -> None:
    assert [table.name for table in far] == [table.name for table in near]
    for there, here in zip(far, near, strict=True):
        assert there.columns == here.columns
        left, right = table_frame(there), table_frame(here)
        assert list(left.dtypes) == list(right.dtypes)
        if not ordered:
            left, right = by_content(left), by_content(right)
        pd.testing.assert_frame_equal(left, right, check_exact=True)


def by_content(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [repr(row) for row in frame.itertuples(index=False, name=None)]
    return frame.iloc[sorted(range(len(keys)), key=keys.__getitem__)].reset_index(drop=True)


@pytest.mark.parametrize("name", QUERIES)
@one_loop
async def test_the_companions_queries(near: Ask, decoded: Ask, name: str) -> None:
    """Rows of one time have no order, and come as they please: these are compared as sets."""
    kql = QUERIES[name]
    assert_equal(await decoded(kql), await near(kql), ordered=False)


@pytest.mark.parametrize("kql", TYPES)
@one_loop
async def test_every_type(near: Ask, decoded: Ask, azure: Ask, kql: str) -> None:
    wanted = await near(kql)
    assert_equal(await decoded(kql), wanted)
    assert_equal(await azure(kql), wanted)


@pytest.mark.parametrize("case", ANYTIME, ids=lambda case: case.name)
@one_loop
async def test_what_every_backend_must_answer(decoded: Ask, azure: Ask, case: Case) -> None:
    for ask in (decoded, azure):
        answer = (await ask(case.kql))[0]
        assert tuple((column.name, column.type) for column in answer.columns) == case.columns
        assert plain_rows(answer) == list(case.rows)
