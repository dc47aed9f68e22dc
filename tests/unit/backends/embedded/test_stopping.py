from __future__ import annotations

import asyncio

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded import backend
from jupyterlab_sentinel.backends.embedded.backend import _stop
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions
from jupyterlab_sentinel.errors import CancelledQueryError


async def test_a_worker_that_ends_at_that_moment_has_closed_its_cursor() -> None:
    execution = Execution(duckdb.connect(), PythonFunctions())
    execution.close()
    work: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(work.set_result, None)

    await _stop(execution, work)

    assert work.done()


async def test_a_query_that_was_stopped_between_statements_begins_no_other() -> None:
    execution = Execution(duckdb.connect(), PythonFunctions())
    assert execution.rows("SELECT 1") == [(1,)]
    execution.interrupt()
    for ask in (execution.rows, execution.table, lambda sql: execution.batches(sql, 10)):
        with pytest.raises(CancelledQueryError):
            ask("SELECT 1")
    execution.close()


async def test_a_worker_that_heeds_nothing_is_left_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "_PATIENCE_S", 0.01)
    execution = Execution(duckdb.connect(), PythonFunctions())
    work: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    await _stop(execution, work)

    assert not work.done()
    work.set_exception(CancelledQueryError("It has ended after all."))
    await asyncio.sleep(0)
    execution.close()


def test_who_interrupts_has_the_prompt_back_within_a_second() -> None:
    assert backend._PATIENCE_S < 1
