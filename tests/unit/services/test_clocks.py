from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jupyterlab_sentinel.models.tables import QueryResult
from jupyterlab_sentinel.models.timerange import parse_time_range
from jupyterlab_sentinel.models.workspace import WorkspaceInfo
from jupyterlab_sentinel.services.clocks import present
from jupyterlab_sentinel.services.listings import read_listing


class Backend:
    info = WorkspaceInfo(name="w", kind="fake")

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def open(self) -> None: ...

    async def run(self, request: Any) -> QueryResult:
        self.asked.append(request)
        return QueryResult((), request.kql, "w", request.start, request.end, datetime.now(UTC), 0.1)

    async def tables(self, pattern: str | None = None) -> tuple[Any, ...]:
        return (SimpleNamespace(name="SecurityAlert", columns=()),)

    def check(self, kql: str) -> None: ...

    async def close(self) -> None: ...


class Clocked(Backend):
    def __init__(self, ahead_s: float) -> None:
        super().__init__()
        self.clock_ahead_s = ahead_s


@pytest.mark.parametrize(
    ("backend", "moved_s"), [(Backend(), 0), (Clocked(3), 0), (Clocked(3600), 3600), (Clocked(-3600), -3600)]
)
def test_the_present_is_the_services_where_the_clocks_differ(backend: Backend, moved_s: float) -> None:
    before = datetime.now(UTC)
    found = present(backend) - timedelta(seconds=moved_s)
    assert before <= found <= datetime.now(UTC)


async def test_the_sidebar_lists_what_the_service_calls_the_last_day() -> None:
    backend = Clocked(7200)
    before = datetime.now(UTC)
    listing = await read_listing(backend, parse_time_range("24h"))
    end = backend.asked[0].end
    assert before <= end - timedelta(hours=2) <= datetime.now(UTC)
    assert listing.time_range.end == end
