"""States that aggregates keep, and what is asked of them: ``tdigest`` and ``dcount_intersect``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlError, KqlSemanticError

from .asking import Opener, columns, rows

_WEIGHTED = "datatable(k: string, n: long, w: long) ['a', 5, 1, 'a', 1, 3, 'a', 9, 0, 'b', 7, 2, 'b', long(null), 4] | "


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("n,x\n" + "".join(f"{n},{n % 99 / 8}\n" for n in _numbers()))
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


def _numbers() -> list[int]:
    dice = random.Random(4)  # noqa: S311  # the same numbers each time
    return [dice.choice((dice.randrange(50), dice.randrange(-(2**62), 2**62))) for _ in range(400)]


async def test_percentiles_of_states_are_those_of_the_values(opened: Opener) -> None:
    backend = await opened()
    percents = "0, 1, 12.5, 50, 75, 99.9, 100"
    for column in ("n", "x", "totimespan(n / 1000)", "datetime(2020-01-01) + n % 5000 * 1h"):
        kind = "typeof(real)" if column == "x" else "typeof(long)" if column == "n" else ""
        asked = f"T_CL | extend v = {column} | summarize percentiles_array(v, {percents}), t = tdigest(v) by k = n % 3"
        for states in ("t", "merge_tdigest(t, dynamic(null))"):
            parts = ", ".join(filter(None, (percents, kind)))
            kql = f"{asked} | project percentiles_v, percentiles_array_tdigest({states}, {parts})"
            for true, ours in await rows(backend, kql):
                assert true == ours
        whole = f"T_CL | extend v = {column} | summarize t = tdigest(v) by n % 7 | summarize t = tdigest_merge(t)"
        ours = await rows(backend, f"{whole} | project percentiles_array_tdigest(t, dynamic([{percents}]))")
        assert ours == await rows(backend, f"T_CL | extend v = {column} | summarize percentiles_array(v, {percents})")


async def test_weights_and_ranks(opened: Opener) -> None:
    backend = await opened()
    states = f"{_WEIGHTED} summarize t = tdigest(n, w) by k | sort by k asc"
    asked = (
        f"{states} | project percentile_tdigest(t, 75, typeof(long)), percentile_tdigest(t, 76), rank_tdigest(t, 1), "
        "rank_tdigest(t, 6.5), percentrank_tdigest(t, 5)"
    )
    assert await columns(backend, asked) == {
        "percentile_tdigest_t": "long",
        "percentile_tdigest_t1": "dynamic",
        "Column1": "real",
        "Column2": "real",
        "Column3": "real",
    }
    assert await rows(backend, asked) == [(1, 5, 3.0, 4.0, 100.0), (7, 7, 0.0, 0.0, 0.0)]
    merged = f"{states} | summarize tdigest_merge(t), merge_tdigest(t)"
    assert list(await columns(backend, merged)) == ["merge_tdigests_t", "merge_tdigests_t1"]
    assert await rows(backend, f"{merged} | project percentile_tdigest(merge_tdigests_t, 51)") == [(5,)]
    both = (
        f"{states} | summarize a = take_anyif(t, k == 'a'), b = take_anyif(t, k == 'b') | project merge_tdigest(a, b)"
    )
    assert await columns(backend, both) == {"tdigests_merge_result": "dynamic"}
    assert await rows(backend, f"{both} | project rank_tdigest(tdigests_merge_result, 5)") == [(4.0,)]


async def test_states_of_times(opened: Opener) -> None:
    backend = await opened()
    kql = "range t from datetime(2020-01-01) to datetime(2020-01-10) step 1d | summarize d = tdigest(t) | project "
    asked = (
        "percentile_tdigest(d, 50), percentile_tdigest(d, 50, typeof(datetime)), rank_tdigest(d, datetime(2020-01-03))"
    )
    assert await rows(backend, kql + asked) == [("2020-01-05T00:00:00.0000000Z", "2020-01-05T00:00:00Z", 3.0)]


async def test_states_of_nothing(opened: Opener) -> None:
    backend = await opened()
    empty = "T_CL | where false | summarize t = tdigest(n) | project "
    asked = (
        "percentile_tdigest(t, 5), percentile_tdigest(t, 5, typeof(real)), rank_tdigest(t, 5), "
        "percentrank_tdigest(t, 5)"
    )
    assert await rows(backend, empty + asked) == [(None, None, 0.0, None)]
    null = "print t = dynamic(null) | project "
    assert await rows(backend, null + asked + ", merge_tdigest(t, t)") == [(None,) * 5]


@pytest.mark.parametrize(
    ("kql", "said"),
    [
        ("summarize t = tdigest(tostring(n))", "it takes numbers or times"),
        ("summarize t = tdigest(n, 1.5)", "the weight is a whole number"),
        ("summarize t = tdigest(n) | project percentile_tdigest(t, 101)", "from 0 to 100"),
        ("summarize t = tdigest(n) | project percentile_tdigest(t, 5, typeof(string))", "never a string"),
        (
            "summarize t = tdigest(n) | project percentile_tdigest(t, 5, typeof(datetime))",
            "of another type than datetime",
        ),
        ("summarize t = tdigest(n) | project percentiles_array_tdigest(t, dynamic([101]))", "a number from 0 to 100"),
        ("summarize t = tdigest(n) | project percentiles_array_tdigest(t, dynamic(['x']))", "a number from 0 to 100"),
        ("summarize t = tdigest(n) | project rank_tdigest(t, 1d)", "of another type than timespan"),
        ("summarize t = tdigest(n) | project rank_tdigest(t, 'a')", "this is a string"),
        ("project t = dynamic([[7],[1,2],[3,4]]) | project percentile_tdigest(t, 5)", "those of Kusto cannot be read"),
        ("project t = dynamic([[7],[1,2],[3,4]]) | project percentrank_tdigest(t, 5)", "holds values of another type"),
        ("summarize tdigest(n), tdigest(1d) | project merge_tdigest(tdigest_n, tdigest_)", "cannot be merged"),
        ("summarize h = hll(n) | evaluate dcount_intersect(h)", "from 2 to 16 columns"),
        ("evaluate dcount_intersect(n, x)", "n is a long"),
        ("summarize h = hll(n), b = take_any(dynamic({})) | evaluate dcount_intersect(h, b)", "no result of hll"),
    ],
)
async def test_what_cannot_be_told(opened: Opener, kql: str, said: str) -> None:
    backend = await opened()
    with pytest.raises(KqlError) as told:
        await rows(backend, f"T_CL | {kql}")
    assert said in str(told.value)


async def test_common_values(opened: Opener) -> None:
    backend = await opened()
    table = "datatable(a: long, b: string) [1, 'x', 2, 'y', 2, 'x', long(null), ''] | "
    sets = f"{table} summarize h = hll(a), g = hll(b) by t = 1"
    asked = f"{sets} | evaluate dcount_intersect(h, h, g)"
    assert await columns(backend, f"{asked} | project-away h, g") == {
        "t": "long",
        "s0": "long",
        "s1": "long",
        "s2": "long",
    }
    assert await rows(backend, f"{asked} | project s0, s1, s2") == [(2, 2, 0)]
    with pytest.raises(KqlSemanticError, match="'k'"):
        await rows(backend, f"{sets} | evaluate dcount_intersect(h, k)")
