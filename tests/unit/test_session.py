from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, NotConnectedError, TimeRangeError
from jupyterlab_sentinel.models.workspace import ColumnInfo, TableInfo, WorkspaceInfo
from jupyterlab_sentinel.services.connected import connected_backend
from jupyterlab_sentinel.services.schema import Schema
from jupyterlab_sentinel.session import Session, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jupyterlab_sentinel.models.tables import QueryResult
    from jupyterlab_sentinel.ports import QueryRequest


class Backend:
    def __init__(self, **facts: str) -> None:
        self.info = WorkspaceInfo(name="w", kind="fake", time_range=facts.get("time_range"))
        self.asked: list[QueryRequest] = []
        self.reads = 0

    async def open(self) -> None: ...

    async def run(self, request: QueryRequest) -> QueryResult:
        from jupyterlab_sentinel.models.tables import QueryResult

        self.asked.append(request)
        return QueryResult((), request.kql, "w", request.start, request.end, datetime.now(UTC), 0.0)

    async def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        self.reads += 1
        return [TableInfo("SecurityAlert", (ColumnInfo("AlertName", "string"),)), TableInfo("Syslog", ())]

    def check(self, kql: str) -> None: ...

    async def close(self) -> None: ...


def test_not_connected() -> None:
    with pytest.raises(NotConnectedError, match="connect demo"):
        Session().connected()


def test_the_workspace_wishes_for_a_range() -> None:
    session = Session()
    session.set_time_range("7d")
    session.set_workspace(Workspace(Backend(time_range="2019-02-17 2019-02-19")))
    assert (session.time_range.spec, session.range_origin) == ("2019-02-17 2019-02-19", "workspace")


def test_without_a_wish_a_chosen_range_stays() -> None:
    session = Session()
    session.set_time_range("7d", by="sidebar")
    session.set_workspace(Workspace(Backend()))
    assert (session.time_range.spec, session.range_origin) == ("7d", "sidebar")


def test_without_a_wish_the_range_of_another_workspace_does_not_stay() -> None:
    session = Session()
    session.set_workspace(Workspace(Backend(time_range="2019-02-17 2019-02-19")))
    session.set_workspace(Workspace(Backend()))
    assert (session.time_range.spec, session.range_origin) == ("24h", "default")


def test_listeners_hear_each_change_once() -> None:
    session = Session()
    heard: list[tuple[str | None, int]] = []
    session.listeners.append(lambda origin: heard.append((origin, session.revision)))
    session.set_time_range("7d", origin="p1")
    session.set_workspace(Workspace(Backend()))
    with pytest.raises(TimeRangeError):
        session.set_time_range("bla")
    assert heard == [("p1", 1), (None, 2)]


def test_naive_bounds_are_utc() -> None:
    import asyncio

    backend = Backend()
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # what a user may give
    asyncio.run(Workspace(backend).query("T", start=naive))
    assert backend.asked[0].start == datetime(2026, 1, 1, tzinfo=UTC)


async def test_the_schema_is_read_once_and_again_for_what_it_lacks() -> None:
    backend = Backend()
    workspace = Workspace(backend)
    assert workspace.schema.tables == {}
    assert (await workspace.table("securityalert")).name == "SecurityAlert"
    assert (await workspace.table("SecurityAlert")).name == "SecurityAlert"
    assert backend.reads == 1
    with pytest.raises(KqlSemanticError) as caught:
        await workspace.table("SecurtyAlert")
    assert backend.reads == 2
    assert "Did you mean SecurityAlert?" in caught.value.hint


async def test_a_closed_workspace_is_not_the_one_connected_last() -> None:
    session, first, second = Session(), Workspace(Backend()), Workspace(Backend())
    session.set_workspace(first)
    before = session.set_workspace(second)
    assert before is first
    await first.close()
    assert connected_backend() is second.backend
    await second.close()
    assert connected_backend() is None


def test_a_schema_finds_in_any_case() -> None:
    schema = Schema.of([TableInfo("A", ()), TableInfo("b", ())])
    assert schema.find("B") is schema.tables["b"]
    assert schema.find("c") is None
    with pytest.raises(KqlSemanticError, match="There is no table <U\\+202E>x"):
        schema.table("\u202ex")
