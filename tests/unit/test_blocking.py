import asyncio
import gc
import threading

import pytest

from jupyterlab_sentinel import blocking
from jupyterlab_sentinel.errors import CancelledQueryError


async def answered(value: int) -> int:
    return value


def test_a_result_comes_back() -> None:
    assert blocking.run(answered, 7) == 7


def test_an_error_comes_back_as_itself() -> None:
    async def failing() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        blocking.run(failing)


def test_a_time_out_of_the_work_is_not_taken_for_one_of_the_wait() -> None:
    async def late() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        blocking.run(late, watch=lambda: None)


def test_it_works_inside_a_running_loop() -> None:
    async def inside() -> int:
        return blocking.run(answered, 3)

    assert asyncio.run(inside()) == 3


def test_an_interrupt_while_waiting_cancels_the_work() -> None:
    cancelled = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    def interrupting() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        blocking.run(endless, watch=interrupting)
    assert cancelled.wait(5)
    assert blocking.run(answered, 1) == 1


def test_what_runs_can_be_cancelled_from_another_thread() -> None:
    started = threading.Event()
    stopped = threading.Event()
    failures: list[BaseException] = []

    async def endless() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    def waiting() -> None:
        try:
            blocking.run(endless)
        except CancelledQueryError as error:
            failures.append(error)

    thread = threading.Thread(target=waiting)
    thread.start()
    assert started.wait(5)
    assert blocking.cancel_running() == 1
    thread.join(5)
    assert stopped.wait(5)
    assert [str(failure) for failure in failures] == ["Stopped."]
    assert blocking.cancel_running() == 0


def test_started_work_is_not_waited_for() -> None:
    gate = threading.Event()

    async def later() -> str:
        await asyncio.to_thread(gate.wait, 5)
        return "done"

    future = blocking.start(later)
    assert not future.done()
    gate.set()
    assert future.result(5) == "done"


def test_what_cleans_up_after_an_interrupt_may_await(caplog: pytest.LogCaptureFixture) -> None:
    cleaned = threading.Event()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            cleaned.set()
            raise LookupError("too late for anybody to hear")

    def interrupting() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        blocking.run(endless, watch=interrupting)
    assert cleaned.wait(5)
    gc.collect()
    assert blocking.run(answered, 1) == 1
    assert caplog.text == ""
