"""``==`` and its kin where the documented examples say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from .asking import Opener, columns, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_two_nulls_are_neither_equal_nor_unequal(opened: Opener) -> None:
    backend = await opened()
    table = "datatable(a:long, b:long)[1, 1, 1, 2, 1, long(null), long(null), 1, long(null), long(null)] | "
    assert await rows(backend, table + "project a == b, a != b") == [
        (True, False),
        (False, True),
        (False, True),
        (False, True),
        (None, None),
    ]
    assert await rows(backend, table + "where a != b | count") == [(3,)]
    assert await rows(backend, table + "where not(a == b) | count") == [(3,)]
    assert await rows(backend, table + "where a == long(null) or a != long(null) | count") == [(3,)]


REALS = "datatable(x:real)[1.0, real(nan), real(null), 5.0, real(+inf), real(-inf)] | "


async def test_no_number_is_neither_greater_smaller_nor_equal(opened: Opener) -> None:
    """As IEEE 754 has it; DuckDB takes it for the greatest number, equal to itself."""
    backend = await opened()
    nan = "datatable(x:real, y:real)[real(nan), real(nan)] | project "
    compared = "x > 5, x >= 5, x < 5, x <= 5, x == 5, x != 5, x > y, x >= y, x <= y, x == y, x != y, 5 < x, 5 >= x"
    assert await rows(backend, nan + compared) == [tuple(part.find("!=") > 0 for part in compared.split(", "))]
    assert await rows(backend, REALS + "where x > 2 | count") == [(2,)]
    assert await rows(backend, REALS + "where x between (2.0 .. real(+inf)) | count") == [(2,)]
    assert await rows(backend, REALS + "where not(x > 2) | count") == [(3,)]
    assert await rows(backend, "print 0.0 / 0.0 > 1, real(null) > 1") == [(False, None)]


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ("asc nulls first", "null nan -inf 1 5 inf"),
        ("desc nulls first", "null nan inf 5 1 -inf"),
        ("asc nulls last", "-inf 1 5 inf nan null"),
        ("desc nulls last", "inf 5 1 -inf nan null"),
        ("asc", "null nan -inf 1 5 inf"),
        ("desc", "inf 5 1 -inf nan null"),
    ],
)
async def test_no_number_stands_beside_the_nulls(opened: Opener, order: str, wanted: str) -> None:
    """The table of ``sort operator`` in Microsoft's documentation."""
    backend = await opened()
    for kql in (
        f"sort by x {order}",
        f"top 6 by x {order}",
        f"sort by x {order} | extend n = row_number() | sort by n asc",
    ):
        found = await rows(backend, REALS + kql + " | project x")
        assert " ".join("null" if x is None else f"{x:g}" for (x,) in found) == wanted


async def test_a_dynamic_beside_a_text_is_a_text(opened: Opener) -> None:
    backend = await opened()
    kql = (
        "datatable(d:dynamic, s:string) [dynamic('q'), 'x', dynamic({'a': 1}), 'y', dynamic(null), 'z', dynamic(5), '']"
        " | project a = iff(s != 'x', d, s), b = case(s == 'x', s, s == 'y', d, 'none'), c = iif(true, d, dynamic([1]))"
    )
    assert await columns(backend, kql) == {"a": "string", "b": "string", "c": "dynamic"}
    assert await rows(backend, kql) == [
        ("x", "x", "q"),
        ('{"a":1}', '{"a":1}', {"a": 1}),
        ("", "none", None),
        ("5", "none", 5),
    ]
    # Microsoft's language service says so of every type beside a dynamic.
    assert await columns(backend, "print a = iff(true, dynamic('q'), 5)") == {"a": "long"}
