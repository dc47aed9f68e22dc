"""Whatever the times of the rows, and wherever a run breaks: every row once, in order."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import Any

import pyarrow as pa
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from jupyterlab_sentinel.backends.azure.retrieval import Way
from jupyterlab_sentinel.backends.log_analytics.decoding import Answer, decode
from jupyterlab_sentinel.backends.log_analytics.destinations import Asked, InMemory
from jupyterlab_sentinel.backends.log_analytics.slices import Sliced, SlicedRun
from jupyterlab_sentinel.errors import ServiceError
from jupyterlab_sentinel.kql.constants import EPOCH_TICKS, datetime_ticks
from jupyterlab_sentinel.kql.slicing import SlicePlan, plan_slices
from jupyterlab_sentinel.kql.ticks import datetime_text
from jupyterlab_sentinel.models.tables import Table

BOUND = re.compile(r"TimeGenerated >= datetime\(([^)]*)\) and TimeGenerated < datetime\(([^)]*)\)")
COLUMNS = [("TimeGenerated", "datetime"), ("n", "long")]
LIMIT = {"code": "PartialError", "innererror": {"code": "-2133196797", "message": "too large"}}
BASE = 15_504_480_000_000_000


def answer(columns: list[tuple[str, str]], rows: list[list[Any]], error: object = None) -> Answer:
    described = [{"name": name, "type": kind} for name, kind in columns]
    body = {"tables": [{"name": "PrimaryResult", "columns": described, "rows": rows}], "error": error}
    return decode(json.dumps(body).encode())


def stamp(tick: int) -> str:
    return datetime_text(tick + EPOCH_TICKS)


class Service:
    """Rows by tick; fails once after ``breaks_at`` slices."""

    def __init__(self, ticks: list[int], limit: int, breaks_at: int) -> None:
        self.rows = sorted(ticks)
        self.limit = limit
        self.breaks_at = breaks_at
        self.asked = 0

    @property
    def way(self) -> Way:
        async def learn() -> None:
            """Nothing more is to be known."""

        return Way(
            self.ask, lambda now: plan_slices("T", lambda _name: True, now), learn, lambda: 0, time.monotonic() + 60
        )

    async def ask(self, kql: str, *, insist: bool) -> Answer:
        del insist
        await asyncio.sleep(0)
        if "First=" in kql:
            columns = [("First", "datetime"), ("Last", "datetime"), ("Timeless", "long")]
            return answer(columns, [[stamp(self.rows[0]), stamp(self.rows[-1]), 0]])
        if "Rows=count()" in kql:
            return answer([("Rows", "long")], [[len(self.rows)]])
        found = BOUND.search(kql)
        assert found is not None
        self.asked += 1
        if self.asked == self.breaks_at:
            raise ServiceError("broken")
        low, high = (datetime_ticks(text) for text in found.groups())
        assert low is not None
        assert high is not None
        return self.cut([[stamp(tick), place] for place, tick in enumerate(self.rows) if low <= tick < high])

    def cut(self, cells: list[list[Any]]) -> Answer:
        return answer(COLUMNS, cells[: self.limit], LIMIT if len(cells) > self.limit else None)

    def whole(self) -> Answer:
        return self.cut([[stamp(tick), place] for place, tick in enumerate(self.rows)])


ticks = st.lists(
    st.one_of(
        st.integers(0, 40),  # some at the very same instant
        st.integers(0, 10**6),
        st.integers(0, 864_000_000_000),
    ).map(lambda tick: BASE + tick),
    min_size=1,
    max_size=120,
)


@settings(deadline=None, max_examples=60)
@example(ticks=[BASE + tick for tick in (37, 37, 291_930, 291_930)], limit=1, breaks_at=0)  # bursts around silence
@given(ticks=ticks, limit=st.integers(1, 60), breaks_at=st.integers(0, 12))
def test_every_row_once_in_order_or_said_to_be_missing(ticks: list[int], limit: int, breaks_at: int) -> None:
    service = Service(ticks, limit, breaks_at)
    plan = plan_slices("T", lambda _name: True, 0)
    assert isinstance(plan, SlicePlan)
    whole = service.whole()
    into = InMemory({}, Asked("T", "w", (), "https://x"))
    job = into.job(plan, whole, whole.tables[0].rows, 0)

    async def fetch() -> tuple[Sliced, Table]:
        try:
            found = await SlicedRun(job, service.way, (None, None)).fetch()
        except ServiceError:
            found = await SlicedRun(job, service.way, (None, None)).fetch()
        return found, (await into.gather(job, found.timeless))[0]

    found, table = asyncio.run(fetch())
    numbers = table.data.column("n").to_pylist()
    assert table.data.column("TimeGenerated").type == pa.timestamp("ns", "UTC")
    crowded = any(service.rows.count(tick) > limit for tick in set(service.rows))
    if crowded:
        assert found.reasons
        assert numbers == sorted(set(numbers))
    else:
        assert numbers == list(range(len(ticks)))
        assert not found.reasons


@settings(deadline=None, max_examples=60)
@given(ticks=ticks, limit=st.integers(1, 60), place=st.integers(0, 119), counts=st.booleans())
def test_whatever_the_service_holds_of_rows_at_the_very_ends(
    ticks: list[int], limit: int, place: int, counts: bool
) -> None:
    start, end = min(ticks), sorted(ticks)[place % len(ticks)]
    within = [tick for tick in ticks if tick < end or (counts and tick == end)]
    assume(within)
    service = Service(within, limit, 0)
    plan = plan_slices("T", lambda _name: True, 0)
    assert isinstance(plan, SlicePlan)
    whole = service.whole()
    into = InMemory({}, Asked("T", "w", (), "https://x"))
    job = into.job(plan, whole, whole.tables[0].rows, 0)

    async def fetch() -> tuple[Sliced, Table]:
        found = await SlicedRun(job, service.way, (start, end)).fetch()
        return found, (await into.gather(job, found.timeless))[0]

    found, table = asyncio.run(fetch())
    if any(within.count(tick) > limit for tick in set(within)):
        assert found.reasons
    else:
        assert table.data.column("n").to_pylist() == list(range(len(within)))
        assert not found.reasons
