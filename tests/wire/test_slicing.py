"""Answers that are too large for one request, fetched in slices: nothing lost, nothing doubled, in order."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jupyterlab_sentinel.backends.log_analytics import LogAnalyticsBackend
from jupyterlab_sentinel.errors import QueryTimeoutError, SentinelError, ServiceError
from jupyterlab_sentinel.kql.constants import datetime_ticks
from jupyterlab_sentinel.models.tables import QueryResult
from jupyterlab_sentinel.ports import QueryRequest
from tests.wire.service import WORKSPACE, Asked, FakeToken, Reply, Service, reply

BOUND = re.compile(r"TimeGenerated >= datetime\(([^)]*)\) and TimeGenerated < datetime\(([^)]*)\)")
START = datetime(2019, 2, 18, tzinfo=UTC)
START_TICKS = 15_504_480_000_000_000
DAY = 864_000_000_000
COLUMNS = [{"name": "TimeGenerated", "type": "datetime"}, {"name": "n", "type": "long"}]
TOO_LARGE = {
    "code": "PartialError",
    "message": "There were some errors when processing your query.",
    "details": [
        {
            "code": "EngineError",
            "message": "Something went wrong processing your query on the server.",
            "innererror": {"code": "-2133196797", "message": "The results exceed the set limit of 100 records."},
        }
    ],
}


def stamp(ticks: int) -> str:
    seconds, rest = divmod(ticks, 10_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:07}Z"


class Logs:
    """A table T of the service: each row a time in ticks (None: no time at all); the row's number is its place."""

    def __init__(self, times: list[int | None], limit: int = 100) -> None:
        self.times = times
        self.limit = limit
        self.fail_after: int | None = None
        self.count_adds = 0
        self.extra: dict[str, Any] = {}
        self.slices: list[tuple[int, int]] = []
        self.lock = threading.Lock()

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            columns = [*COLUMNS, {"name": "Other", "type": "string"}]
            return reply({"tables": [{"name": "T", "columns": columns}, {"name": "NoTime", "columns": COLUMNS[1:]}]})
        query = asked.body["query"]
        rows = [(time, number) for number, time in enumerate(self.times)]
        if "isnull(TimeGenerated)" in query and "First=" not in query:
            rows = [row for row in rows if row[0] is None]
        found = BOUND.search(query)
        if found:
            low, high = (datetime_ticks(text) for text in found.groups())
            assert low is not None
            assert high is not None
            with self.lock:
                self.slices.append((low, high))
                if self.fail_after is not None and len(self.slices) > self.fail_after:
                    return reply({"error": {"code": "Broken", "message": "no"}}, 418)
            rows = [row for row in rows if row[0] is not None and low <= row[0] < high]
        if "Rows=count()" in query:
            return table([{"name": "Rows", "type": "long"}], [[len(rows) + self.count_adds]])
        if "First=" in query:
            known = [row[0] for row in rows if row[0] is not None]
            first, last = (stamp(min(known)), stamp(max(known))) if known else (None, None)
            names = ("First", "Last")
            columns = [*({"name": name, "type": "datetime"} for name in names), {"name": "Timeless", "type": "long"}]
            return table(columns, [[first, last, len(rows) - len(known)]])
        cells = [[None if time is None else stamp(time), number] for time, number in rows]
        if len(cells) > self.limit:
            return table(COLUMNS, cells[: self.limit], error=TOO_LARGE)
        return table(COLUMNS, cells, **self.extra)


def table(columns: list[dict[str, str]], rows: list[list[Any]], **more: Any) -> Reply:
    return reply({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}], **more})


