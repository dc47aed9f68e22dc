from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.endpoint.preferences import Preferences, read_preferences
from jupyterlab_sentinel.endpoint.refusals import Refusal
from jupyterlab_sentinel.endpoint.timespans import Bounds, moment_of, read_timespan, ticks_of
from jupyterlab_sentinel.models.instants import tick_of

NOW = datetime(2024, 1, 10, 12, tzinfo=UTC)
DAY = 864_000_000_000
BOUND = st.none() | st.integers(-(10**18), 10**18)


def at(day: int) -> int:
    return ticks_of(datetime(2024, 1, day, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("P1D", ticks_of(NOW) - DAY, ticks_of(NOW)),
        ("PT86400.0S", ticks_of(NOW) - DAY, ticks_of(NOW)),
        ("pt0.0000001s", ticks_of(NOW) - 1, ticks_of(NOW)),
        ("P1Y2M1W1DT1H1M1.5S", ticks_of(NOW) - (433 * DAY + 36_615_000_000), ticks_of(NOW)),
        ("2024-01-01/2024-01-02", at(1), at(2)),
        (" 2024-01-01T00:00:00.0000001Z / P1D ", at(1) + 1, at(2) + 1),
        ("P1D/2024-01-02", at(1), at(2)),
        ("2024-01-01T01:00:00+01:00/2024-01-02T00:00:00", at(1), at(2)),
        ("2024-01-01/2024-01-01", at(1), at(1)),
        (None, None, None),
        ("  ", None, None),
    ],
)
def test_forms(text: str | None, start: int | None, end: int | None) -> None:
    assert read_timespan(text, NOW) == Bounds(start, end)


@given(st.text("PTYMWDHS0123456789.,/:-Z ", max_size=25) | st.text(max_size=25))
def test_any_text_is_a_timespan_or_refused(text: str) -> None:
    try:
        bounds = read_timespan(text, NOW)
    except Refusal as refused:
        assert refused.status == 400  # noqa: PT017  # either is right
        return
    for bound in (bounds.start, bounds.end):
        moment_of(bound)


@given(BOUND, BOUND, BOUND, BOUND, st.integers(-(10**18), 10**18))
def test_what_meets_is_in_both(a: int | None, b: int | None, c: int | None, d: int | None, tick: int) -> None:
    def holds(bounds: Bounds) -> bool:
        return (bounds.start is None or bounds.start <= tick) and (bounds.end is None or tick < bounds.end)

    first, second = Bounds(a, b), Bounds(c, d)
    assert holds(first.meet(second)) == (holds(first) and holds(second))


@given(st.integers(ticks_of(datetime(1, 1, 1, tzinfo=UTC)), ticks_of(datetime(9999, 1, 1, tzinfo=UTC))))
def test_ticks_are_moments_without_loss(ticks: int) -> None:
    moment = moment_of(ticks)
    assert moment is not None
    assert ticks_of(moment) + tick_of(moment) == ticks


def test_times_beyond_the_calendar_are_its_ends() -> None:
    assert moment_of(10**30) == datetime.max.replace(tzinfo=UTC)
    assert moment_of(-(10**30)) == datetime.min.replace(tzinfo=UTC)
    assert moment_of(None) is None


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", Preferences()),
        ("wait=300", Preferences(300)),
        ("wait=180,include-statistics=true,include-render=true", Preferences(180, statistics=True, render=True)),
        (' Wait = "5" ; x=y , Include-Render', Preferences(5, render=True)),
        ("wait=1, wait=2", Preferences(1)),
        ("wait=-1, include-statistics=false", Preferences()),
        ("wait=\u0661, ai.response-thinning=true, include-dataSources=true", Preferences()),
        ("ai.response-thinning=false", Preferences(thin=False)),
    ],
)
def test_preferences(header: str, wanted: Preferences) -> None:
    assert read_preferences(header) == wanted
