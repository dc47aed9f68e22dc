"""Faults of Kusto's and of Graph's query path, on loopback: one typed error, in time, without a secret.

What all services' clients share is tested in test_client_faults.py; here each fault is met once by the clients that
share it, in their own formats.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from jupyterlab_sentinel.backends.advanced_hunting.backend import graph_endpoint
from jupyterlab_sentinel.backends.advanced_hunting.client import HuntingClient, HuntingQuestion
from jupyterlab_sentinel.backends.azure.tries import Rules
from jupyterlab_sentinel.backends.kusto.client import KustoClient, Query
from jupyterlab_sentinel.backends.kusto.failures import failed_query
from jupyterlab_sentinel.backends.kusto.services import DATA_LAKE, lake_endpoint
from jupyterlab_sentinel.backends.log_analytics.decoding import Answer
from jupyterlab_sentinel.backends.log_analytics.failures import NoMemoryError, Place
from jupyterlab_sentinel.backends.log_analytics.tokens import TokenSource
from jupyterlab_sentinel.errors import (
    AccessError,
    KqlSemanticError,
    KqlSyntaxError,
    LimitError,
    Position,
    QueryTimeoutError,
    SentinelError,
    ServiceError,
    ThrottledError,
    UnknownWorkspaceError,
)
from tests.faultserver import FaultServer
from tests.wire.service import FakeToken, Service, reply

FRAMES: list[dict[str, Any]] = [
    {"FrameType": "DataSetHeader", "Version": "v2.0"},
    {
        "FrameType": "DataTable",
        "TableId": 1,
        "TableKind": "PrimaryResult",
        "TableName": "PrimaryResult",
        "Columns": [{"ColumnName": "a", "ColumnType": "long"}, {"ColumnName": "s", "ColumnType": "string"}],
        "Rows": [[1, "x"]],
    },
    {"FrameType": "DataSetCompletion", "HasErrors": False},
]
HUNTED = {"schema": [{"name": "a", "type": "Int64"}, {"name": "s", "type": "String"}], "results": [{"a": 1, "s": "x"}]}
OK: dict[str, Any] = {"kusto": FRAMES, "graph": HUNTED}
RULES = Rules(dice=lambda: 0.02)


class Asking:
    """A client of one kind, and how it is asked."""

    def __init__(self, kind: str, url: str, credential: Any = None) -> None:
        self.kind, self.ok = kind, OK[kind]
        endpoint = graph_endpoint("public", url) if kind == "graph" else lake_endpoint(f"{url}/lake/kql")
        tokens = TokenSource(credential or FakeToken(), endpoint.scope)
        self.client: Any
        if kind == "graph":
            self.client = HuntingClient(endpoint, tokens, RULES)
        else:
            self.client = KustoClient(endpoint, tokens, RULES, kusto=DATA_LAKE)

    async def ask(self, timeout_s: float = 20.0) -> Answer:
        query: Any = Query("T | take 1", "db", "contoso")
        if self.kind == "graph":
            query = HuntingQuestion("T | take 1", "contoso", "P1D")
        answer: Answer = await self.client.ask(query, timeout_s)
        return answer

    async def answering(self) -> None:
        assert (await self.ask()).tables[0].data.to_pylist() == [{"a": 1, "s": "x"}]

    async def failing(self, timeout_s: float = 20.0) -> SentinelError:
        with pytest.raises(SentinelError) as caught:
            await self.ask(timeout_s)
        assert "SECRET" not in str(caught.value)
        assert "Log Analytics answer" not in str(caught.value)
        return caught.value


@pytest.fixture(params=["kusto", "graph"])
async def asking(request: pytest.FixtureRequest, faults: FaultServer) -> AsyncIterator[Asking]:
    made = Asking(request.param, faults.url)
    yield made
    await made.client.close()


async def test_a_bare_429_is_tried_four_times(faults: FaultServer, asking: Asking) -> None:
    faults.set("429", times=1, ok=asking.ok)
    await asking.answering()
    faults.set("429", ok=asking.ok)
    error = await asking.failing()
    assert isinstance(error, ThrottledError)
    assert "tenant may ask" in error.hint
    assert len(faults.log) == 4


async def test_when_to_come_back_is_said_if_that_is_too_late(faults: FaultServer, asking: Asking) -> None:
    faults.set("429", retry_after=30, ok=asking.ok)
    error = await asking.failing(timeout_s=5)
    assert isinstance(error, ThrottledError)
    assert error.retry_after == 30
    assert len(faults.log) == 1


@pytest.mark.parametrize("mode", ["500", "503", "504", "rst", "short", "gzip_cut"])
async def test_passing_failures(faults: FaultServer, asking: Asking, mode: str) -> None:
    faults.set(mode, times=1, ok=asking.ok)
    await asking.answering()
    assert len(faults.log) == 2


@pytest.mark.parametrize("mode", ["truncated_json", "garbage", "empty", "html", "null", "nan", "deep"])
async def test_what_is_no_answer(faults: FaultServer, asking: Asking, mode: str) -> None:
    faults.set(mode, ok=asking.ok)
    error = await asking.failing()
    assert isinstance(error, ServiceError)
    assert f"not a {asking.client.service} answer" in error.message
    assert error.request_id
    assert len(faults.log) == 2


async def test_an_answer_of_another_service_is_none(faults: FaultServer, asking: Asking) -> None:
    faults.set("ok", ok=OK["graph" if asking.kind == "kusto" else "kusto"])
    assert isinstance(await asking.failing(), ServiceError)


@pytest.mark.parametrize("mode", ["slow", "hang"])
async def test_the_deadline_holds(faults: FaultServer, asking: Asking, mode: str) -> None:
    faults.set(mode, ok=asking.ok)
    assert isinstance(await asking.failing(timeout_s=1.0), QueryTimeoutError)
    faults.set("ok", ok=asking.ok)
    await asking.answering()


@pytest.mark.parametrize("mode", ["endless", "bomb"])
async def test_bodies_without_end(faults: FaultServer, asking: Asking, mode: str) -> None:
    faults.set(mode, mebibytes=300, ok=asking.ok)
    assert isinstance(await asking.failing(), ServiceError | LimitError)


@pytest.mark.parametrize("kind", ["kusto", "graph"])
async def test_one_refresh_on_401(faults: FaultServer, kind: str) -> None:
    credential = FakeToken()
    asking = Asking(kind, faults.url, credential)
    faults.set("401", times=1, ok=asking.ok)
    await asking.answering()
    assert credential.calls == [(f"{faults.url}/.default",)] * 2
    faults.set("401", ok=asking.ok)
    error = await asking.failing()
    assert isinstance(error, AccessError)
    assert len(faults.log) == 2
    await asking.client.close()


async def test_a_missing_role_is_not_tried_again(faults: FaultServer, asking: Asking) -> None:
    faults.set("403", ok=asking.ok)
    error = await asking.failing()
    assert isinstance(error, AccessError)
    assert ("ThreatHunting.Read.All" if asking.kind == "graph" else "Log Analytics Reader") in error.hint
    assert len(faults.log) == 1


async def test_redirects_are_never_followed(faults: FaultServer, asking: Asking) -> None:
    with FaultServer() as elsewhere:
        faults.set("redirect", to=f"{elsewhere.url}/x", ok=asking.ok)
        assert "302" in (await asking.failing()).message
        assert not elsewhere.log


async def test_what_is_asked_of_kusto(service: Service) -> None:
    asking = Asking("kusto", service.url)
    service.answer = lambda _asked: reply(FRAMES)
    await asking.client.ask(Query("T", "db", "contoso", "2024-01-01T00:00:00.0000000Z"), 1000.0)
    (asked,) = service.asked
    assert asked.path == "/lake/kql/v2/rest/query"
    assert (asked.body["csl"], asked.body["db"]) == ("T", "db")
    assert json.loads(asked.body["properties"])["Options"] == {
        "servertimeout": "00:04:00",
        "queryconsistency": "strongconsistency",
        "request_readonly": True,
        "query_now": "2024-01-01T00:00:00.0000000Z",
    }
    assert asked.headers["x-ms-app"] == "jupyterlab-sentinel"
    assert asked.headers["authorization"] == "Bearer SECRET-1"
    await asking.client.close()


async def test_what_is_asked_of_graph(service: Service) -> None:
    asking = Asking("graph", service.url)
    service.answer = lambda _asked: reply(HUNTED)
    await asking.answering()
    assert service.asked[0].path == "/v1.0/security/runHuntingQuery"
    assert service.asked[0].body == {"Query": "T | take 1", "Timespan": "P1D"}
    await asking.client.close()


def one_api(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {
        "error": {"code": code, "message": "Request is invalid and cannot be executed.", "@message": message, **more}
    }


SEMANTIC = {"code": "SEM0100", "message": "'take' operator: Failed to resolve table expression named 'T'"}
SYNTAX = {"code": "SYN0002", "message": "Query could not be parsed at 'take' on line [1,4]"}


@pytest.mark.parametrize(
    ("status", "body", "class_", "said", "position"),
    [
        (
            400,
            one_api("General_BadRequest", "…", innererror=SEMANTIC),
            KqlSemanticError,
            "named 'T'",
            Position(1, 0, 1),
        ),
        (400, one_api("General_BadRequest", "…", innererror=SYNTAX), KqlSyntaxError, "at 'take'", Position(1, 4, 4)),
        (
            400,
            one_api("BadRequest_EntityNotFound", "Entity ID 'db' of kind 'Database' was not found."),
            UnknownWorkspaceError,
            "kind 'Database'",
            None,
        ),
        (
            400,
            one_api("x", "The Sort operator has exceeded the memory budget (E_RUNAWAY_QUERY)."),
            NoMemoryError,
            "Sort",
            None,
        ),
        (
            403,
            one_api("Forbidden", "Principal 'p' is not authorized to read database 'db'."),
            AccessError,
            "Principal",
            None,
        ),
        (404, {}, UnknownWorkspaceError, "contoso", None),
        (413, {}, LimitError, "too large", None),
        (520, one_api("Internal", "Something broke, Bearer SECRET.ABCDEF"), ServiceError, "broke", None),
    ],
)
async def test_what_kusto_refuses(
    service: Service, status: int, body: Any, class_: type, said: str, position: Position | None
) -> None:
    asking = Asking("kusto", service.url)
    service.answer = lambda _asked: reply(body, status)
    error = await asking.failing()
    assert type(error) is class_
    assert said in error.message
    assert getattr(error, "position", None) == position
    assert len(service.asked) == 1
    await asking.client.close()


@pytest.mark.parametrize(
    ("message", "class_"),
    [
        (
            "'where' operator: Failed to resolve table or column expression named 'T'. Fix semantic errors.",
            KqlSemanticError,
        ),
        ("Syntax error: Query could not be parsed at 'x'", KqlSyntaxError),
        ("Query execution has exceeded the allowed result size. Optimize your query.", LimitError),
    ],
)
async def test_what_graph_refuses(service: Service, message: str, class_: type) -> None:
    asking = Asking("graph", service.url)
    service.answer = lambda _asked: reply({"error": {"code": "BadRequest", "message": message, "innerError": {}}}, 400)
    error = await asking.failing()
    assert type(error) is class_
    assert error.message == message or message in error.message
    await asking.client.close()


async def test_interrupting_leaves_at_once(faults: FaultServer, asking: Asking) -> None:
    faults.set("hang", ok=asking.ok)
    task = asyncio.create_task(asking.ask())
    assert await asyncio.to_thread(faults.seen.wait, 20)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1
    faults.set("ok", ok=asking.ok)
    await asking.answering()


async def test_a_query_that_took_too_long_is_not_tried_again_where_less_can_be_asked_for(service: Service) -> None:
    asking = Asking("kusto", service.url)
    service.answer = lambda _asked: reply(one_api("Request_ExecutionTimeout", "Request execution timed-out."), 504)
    with pytest.raises(QueryTimeoutError):
        await asking.client.ask(Query("T", "db", "contoso", insist=False), 20.0)
    assert len(service.asked) == 1
    failure = {"error": {"code": "Request_ExecutionTimeout", "@message": "Query execution has timed out."}}
    service.answer = lambda _asked: reply([*FRAMES[:2], {**FRAMES[2], "HasErrors": True, "OneApiErrors": [failure]}])
    answer = await asking.ask()
    assert isinstance(failed_query(answer.error, Place("contoso"), DATA_LAKE), QueryTimeoutError)
    await asking.client.close()
