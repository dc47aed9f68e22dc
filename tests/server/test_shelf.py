from __future__ import annotations

import asyncio

import pytest

from jupyterlab_sentinel.errors import ServiceError
from jupyterlab_sentinel.server.shelf import Shelf


class Maker:
    def __init__(self) -> None:
        self.calls = 0
        self.cancelled = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> int:
        self.calls += 1
        number = self.calls
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return number


@pytest.fixture
async def maker() -> Maker:
    return Maker()


def shelf_of(*, keep_s: float = 60.0, capacity: int = 10) -> Shelf[int]:
    return Shelf(keep_s=keep_s, capacity=capacity, weigh=lambda number: number)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_many_who_ask_at_once_are_one_question(maker: Maker) -> None:
    shelf = shelf_of()
    asking = [asyncio.create_task(shelf.get("a", maker)) for _ in range(5)]
    await settle()
    maker.gate.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert await shelf.get("a", maker) == 1
    assert maker.calls == 1


async def test_one_who_leaves_does_not_stop_the_others(maker: Maker) -> None:
    shelf = shelf_of()
    first, second = (asyncio.create_task(shelf.get("a", maker)) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    maker.gate.set()
    assert await second == 1
    assert maker.cancelled == 0


async def test_when_the_last_leaves_the_work_stops_and_the_next_starts_anew(maker: Maker) -> None:
    shelf = shelf_of()
    asking = [asyncio.create_task(shelf.get("a", maker)) for _ in range(2)]
    await settle()
    for task in asking:
        task.cancel()
    await settle()
    assert maker.cancelled == 1
    maker.gate.set()
    assert await shelf.get("a", maker) == 2


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    shelf = shelf_of()
    calls = 0

    async def fail() -> int:
        nonlocal calls
        calls += 1
        raise ServiceError("down")

    for _ in range(2):
        with pytest.raises(ServiceError):
            await shelf.get("a", fail)
    assert calls == 2


async def test_what_is_too_old_is_made_anew(maker: Maker) -> None:
    shelf = shelf_of(keep_s=0.0)
    maker.gate.set()
    assert [await shelf.get("a", maker), await shelf.get("a", maker)] == [1, 2]


async def test_the_oldest_go_when_it_is_full_and_what_never_fits_is_not_kept(maker: Maker) -> None:
    shelf = shelf_of(capacity=4)
    maker.gate.set()
    assert [await shelf.get(key, maker) for key in "abc"] == [1, 2, 3]
    assert await shelf.get("c", maker) == 3
    assert await shelf.get("a", maker) == 4
    assert await shelf.get("d", maker) == 5
    assert await shelf.get("a", maker) == 4
    assert await shelf.get("d", maker) == 6


async def test_what_was_dropped_while_it_was_made_is_handed_out_but_not_kept(maker: Maker) -> None:
    shelf = shelf_of()
    asking = asyncio.create_task(shelf.get("a", maker))
    await settle()
    shelf.drop(lambda key: key == "a")
    maker.gate.set()
    assert await asking == 1
    assert await shelf.get("a", maker) == 2
    shelf.drop(lambda key: key == "a")
    assert await shelf.get("a", maker) == 3
