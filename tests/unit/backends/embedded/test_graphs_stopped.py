"""Searches of graphs that would not end are stopped, and what would not fit into memory is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded.computed.components import strong_components, weak_components
from jupyterlab_sentinel.backends.embedded.computed.remarks import StoppedError, collecting
from jupyterlab_sentinel.backends.embedded.database import open_database
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.failures import query_problem
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions
from jupyterlab_sentinel.backends.embedded.translation.graphs import components
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.errors import CancelledQueryError, KqlSemanticError, LimitError

# A thousand nodes, each with an edge to ten others.
DENSE = """
range i from 0 to 9999 step 1
| extend s = tostring(i % 1000), t = tostring((i * 7 + i / 1000 * 131) % 1000)
| make-graph s --> t with_node_id=n
"""
ENDLESS = (
    "graph-match (a)-[e*1..40]->(b) project a.n, b.n, e.t",
    "graph-match cycles=all (a)-[e*1..40]-(b) where a.n == '5' project b.n, map(e, strcat(s, t))".replace(
        "map", "m = map"
    ),
    "graph-match (a)-->(b)-->(c)-->(d)-->(e)-->(f)-->(g)-->(h) project a.n, h.n | summarize count() by a_n",
    "graph-shortest-paths output=all (a)-[e*2..40]->(b) project a.n, b.n, e.t",
)


@pytest.mark.parametrize("end", ENDLESS)
def test_a_search_without_end_is_stopped(tmp_path: Path, end: str) -> None:
    connection = open_database(tmp_path, "1GB")
    execution = Execution(connection, PythonFunctions())
    sql = translate(f"{DENSE} | {end}", {}, None, None, 0, execution.rows).statements[0].sql
    raised: list[Exception] = []

    def work() -> None:
        try:
            execution.rows(sql)
        except Exception as error:  # noqa: BLE001  # whatever it is, the test looks at it
            raised.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(0.3)
    while worker.is_alive():
        execution.interrupt()
        worker.join(0.02)
    execution.close()
    connection.close()
    assert isinstance(query_problem(raised[0], ""), CancelledQueryError)


def test_what_does_not_fit_into_memory_is_told(tmp_path: Path) -> None:
    connection = open_database(tmp_path, "60MB", 1)
    connection.execute("SET max_temp_directory_size='1MB'")
    execution = Execution(connection, PythonFunctions())
    sql = translate(f"{DENSE} | {ENDLESS[0]}", {}, None, None, 0, execution.rows).statements[0].sql
    with pytest.raises(duckdb.Error) as caught:
        execution.rows(sql)
    assert isinstance(query_problem(caught.value, ""), LimitError)
    execution.close()
    connection.close()


@pytest.mark.parametrize("find", [weak_components, strong_components])
def test_components_are_stopped(find: Callable[[int, list[int], list[int]], list[int]]) -> None:
    count = 30_000
    starts, ends = list(range(1, count)), list(range(2, count + 1))
    with collecting({}, lambda: True), pytest.raises(StoppedError):
        find(count, starts, ends)


def test_components_of_too_many_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "_MOST", 999)
    connection = open_database(tmp_path, "1GB")
    execution = Execution(connection, PythonFunctions())
    kql = f"{DENSE} | graph-mark-components | graph-to-table nodes | count"
    sql = translate(kql, {}, None, None, 0, execution.rows).statements[0].sql
    with pytest.raises(duckdb.Error) as caught:
        execution.rows(sql)
    problem = query_problem(caught.value, kql)
    assert isinstance(problem, KqlSemanticError)
    assert "more than 5,000,000 nodes or edges" in problem.message
    execution.close()
    connection.close()
