"""Functions of the engine's SQL that are written in Python."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded import python_functions
from jupyterlab_sentinel.backends.embedded.computed.remarks import checkpoint, remark
from jupyterlab_sentinel.backends.embedded.database import lock, open_database
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.failures import query_problem
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions, python_call, register
from jupyterlab_sentinel.errors import KqlSemanticError


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    monkeypatch.setattr(python_functions, "_REGISTRY", {})
    opened = open_database(tmp_path, "1GB", threads=8)
    lock(opened, [])
    yield opened
    opened.close()


def test_values_and_nulls_go_in_and_out(connection: duckdb.DuckDBPyConnection) -> None:
    register(
        "t_join",
        lambda a, b: None if a is None else {"n": len(b), "t": a},
        ("VARCHAR", "DOUBLE[]"),
        "STRUCT(n BIGINT, t VARCHAR)",
    )
    execution = Execution(connection, PythonFunctions())
    first, second = python_call("t_join", "'x'", "[1, NULL]"), python_call("t_join", "NULL", "NULL")
    assert execution.rows(f"SELECT {first}, {second}") == [({"n": 2, "t": "x"}, None)]


def test_reals_are_no_nulls(connection: duckdb.DuckDBPyConnection) -> None:
    register("t_same", lambda x: x, ("DOUBLE",), "DOUBLE")
    values = "1e-320, 0.1, -1.7976931348623157e308, CAST('inf' AS DOUBLE), CAST('nan' AS DOUBLE), NULL"
    execution = Execution(connection, PythonFunctions())
    rows = execution.rows(f"SELECT {python_call('t_same', 'x')} FROM (SELECT unnest([{values}]) AS x)")
    assert [repr(x) for (x,) in rows] == ["1e-320", "0.1", "-1.7976931348623157e+308", "inf", "nan", "None"]


def test_a_number_that_becomes_too_large_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    register("t_square", lambda x: x**2, ("DOUBLE",), "DOUBLE")
    with pytest.raises(duckdb.Error, match="A number is too large"):
        Execution(connection, PythonFunctions()).rows(f"SELECT {python_call('t_square', '1e300')}")


def test_a_function_is_made_when_it_is_first_called_and_then_known_to_all(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    register("t_one", lambda: 1, (), "BIGINT")
    functions = PythonFunctions()
    sql = f"SELECT {python_call('t_one')}"
    with pytest.raises(duckdb.CatalogException):
        connection.cursor().execute(sql)
    first = Execution(connection, functions)
    assert first.rows(sql) == [(1,)]
    first.close()
    assert Execution(connection, functions).table(sql).num_rows == 1


def test_what_a_function_says_of_a_value_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    def refuse(_value: str) -> str:
        raise ValueError("The series has no period.")

    register("t_refuse", refuse, ("VARCHAR",), "VARCHAR")
    with pytest.raises(duckdb.Error) as caught:
        Execution(connection, PythonFunctions()).rows(f"SELECT {python_call('t_refuse', 'NULL')}")
    problem = query_problem(caught.value, "print x")
    assert isinstance(problem, KqlSemanticError)
    assert problem.message == "A value cannot be used here: The series has no period."


def test_many_threads(connection: duckdb.DuckDBPyConnection) -> None:
    register("t_double", lambda values: [2 * value for value in values], ("DOUBLE[]",), "DOUBLE[]")
    functions = PythonFunctions()
    sql = f"SELECT sum({python_call('t_double', '[a, 1]')}[1]) FROM (SELECT unnest(range(200000)) AS a)"
    answers: list[object] = []

    def ask() -> None:
        execution = Execution(connection, functions)
        answers.extend(execution.rows(sql))
        execution.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(39999800000.0,)] * 8


def test_an_interrupt_is_heeded_between_two_values(connection: duckdb.DuckDBPyConnection) -> None:
    calls: list[int] = []
    begun = threading.Event()

    def slow(value: int) -> int:
        calls.append(value)
        begun.set()
        time.sleep(0.01)
        return value

    register("t_slow", slow, ("BIGINT",), "BIGINT")
    functions = PythonFunctions()
    execution = Execution(connection, functions)

    def interrupt() -> None:
        begun.wait()
        execution.interrupt()

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(duckdb.Error):
        execution.rows(f"SELECT count({python_call('t_slow', 'a')}) FROM (SELECT unnest(range(2000)) AS a)")
    other.join()
    assert len(calls) < 1000  # not the whole vector of 2,048 rows
    assert Execution(connection, functions).rows(f"SELECT {python_call('t_slow', '7')}") == [(7,)]


def test_what_takes_long_for_one_value_asks_whether_it_is_still_wanted(connection: duckdb.DuckDBPyConnection) -> None:
    begun = threading.Event()

    def endless() -> int:
        while True:
            begun.set()
            checkpoint()
            time.sleep(0.001)

    register("t_endless", endless, (), "BIGINT")
    execution = Execution(connection, PythonFunctions())

    def interrupt() -> None:
        begun.wait()
        execution.interrupt()

    other = threading.Thread(target=interrupt)
    other.start()
    with pytest.raises(duckdb.Error):
        execution.rows(f"SELECT {python_call('t_endless')}")
    other.join()


def test_remarks_are_those_of_the_query_that_made_them(connection: duckdb.DuckDBPyConnection) -> None:
    register("t_remark", remark, ("VARCHAR",), "BIGINT")
    functions = PythonFunctions()
    first, second = Execution(connection, functions), Execution(connection, functions)
    first.rows(f"SELECT {python_call('t_remark', 'a')} FROM (VALUES ('one'), ('one'), ('two')) AS v(a)")
    second.rows(f"SELECT {python_call('t_remark', 'a')} FROM (VALUES ('three')) AS v(a)")
    assert sorted(first.remarks()) == ["one", "two"]
    assert second.remarks() == ("three",)
    remark("of nobody")
