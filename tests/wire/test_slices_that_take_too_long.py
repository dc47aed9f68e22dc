"""Slices that the service has no time or memory for: halved, down to a second, then said to be missing."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from jupyterlab_sentinel.backends.azure.tries import Rules
from jupyterlab_sentinel.backends.log_analytics import LogAnalyticsBackend
from jupyterlab_sentinel.errors import LimitError, QueryTimeoutError, ServiceError
from jupyterlab_sentinel.kql.constants import datetime_ticks
from jupyterlab_sentinel.models.tables import QueryResult
from jupyterlab_sentinel.ports import QueryRequest
from jupyterlab_sentinel.session import Workspace
from tests.wire.service import WORKSPACE, Asked, FakeToken, Reply, Service, reply
from tests.wire.test_slicing import BOUND, COLUMNS, DAY, START, START_TICKS, Logs, even, numbers, table

if TYPE_CHECKING:
    from jupyterlab_sentinel.backends.azure.tries import Tries

WIRE = Path(__file__).parents[1] / "data" / "wire"
TIMED_OUT = json.loads((WIRE / "la_504_timeout.json").read_text("utf-8"))["body"]
SECOND = 10_000_000
HOUR = 3600 * SECOND
MEMORY = "Query execution lacks memory resources to complete (80DA0007): E_LOW_MEMORY_CONDITION."
LATE_PART = {
    "code": "PartialError",
    "message": "There were some errors when processing your query.",
    "details": [{"code": "EngineError", "innererror": {"code": "-2133196793", "message": MEMORY}}],
}


class Hurried:
    """A clock that runs ahead instead of letting anybody wait."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        self.ahead_s += seconds


class Slow(Logs):
    """Refuses slices that are wider than ``longest`` ticks, and of others those that hold ``never``."""

    def __init__(self, times: list[int | None], refusal: Callable[[], Reply], longest: int = HOUR) -> None:
        super().__init__(times, limit=1_000_000)
        self.refusal = refusal
        self.longest = longest
        self.never: int | None = None
        self.counts = True
        self.answered: list[tuple[int, int]] = []
        self.refused: list[tuple[int, int] | None] = []
        self.both = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        query = asked.body.get("query", "")
        whole = asked.method == "POST" and query == "T"
        extent = "First=" in query or "Rows=count()" in query
        found = super().__call__(asked)
        bound = BOUND.search(query)
        span = None if bound is None else (ticks(bound[1]), ticks(bound[2]))
        refuse = whole or (extent and not self.counts)
        if span is not None:
            refuse = span[1] - span[0] > self.longest
            refuse = refuse or (self.never is not None and span[0] <= self.never < span[1])
        with self.both:
            if refuse:
                self.refused.append(span)
            elif span is not None:
                self.answered.append(span)
        return self.refusal() if refuse else found


def ticks(text: str) -> int:
    found = datetime_ticks(text)
    assert found is not None
    return found


def timed_out() -> Reply:
    return reply(TIMED_OUT, 504)


def no_memory() -> Reply:
    inner = {"code": "EngineError", "message": MEMORY}
    return reply({"error": {"code": "BadArgumentError", "message": "bad", "innererror": inner}}, 400)


def rows_in_part() -> Reply:
    return table(COLUMNS, [["2019-02-18T00:00:00Z", -1]], error=LATE_PART)


@pytest.fixture
async def backend(service: Service) -> AsyncIterator[LogAnalyticsBackend]:
    made = LogAnalyticsBackend.create(WORKSPACE, {"credential": FakeToken(), "endpoint": service.url})
    service.answer = Logs([])
    await made.open()
    clock = Hurried()
    cast("Tries", made._client).rules = Rules(sleep=clock.sleep, clock=clock)
    yield made
    await made.close()


async def ask(backend: LogAnalyticsBackend, **options: Any) -> QueryResult:
    return await backend.run(QueryRequest("T", timeout_s=60, **options))


