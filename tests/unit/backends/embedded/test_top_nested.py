"""``top-nested``; its documented example is in test_documented.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError

from .asking import Opener, columns, rows

DATA = """
datatable(s:string, e:string, n:long) [
    'A', 'x', 5, 'A', 'y', 7, 'A', 'x', 1, 'B', 'x', 9, 'B', 'z', 9, 'C', 'x', 1, '', 'q', 2
]
"""


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


async def test_each_level_within_the_one_above(opened: Opener) -> None:
    backend = await opened()
    kql = f"{DATA} | top-nested 2 of s by sum(n), top-nested 1 of e by Least=sum(n) asc"
    assert await columns(backend, kql) == {"s": "string", "aggregated_s": "long", "e": "string", "Least": "long"}
    assert sorted(await rows(backend, kql)) == [("A", 13, "x", 6), ("B", 18, "x", 9)]


async def test_without_a_number_every_value_comes(opened: Opener) -> None:
    got = await rows(await opened(), f"{DATA} | top-nested of S=toupper(s) by count(), top-nested 1 of n by max(n)")
    assert sorted(got) == [("", 1, 2, 2), ("A", 3, 7, 7), ("B", 2, 9, 9), ("C", 1, 1, 1)]


async def test_a_combination_of_aggregates(opened: Opener) -> None:
    got = await rows(await opened(), f"{DATA} | top-nested 1 of s by r = sum(n) * 1.0 / count()")
    assert got == [("B", 9.0)]


async def test_what_is_refused(opened: Opener) -> None:
    backend = await opened()
    with pytest.raises(KqlUnsupportedError, match="with others"):
        await rows(backend, f"{DATA} | top-nested 1 of s with others='rest' by sum(n)")
    with pytest.raises(KqlSemanticError, match="is a dynamic"):
        await rows(backend, f"{DATA} | top-nested 1 of s by make_list(n)")
    with pytest.raises(KqlSemanticError, match="constant whole number"):
        await rows(backend, f"{DATA} | top-nested 'x' of s by sum(n)")
