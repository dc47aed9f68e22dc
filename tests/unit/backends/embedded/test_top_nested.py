"""``top-nested`` and ``top-hitters``; a documented example is in test_documented.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, KqlSyntaxError

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


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


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


async def test_what_the_levels_leave_over(opened: Opener) -> None:
    backend = await opened()
    first = f"{DATA} | top-nested 2 of s with others='rest' by sum(n), top-nested 1 of e by sum(n)"
    assert sorted(await rows(backend, first), key=repr) == [
        ("A", 13, "y", 7),
        ("B", 18, "x", 9),
        ("rest", 3, "", None),
    ]
    last = f"{DATA} | top-nested 1 of s by sum(n), top-nested 1 of e with others='rest' by sum(n)"
    assert sorted(await rows(backend, last), key=repr) == [
        ("", None, "rest", 16),
        ("B", 18, "rest", 9),
        ("B", 18, "x", 9),
    ]
    all_levels = (
        f"{DATA} | top-nested 1 of s with others='rest' by sum(n), top-nested 1 of e with others='more' by sum(n), "
        "top-nested 1 of n with others=-1 by c=count()"
    )
    assert sorted(await rows(backend, all_levels), key=repr) == [
        ("B", 18, "more", 9, -1, 1),
        ("B", 18, "x", 9, 9, 1),
        ("rest", 16, "more", 16, -1, 5),
    ]
    nothing_left = f"{DATA} | top-nested 9 of s with others='rest' by sum(n)"
    assert sorted(await rows(backend, nothing_left)) == [("", 2), ("A", 13), ("B", 18), ("C", 1)]


async def test_top_hitters(opened: Opener) -> None:
    backend = await opened()
    assert await rows(backend, f"{DATA} | top-hitters 2 of s") == [("A", 3), ("B", 2)]
    assert await rows(backend, f"{DATA} | top-hitters 2 of s by n") == [("B", 18), ("A", 13)]
    assert await columns(backend, f"{DATA} | top-hitters 2 of s by n") == {"s": "string", "approximate_sum_n": "long"}


async def test_a_number_that_the_data_tells(opened: Opener) -> None:
    kql = f"let T = {DATA}; T | top-nested toscalar(T | summarize dcount(s)) - 2 of s by sum(n)"
    assert sorted(await rows(await opened(), kql)) == [("A", 13), ("B", 18)]


async def test_what_is_refused(opened: Opener) -> None:
    backend = await opened()
    with pytest.raises(KqlSemanticError, match="value for others is a string"):
        await rows(backend, f"{DATA} | top-nested 1 of n with others='rest' by sum(n)")
    with pytest.raises(KqlSemanticError, match="is a dynamic"):
        await rows(backend, f"{DATA} | top-nested 1 of s by make_list(n)")
    with pytest.raises(KqlSemanticError, match="takes a whole number"):
        await rows(backend, f"{DATA} | top-nested 'x' of s by sum(n)")
    with pytest.raises(KqlSyntaxError, match="Expected 'of' after the number"):
        await rows(backend, f"{DATA} | top-hitters 2 s")
