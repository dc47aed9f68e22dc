"""Texts that look like JSON are taken for it until one misleads: every answer is as if each had been asked."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from jupyterlab_sentinel.backends.embedded import macros
from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.python_functions import PythonFunctions
from jupyterlab_sentinel.backends.embedded.trust import Trust

from .asking import Opener, rows

GOOD = ['{"a":"x","b":1}', "", "plain", '{"b":2}', "[1]", '"x"', "7", ' {"a":"y"}']
BAD = ['{"a":"x"', "{none}", '{"a":"C:\\W"}', '{"a":"x"}{"a":"z"}', "{", '{"a":x}', "{'a':1}"]
QUESTIONS = {
    "T_CL | extend A = tostring(parse_json(j).a) | summarize n = count() by A | sort by A asc": [("", 12), ("x", 1)],
    "T_CL | where parse_json(j).a == 'x' | count": [(1,)],
    "T_CL | where isnull(parse_json(j).a) | count": [(12,)],
    "T_CL | where isempty(extract_json('$.a', j)) | count": [(12,)],
    "T_CL | extend D = parse_json(j) | where D.a != 'x' | summarize n = count(), s = sum(toint(D.b))": [(12, 2)],
    "T_CL | extend T = base64_decode_tostring(strcat('eA==', tostring(parse_json(j).a))) | where T == 'x' | count": [
        (12,)
    ],
    "T_CL | extend D = parse_json(tostring(parse_json(j).a)) | where isnull(D) | count": [(12,)],
    "T_CL | summarize d = dcount(url_decode(tostring(parse_json(j).a)))": [(2,)],
    "T_CL | where isnull(make_datetime(toint(parse_json(j).b), 1, 1)) | count": [(11,)],
}


def _written(folder: Path, name: str, texts: list[str]) -> None:
    lines = [json.dumps({"n": place, "j": text}) for place, text in enumerate(texts)]
    (folder / f"{name}.json").write_text("\n".join(lines), "utf-8")


@pytest.mark.parametrize("question", QUESTIONS)
async def test_malformed_texts_have_no_properties(folder: Path, opened: Opener, question: str) -> None:
    _written(folder, "T_CL", GOOD[:-1] + BAD[:-1])
    backend = await opened()
    assert await rows(backend, question) == QUESTIONS[question]
    # Again, now that it is known which views mislead.
    assert await rows(backend, f"{question} | take 10") == QUESTIONS[question]


@pytest.mark.parametrize("bad", BAD)
async def test_one_that_misleads_does_so_once(folder: Path, opened: Opener, bad: str) -> None:
    _written(folder, "Good_CL", GOOD)
    _written(folder, "Bad_CL", [*GOOD, bad])
    backend = await opened()
    trust = backend._ready().trust
    views = {name: table.view for name, table in backend._ready().tables.items()}
    asked = "| where parse_json(j).a in ('x', 'y') | count"
    assert await rows(backend, f"Good_CL {asked}") == [(2,)]
    assert trust._misled == set()
    assert await rows(backend, f"Bad_CL {asked}") == [(2,)]
    assert trust._misled == {views["Bad_CL"]}
    assert trust.holds(f"SELECT kql_json_or_null(x) FROM {views['Good_CL']}")
    assert not trust.holds(f"SELECT kql_json_or_null(x) FROM {views['Good_CL']}, {views['Bad_CL']}")


async def test_another_failure_stays_one(folder: Path, opened: Opener) -> None:
    _written(folder, "T_CL", GOOD)
    backend = await opened()
    question = "T_CL | extend U = url_decode(strcat('%ff', tostring(parse_json(j).a))) | summarize count() by U"
    with pytest.raises(Exception, match="no UTF-8"):
        await rows(backend, question)
    assert backend._ready().trust._misled == set()


def test_what_would_hide_a_failure_is_not_trusted() -> None:
    trust = Trust()
    assert trust.holds("SELECT kql_json_or_null(x) FROM t0")
    assert not trust.holds("SELECT x FROM t0")
    assert not trust.holds("SELECT TRY(decode(kql_json_or_null(x))) FROM t0")
    # In it the text is read outside TRY before.
    assert [name for name, text in macros._definitions().items() if "TRY(" in text] == ["kql_json"]


def test_rows_that_are_made_as_they_are_read_are_asked() -> None:
    with duckdb.connect() as connection:
        connection.execute("""CREATE TABLE t0 AS SELECT '{"a":' || CASE WHEN i < 90000 THEN '1' ELSE '' END || '}' AS x
            FROM range(90001) AS r(i)""")
        execution = Execution(connection, PythonFunctions())
        sql = "SELECT json_extract_string(kql_json_or_null(x), '$.a') AS a FROM t0"
        read = [value for batch in execution.batches(sql, 1000) for value in batch.column(0).to_pylist()]
        assert read == ["1"] * 90000 + [None]
        assert execution.table(sql).column(0).to_pylist() == read
        execution.close()
