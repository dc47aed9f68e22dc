"""Functions that look at other rows, where the documented examples say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.computed.sessions import session_starts
from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError

from .asking import Opener, columns, rows

TABLE = "datatable(k:string, v:long) ['a', 1, 'a', 2, 'b', 3, 'b', long(null), 'a', 5] | serialize "


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_restarts(opened: Opener) -> None:
    kql = TABLE + "| extend n = row_number(0, k != prev(k)), s = row_cumsum(v, k != prev(k)), t = row_cumsum(v)"
    assert await rows(await opened(), kql + " | project n, s, t") == [
        (0, 1, 1),
        (1, 3, 3),
        (0, 3, 6),
        (1, 3, 6),
        (0, 5, 11),
    ]


async def test_a_window_over_a_window(opened: Opener) -> None:
    kql = TABLE + "| project p = prev(row_number()), q = next(prev(k), 1, 'none'), d = row_rank_dense(k)"
    assert await rows(await opened(), kql) == [
        (None, "a", 1),
        (1, "a", 1),
        (2, "b", 2),
        (3, "b", 2),
        (4, "none", 3),
    ]


async def test_the_rank_of_a_null_and_a_restart_that_is_null(opened: Opener) -> None:
    kql = TABLE + "| project m = row_rank_min(v, v > 3), r = row_number(1, bool(null))"
    assert await rows(await opened(), kql) == [(1, 1), (2, 2), (3, 3), (4, 4), (1, 5)]


async def test_many_rows_that_sort_alike_keep_one_order(opened: Opener) -> None:
    kql = (
        "range x from 1 to 30000 step 1 | extend k = x % 3 | sort by k asc "
        "| extend n = row_number(1, k != prev(k)), s = row_cumsum(1, k != prev(k)) "
        "| where n != s or n > 10000 | count"
    )
    assert await rows(await opened(), kql) == [(0,)]


async def test_rows_without_an_order_are_told(opened: Opener) -> None:
    with pytest.raises(KqlSemanticError, match="needs rows in an order"):
        await rows(await opened(), "T_CL | extend row_rank_dense(a)")


async def test_rows_are_shown_in_the_order_that_they_were_numbered_in(opened: Opener) -> None:
    kql = "range x from 1 to 30000 step 1 | extend k = x % 3 | sort by k asc | extend n = row_number() | project n"
    assert await rows(await opened(), kql) == [(n,) for n in range(1, 30001)]


async def test_rows_that_sort_alike_within_groups(opened: Opener) -> None:
    kql = (
        "range x from 1 to 20000 step 1 | extend g = x % 2, k = x % 3 "
        "| partition by g (sort by k asc | extend n = row_number(1, k != prev(k)), s = row_cumsum(1, k != prev(k))) "
        "| where n != s or n > 3334 | count"
    )
    assert await rows(await opened(), kql) == [(0,)]


def test_sessions_of_values() -> None:
    assert session_starts([0, 4, 9, 15, 16, 20], [False] * 6, 15, 6) == [0, 0, 0, 15, 15, 15]
    assert session_starts([0, 4, 10], None, 100, 6) == [0, 0, 10]
    assert session_starts([0, 1, 2], [None, True, False], 100, 100) == [0, 1, 1]
    assert session_starts([None, 1, None, 2, 3], [], 100, 100) == [None, 1, None, 2, 2]
    assert session_starts(None, None, 1, 1) == []


async def test_sessions_in_queries(opened: Opener) -> None:
    backend = await opened()
    source = "range i from 0 to 5 step 1 | extend t = datetime(2024-01-01) + i * 1m | where i != 3 | sort by i asc"
    session = "row_window_session(t, 1h, 90s)"
    kql = f"{source} | extend s = {session} | summarize n = count() by m = (s - datetime(2024-01-01)) / 1m | sort by m"
    assert await rows(backend, kql) == [(4.0, 2), (0.0, 3)]
    # It may stand on another window, and be filtered by.
    kql = f"{source} | where {session} == t | project i, restarted = row_window_session(t, 1h, 1h, i != prev(i) + 1)"
    assert [row[0] for row in await rows(backend, kql)] == [0, 4]


@pytest.mark.parametrize(
    ("kql", "error"),
    [
        ("print 1 | extend s = row_window_session(now(), 1h, 1m)", KqlSemanticError),
        ("range i from 0 to 5 step 1 | serialize s = row_window_session(i, 1h, 1m)", KqlSemanticError),
        ("range i from 0 to 5 step 1 | serialize s = row_window_session(now(), i * 1h, 1m)", KqlSemanticError),
        (
            "range i from 0 to 5 step 1 | partition by i (sort by i | extend s = row_window_session(now(), 1h, 1m))",
            KqlUnsupportedError,
        ),
    ],
)
async def test_sessions_that_cannot_be(opened: Opener, kql: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await rows(await opened(), kql)


async def test_a_running_sum_has_the_type_of_what_it_sums(opened: Opener) -> None:
    sums = "a = row_cumsum(i), b = row_cumsum(l), c = row_cumsum(r)"
    kql = f"datatable(i:int, l:long, r:real)[1, 2, 3.5] | serialize {sums}"
    backend = await opened()
    assert list((await columns(backend, kql)).values())[3:] == ["int", "long", "real"]
    with pytest.raises(KqlSemanticError):
        await rows(backend, "print i = int(2147483647) | mv-expand range(0, 1) | serialize s = row_cumsum(i)")
