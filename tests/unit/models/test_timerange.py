from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_sentinel.errors import TimeRangeError
from jupyterlab_sentinel.models.instants import Instant
from jupyterlab_sentinel.models.timerange import (
    ALL,
    absolute,
    parse_duration,
    parse_time_range,
)

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("spec", "start", "end"),
    [
        ("7d", "2026-11-17T12:30", "2026-11-24T12:30"),
        ("last 24h", "2026-11-23T12:30", "2026-11-24T12:30"),
        ("last 30 minutes", "2026-11-24T12:00", "2026-11-24T12:30"),
        ("LAST 2W", "2026-11-10T12:30", "2026-11-24T12:30"),
        ("1.5h", "2026-11-24T11:00", "2026-11-24T12:30"),
        ("today", "2026-11-24T00:00", "2026-11-25T00:00"),
        ("yesterday", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("2026-11-20 now", "2026-11-20T00:00", "2026-11-24T12:30"),
        ("2026-11-20 15:00 to now", "2026-11-20T15:00", "2026-11-24T12:30"),
        ("2019-02-17 2019-02-19", "2019-02-17T00:00", "2019-02-19T00:00"),
        ("2019-02-17 → 2019-02-19", "2019-02-17T00:00", "2019-02-19T00:00"),
        ("2019-02-17 to 2019-02-19", "2019-02-17T00:00", "2019-02-19T00:00"),
        ("2019-02-17/2019-02-19", "2019-02-17T00:00", "2019-02-19T00:00"),
        ("2019-02-17 15:00 2019-02-17 16:30", "2019-02-17T15:00", "2019-02-17T16:30"),
        ("2019-02-17T15:00 +90m", "2019-02-17T15:00", "2019-02-17T16:30"),
        ("2019-02-17 15:00 +90m", "2019-02-17T15:00", "2019-02-17T16:30"),
        ("2019-02-17T15:00Z -90m", "2019-02-17T13:30", "2019-02-17T15:00"),
        ("2019-02-17T15:00+02:00 +1h", "2019-02-17T13:00", "2019-02-17T14:00"),
        ("around 2019-02-18T15:29:22 1h", "2019-02-18T14:29:22", "2019-02-18T16:29:22"),
        ("around 2019-02-18 15:29:22 1h", "2019-02-18T14:29:22", "2019-02-18T16:29:22"),
    ],
)
def test_every_form_gives_its_bounds(spec: str, start: str, end: str) -> None:
    assert parse_time_range(spec).resolve(NOW) == (utc(start), utc(end))


@pytest.mark.parametrize("spec", ["all", "All time"])
def test_all_has_no_bounds(spec: str) -> None:
    assert parse_time_range(spec) == ALL
    assert ALL.resolve(NOW) == (None, None)


@pytest.mark.parametrize(
    "spec",
    [
        "7d",
        "last 24h",
        "today",
        "yesterday",
        "2019-02-17T15:00 now",
        "all",
        "2019-02-17T15:00 +90m",
        "around 2019-02-18T15:29:22.115 1h",
    ],
)
def test_the_canonical_words_read_as_the_same_range(spec: str) -> None:
    parsed = parse_time_range(spec)
    assert parse_time_range(parsed.spec) == parsed


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # as it asks
    st.timedeltas(timedelta(microseconds=1), timedelta(days=4000)),
)
def test_an_absolute_range_loses_no_digit_in_its_words(start: datetime, length: timedelta) -> None:
    made = absolute(start, start + length)
    assert parse_time_range(made.spec).resolve() == (start, start + length)


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        ("", "empty"),
        ("soon", "“soon” is not a time"),
        ("7x", "7x"),
        ("0d", "0d"),
        ("-7d", "-7d"),
        ("999999d", "999999d"),
        ("around", "around"),
        ("around 2019-02-18", "needs a time and a duration"),
        ("2019-02-17", "needs two"),
        ("2019-02-19 2019-02-17", "before it starts"),
        ("2019-02-19 2019-02-19", "empty"),
        ("2019-02-30 2019-03-01", "2019-02-30"),
        ("2019-02-17T25:00 +1h", "2019-02-17T25:00"),
        ("9999-12-31 +20d", "leaves the calendar"),
        ("a b c d e", "is not a time range"),
    ],
)
def test_a_mistake_is_named_and_has_a_hint(spec: str, part: str) -> None:
    with pytest.raises(TimeRangeError) as caught:
        parse_time_range(spec)
    assert part in caught.value.message
    assert caught.value.hint


@given(st.text(max_size=60))
def test_any_text_is_a_range_or_a_time_range_error(text: str) -> None:
    try:
        start, end = parse_time_range(text).resolve(NOW)
    except TimeRangeError:
        return
    assert start is None or end is None or start < end


def test_naive_means_utc_and_other_zones_are_converted() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert absolute(datetime(2019, 2, 17), datetime(2019, 2, 18)).start == utc("2019-02-17")  # noqa: DTZ001  # the case
    assert absolute(datetime(2019, 2, 17, 9, tzinfo=tokyo), utc("2019-02-19")).start == utc("2019-02-17")


@pytest.mark.parametrize(
    "spec",
    [
        "2023-02-20T11:04:02.6371632 2023-02-20T11:04:02.6371633",
        "2023-02-20T11:04:02.6371632 2023-02-21",
        "2023-02-20T11:04:02.6371632 now",
    ],
)
def test_seven_digits_are_kept_in_bounds_words_and_label(spec: str) -> None:
    found = parse_time_range(spec)
    assert found.spec == spec
    assert "2023-02-20T11:04:02.6371632 →" in found.label
    start, end = found.resolve(NOW)
    assert (start, end) != (None, None)
    assert start == Instant.of(datetime(2023, 2, 20, 11, 4, 2, 637163, UTC), 2)
    assert parse_time_range(found.spec) == found


def test_seven_digits_in_other_forms() -> None:
    around = parse_time_range("around 2023-02-20T11:04:02.6371632Z 1h")
    assert around.spec == "2023-02-20T10:04:02.6371632 2023-02-20T12:04:02.6371632"
    assert parse_time_range("2023-02-20T11:04:02.6371632+01:00 +90m").spec == (
        "2023-02-20T10:04:02.6371632 2023-02-20T11:34:02.6371632"
    )
    with pytest.raises(TimeRangeError, match=r"02\.6371633\) before it starts \(2023-02-20T11:04:02\.6371634"):
        parse_time_range("2023-02-20T11:04:02.6371634 2023-02-20T11:04:02.6371633")
    with pytest.raises(TimeRangeError, match=r"empty: it starts and ends at 2023-02-20T11:04:02\.6371633"):
        parse_time_range("2023-02-20T11:04:02.6371633 2023-02-20T11:04:02.6371633")


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("2 weeks", 1209600), ("1.5s", 1.5)])
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text).total_seconds() == seconds


def test_a_range_up_to_now_has_to_begin_before() -> None:
    with pytest.raises(TimeRangeError, match="before it starts"):
        parse_time_range("2026-11-24T13:00 now").resolve(NOW)
    with pytest.raises(TimeRangeError, match="is not a time"):
        parse_time_range("now")


def test_labels_are_for_people() -> None:
    assert parse_time_range("2019-02-17 now").label == "2019-02-17 → now"
    assert parse_time_range("yesterday").label == "yesterday"
    assert parse_time_range("2019-02-17 2019-02-19").label == "2019-02-17 → 2019-02-19"
    assert parse_time_range("last 7 days").label == "last 7d"
    assert parse_time_range("all").label == "all time"
