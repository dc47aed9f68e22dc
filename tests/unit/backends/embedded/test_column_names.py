"""Columns that differ only in case, that meet in a join, and that take each other's names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded.database import open_database
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.errors import KqlSemanticError

TABLE = "datatable(a:long, User:string, b:long)[1, 'u', 2] | "


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = open_database(Path(tmp_path_factory.mktemp("scratch")), "1GB")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("kql", "names", "row"),
    [
        ("extend user = 'x'", ["a", "User", "b", "user"], (1, "u", 2, "x")),
        ("extend user = 'x' | project user, User", ["user", "User"], ("x", "u")),
        ("project a, user = User, User", ["a", "user", "User"], (1, "u", "u")),
        ("extend A = 7 | where a == 1 and A == 7 | summarize A = max(A), a = max(a)", ["A", "a"], (7, 1)),
        ("extend user = 'x' | project-away User", ["a", "b", "user"], (1, 2, "x")),
        ("extend a = a + 1, b = a", ["a", "User", "b"], (2, "u", 1)),
        ("project-rename a = b, b = a", ["b", "User", "a"], (1, "u", 2)),
        ("project a = b, b = a", ["a", "b"], (2, 1)),
        ("project-reorder b, User", ["b", "User", "a"], (2, "u", 1)),
        ("project-keep b, a", ["a", "b"], (1, 2)),
        ("summarize count(), count()", ["count_", "count_1"], (1, 1)),
        ("summarize User = count() by User", ["User", "User1"], ("u", 1)),
        (
            "join kind=inner (datatable(a:long, User:string, A1:long)[1, 'v', 3]) on a",
            ["a", "User", "b", "a1", "User1", "A1"],
            (1, "u", 2, 1, "v", 3),
        ),
        ("lookup (datatable(a:long, User:string)[1, 'v']) on a", ["a", "User", "b", "User1"], (1, "u", 2, "v")),
    ],
)
def test_names(connection: duckdb.DuckDBPyConnection, kql: str, names: list[str], row: tuple[object, ...]) -> None:
    statement = translate(TABLE + kql, {}, None, None, 0).statements[0]
    assert [name for name, _ in statement.columns] == names
    assert Execution(connection, PythonFunctions()).rows(statement.sql) == [row]


@pytest.mark.parametrize(
    ("kql", "said"),
    [
        ("project a, a", "two columns 'a'"),
        ("project a, a = b", "two columns 'a'"),
        ("extend c = 1, c = 2", "two columns 'c'"),
        ("project-rename z = a, z = b", "two columns 'z'"),
        ("project-rename b = a", "two columns 'b'"),
        ("project-away user", "no column 'user'"),
        ("where user == 'u'", "no column 'user'"),
    ],
)
def test_names_that_cannot_be(kql: str, said: str) -> None:
    with pytest.raises(KqlSemanticError, match=said):
        translate(TABLE + kql, {}, None, None, 0)
