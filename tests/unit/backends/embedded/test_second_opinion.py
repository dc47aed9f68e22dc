"""duckdb-kql, an engine of other authors that was measured against Kusto's emulator, as a second opinion.

Both answer the documented examples; where they disagree, the difference is listed here with its reason.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import duckdb
import duckdb_kql

from jupyterlab_sentinel.backends.embedded.database import open_database
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.kql.constants import clock_text

from .test_documented import CASES, plain, shown

FEWEST = 150

# In each of these the article agrees with this engine, or Microsoft's language service does.
THEIR_FAULTS = {
    "all-graph-function.md": "has a text where the service has a dynamic, which it is where several edges are read",
    "any-graph-function.md": "has a text where the service has a dynamic, which it is where several edges are read",
    "endofday-function.md": "keeps microseconds",
    "endofmonth-function.md": "keeps microseconds",
    "endofweek-function.md": "keeps microseconds",
    "endofyear-function.md": "keeps microseconds",
    "make-datetime-function.md": "keeps microseconds",
    "user-defined-functions.md": "binds named arguments by position",
    "base64-decode-tostring-function.md": "spells out bytes that are no UTF-8",
    "make-set-aggregation-function.md": "gives a set in another order, which the article leaves open",
    "make-list-aggregation-function.md": "encodes bags in a list twice",
    "string.md": "does not decode unicode escapes and obfuscated literals",
}


def _theirs(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]] | None:
    try:
        return connection.execute(str(duckdb_kql.to_sql(query, schema={}))).fetchall()
    except (duckdb_kql.KqlError, duckdb.Error):
        return None


def test_two_engines_agree(tmp_path: Path) -> None:
    connection = open_database(tmp_path, "1GB")
    ours = Execution(connection, PythonFunctions())
    other_engine = duckdb_kql.connect()
    differing: dict[str, object] = {}
    compared = 0
    for case in CASES:
        theirs = _theirs(other_engine, str(case["query"]))
        if theirs is None:
            continue
        compared += 1
        statement = translate(str(case["query"]), {}, None, None, 0, ours.rows).statements[0]
        rows = ours.rows(statement.sql)
        kinds = [kind for _, kind in statement.columns]
        mine = sorted([plain(shown(cell, kind)) for cell, kind in zip(row, kinds, strict=True)] for row in rows)
        other = sorted([plain(_cell(cell, kind)) for cell, kind in zip(row, kinds, strict=False)] for row in theirs)
        if mine != other:
            differing[str(case["source"])] = (mine, other)
    other_engine.close()
    connection.close()
    assert compared >= FEWEST
    assert set(differing) == set(THEIR_FAULTS), {
        source: answers for source, answers in differing.items() if source not in THEIR_FAULTS
    }


def _cell(value: object, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, dt.timedelta):
        return clock_text(value // dt.timedelta(microseconds=1) * 10)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return json.dumps(value, default=str)
    return str(value)
