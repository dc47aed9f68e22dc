"""Plugins that follow activity along a timeline; their documented examples are in test_documented.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError
from jupyterlab_sentinel.ports import QueryRequest
from tests.contract.answers import plain_rows

from .asking import NOW, Opener, columns, rows

DATA = """
let T = datatable(id:string, t:long, k:string) [
    'a', 0, 'x', 'b', 0, 'y', 'a', 1, 'y', 'c', 4, 'x', '', 5, 'x', 'a', 5, 'x', 'a', 9, 'x', 'd', 12, 'x', 'z', 13, 'x'
];
T
"""


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_counts_by_window_and_dimension(opened: Opener) -> None:
    backend = await opened()
    kql = f"{DATA} | evaluate activity_counts_metrics(id, t, 0, 12, 4, k)"
    assert await columns(backend, kql) == {
        "t": "long",
        "k": "string",
        **dict.fromkeys(("count", "dcount", "new_dcount", "aggregated_dcount"), "long"),
    }
    assert sorted(await rows(backend, kql)) == [
        (0, "x", 1, 1, 1, 1),
        (0, "y", 2, 2, 2, 2),
        (4, "x", 3, 3, 2, 3),
        (8, "x", 1, 1, 0, 3),
        (12, "x", 1, 1, 1, 4),  # its end is in, what comes after is not
    ]


async def test_windows_without_rows_are_told(opened: Opener) -> None:
    kql = "datatable(id:string, t:long)['a', 0, 'b', 9] | evaluate activity_counts_metrics(id, t, 0, 11, 4)"
    answer = await (await opened()).run(QueryRequest(kql, now=NOW))
    assert plain_rows(answer.tables[0]) == [(0, 1, 1, 1, 1), (8, 1, 1, 1, 2)]
    assert answer.status == "partial"
    assert "1 windows without any rows" in answer.reasons[0]


async def test_rolling_percentiles_of_times_and_decimals(opened: Opener) -> None:
    backend = await opened()
    kql = """
    range i from 0 to 5 step 1 | extend d = i * 1m, t = datetime(2024-01-01) + i * 1h
    | evaluate rolling_percentile(d, 99.9, t, 2h, 2)
    """
    assert list(await columns(backend, kql)) == ["t", "rolling_2_percentile_d_99.9"]
    shown = f"{kql} | project h=hourofday(t), p=tolong(['rolling_2_percentile_d_99.9'] / 1m)"
    assert await rows(backend, shown) == [(0, 1), (2, 3), (4, 5)]


async def test_rows_before_and_after(opened: Opener) -> None:
    backend = await opened()
    numbers = "range x from 1 to 9 step 1 | sort by x asc"
    assert await rows(backend, f"{numbers} | evaluate rows_near(x == 5, 1, 2)") == [(4,), (5,), (6,), (7,)]
    assert await rows(backend, f"{numbers} | evaluate rows_near(x in (1, 9), 1)") == [(1,), (2,), (8,), (9,)]
    with pytest.raises(KqlSemanticError, match="rows in an order"):
        await rows(backend, "T_CL | evaluate rows_near(a == 5, 1)")


@pytest.mark.parametrize(
    ("plugin", "error", "message"),
    [
        ("activity_counts_metrics(id, t, 0, 12)", KqlSemanticError, "takes an ID column"),
        ("activity_counts_metrics(id, t, 0, 12, 'week')", KqlUnsupportedError, "by week"),
        ("activity_counts_metrics(id, t, 0, 12, 1h)", KqlSemanticError, "constant long above zero"),
        ("activity_counts_metrics(id, t, ago(1d), 12, 1)", KqlSemanticError, "of the timeline's type"),
        ("activity_counts_metrics(id, k, 0, 12, 1)", KqlSemanticError, "a timeline is"),
        ("rolling_percentile(id, 50, t, 1, 2)", KqlSemanticError, "takes numbers or times"),
        ("rolling_percentile(t, t, t, 1, 2)", KqlSemanticError, "There is no column"),
        ("active_users_count(id, t, 0, 12, 2, 1)", KqlUnsupportedError, "active_users_count"),
    ],
)
async def test_what_is_told_of_mistakes(opened: Opener, plugin: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        await rows(await opened(), f"{DATA} | evaluate {plugin}")


async def test_windows_slide_over_dimensions(opened: Opener) -> None:
    backend = await opened()
    kql = f"{DATA} | evaluate sliding_window_counts(id, t, 0, 12, 9, 4, k)"
    assert await columns(backend, kql) == {"t": "long", "k": "string", "Count": "long", "Dcount": "long"}
    # A window of 9 is one of two bins of 4; a row counts in its own bin and in the next, which ends with the timeline.
    assert sorted(await rows(backend, kql)) == [
        (0, "x", 1, 1),
        (0, "y", 2, 2),
        (4, "x", 4, 3),
        (4, "y", 2, 2),
        (8, "x", 4, 3),
        (12, "x", 2, 2),
    ]


async def test_windows_that_reach_back_before_the_start_are_told(opened: Opener) -> None:
    source = "datatable(id:string, t:long)['a', 3, 'b', 9, 'c', 13]"
    backend = await opened()
    answer = await backend.run(QueryRequest(f"{source} | evaluate sliding_window_counts(id, t, 8, 16, 8, 4)", now=NOW))
    assert plain_rows(answer.tables[0]) == [(8, 1, 1), (12, 2, 2), (16, 1, 1)]
    assert answer.status == "complete"
    answer = await backend.run(QueryRequest(f"{source} | evaluate sliding_window_counts(id, t, 8, 16, 12, 4)", now=NOW))
    assert plain_rows(answer.tables[0]) == [(16, 2, 2)]
    assert answer.status == "partial"
    assert "first 2 windows" in answer.reasons[0]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ("id, t, 0, 12, 9", KqlSemanticError),
        ("id, t, 0, 12, 3, 4", KqlSemanticError),
        ("id, t, 0, 12, 1d, 4", KqlSemanticError),
        ("id, t, 0, 12, 1000000, 4", KqlSemanticError),
        ("id, t, 0, 12, 9, 'week'", KqlUnsupportedError),
        ("id, k, 0, 12, 9, 4", KqlSemanticError),
    ],
)
async def test_windows_that_do_not_slide(opened: Opener, arguments: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await rows(await opened(), f"{DATA} | evaluate sliding_window_counts({arguments})")
