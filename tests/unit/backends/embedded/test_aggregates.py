"""Aggregates: nulls, no rows, ties, exact ranks, and the names of their columns."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlError, KqlSemanticError
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, columns, rows

DATA = (
    "let T = datatable(k:string, n:long, r:real, s:string, d:dynamic, t:timespan)["
    "'a', 1, 1.5, 'x', dynamic({'p':1}), 1h, 'a', long(null), real(null), '', dynamic(null), timespan(null), "
    "'b', 3, 2.5, 'y', dynamic([1,2]), 3h, 'b', 3, 0.5, 'z', dynamic({'p':2,'q':3}), 2h]; T | "
)
NULLS = "datatable(k:string, n:int, s:string)['a', 1, 'p', 'a', int(null), 'q', 'b', int(null), 'r'] | "
NOTHING = "datatable(n:long, r:real, s:string, d:dynamic, t:timespan, w:datetime)[] | "


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_without_rows(opened: Opener) -> None:
    backend = await opened()
    zero = "count(), countif(n > 1), dcount(n), dcountif(n, n > 1), sum(n), sumif(n, n > 1), stdev(n), variance(n)"
    assert await rows(backend, f"{NOTHING} summarize {zero}") == [(0, 0, 0, 0, 0, 0, 0.0, 0.0)]
    assert await rows(backend, f"{NOTHING} summarize make_list(n), make_set(s)") == [([], [])]
    none = "min(n), max(t), avg(t), percentile(n, 50), take_any(w), arg_max(n, r), covariance(n, r)"
    assert await rows(backend, f"{NOTHING} summarize {none}") == [(None,) * 8]
    assert math.isnan((await rows(backend, f"{NOTHING} summarize avg(n)"))[0][0])  # type: ignore[arg-type]
    assert await rows(backend, f"{NOTHING} summarize count(), max(n) by s") == []


async def test_nulls_count_for_nothing(opened: Opener) -> None:
    kql = f"{DATA} where k == 'a' | summarize count(), count(n), sum(n), avg(n), min(n), dcount(n), dcount(d), "
    assert await rows(await opened(), f"{kql} make_list(n)") == [(2, 2, 1, 1.0, 1, 1, 1, [1])]


async def test_what_stands_beside_an_extreme(opened: Opener) -> None:
    backend = await opened()
    assert sorted(await rows(backend, f"{NULLS} summarize arg_max(n, s) by k")) == [("a", 1, "p"), ("b", None, "r")]
    assert sorted(await rows(backend, f"{NULLS} summarize arg_min(n, *) by k")) == [("a", 1, "p"), ("b", None, "r")]
    beside_null = "datatable(a:long, b:long)[2, long(null), 1, 7] | summarize arg_max(a, b), arg_min(a, b)"
    assert await rows(backend, beside_null) == [(2, None, 1, 7)]


async def test_sums_and_means_of_durations(opened: Opener) -> None:
    kql = f"{DATA} summarize s=sum(t), a=avg(t), m=max(t) | project tostring(s), tostring(a), tostring(m)"
    assert await rows(await opened(), kql) == [("06:00:00", "02:00:00", "03:00:00")]


async def test_spread_of_one_value_is_none(opened: Opener) -> None:
    assert await rows(await opened(), "print x=5 | summarize stdev(x), stdevp(x), variance(x), variancep(x)") == [
        (0.0, 0.0, 0.0, 0.0)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 1000])
async def test_percentiles_are_exact_ranks(opened: Opener, size: int) -> None:
    percents = ["0", "0.1", "5", "12.5", "28", "29", "50", "57", "75", "99", "99.9", "100"]
    want = [max(1, math.ceil(Fraction(percent) * size / 100)) for percent in percents]
    got = await rows(
        await opened(),
        f"range x from 1 to {size} step 1 | summarize percentiles_array(x, {', '.join(percents)}), "
        f"percentilesw_array(x, 3, dynamic([0, 50, 100]))",
    )
    assert got == [(want, [1, max(1, math.ceil(Fraction(size, 2))), size])]


async def test_percentiles_of_other_types(opened: Opener) -> None:
    backend = await opened()
    kql = f"{DATA} summarize a=percentile(t, 50), percentile(r, 99.9), percentiles(n, 0, 100), percentilew(n, 1, 50)"
    assert await columns(backend, kql) == {
        "a": "timespan",
        "percentile_r_99_9": "real",
        "percentile_n_0": "long",
        "percentile_n_100": "long",
        "percentile_n_50": "long",
    }
    assert await rows(backend, f"{kql} | project tostring(a), percentile_r_99_9, percentile_n_50") == [
        ("02:00:00", 2.5, 3)
    ]
    assert await columns(backend, "print x=int(1), m=decimal(2) | summarize percentile(x, 5), percentile(m, 5)") == {
        "percentile_x_5": "long",
        "percentile_m_5": "real",
    }


async def test_a_weight_without_a_value_does_not_count(opened: Opener) -> None:
    kql = "datatable(x:long, w:long)[10,8, 20,6, 30,3, 40,1, long(null),50, 7,0, 9,long(null)] | summarize "
    assert await rows(await opened(), f"{kql} percentilesw(x, w, 0, 50, 75, 99.9)") == [(10, 20, 20, 40)]


async def test_lists_sets_and_bags(opened: Opener) -> None:
    backend = await opened()
    got = await rows(
        backend, f"{DATA} sort by n asc, s asc | summarize make_list(s), make_list(s, 2), make_set(n), make_bag(d)"
    )
    assert got == [(["", "x", "y", "z"], ["", "x"], [1, 3], {"p": 1, "q": 3})]
    assert await rows(backend, f"{DATA} summarize make_list_with_nulls(n), make_set(d)") == [
        ([1, None, 3, 3], [{"p": 1}, 1, 2, {"p": 2, "q": 3}])
    ]
    old = "range x from 1 to 200 step 1 | summarize a=makelist(x), b=makeset(x), c=make_list(x)"
    assert await rows(backend, f"{old} | project array_length(a), array_length(b), array_length(c)") == [
        (128, 128, 200)
    ]
    cut = "datatable(k:string)['a','b','c'] | summarize make_bag(bag_pack(k, 1), 2), make_dictionary(bag_pack(k, 1))"
    assert await rows(backend, cut) == [({"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1})]


@pytest.mark.parametrize(
    ("items", "names"),
    [
        ("arg_max(n, *) by y=k", ["y", "n", "r", "s", "d", "t"]),
        ("arg_max(n, *) by bin(r, 1)", ["r", "n", "k", "r1", "s", "d", "t"]),
        ("arg_max(n, toupper(s), d.p, q=r)", ["n", "max_n_arg1", "d_p", "q"]),
        ("(a, b) = arg_min(n, s)", ["a", "b"]),
        ("argmax(n, s), argmin(n, r)", ["max_n", "max_n_s", "min_n", "min_n_r"]),
        ("any(s), anyif(s, n > 1), take_any(n)", ["any_s", "anyif_s", "n"]),
        ("take_any(*) by k", ["k", "n", "r", "s", "d", "t"]),
        ("covariance(n, r), covariancepif(n, r, n > 1)", ["covariance_n_r", "covariancepif_n_r"]),
        ("count(n > 1), variancepif(n, n > 1), make_bag(d)", ["count_", "variancepif_n", "bag_d"]),
        ("(a, b) = percentiles(n, 5, 50)", ["a", "b"]),
    ],
)
async def test_names(opened: Opener, items: str, names: list[str]) -> None:
    assert list(await columns(await opened(), f"{DATA} summarize {items}")) == names


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ("sum(d)", "takes numbers, and this is a dynamic"),
        ("sum(true)", "takes numbers, and this is a bool"),
        ("avg(s)", "takes numbers, and this is a string"),
        ("max(d)", "takes no dynamic"),
        ("min(toguid(s))", "takes no guid"),
        ("arg_max(d, *)", "takes no dynamic"),
        ("percentile(s, 5)", "takes numbers or times"),
        ("percentile(n, 101)", "from 0 to 100"),
        ("percentilew(n, r, 50)", "weight is a whole number"),
        ("dcount(n, 9)", "from 0 to 4"),
        ("(a, b, c) = percentiles(n, 5, 50)", "gives 2 columns"),
    ],
)
async def test_what_has_no_aggregate(opened: Opener, items: str, message: str) -> None:
    with pytest.raises(KqlSemanticError, match=message):
        await rows(await opened(), f"{DATA} summarize {items}")


async def test_count_with_a_condition(opened: Opener) -> None:
    backend = await opened()
    source = "datatable(s:string, b:bool) ['', true, 'x', false, 'y', bool(null)]"
    kql = f"{source} | summarize count(isempty(s)), n = count(b), count(), count(b)"
    assert await columns(backend, kql) == {"count_": "long", "n": "long", "count_1": "long", "count_b": "long"}
    assert await rows(backend, kql) == [(1, 1, 3, 1)]
    answer = await backend.run(QueryRequest(kql, now=NOW))
    assert answer.statistics["warnings"] == [
        "count() with a condition counts the rows for which it holds, as countif() does."
    ]


async def test_states_of_counts_are_counted_on(opened: Opener) -> None:
    backend = await opened()
    source = (
        "datatable(k:string, v:string, d:dynamic) ['a', '1', 1, 'a', '2', '1', 'b', '2', dynamic(null), 'b', '', 1]"
    )
    kql = f"{source} | summarize h = hll(v), g = hll(d, 2), i = hll_if(v, v == 'no') by k"
    counted = f"{kql} | project k, dcount_hll(h), dcount_hll(g), dcount_hll(i) | sort by k asc"
    assert list(await columns(backend, counted)) == ["k", "dcount_hll_h", "dcount_hll_g", "dcount_hll_i"]
    # A number and a text are two values.
    assert await rows(backend, counted) == [("a", 2, 2, 0), ("b", 2, 1, 0)]
    merged = f"{kql} | summarize m = hll_merge(h), hll_merge(g) | project dcount_hll(m), dcount_hll(hll_merge_g)"
    assert await rows(backend, merged) == [(3, 2)]
    together = f"{kql} | summarize h = take_any(h), i = hll_merge(i) | project hll_merge(h, i, i)"
    assert await columns(backend, together) == {"hll_merged_result": "dynamic"}
    assert await rows(backend, f"{together} | project dcount_hll(hll_merged_result)") == [(2,)]
    assert await rows(backend, "print dcount_hll(dynamic(null))") == [(None,)]
    with pytest.raises(KqlError, match="no result of hll"):
        await rows(backend, "print s = dynamic([[1024,14],['3803688792395291579'],[]]) | project dcount_hll(s)")


@pytest.mark.parametrize("made", ["parse_url(s)", "parse_urlquery(s)", "set_union(parse_json(s), parse_json(s))"])
async def test_what_hides_a_lambda_in_a_macro_is_computed_before_it_is_aggregated(opened: Opener, made: str) -> None:
    backend = await opened()
    table = "datatable(s: string)['https://a/?b=1', '[1]'] | "
    once = await rows(backend, f"{table} extend u = {made} | summarize make_set(u), max(tostring(u))")
    assert await rows(backend, f"{table} summarize make_set({made}), max(tostring({made}))") == once


async def test_lists_of_arrays_are_lists_of_their_elements(opened: Opener) -> None:
    kql = (
        "datatable(k: long, a: dynamic) [1, dynamic([1, [2]]), 1, dynamic(null), 1, dynamic({'b': []}), 2, dynamic([])]"
        "| summarize l = make_list(a), t = make_list(a, 2), i = make_list_if(a, k == 2) by k"
    )
    assert sorted(await rows(await opened(), kql)) == [(1, [1, [2], {"b": []}], [1, [2]], []), (2, [], [], [])]
