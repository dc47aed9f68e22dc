"""Microsoft's documented examples give their documented answers."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.kql.constants import EPOCH_TICKS, clock_text
from jupyterlab_sentinel.kql.ticks import datetime_text

CASES = [
    case
    for path in sorted((Path(__file__).parents[3] / "data" / "kql_cases").glob("documented*.json"))
    for case in json.loads(path.read_text("utf-8"))
]
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?Z?")
_SPAN = re.compile(r"-?(\d+\.)?\d\d:\d\d:\d\d(\.\d+)?")


@pytest.mark.parametrize("case", CASES, ids=[f"{place}-{case['source']}" for place, case in enumerate(CASES)])
def test_documented(execution: Execution, case: dict[str, list[str]]) -> None:
    statement = translate(str(case["query"]), {}, None, None, 0, execution.rows).statements[0]
    rows = execution.rows(statement.sql)
    assert [kind for _, kind in statement.columns] == case["types"]
    if "columns" in case:
        assert [name for name, _ in statement.columns] == [
            head.strip("` ").replace("\\_", "_") for head in case["columns"]
        ]
    answered = [[plain(shown(cell, kind)) for cell, kind in zip(row, case["types"], strict=True)] for row in rows]
    assert sorted(answered) == sorted([plain(str(cell)) for cell in row] for row in case["rows"])


def shown(value: object, kind: str) -> str:
    match kind, value:
        case _, None:
            return ""
        case "datetime", int():
            return datetime_text(value + EPOCH_TICKS)
        case "timespan", int():
            return clock_text(value)
        case "bool", _:
            return str(value).lower()
    return str(value)


@cache
def plain(text: str) -> str:
    """A cell without what depends on spelling: Markdown, trailing zeros, white space in JSON."""
    text = text.strip().strip("`")
    for mark, letter in (
        ("&nbsp;", " "),
        ("&#124;", "|"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("\u201c", '"'),
        ("\u201d", '"'),
    ):
        text = text.replace(mark, letter)
    text = re.sub(r"\\([*_\[\]])", r"\1", text)
    if text.lower() in ("null", "true", "false"):
        return "" if text.lower() == "null" else text.lower()
    moment = _TIME.fullmatch(text)
    if moment:
        return f"{moment[1]} {moment[2]}{(moment[3] or '').rstrip('0').rstrip('.')}"
    if _SPAN.fullmatch(text):
        return text.rstrip("0").rstrip(".") if "." in text.split(":")[-1] else text
    try:
        return f"{float(text.replace(',', '')):.9g}"
    except ValueError:
        pass
    if text[:1] in '[{"':
        try:
            return json.dumps(json.loads(text), sort_keys=True)
        except ValueError:
            pass
    return re.sub(r"\s+", " ", text)
