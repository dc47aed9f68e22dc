"""What published detection and hunting queries need of the engine, and what other tests do not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from .asking import Opener, rows


@pytest.fixture(autouse=True)
def _a_table(folder: Path) -> None:
    (folder / "T.csv").write_text("A\n1\n")


async def test_parse_takes_more_than_nine_columns(opened: Opener) -> None:
    names = [f"C{place}" for place in range(12)]
    pattern = " ".join(f"'<{place}>' {name}" for place, name in enumerate(names))
    text = "".join(f"<{place}>value{place}" for place in range(12))
    found = await rows(await opened(), f"print T='{text}' | parse T with {pattern} | project-away T")
    assert found == [tuple(f"value{place}" for place in range(12))]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [("true == 1", True), ("false == 0", True), ("true == 0", False), ("true != 1", False), ("1 == true", True)],
)
async def test_a_bool_compares_with_a_number(opened: Opener, condition: str, wanted: bool) -> None:
    assert await rows(await opened(), f"print {condition}") == [(wanted,)]


async def test_a_null_bool_is_no_number(opened: Opener) -> None:
    assert await rows(await opened(), "print bool(null) == 0, bool(null) != 0") == [(False, True)]


async def test_a_regular_expression_may_name_its_groups(opened: Opener) -> None:
    pattern = "'(?<key>user)=(?<value>.*)'"
    query = f"print 'user=eve' matches regex {pattern}, extract({pattern}, 2, 'user=eve')"
    assert await rows(await opened(), query) == [(True, "eve")]


async def test_a_chart_may_name_its_columns_after_by(opened: Opener) -> None:
    answer = await opened()
    assert await rows(answer, "T | summarize Rows=count() by A | render piechart by Rows") == [(1, 1)]


async def test_extract_takes_a_group_beyond_nine(opened: Opener) -> None:
    pattern = "".join(f"({letter})" for letter in "abcdefghijkl")
    assert await rows(await opened(), f"print extract('{pattern}', 11, 'abcdefghijkl')") == [("k",)]


async def test_parse_json_takes_a_dynamic_as_it_is(opened: Opener) -> None:
    text = """let d='{"a":123, "b":"{\\\\"c\\\\":456}"}'; """
    backend = await opened()
    query = text + "print parse_json(parse_json(d).b).c, parse_json(tostring(parse_json(d).b)).c"
    assert await rows(backend, query) == [(None, 456)]
