"""What ``toscalar`` gives stands wherever a value may: in functions, and in what expands arrays."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlUnsupportedError

from .asking import Opener, rows

LETS = (
    "let t = toscalar(A_CL | order by b asc | summarize make_list(b)); "
    "let n = toscalar(A_CL | order by a asc | summarize make_list(a)); "
    "let g = toscalar(A_CL | where a == 1 | summarize make_bag(bag_pack(b, a))); let s = toscalar(A_CL | project b); "
)
CONSTANTS = "let t = dynamic(['x', 'y']); let n = dynamic([1, 2]); let g = dynamic({'x': 1}); let s = 'x'; "


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "A_CL.csv").write_text("a,b\n1,x\n2,y\n")
    (folder / "B_CL.csv").write_text("c,d\n3,x\n4,z\n5,x\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


@pytest.mark.parametrize(
    "expression",
    [
        "set_union(t, pack_array(d))",
        "set_difference(t, pack_array(d))",
        "set_union(set_difference(t, pack_array(d)), set_intersect(t, t))",
        "zip(t, n)",
        "array_split(t, 1)",
        "array_shift_left(t, c - 3)",
        "array_rotate_right(t, 1)",
        "bag_merge(g, bag_pack(d, c))",
        "bag_remove_keys(g, pack_array(d))",
        "bag_zip(bag_keys(g), t)",
        "series_fill_forward(n)",
        "series_add(n, pack_array(c, c))",
        "parse_url(strcat('https://', s, '/', d))",
        "parse_urlquery(strcat(s, '=', d))",
        "parse_json(strcat('[', c, ']'))[0]",
        "parse_json(s)",
        "countof(strcat(s, d), 'x')",
        "has_any_index(strcat(s, d), t)",
        "has_any_index(d, t)",
        "strcat_array(t, d)",
        "prev(strcat(s, d))",
        "set_union(t, pack_array(tostring(c)))",
    ],
)
async def test_functions_answer_as_they_do_for_constants(opened: Opener, expression: str) -> None:
    backend = await opened()
    query = f"B_CL | order by c asc | project r = {expression}"
    assert await rows(backend, LETS + query) == await rows(backend, CONSTANTS + query)


@pytest.mark.parametrize(
    "operators",
    [
        "mv-expand e = t | project c, e",
        "mv-expand e = g | project c, e",
        "mv-expand kind=array e = g | project c, e",
        "mv-expand e = t, f = n to typeof(long) | project c, e, f",
        "mv-apply e = t to typeof(string) on (where d contains e) | project c, e",
        "where array_length(set_intersect(t, pack_array(d))) > 0 | project c",
        "summarize count() by r = tostring(set_union(t, pack_array(d)))",
        "summarize r = make_set(set_has_element(set_union(t, t), d))",
    ],
)
async def test_operators_answer_as_they_do_for_constants(opened: Opener, operators: str) -> None:
    backend = await opened()
    query = f"B_CL | order by c asc | {operators}"
    found, wanted = await rows(backend, LETS + query), await rows(backend, CONSTANTS + query)
    assert sorted(map(str, found)) == sorted(map(str, wanted))


@pytest.mark.parametrize(
    "operators",
    [
        "summarize r = set_difference(make_set(d), t)",
        "order by c asc | project r = set_difference(pack_array(prev(d)), t)",
    ],
)
async def test_what_would_read_other_rows_is_refused_by_name(opened: Opener, operators: str) -> None:
    with pytest.raises(KqlUnsupportedError, match="toscalar"):
        await rows(await opened(), f"{LETS}B_CL | {operators}")


async def test_random_numbers_differ_from_row_to_row(opened: Opener) -> None:
    query = "range i from 1 to 50 step 1 | project r = bag_pack('a', s, 'r', rand()) | distinct tostring(r) | count"
    assert await rows(await opened(), LETS + query) == [(50,)]
