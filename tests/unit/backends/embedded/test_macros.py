"""Macros are made when a query first calls them, with what they call in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded import macros
from jupyterlab_sentinel.backends.embedded.database import lock, open_database
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.macros import Macros
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions

from .asking import Opener, rows

KNOWN = "SELECT function_name FROM duckdb_functions() WHERE function_name LIKE 'kql\\_%' ESCAPE '\\'"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = open_database(tmp_path, "1GB")
    yield opened
    opened.close()


def _known(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in connection.execute(KNOWN).fetchall()}


@pytest.mark.parametrize("name", sorted(macros._definitions()))
def test_each_can_be_the_first(name: str) -> None:
    definition = macros._definitions()[name]
    with duckdb.connect() as connection:
        Macros().prepare(connection, name)
        known = _known(connection)
    assert known >= set(re.findall(r"\bkql_\w+", definition))


def test_all_that_are_called_exist() -> None:
    definitions = macros._definitions()
    called = {name for text in definitions.values() for name in re.findall(r"\bkql_\w+", text)}
    assert called == definitions.keys()


def test_only_what_is_called_is_made(connection: duckdb.DuckDBPyConnection) -> None:
    before = _known(connection)
    assert before == {"kql_datetime", "kql_timespan", "kql_json"}
    Execution(connection, PythonFunctions()).rows("SELECT kql_ipv4_in('10.0.0.1', '10.0.0.0/8'), 'kql_nothing'")
    made = _known(connection) - before
    assert made == {f"kql_ipv4{part}" for part in ("", "_in", "_bits", "_masked", "_octets", "_other")}


def test_cursors_share_them_and_a_lock_does_not_hinder(connection: duckdb.DuckDBPyConnection) -> None:
    lock(connection, [])
    known = Macros()
    first = Execution(connection, PythonFunctions(), known)
    assert first.rows("SELECT kql_ipv4('10.0.0.1')") == [(167772161,)]
    first.close()
    assert connection.cursor().execute("SELECT kql_ipv4('10.0.0.1')").fetchall() == [(167772161,)]
    assert Execution(connection, PythonFunctions(), known).rows("SELECT kql_ipv4('x')") == [(None,)]
    # Another that does not know what there is makes them again, without a quarrel.
    assert Execution(connection, PythonFunctions()).rows("SELECT kql_ipv4('x')") == [(None,)]


def test_many_queries_at_once(connection: duckdb.DuckDBPyConnection) -> None:
    known, functions = Macros(), PythonFunctions()
    names = ["kql_ipv6_in('::1', '::/8')", "kql_ipv6_text('::1', 128)", "kql_parse_url('a://b')", "kql_ipv4('1.2.3.4')"]

    def ask(place: int) -> int:
        execution = Execution(connection, functions, known)
        try:
            return len(execution.rows(f"SELECT {names[place % 4]}, {names[(place + 1) % 4]}"))
        finally:
            execution.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(32))) == [1] * 32


def test_an_interrupt_while_they_are_made_is_no_harm(connection: duckdb.DuckDBPyConnection) -> None:
    class Stopped:
        """A cursor whose second statement is interrupted."""

        def __init__(self) -> None:
            self.left = 1

        def execute(self, sql: str) -> None:
            self.left -= 1
            if self.left < 0:
                raise duckdb.InterruptException
            connection.execute(sql)

    known = Macros()
    with pytest.raises(duckdb.InterruptException):
        known.prepare(Stopped(), "kql_ipv6_in(")  # type: ignore[arg-type]
    execution = Execution(connection, PythonFunctions(), known)
    assert execution.rows("SELECT kql_ipv6_in('::1', '::/8')") == [(True,)]


async def test_a_workspace_remembers_them(folder: Path, opened: Opener) -> None:
    (folder / "T.csv").write_text("Ip\n10.0.0.1\n")
    backend = await opened()
    assert await rows(backend, "T | where ipv4_is_in_range(Ip, '10.0.0.0/8') | count") == [(1,)]
    assert "kql_ipv4" in backend._ready().macros._made
