from __future__ import annotations

import asyncio

import duckdb

from jupyterlab_sentinel.backends.embedded.backend import _stop
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions


async def test_a_worker_that_ends_at_that_moment_has_closed_its_cursor() -> None:
    execution = Execution(duckdb.connect(), PythonFunctions())
    execution.close()
    work: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(work.set_result, None)

    await _stop(execution, work)

    assert work.done()
