"""What is refused says why, or what serves instead; a hint is for something that exists and does not run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.translation import refusals
from jupyterlab_sentinel.backends.embedded.translation.aggregates import AGGREGATES
from jupyterlab_sentinel.backends.embedded.translation.functions import FUNCTIONS
from jupyterlab_sentinel.backends.embedded.translation.functions.several import SEVERAL
from jupyterlab_sentinel.backends.embedded.translation.tabular import OPERATORS
from jupyterlab_sentinel.backends.embedded.translation.tabular.evaluate import PLUGINS
from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError
from jupyterlab_sentinel.kql.names import SCALAR_FUNCTIONS
from jupyterlab_sentinel.kql.operators import READERS

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


def test_hints_are_for_what_does_not_run() -> None:
    assert refusals.OPERATORS.keys().isdisjoint(OPERATORS)
    assert refusals.PLUGINS.keys().isdisjoint(PLUGINS)
    assert refusals.FUNCTIONS.keys().isdisjoint({*FUNCTIONS, *SEVERAL})
    assert refusals.FUNCTIONS.keys() <= SCALAR_FUNCTIONS


def test_everything_that_is_refused_has_its_hint() -> None:
    functions = SCALAR_FUNCTIONS - {*FUNCTIONS, *SEVERAL, *AGGREGATES, "point", "toscalar"}
    assert [name for name in functions if not refusals.function_hint(name)] == []
    read = {name for name in READERS if not name.startswith("_")}
    elsewhere = {"facet", "filter", "find", "fork", "limit", "order", "render"}
    assert read - elsewhere - OPERATORS.keys() == refusals.OPERATORS.keys()


def test_what_hints_name_runs() -> None:
    functions = [refusals.function_hint(name) for name in SCALAR_FUNCTIONS - FUNCTIONS.keys()]
    hints = " ".join((*refusals.OPERATORS.values(), *refusals.PLUGINS.values(), *functions))
    named = set(re.findall(r"(\w+)\(\)", hints))
    assert "replace_regex" in named
    assert named <= {*FUNCTIONS, *AGGREGATES, *SEVERAL, "workspace"}


@pytest.mark.parametrize(
    ("kql", "hint"),
    [
        ("T_CL | make-graph a --> a with T_CL on a | graph-where-nodes a == 1", "no article"),
        ("T_CL | reduce by a", "not published"),
        ("T_CL | macro-expand X as e (e.T_CL | count)", "union"),
        ("print hash_many('a', 'b')", "strcat_delim"),
        ("print geo_line_simplify(dynamic(null))", "not published"),
        ("T_CL | evaluate basket()", "top-nested"),
        ("T_CL | evaluate sequence_detect(a)", "scan"),
        ("T_CL | evaluate something(5)", "Plugins that run here"),
        ("print series_periods_detect(dynamic([1]), 1, 2, 3)", "not published"),
        ("print base64_decode_toguid('x')", "contradicts"),
    ],
)
async def test_a_refusal_says_what_to_do(opened: Opener, kql: str, hint: str) -> None:
    with pytest.raises(KqlUnsupportedError) as caught:
        await rows(await opened(), kql)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("kql", "hint"),
    [
        ("print ago(7)", "7d"),
        ("print datetime_diff('day', 5, now())", "datetime(2024-"),
        ("print array_length(5)", "parse_json()"),
        ("print strlen(1d)", "tostring()"),
        ("print log('a')", "tolong()"),
    ],
)
async def test_arguments_of_another_type_are_told_what_to_write(opened: Opener, kql: str, hint: str) -> None:
    with pytest.raises(KqlSemanticError) as caught:
        await rows(await opened(), kql)
    assert hint in caught.value.hint
