"""Several arrays in the order of the first, where the documented examples say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError

from .asking import Opener, columns, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text('d,e\n"[3,null,1,3]","[1,2,3,4]"\n"[2,1]","[9]"\nx,"[1]"\n')
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_what_sorts_alike_keeps_its_order(opened: Opener) -> None:
    backend = await opened()
    kql = "T_CL | extend d = todynamic(d), e = todynamic(e) | where array_length(d) == 4 | project "
    assert await rows(backend, f"{kql}(a, b) = array_sort_asc(d, e)") == [([1, 3, 3, None], [3, 1, 4, 2])]
    assert await rows(backend, f"{kql}(a, b) = array_sort_desc(d, e)") == [([3, 3, 1, None], [1, 4, 3, 2])]
    assert await rows(backend, f"{kql}(a, b) = array_sort_desc(d, e, false)") == [([None, 3, 3, 1], [2, 1, 4, 3])]
    assert await rows(backend, f"{kql}(a, b) = array_sort_asc(d, e, array_length(d) == 2)") == [
        ([None, 1, 3, 3], [2, 3, 1, 4])
    ]


async def test_what_is_no_array_of_that_length_is_null(opened: Opener) -> None:
    backend = await opened()
    kql = "T_CL | project d = todynamic(d), e = todynamic(e) | where array_length(d) != 4 or isnull(array_length(d)) "
    assert await rows(backend, f"{kql}| project array_sort_asc(d, e)[0], array_sort_asc(d, e)[1]") == [
        ([1, 2], None),
        (None, None),
    ]


async def test_names(opened: Opener) -> None:
    backend = await opened()
    kql = "T_CL | project d = todynamic(d) | project"
    assert await columns(backend, f"{kql} array_sort_asc(d)") == {"d_sorted": "dynamic"}
    assert list(await columns(backend, f"{kql} array_sort_asc(dynamic([1]), d, d)")) == [
        "array0_sorted",
        "d_sorted",
        "d_sorted1",
    ]
    assert list(await columns(backend, f"{kql} x = array_sort_asc(d, d), y = array_sort_asc(d, d)[1]")) == [
        "x",
        "d_sorted",
        "y",
    ]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("tostring(array_sort_asc(d, d))", "of 2 arrays it gives 2 columns"),
        ("array_sort_asc(d, d)[2]", "of 2 arrays it gives 2 columns"),
        ("array_sort_asc(d, 5)", "the argument 2 is a long"),
        ("array_sort_asc(d, true, d)", "the argument 2 is a bool"),
        ("(a, b, c) = array_sort_asc(d, d)", "gives 2 columns"),
        ("(a, b) = array_sort_asc(d)", "Only a function that gives several columns"),
    ],
)
async def test_what_does_not_fit(opened: Opener, call: str, said: str) -> None:
    backend = await opened()
    with pytest.raises(KqlSemanticError) as told:
        await rows(backend, f"T_CL | project d = todynamic(d) | project {call}")
    assert said in str(told.value)