@pytest.mark.parametrize("refusal", [timed_out, no_memory, lambda: Reply(b"<html>504</html>", 504)])
async def test_halved_until_the_service_can_do_it(
    service: Service, backend: LogAnalyticsBackend, refusal: Callable[[], Reply]
) -> None:
    logs = service.answer = Slow(even(480), refusal)
    result = await ask(backend)
    assert numbers(result) == list(range(480))
    assert (result.status, result.reasons) == ("complete", ())
    assert None in logs.refused
    assert len(logs.answered) <= 64
    assert sum(high - low for low, high in logs.answered) == max(high for _, high in logs.answered) - START_TICKS


async def test_what_the_service_has_timed_out_is_not_asked_again_as_it_is(
    service: Service, backend: LogAnalyticsBackend
) -> None:
    logs = service.answer = Slow(even(480), timed_out)
    await ask(backend)
    assert len(logs.refused) == len(set(logs.refused))
    # Five descend together; once some took too long, few are as wide again.
    assert len(logs.refused) < 35


async def test_a_part_of_a_slice_is_not_taken_for_the_slice(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = Slow(even(480), rows_in_part)
    gate = threading.Event()

    def answer(asked: Asked) -> Reply:
        if asked.body.get("query") == "T" and not gate.is_set():
            gate.set()
            return timed_out()
        return logs(asked)

    service.answer = answer
    result = await ask(backend)
    assert numbers(result) == list(range(480))
    assert result.status == "complete"


async def test_a_part_of_the_whole_is_not_taken_for_the_whole(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = service.answer = Slow(even(480), rows_in_part)
    result = await ask(backend)
    assert numbers(result) == list(range(480))
    assert (result.status, result.reasons) == ("complete", ())
    assert logs.answered


async def test_a_part_that_cannot_be_fetched_in_slices_says_so(service: Service, backend: LogAnalyticsBackend) -> None:
    service.answer = lambda asked: rows_in_part()
    result = await backend.run(QueryRequest("T | sort by n", timeout_s=30))
    assert numbers(result) == [-1]
    assert result.status == "partial"
    assert "E_LOW_MEMORY_CONDITION" in result.reasons[0]
    assert result.reasons[-1] == "it cannot be fetched in slices: sort orders all rows"


async def test_a_part_is_given_where_slices_bring_nothing_either(
    service: Service, backend: LogAnalyticsBackend, tmp_path: Path
) -> None:
    logs = Slow(even(480), timed_out, longest=0)

    def answer(asked: Asked) -> Reply:
        return rows_in_part() if asked.body.get("query") == "T" else logs(asked)

    service.answer = answer
    for _ in range(2):
        result = await ask(backend)
        assert numbers(result) == [-1]
        assert result.status == "partial"
        assert "E_LOW_MEMORY_CONDITION" in result.reasons[0]
        assert "no time or memory for slices" in result.reasons[-1]
    workspace = Workspace(backend)
    saved = await workspace.save("T", tmp_path / "part.parquet")
    assert saved.status == "partial"
    assert saved.head()["n"].tolist() == [-1]
    assert os.listdir(tmp_path) == ["part.parquet"]  # noqa: PTH208  # not of an async function


async def test_how_much_there_is_in_part_is_not_taken_for_all(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = Slow(even(480), timed_out)

    def answer(asked: Asked) -> Reply:
        query = asked.body.get("query", "")
        if "First=" in query or "Rows=count()" in query:
            # One of two shards answers, and has only the first half.
            half = Logs(even(480)[:240])(asked)
            return reply({**json.loads(half.body), "error": LATE_PART})
        return logs(asked)

    service.answer = answer
    result = await ask(backend, start=START, end=START + timedelta(days=1))
    assert numbers(result) == list(range(480))
    assert result.status == "complete"
    result = await ask(backend)
    assert numbers(result) == list(range(240))
    assert result.status == "partial"
    assert "E_LOW_MEMORY_CONDITION" in result.reasons[0]


async def test_a_shard_that_is_away_while_it_is_reckoned_how_much_there_is(
    service: Service, backend: LogAnalyticsBackend
) -> None:
    away = {"code": "PartialError", "message": "A shard was away."}
    logs = Logs(even(480))

    def answer(asked: Asked) -> Reply:
        query = asked.body.get("query", "")
        if "First=" in query or "Rows=count()" in query:
            return reply({**json.loads(Logs(even(480)[:240])(asked).body), "error": away})
        return logs(asked)

    service.answer = answer
    result = await ask(backend, start=START, end=START + timedelta(days=1))
    assert result.status == "partial"
    assert result.reasons == ("A shard was away.",)


ODD = [
    reply({"tables": [{"name": "PrimaryResult", "columns": [{"name": "a", "type": "long"}], "rows": [[1]]}]}),
    reply({"tables": []}),
    Reply(b"", 204),
    table([{"name": name, "type": "string"} for name in ("First", "Last", "Timeless", "Rows")], [["x", "y", "z", "a"]]),
    table([{"name": "Rows", "type": "long"}], []),
    table([{"name": "Rows", "type": "long"}], [[1], [2]]),
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("what", ["First=", "Rows=count()", "TimeGenerated >= "])
async def test_what_answers_another_question_is_refused(
    service: Service, backend: LogAnalyticsBackend, odd: Reply, what: str
) -> None:
    logs = Logs(even(480))

    def answer(asked: Asked) -> Reply:
        return odd if what in asked.body.get("query", "") else logs(asked)

    service.answer = answer
    with pytest.raises(ServiceError):
        await ask(backend)


async def test_below_a_second_the_rest_comes_and_what_is_missing_is_said(
    service: Service, backend: LogAnalyticsBackend
) -> None:
    logs = service.answer = Slow(even(480), timed_out)
    logs.never = logs.times[100]
    result = await ask(backend)
    assert result.status == "partial"
    assert re.search(r"did not finish in time.* even for a second from 2019-02-18T0[45]:", result.reasons[0])
    assert "480 rows were counted, and the slices brought 479" in result.reasons[1]
    assert numbers(result) == [number for number in range(480) if number != 100]
    narrowest = min(high - low for low, high in filter(None, logs.refused))
    assert SECOND // 2 < narrowest <= SECOND


async def test_a_service_that_has_no_time_for_anything_is_left_alone(
    service: Service, backend: LogAnalyticsBackend
) -> None:
    logs = service.answer = Slow(even(480), timed_out, longest=0)
    with pytest.raises(QueryTimeoutError, match="did not finish the query in time"):
        await ask(backend)
    assert len(logs.refused) < 70


async def test_where_nothing_can_be_counted_the_range_is_what_is_known(
    service: Service, backend: LogAnalyticsBackend
) -> None:
    logs = service.answer = Slow(even(480), timed_out)
    logs.counts = False
    result = await ask(backend, start=START, end=START + timedelta(days=1))
    assert numbers(result) == list(range(480))
    assert result.status == "complete"
    assert "could not be counted" in str(result.statistics["warnings"])
    assert logs.answered
    assert sum(high - low for low, high in logs.answered) == DAY
    with pytest.raises(QueryTimeoutError):
        await ask(backend)


async def test_what_cannot_be_sliced_is_tried_again_as_it_is(service: Service, backend: LogAnalyticsBackend) -> None:
    left = [timed_out(), timed_out()]
    logs = Logs(even(10))

    def answer(asked: Asked) -> Reply:
        return left.pop() if left else logs(asked)

    service.answer = answer
    result = await backend.run(QueryRequest("T | sort by n", timeout_s=30))
    assert result.tables[0].rows == 10
    assert result.requests == 3


async def test_requests_are_bounded(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = service.answer = Slow(even(480), timed_out, longest=60 * SECOND)
    with pytest.raises(LimitError, match="more than 80 requests") as caught:
        await ask(backend, most_requests=20)
    assert "are kept" in caught.value.hint
    assert len(logs.answered) + len(logs.refused) <= 85
    # What is finished is not asked for again, so that a second run gets further; five were on their way.
    before = set(logs.answered)
    logs.answered.clear()
    with pytest.raises(LimitError):
        await ask(backend, most_requests=20)
    assert len(before & set(logs.answered)) <= 5
    assert len(logs.answered) > 20