def even(count: int) -> list[int | None]:
    """Times spread over a day, each with an odd tick."""
    return [START_TICKS + place * (DAY // count) + place % 10 for place in range(count)]


@pytest.fixture
async def backend(service: Service) -> AsyncIterator[LogAnalyticsBackend]:
    made = LogAnalyticsBackend.create(WORKSPACE, {"credential": FakeToken(), "endpoint": service.url})
    service.answer = Logs([])
    await made.open()
    yield made
    await made.close()


async def ask(backend: LogAnalyticsBackend, kql: str = "T", **options: Any) -> QueryResult:
    return await backend.run(QueryRequest(kql, timeout_s=30, **options))


def numbers(result: QueryResult) -> list[int]:
    found: list[int] = result.tables[0].data.column("n").to_pylist()
    return found


async def test_every_row_once_and_in_order(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = Logs(even(2345))
    together = threading.Barrier(2)

    def answer(asked: Asked) -> Reply:
        if BOUND.search(asked.body["query"]) and len(logs.slices) < 2:
            together.wait(10)
        return logs(asked)

    service.answer = answer
    told: list[tuple[float | None, str]] = []
    result = await ask(backend, progress=lambda fraction, text: told.append((fraction, text)))
    assert numbers(result) == list(range(2345))
    assert (result.status, result.reasons) == ("complete", ())
    assert result.requests == len(service.asked) - 1  # but the one for the schema
    assert told[-1][0] == 1.0
    assert 24 <= len(logs.slices) < 80
    assert 2 <= service.most_running <= 5  # at once


async def test_half_open_at_100_nanoseconds(service: Service, backend: LogAnalyticsBackend) -> None:
    times: list[int | None] = [START_TICKS + place for place in range(1000)]
    logs = service.answer = Logs(times)
    result = await ask(backend)
    assert numbers(result) == list(range(1000))
    assert result.status == "complete"
    answered = sorted(logs.slices)
    assert all(low < high for low, high in answered)


async def test_bursts_are_split_and_silence_is_skipped(service: Service, backend: LogAnalyticsBackend) -> None:
    burst: list[int | None] = [START_TICKS + place for place in range(950)]
    later: list[int | None] = [START_TICKS + 300 * DAY + place * 1000 for place in range(333)]
    service.answer = Logs([*burst, *later])
    result = await ask(backend)
    assert numbers(result) == list(range(1283))
    assert result.status == "complete"


async def test_too_many_rows_at_one_instant_are_said_to_be_missing(
    service: Service, backend: LogAnalyticsBackend
) -> None:
    same: list[int | None] = [START_TICKS] * 150
    service.answer = Logs([*same, *even(50)])
    result = await ask(backend)
    assert result.status == "partial"
    assert any("one instant" in reason for reason in result.reasons)
    assert result.tables[0].rows == 100 + 49  # of 151 at the one instant, and the others


async def test_rows_without_a_time_are_not_lost(service: Service, backend: LogAnalyticsBackend) -> None:
    none: list[int | None] = [None] * 7
    service.answer = Logs([*even(205), *none])
    result = await ask(backend)
    assert numbers(result) == list(range(212))
    assert result.status == "complete"


async def test_the_sessions_range_bounds_every_slice(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = service.answer = Logs(even(500))
    start, end = START + timedelta(hours=6), START + timedelta(hours=18)
    result = await ask(backend, start=start, end=end)
    assert all(low >= START_TICKS + DAY // 4 and high <= START_TICKS + DAY * 3 // 4 for low, high in logs.slices)
    spans = {asked.body["timespan"] for asked in service.asked if asked.method == "POST"}
    assert spans == {"2019-02-18T06:00:00.0000000Z/2019-02-18T18:00:00.0000000Z"}
    assert set(numbers(result)) == {place for place in range(500) if 125 <= place < 375}


@pytest.mark.parametrize("counts", [False, True])
async def test_a_row_at_the_very_end_of_the_range_is_there_if_the_service_counts_it(
    service: Service, backend: LogAnalyticsBackend, counts: bool
) -> None:
    hour = 36_000_000_000
    ranged = [time for time in even(500) if time is not None and time < START_TICKS + hour * 12]
    at_end = [START_TICKS + hour * 12] * 3 if counts else []
    service.answer = Logs([*ranged, *at_end], limit=60)
    result = await ask(backend, start=START, end=START + timedelta(hours=12))
    assert numbers(result) == list(range(len(ranged) + len(at_end)))
    assert (result.status, result.reasons) == ("complete", ())


async def test_fewer_rows_than_counted_is_partial(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = service.answer = Logs(even(300))
    logs.count_adds = 1
    result = await ask(backend)
    assert result.status == "partial"
    assert "301 rows were counted" in result.reasons[0]


async def test_another_fault_of_a_slice_is_said(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = service.answer = Logs(even(300))
    logs.extra = {"error": {"code": "PartialError", "message": "A shard was away."}}
    result = await ask(backend)
    assert result.status == "partial"
    assert result.reasons == ("A shard was away.",)


@pytest.mark.parametrize(
    ("kql", "reason"),
    [
        ("T | sort by n", "sort orders all rows"),
        ("T | join kind=inner T on n", "join pairs rows"),
        ("T | summarize count() by n", "summarize aggregates"),
        ("NoTime | where n > 0", "NoTime is not known as a table with TimeGenerated"),
        ("SavedFunction | where n > 0", "SavedFunction is not known as a table"),
    ],
)
async def test_what_cannot_be_sliced_is_partial_with_the_reason(
    service: Service, backend: LogAnalyticsBackend, kql: str, reason: str
) -> None:
    logs = service.answer = Logs(even(300))
    result = await ask(backend, kql)
    assert result.status == "partial"
    assert "exceed the set limit" in result.reasons[0]
    assert reason in result.reasons[1]
    assert result.tables[0].rows == 100
    assert not logs.slices


async def test_a_failed_run_goes_on_where_it_was(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = service.answer = Logs(even(1000))
    logs.fail_after = 6
    with pytest.raises(ServiceError) as caught:
        await ask(backend)
    kept = re.search(r"(\d+) slices with [\d,]+ rows are kept", caught.value.hint)
    assert kept
    first = set(logs.slices[:6])
    logs.fail_after = None
    logs.slices.clear()
    service.asked.clear()
    result = await ask(backend)
    assert numbers(result) == list(range(1000))
    assert result.status == "complete"
    # Of the six that were answered, some may have been on their way when the failure came first.
    untouched = sum(not any(low < end and start < high for start, end in logs.slices) for low, high in first)
    assert untouched == int(kept[1])
    assert "did not finish" in str(result.statistics["warnings"])
    assert sum("where" not in asked.body["query"] for asked in service.asked if asked.body) == 2  # extent and count


async def test_an_interrupted_run_goes_on_where_it_was(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = Logs(even(1000))
    reached, leave = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Reply:
        found = logs(asked)
        if len(logs.slices) > 4:
            reached.set()
            leave.wait(10)
        return found

    service.answer = answer
    task = asyncio.create_task(ask(backend))
    assert await asyncio.to_thread(reached.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    leave.set()
    logs.slices.clear()
    service.answer = logs
    result = await ask(backend)
    assert numbers(result) == list(range(1000))
    assert result.status == "complete"


async def test_a_moved_range_takes_only_what_still_lies_inside(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = service.answer = Logs(even(1000))
    logs.fail_after = 6
    with pytest.raises(SentinelError):
        await ask(backend, start=START, end=START + timedelta(days=1))
    logs.fail_after = None
    moved = START + timedelta(hours=1)
    result = await ask(backend, start=moved, end=START + timedelta(days=1))
    low = START_TICKS + DAY // 24
    assert numbers(result) == [place for place, time in enumerate(logs.times) if time is not None and time >= low]


async def test_every_seam_for_many_limits(service: Service, backend: LogAnalyticsBackend) -> None:
    uneven = sorted(START_TICKS + (place * place * 7919) % (DAY // 100) for place in range(400))
    for limit in (7, 33, 150, 399):
        service.answer = Logs(list(uneven), limit)
        assert numbers(await ask(backend)) == list(range(400))


async def test_a_query_that_names_the_present_means_one_moment(service: Service, backend: LogAnalyticsBackend) -> None:
    service.answer = Logs(even(300))
    await ask(backend, "T | where TimeGenerated > ago(1d)")
    sliced = [asked.body["query"] for asked in service.asked if asked.body and BOUND.search(asked.body["query"])]
    moments = {query.rpartition("> (")[2] for query in sliced}
    assert len(sliced) > 2
    assert len(moments) == 1
    assert "ago" not in moments.pop()


async def test_a_failed_run_that_named_the_present_begins_anew(service: Service, backend: LogAnalyticsBackend) -> None:
    kql = "T | where TimeGenerated < now()"
    logs = service.answer = Logs(even(400))
    logs.fail_after = 3
    with pytest.raises(ServiceError):
        await ask(backend, kql)
    logs.fail_after = None
    service.asked.clear()
    result = await ask(backend, kql)
    # The first to arrive may be a slice of the failed run that was already on its way.
    assert kql in [asked.body["query"] for asked in service.asked if asked.body]
    assert numbers(result) == list(range(400))
    assert "warnings" not in result.statistics


async def test_an_interrupt_at_any_point_returns_soon_and_leaves_a_backend_that_works(
    service: Service, backend: LogAnalyticsBackend
) -> None:
    service.answer = Logs(even(1500))
    for step in range(20):
        limit = step * 0.02
        began = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(limit):
                await ask(backend)
        assert time.monotonic() - began < limit + 1
    result = await ask(backend)
    assert numbers(result) == list(range(1500))
    assert result.status == "complete"


async def test_the_deadline_holds_for_all_slices_together(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = Logs(even(1000))
    leave = threading.Event()

    def answer(asked: Asked) -> Reply:
        found = logs(asked)
        if len(logs.slices) > 5:
            leave.wait(10)
        return found

    service.answer = answer
    with pytest.raises(QueryTimeoutError) as caught:
        await backend.run(QueryRequest("T", timeout_s=2))
    leave.set()
    assert "are kept" in caught.value.hint


async def test_thousands_of_slices_are_not_asked_for(service: Service, backend: LogAnalyticsBackend) -> None:
    logs = service.answer = Logs(even(2000), limit=3)
    result = await ask(backend)
    assert result.status == "partial"
    assert result.tables[0].rows == 3
    assert "2,000 rows" in result.reasons[1]
    assert not logs.slices
