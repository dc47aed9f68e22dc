from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jupyterlab_sentinel.models.instants import read_instant
from tests.magics.conftest import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.magics.conftest import FakeBackend, Notebook


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("2019-02-17 2019-02-19", datetime(2019, 2, 17, tzinfo=UTC), datetime(2019, 2, 19, tzinfo=UTC)),
        ("2019-02-17T15:00 +90m", datetime(2019, 2, 17, 15, tzinfo=UTC), datetime(2019, 2, 17, 16, 30, tzinfo=UTC)),
        ("2019-02-17T15:00 -90m", datetime(2019, 2, 17, 13, 30, tzinfo=UTC), datetime(2019, 2, 17, 15, tzinfo=UTC)),
        (
            "around 2019-02-18T15:29:22 1h",
            datetime(2019, 2, 18, 14, 29, 22, tzinfo=UTC),
            datetime(2019, 2, 18, 16, 29, 22, tzinfo=UTC),
        ),
        (
            "2019-02-17T15:00+01:00 +1h",
            datetime(2019, 2, 17, 14, tzinfo=UTC),
            datetime(2019, 2, 17, 15, tzinfo=UTC),
        ),
        ("all", None, None),
    ],
)
def test_a_range_bounds_every_later_query(
    notebook: Notebook, faked: Callable[..., FakeBackend], words: str, start: datetime | None, end: datetime | None
) -> None:
    backend = faked(answer({"a": []}))
    notebook.ok(f"%sentinel timerange {words}")
    notebook.ok("%%sentinel\nT")
    assert (backend.asked[0].start, backend.asked[0].end) == (start, end)


@pytest.mark.parametrize("words", ["7d", "last 24h", "today", "24 hours"])
def test_a_relative_range_keeps_its_words(notebook: Notebook, words: str) -> None:
    notebook.ok(f"%sentinel timerange {words}")
    before = datetime.now(UTC)
    start, end = notebook.session.time_range.resolve()
    assert start is not None
    assert end is not None
    assert start < before <= end


def test_it_shows_spec_bounds_and_who_set_it(demo: Notebook) -> None:
    text = demo.ok("%sentinel timerange").text
    assert "2019-02-17 → 2019-02-19 UTC" in text
    assert "the workspace opened on it" in text
    assert "set in this notebook" in demo.ok("%sentinel timerange 2019-02-17 2019-02-18").text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("bla", "“bla” is not a time"),
        ("2019-02-19 2019-02-17", "ends (2019-02-17) before it starts (2019-02-19)"),
        ("2019-02-17 2019-02-17", "is empty"),
        ("2019-02-30 2019-03-01", "“2019-02-30” is not a time"),
        ("last", "not a duration"),
        ("around 2019-02-17", "needs a time and a duration"),
    ],
)
def test_a_mistake_changes_nothing(demo: Notebook, words: str, said: str) -> None:
    before = demo.session.time_range
    cell = demo.run(f"%sentinel timerange {words}")
    assert said in cell.message
    assert "Write for instance" in cell.message or "Give" in cell.message or "Write a number" in cell.message
    assert demo.session.time_range is before


def test_a_range_without_any_data_is_warned_of(demo: Notebook) -> None:
    assert "All data lies outside" in demo.ok("%sentinel timerange 2001-01-01 2001-01-02").text


FINE = ("2019-02-17T15:00:00.1234567", "2019-02-17T15:00:00.1234568")


@pytest.mark.parametrize("line", ["--from {} --to {}", "--range {} {}"])
def test_a_cell_keeps_the_seventh_digit(notebook: Notebook, faked: Callable[..., FakeBackend], line: str) -> None:
    backend = faked(answer({"a": ["x"]}))
    cell = notebook.ok(f"%%sentinel {line.format(*FINE)}\nT")
    assert (backend.asked[0].start, backend.asked[0].end) == tuple(map(read_instant, FINE))
    assert "2019-02-17 15:00:00.1234567 → 2019-02-17 15:00:00.1234568 UTC" in cell.text


def test_so_does_the_range_of_the_session(notebook: Notebook, faked: Callable[..., FakeBackend]) -> None:
    backend = faked(answer({"a": []}))
    cell = notebook.ok(f"%sentinel timerange {' '.join(FINE)}")
    assert "2019-02-17 15:00:00.1234567 → 2019-02-17 15:00:00.1234568 UTC" in cell.text
    notebook.ok("%%sentinel\nT")
    assert (backend.asked[0].start, backend.asked[0].end) == tuple(map(read_instant, FINE))


def test_help_is_no_error(notebook: Notebook) -> None:
    text = notebook.ok("%sentinel timerange --help").text
    assert "%sentinel timerange around 2019-02-18T15:29:22 1h" in text
