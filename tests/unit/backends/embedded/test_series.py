"""``make-series``; its documented examples are in test_documented.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError, SentinelError
from jupyterlab_sentinel.ports import QueryRequest
from tests.contract.answers import plain_rows

from .asking import NOW, Opener, columns, rows

DATA = """
let T = datatable(t:long, k:string, v:int) [1, 'a', 10, 5, 'a', 20, 9, 'b', 30, 10, 'b', 40, 12, 'a', 50];
T
"""


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_a_series_a_group_with_gaps_filled(opened: Opener) -> None:
    backend = await opened()
    kql = f"{DATA} | make-series n=count(), sum(v) default=-1 on t from 0 to 12 step 4 by k"
    assert await columns(backend, kql) == {"k": "string", "n": "dynamic", "sum_v": "dynamic", "t": "dynamic"}
    assert sorted(await rows(backend, kql)) == [
        ("a", [1, 1, 0], [10, 20, -1], [0, 4, 8]),
        ("b", [0, 0, 2], [-1, -1, 70], [0, 4, 8]),
    ]


async def test_rows_at_the_end_and_beyond_are_not_in_the_last_bin(opened: Opener) -> None:
    got = await rows(await opened(), f"{DATA} | make-series count() on t from 0 to 10 step 4")
    assert got == [([1, 1, 1], [0, 4, 8])]


async def test_without_bounds_each_series_has_its_own(opened: Opener) -> None:
    got = await rows(await opened(), f"{DATA} | make-series count() on t step 4 by k")
    assert sorted(got) == [("a", [1, 1, 0, 1], [0, 4, 8, 12]), ("b", [2], [8])]


async def test_one_bound(opened: Opener) -> None:
    backend = await opened()
    got = await rows(backend, f"{DATA} | make-series count() on t from 3 step 4 by k")
    assert sorted(got) == [("a", [1, 0, 1], [3, 7, 11]), ("b", [0, 2], [3, 7])]
    got = await rows(backend, f"{DATA} | make-series count() on t to 10 step 4 by k")
    assert sorted(got) == [("a", [1, 1, 0], [0, 4, 8]), ("b", [1], [8])]


async def test_bins_without_a_start_are_those_of_bin(opened: Opener) -> None:
    backend = await opened()
    kql = "print t=datetime(2024-05-15T10:00:00Z) | make-series count() on t step 7d | project a=todatetime(t[0])"
    assert await rows(backend, kql) == await rows(backend, "print a=bin(datetime(2024-05-15T10:00:00Z), 7d)")


async def test_a_null_default_is_a_null_element(opened: Opener) -> None:
    got = await rows(await opened(), f"{DATA} | make-series avg(v) default=real(null) on t from 0 to 16 step 8")
    assert got == [([15.0, 40.0], [0, 8])]
    got = await rows(
        await opened(), f"{DATA} | where t > 8 | make-series max(v) default=long(null) on t from 0 to 16 step 8"
    )
    assert got == [([None, 50], [0, 8])]


async def test_an_axis_of_real_numbers(opened: Opener) -> None:
    kql = f"{DATA} | extend r = t / 4.0 | make-series n=count() on r from 0.25 to 3.0 step 1.25"
    assert await rows(await opened(), kql) == [([2, 2, 0], [0.25, 1.5, 2.75])]
    kql = f"{DATA} | extend r = t / -4.0 | make-series n=count() on r step 2 by k"
    assert sorted(await rows(await opened(), kql)) == [("a", [1, 2], [-4.0, -2.0]), ("b", [2], [-4.0])]


async def test_an_expression_for_the_axis_and_for_a_group(opened: Opener) -> None:
    kql = f"{DATA} | make-series n=countif(v > 10) on at = t * 2 from 0 to 30 step 10 by up=toupper(k)"
    assert sorted(await rows(await opened(), kql)) == [("A", [0, 1, 1], [0, 10, 20]), ("B", [0, 1, 1], [0, 10, 20])]


async def test_bins_of_a_range_are_those_of_bin_and_its_stop_is_in(opened: Opener) -> None:
    backend = await opened()
    kql = f"{DATA} | make-series n=count() default=-1 on t in range(0, 12, 4) by k"
    assert sorted(await rows(backend, kql)) == [
        ("a", [1, 1, -1, 1], [0, 4, 8, 12]),
        ("b", [-1, -1, 2, -1], [0, 4, 8, 12]),
    ]
    kql = f"{DATA} | where t > 4 | make-series count() on at = t * 2 in range(9, 26, 8)"
    assert await rows(backend, kql) == [([1, 2, 1], [8, 16, 24])]


async def test_rows_beside_a_range_are_left_out_and_told(opened: Opener) -> None:
    kql = f"{DATA} | make-series count() on t in range(2, 10, 4)"
    answer = await (await opened()).run(QueryRequest(kql, now=NOW))
    assert plain_rows(answer.tables[0]) == [([0, 1, 2], [0, 4, 8])]
    assert answer.status == "partial"
    assert "leaves out 1 rows" in answer.reasons[0]


@pytest.mark.parametrize(
    ("kql", "error", "message"),
    [
        ("make-series count() on t from 0 to 10", KqlSemanticError, "needs a step"),
        ("make-series count() on t from 0 to 10 step 0", KqlSemanticError, "constant above zero"),
        ("make-series count() on k step 1", KqlSemanticError, "not a string"),
        ("make-series count() on t from now() step 1", KqlSemanticError, "takes a long here"),
        ("make-series make_list(v) on t step 1", KqlSemanticError, "gives a dynamic"),
        ("make-series count() default=1.5 on t step 1", KqlSemanticError, "is no long"),
        ("make-series count() default=x on t step 1", KqlSemanticError, "no column"),
        ("make-series count() on t in range(0, 10)", KqlSemanticError, "range.start, stop, step"),
        ("make-series count() on t in (0, 10)", KqlSemanticError, "range.start, stop, step"),
        ("make-series count() on t in range(3, 9, 4)", SentinelError, "further in its bin"),
        ("make-series kind=nonempty count() on t step 2", KqlUnsupportedError, "nonempty"),
        ("extend r=toreal(t) | make-series count() on r in range(0.0, 9.0, 1.0)", KqlUnsupportedError, "type real"),
        ("make-series count() on t from 0 to 9000000 step 1", SentinelError, "more than 1,048,576"),
    ],
)
async def test_what_makes_no_series(opened: Opener, kql: str, error: type[SentinelError], message: str) -> None:
    with pytest.raises(error, match=message):
        await rows(await opened(), f"{DATA} | {kql}")


@pytest.mark.parametrize(
    ("call", "filled"),
    [
        ("series_fill_forward(dynamic([null, 1, null, null, 2.5]))", [None, 1, 1, 1, 2.5]),
        ("series_fill_backward(dynamic([null, 1, null, null]))", [1, 1, None, None]),
        ("series_fill_forward(dynamic([0, 3, 0, null]), 0)", [0, 3, 3, None]),
        ("series_fill_const(dynamic([0, 3, 0, null]), 7, 0)", [7, 3, 7, None]),
        ("series_fill_const(dynamic([1, null]), 7, long(null))", [1, 7]),
        ("series_fill_const(dynamic([]), 7)", []),
        ("series_fill_forward(dynamic({'a': 1}))", None),
    ],
)
async def test_gaps_are_filled(opened: Opener, call: str, filled: list[object] | None) -> None:
    assert await rows(await opened(), f"print x={call}") == [(filled,)]


async def test_periods_whose_score_is_not_published_are_refused_by_name(opened: Opener) -> None:
    with pytest.raises(KqlUnsupportedError, match="series_periods_detect"):
        await rows(await opened(), "print x=series_periods_detect(dynamic([1, 2]), 0.0, 5.0, 2)")
