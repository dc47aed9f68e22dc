"""Microsoft's documented examples of shapes and cells give their documented answers, numbers to the ninth digit."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.translation.statements import translate

from .test_documented import plain, shown

pytest.importorskip("s2geometry")

CASES = json.loads((Path(__file__).parents[3] / "data" / "kql_cases" / "geography.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[f"{place}-{case['source']}" for place, case in enumerate(CASES)])
def test_documented(execution: Execution, case: dict[str, list[str]]) -> None:
    statement = translate(str(case["query"]), {}, None, None, 0, execution.rows).statements[0]
    rows = execution.rows(statement.sql)
    assert [kind for _, kind in statement.columns] == case["types"]
    if "columns" in case:
        heads = [head.strip("` ").replace("\\_", "_") for head in case["columns"]]
        assert [name for name, _ in statement.columns] == heads
    answered = sorted([plain(shown(cell, kind)) for cell, kind in zip(row, case["types"], strict=True)] for row in rows)
    wanted = sorted([plain(str(cell)) for cell in row] for row in case["rows"])
    assert len(answered) == len(wanted)
    for row, other in zip(answered, wanted, strict=True):
        assert [same(ours, theirs) for ours, theirs in zip(row, other, strict=True)] == [True] * len(row), (row, other)


def same(ours: str, theirs: str) -> bool:
    try:
        return alike(json.loads(ours), json.loads(theirs))
    except ValueError:
        return ours.removeprefix("none") == theirs


def alike(ours: object, theirs: object) -> bool:
    match ours, theirs:
        case (int() | float(), int() | float()):
            return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-12)
        case (list(), list()):
            return len(ours) == len(theirs) and all(map(alike, ours, theirs))
        case (dict(), dict()):
            return ours.keys() == theirs.keys() and all(alike(ours[key], theirs[key]) for key in ours)
        case _:
            return ours == theirs
