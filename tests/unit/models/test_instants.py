"""Times to 100 ns, as far as Python's own are concerned."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.errors import TimeRangeError
from jupyterlab_sentinel.models.instants import Instant, coarse, in_utc, read_instant, tick_of

NOON = datetime(2024, 5, 6, 12, 0, 0, 123456, tzinfo=UTC)
FINE = Instant.of(NOON, 7)
MOMENTS = st.builds(
    Instant.of,
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 9),
)


def ticks(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10 + tick_of(moment)


def test_it_is_a_datetime_with_a_seventh_digit() -> None:
    assert isinstance(FINE, datetime)
    assert FINE.isoformat() == "2024-05-06T12:00:00.1234567+00:00"
    assert str(FINE) == "2024-05-06 12:00:00.1234567+00:00"
    assert FINE.isoformat(timespec="milliseconds") == "2024-05-06T12:00:00.123+00:00"
    assert coarse(FINE) == NOON
    assert type(coarse(FINE)) is datetime
    assert Instant.of(NOON, 0) is NOON
    assert coarse(None) is None


def test_zones_durations_and_copies_keep_it() -> None:
    east = FINE.astimezone(timezone(timedelta(hours=2)))
    assert east.isoformat() == "2024-05-06T14:00:00.1234567+02:00"
    assert east == FINE
    assert tick_of(FINE + timedelta(days=1)) == tick_of(timedelta(days=1) + FINE) == 7
    assert tick_of(FINE - timedelta(microseconds=1)) == 7
    assert not FINE - NOON
    assert FINE.replace(year=2020).isoformat() == "2020-05-06T12:00:00.1234567+00:00"
    assert FINE.replace(microsecond=5) == NOON.replace(microsecond=5)
    for again in (pickle.loads(pickle.dumps(FINE)), copy.deepcopy(FINE), copy.copy(FINE)):  # noqa: S301
        assert again == FINE
        assert tick_of(again) == 7


@given(MOMENTS, MOMENTS)
def test_order_and_equality_are_those_of_the_ticks(first: datetime, second: datetime) -> None:
    assert (first < second) == (ticks(first) < ticks(second))
    assert (first <= second) == (ticks(first) <= ticks(second))
    assert (first > second) == (ticks(first) > ticks(second))
    assert (first >= second) == (ticks(first) >= ticks(second))
    assert (first == second) == (ticks(first) == ticks(second))
    if first == second:
        assert hash(first) == hash(second)


@given(MOMENTS)
def test_what_is_written_is_read_again(moment: datetime) -> None:
    assert read_instant(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2024-05-06T12:00:00.1234567Z", "2024-05-06T12:00:00.1234567+00:00"),
        ("2024-05-06T12:00:00,1234567Z", "2024-05-06T12:00:00.1234567+00:00"),
        ("2024-05-06T12:00:00.123456700Z", "2024-05-06T12:00:00.1234567+00:00"),
        ("2024-05-06T12:00:00.123456701Z", "2024-05-06T12:00:00.1234568+00:00"),
        ("2024-05-06T12:00:00.123456901Z", "2024-05-06T12:00:00.123457+00:00"),
        ("2024-05-06T12:00:00.9999999999+02:00", "2024-05-06T10:00:01+00:00"),
        ("2024-05-06T12:00:00.12", "2024-05-06T12:00:00.120000+00:00"),
        ("2024-05-06", "2024-05-06T00:00:00+00:00"),
    ],
)
def test_texts(text: str, written: str) -> None:
    assert read_instant(text).isoformat() == written


def test_pandas_times_keep_their_hundreds_of_nanoseconds() -> None:
    stamp = pd.Timestamp("2024-05-06T12:00:00.123456700Z")
    assert in_utc(stamp) == FINE
    assert type(in_utc(stamp)) is Instant
    assert in_utc(pd.Timestamp("2024-05-06T12:00:00.123456701")) == Instant.of(NOON, 8)
    assert in_utc(pd.Timestamp("2024-05-06T14:00:00.1234567", tz="Europe/Berlin")) == FINE
    assert type(in_utc(pd.Timestamp("2024-05-06"))) is datetime
    assert in_utc(FINE) == FINE


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(TimeRangeError, match="NaT"):
        in_utc(cast(Any, pd.NaT))
    with pytest.raises(TimeRangeError, match="calendar"):
        in_utc(datetime.max.replace(tzinfo=timezone(timedelta(hours=-5))))
