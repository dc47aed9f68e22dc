"""``mv-apply`` and ``partition``: every operator inside keeps the groups apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlError, KqlSemanticError, KqlSyntaxError, KqlUnsupportedError

from .asking import Opener, rows

ARRAYS = (
    "let T = datatable(id:long, a:dynamic)[1, dynamic([5,3,9]), 2, dynamic([]), 3, dynamic([1,1,7])]; "
    "let L = datatable(x:long, n:string)[5,'five', 1,'one']; T | mv-apply x=a to typeof(long) on "
)
PARTS = "datatable(g:string, t:long, v:long)['a',1,10, 'b',1,7, 'b',3,9, '',2,4] | partition "


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


@pytest.mark.parametrize(
    ("inner", "want"),
    [
        (
            "(order by x asc | extend p=prev(x,1,-1), r=row_number(), c=row_cumsum(x) | project x, p, r, c)",
            [(1, 3, -1, 1, 3), (1, 5, 3, 2, 8), (1, 9, 5, 3, 17), (3, 1, -1, 1, 1), (3, 1, 1, 2, 2), (3, 7, 1, 3, 9)],
        ),
        ("(serialize n=next(x) | where isnull(n) | project x)", [(1, 9), (3, 7)]),
        ("(take 1 | project x)", [(1, 5), (3, 1)]),
        ("(top 1 by x asc | project x)", [(1, 3), (3, 1)]),
        ("(distinct x)", [(1, 3), (1, 5), (1, 9), (3, 1), (3, 7)]),
        ("(summarize n=count() by big=x>4 | where big | project n)", [(1, 2), (3, 1)]),
        ("(sample 9 | count)", [(1, 3), (3, 3)]),
        ("(sample-distinct 9 of x | count)", [(1, 3), (3, 2)]),
        ("(join kind=inner L on x | project n)", [(1, "five"), (3, "one"), (3, "one")]),
        ("(join L on x | project n)", [(1, "five"), (3, "one")]),
        ("(join kind=leftouter L on x | where isempty(n) | project x)", [(1, 3), (1, 9), (3, 7)]),
        ("(join kind=leftanti L on x | project x)", [(1, 3), (1, 9), (3, 7)]),
        ("(join kind=rightouter L on x | where isnull(x) | project n)", [(1, "one"), (3, "five")]),
        ("(join kind=fullouter L on x | count)", [(1, 4), (3, 4)]),
        ("(join kind=rightsemi L on x | project n)", [(1, "five"), (3, "one")]),
        ("(join kind=rightanti L on x | project n)", [(1, "one"), (3, "five")]),
        ("(lookup kind=inner L on x | project n)", [(1, "five"), (3, "one"), (3, "one")]),
        ("(union L | count)", [(1, 5), (3, 5)]),
        ("(union (L | where x == 1) | where x < 4 | project n)", [(1, ""), (1, "one"), (3, ""), (3, ""), (3, "one")]),
        ("(mv-expand y = pack_array(x, x * 2) to typeof(long) | summarize s=sum(y))", [(1, 51), (3, 27)]),
        (
            "(mv-apply y = pack_array(x, -x) to typeof(long) on (summarize m=max(y)) | summarize s=sum(m))",
            [(1, 17), (3, 9)],
        ),
        ("(partition by x (count) | summarize c=make_list(Count) | project c)", [(1, [1, 1, 1]), (3, [1, 2])]),
        ("(top-nested 1 of x by count() | project aggregated_x)", [(1, 1), (3, 2)]),
        ("(make-series s=count() on x from 1 to 10 step 3 | project s)", [(1, [1, 1, 1]), (3, [2, 0, 1])]),
        (
            "(as P | extend part = x * 1.0 / toscalar(P | summarize sum(x)) | summarize s=round(sum(part), 9))",
            [(1, 1.0), (3, 1.0)],
        ),
        ("(as P | take 1 | project n = toscalar(P | where x > 8 | count))", [(1, 1), (3, 0)]),
        ("(search '7' | project x)", [(3, 1), (3, 1), (3, 7)]),
        ("(search x == 7 | project x)", [(3, 7)]),
        ("(getschema | where ColumnName == 'x' | project ColumnType)", [(1, "long"), (3, "long")]),
        ("(extend t=strcat('k=', x) | parse t with * '=' z:long | summarize s=sum(z))", [(1, 17), (3, 9)]),
    ],
)
async def test_mv_apply(opened: Opener, inner: str, want: list[tuple[object, ...]]) -> None:
    got = await rows(await opened(), f"{ARRAYS} {inner} | project-away a")
    assert sorted(got, key=repr) == sorted(want, key=repr)


async def test_a_group_that_lost_its_rows_still_has_a_sum(opened: Opener) -> None:
    backend = await opened()
    got = await rows(
        backend, f"{ARRAYS} (where x > 8 | summarize n=count(), s=sum(x), l=make_list(x), m=max(x)) | project-away a"
    )
    assert sorted(got) == [(1, 1, 9, [9], 9), (3, 0, 0, [], None)]
    assert sorted(await rows(backend, f"{ARRAYS} (where x > 8 | count) | project-away a")) == [(1, 1), (3, 0)]
    assert await rows(backend, f"{ARRAYS} (where x > 8 | summarize count() by x) | project-away a") == [(1, 9, 1)]


@pytest.mark.parametrize(
    ("query", "want"),
    [
        ("hint.strategy=native by g (top 1 by v)", [("", 2, 4), ("a", 1, 10), ("b", 3, 9)]),
        ("hint.strategy = shuffle by g (summarize s=sum(v))", [(4,), (10,), (16,)]),
        (
            "hint.strategy=legacy hint.concurrency=4 by g (sort by t asc | extend d=v - prev(v) | where isnotnull(d))",
            [("b", 3, 9, 2)],
        ),
        (
            "by g (as P | extend pct = v * 100 / toscalar(P | summarize sum(v)) | project g, pct)",
            [("", 100), ("a", 100), ("b", 43), ("b", 56)],
        ),
        ("by g (partition by t (summarize s=sum(v) by t) | summarize n=count())", [(1,), (1,), (2,)]),
        (
            "by g { range x from 1 to 2 step 1 | extend y=strcat(toscalar(g), x) | project y }",
            [("1",), ("2",), ("a1",), ("a2",), ("b1",), ("b2",)],
        ),
        ("by t { datatable(n:long)[1,1,2] | where n == t | count }", [(0,), (1,), (2,)]),
        ("by t { datatable(n:long)[1,1,2] | where n == toscalar(t) | summarize s=sum(n) }", [(0,), (2,), (2,)]),
    ],
)
async def test_partition(opened: Opener, query: str, want: list[tuple[object, ...]]) -> None:
    got = await rows(await opened(), PARTS + query)
    assert sorted(got, key=repr) == sorted(want, key=repr)


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("hint.strategy=best by g (count)", KqlSemanticError, "no strategy 'best'"),
        ("by g (evaluate narrow())", KqlUnsupportedError, "evaluate inside mv-apply or partition"),
        ("by g (fork (count) (count))", KqlUnsupportedError, "fork"),
        ("by g (where v in (datatable(v:long)[9]) | count)", None, ""),
        ("by g (as P | where v in ((P | project v)) | count)", KqlUnsupportedError, "in with a table of"),
        ("g (count)", KqlSyntaxError, "Expected 'by' after partition"),
        ("by g", KqlSyntaxError, "a query with its table"),
        ("by g (where v > 1", KqlSyntaxError, r"Expected '\)' after the inner query"),
    ],
)
async def test_what_is_refused(opened: Opener, query: str, error: type[KqlError] | None, message: str) -> None:
    backend = await opened()
    if error is None:
        assert sorted(await rows(backend, PARTS + query)) == [(0,), (0,), (1,)]
        return
    with pytest.raises(error, match=message):
        await rows(backend, PARTS + query)


async def test_a_name_of_a_group_ends_with_it(opened: Opener) -> None:
    with pytest.raises(KqlSemanticError, match="no table 'P'"):
        await rows(await opened(), f"{PARTS} by g (as P | take 1) | union P")
