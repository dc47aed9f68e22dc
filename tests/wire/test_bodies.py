"""Bodies that have no end, that take their time, or are larger than may be: little memory, one typed error, in time."""

from __future__ import annotations

import gc
import json
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from jupyterlab_sentinel.backends.advanced_hunting.backend import graph_endpoint
from jupyterlab_sentinel.backends.advanced_hunting.client import HuntingClient, HuntingQuestion
from jupyterlab_sentinel.backends.azure.tries import Rules
from jupyterlab_sentinel.backends.kusto.client import KustoClient, Query
from jupyterlab_sentinel.backends.kusto.services import DATA_LAKE, lake_endpoint
from jupyterlab_sentinel.backends.log_analytics.bodies import TooLargeError
from jupyterlab_sentinel.backends.log_analytics.client import Client, WireQuestion
from jupyterlab_sentinel.backends.log_analytics.decoding import Answer
from jupyterlab_sentinel.backends.log_analytics.endpoints import endpoint_for
from jupyterlab_sentinel.backends.log_analytics.tokens import TokenSource
from jupyterlab_sentinel.errors import QueryTimeoutError, SentinelError, ServiceError
from tests.faultserver import FaultServer
from tests.wire.service import COLUMNS, LA_OK, WORKSPACE, FakeToken, Reply, Service, reply

MIB = 1 << 20
CAP = 8 * MIB
KUSTO = (
    b'[{"FrameType":"DataSetHeader","Version":"v2.0"},{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult",'
    b'"TableName":"R","Columns":[{"ColumnName":"a","ColumnType":"long"}],"Rows":['
)
BEGINS = {
    "logs": b'{"tables":[{"name":"PrimaryResult","columns":' + json.dumps(COLUMNS).encode() + b',"rows":[',
    "kusto": KUSTO,
    "graph": b'{"schema":[{"name":"a","type":"Int64"}],"results":[',
}


class Asking:
    """One of the three clients, with a small cap."""

    def __init__(self, kind: str, url: str) -> None:
        self.kind = kind
        rules = Rules(dice=lambda: 0.02, largest_body=CAP)
        endpoint = {
            "logs": lambda: endpoint_for("public", url),
            "kusto": lambda: lake_endpoint(f"{url}/lake/kql"),
            "graph": lambda: graph_endpoint("public", url),
        }[kind]()
        tokens = TokenSource(FakeToken(), endpoint.scope)
        self.client: Any = {
            "logs": lambda: Client(endpoint, tokens, rules),
            "kusto": lambda: KustoClient(endpoint, tokens, rules, kusto=DATA_LAKE),
            "graph": lambda: HuntingClient(endpoint, tokens, rules),
        }[kind]()

    async def ask(self, timeout_s: float = 30.0) -> Answer:
        question: Any = {
            "logs": WireQuestion(WORKSPACE, "T", "contoso"),
            "kusto": Query("T", "db", "contoso"),
            "graph": HuntingQuestion("T", "contoso"),
        }[self.kind]
        answer: Answer = await self.client.ask(question, timeout_s)
        return answer

    async def failing(self, timeout_s: float = 30.0) -> SentinelError:
        with pytest.raises(SentinelError) as caught:
            await self.ask(timeout_s)
        return caught.value


@pytest.fixture(params=["logs", "kusto", "graph"])
async def asking(request: pytest.FixtureRequest, faults: FaultServer) -> AsyncIterator[Asking]:
    made = Asking(request.param, faults.url)
    yield made
    await made.client.close()


@contextmanager
def measured() -> Iterator[dict[str, int]]:
    """How many bytes Python had at most meanwhile, and has at the end, above the start."""
    found: dict[str, int] = {}
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    try:
        yield found
        # Whoever decoded has told so a moment before he ends, and holds the body until then.
        for thread in threading.enumerate():
            if thread.name == "sentinel-decoding":
                thread.join(10)
        gc.collect()
        now, peak = tracemalloc.get_traced_memory()
        found.update(peak=peak - before, kept=now - before)
    finally:
        tracemalloc.stop()


async def test_an_answer_without_end_costs_what_one_may_hold_and_nothing_later(
    faults: FaultServer, asking: Asking
) -> None:
    faults.set("endless_rows", begins=BEGINS[asking.kind])
    await asking.failing()  # what is imported at first use is not counted
    with measured() as bytes_:
        error = await asking.failing()
    assert isinstance(error, TooLargeError)
    assert "larger than 8 MiB" in error.message
    assert bytes_["peak"] < 3 * CAP
    # The error is kept by whoever shows it, with all that its frames hold.
    assert bytes_["kept"] < CAP // 4


async def test_an_answer_that_never_ends_and_takes_its_time_ends_with_the_deadline(
    faults: FaultServer, asking: Asking
) -> None:
    faults.set("endless_rows", begins=BEGINS[asking.kind], gap_s=0.05, rows=1)
    began = time.monotonic()
    error = await asking.failing(timeout_s=1.0)
    assert isinstance(error, QueryTimeoutError)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("packed", [False, True])
async def test_just_below_the_cap_is_read_and_just_above_is_not(service: Service, packed: bool) -> None:
    asking = Asking("logs", service.url)
    service.packed = packed
    spare = CAP - len(json.dumps(LA_OK))
    for longer, fits in ((0, True), (1, False)):
        text = "x" * (spare + longer + 1)  # LA_OK's own text is one character
        rows = [[1, text]]
        answer = reply({"tables": [{**LA_OK["tables"][0], "rows": rows}]})
        service.answer = partial(_given, answer)
        if fits:
            assert (await asking.ask()).tables[0].rows == 1
        else:
            assert isinstance(await asking.failing(), TooLargeError)
    assert len(service.asked) == 2  # too large is not tried again
    await asking.client.close()


def _given(answer: Reply, _asked: object) -> Reply:
    return answer


async def test_a_long_body_that_is_no_answer_is_not_kept_by_its_error(service: Service) -> None:
    asking = Asking("logs", service.url)
    body = reply({"tables": [{**LA_OK["tables"][0], "rows": [[1, "x" * (CAP // 2)]]}]}).body[:-5]
    service.answer = lambda _asked: Reply(body)
    await asking.failing()
    with measured() as bytes_:
        error = await asking.failing()
    assert isinstance(error, ServiceError)
    assert bytes_["kept"] < CAP // 4
    await asking.client.close()
