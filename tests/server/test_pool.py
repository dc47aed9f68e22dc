from __future__ import annotations

import asyncio
from typing import Any

import pytest

from jupyterlab_sentinel.errors import DataError, NotConnectedError
from jupyterlab_sentinel.server.pool import WorkspacePool


class FakeWorkspace:
    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False
        self.gone = asyncio.Event()

    async def close(self) -> None:
        assert not self.closed
        self.closed = True
        self.gone.set()


class Opener:
    def __init__(self) -> None:
        self.opened: list[FakeWorkspace] = []

    async def __call__(self, name: str) -> Any:
        await asyncio.sleep(0)
        if name == "broken":
            raise DataError("unreadable")
        self.opened.append(FakeWorkspace(name))
        return self.opened[-1]


@pytest.fixture
def opener() -> Opener:
    return Opener()


def pool_of(opener: Opener, *, idle_s: float = 3600.0, limit: int = 8) -> WorkspacePool:
    return WorkspacePool(opener, idle_s=idle_s, limit=limit)


async def test_two_who_connect_at_once_share_one_workspace(opener: Opener) -> None:
    pool = pool_of(opener)
    first, second = await asyncio.gather(pool.connect("a"), pool.connect("a"))
    assert first is second
    assert len(opener.opened) == 1


async def test_what_is_not_open_is_said(opener: Opener) -> None:
    pool = pool_of(opener)
    with pytest.raises(NotConnectedError, match="a<U\\+202E>b"):
        async with pool.using("a\u202eb"):
            pass


async def test_a_workspace_that_fails_to_open_leaves_the_others_open(opener: Opener) -> None:
    pool = pool_of(opener)
    await pool.connect("a")
    with pytest.raises(DataError):
        await pool.connect("broken")
    async with pool.using("a") as workspace:
        assert not workspace.closed  # type: ignore[attr-defined]


async def test_reopening_waits_for_those_who_still_read(opener: Opener) -> None:
    pool = pool_of(opener)
    await pool.connect("a")
    async with pool.using("a"):
        await pool.connect("a", reopen=True)
        assert [workspace.closed for workspace in opener.opened] == [False, False]
    assert [workspace.closed for workspace in opener.opened] == [True, False]


async def test_the_longest_unused_goes_first_and_none_in_use(opener: Opener) -> None:
    pool = pool_of(opener, limit=2)
    await pool.connect("a")
    await pool.connect("b")
    async with pool.using("a"):
        pass
    async with pool.using("b"):
        await pool.connect("c")
    assert pool.names == ("c", "b")
    assert [workspace.name for workspace in opener.opened if workspace.closed] == ["a"]


async def test_an_unused_workspace_is_closed_when_its_time_is_up(opener: Opener) -> None:
    pool = pool_of(opener, idle_s=0.0)
    await pool.connect("a")
    await opener.opened[0].gone.wait()
    assert pool.names == ()
    await pool.close()


async def test_a_workspace_in_use_outlives_its_time(opener: Opener) -> None:
    pool = pool_of(opener, idle_s=0.0)
    pool._idle_s = 3600.0
    await pool.connect("a")
    async with pool.using("a"):
        slot = pool._slots["a"]
        pool._ring("a", slot)
        await asyncio.sleep(0)
        assert not opener.opened[0].closed
    await pool.close()
    assert opener.opened[0].closed
