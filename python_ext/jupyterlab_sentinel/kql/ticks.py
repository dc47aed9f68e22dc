"""Times as Kusto counts them: whole ticks of 100 ns, exactly or not at all."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

TICKS_PER_MICROSECOND = 10
TICKS_PER_SECOND = 10_000_000
TICKS_PER_DAY = 86_400 * TICKS_PER_SECOND
NANOSECONDS_PER_TICK = 100
_EPOCH_DAY = date(1970, 1, 1).toordinal() - 1
_LAST_DAY = date.max.toordinal() - 1
_TIMESPAN_MIN, _TIMESPAN_MAX = -(2**63), 2**63 - 1
_ATTOSECONDS_PER_TICK = 10**11
_ATTOSECONDS = {
    "W": 7 * 86_400 * 10**18,
    "D": 86_400 * 10**18,
    "h": 3_600 * 10**18,
    "m": 60 * 10**18,
    "s": 10**18,
    "ms": 10**15,
    "us": 10**12,
    "ns": 10**9,
    "ps": 10**6,
    "fs": 10**3,
    "as": 1,
}
_TOO_FINE = "finer than the 100 ns that KQL keeps; round it first, for instance with .round('us')"


def datetime_ticks(moment: datetime, nanoseconds: int = 0) -> int:
    """Ticks since 0001-01-01 UTC; a naive ``moment`` is UTC.

    Fields are read through ``datetime`` itself, so that no subclass can answer otherwise.

    :raises ValueError: outside the years 1 to 9999 in UTC, or finer than a tick.
    """
    zone: tzinfo | None = datetime.tzinfo.__get__(moment)
    offset = None if zone is None else datetime.utcoffset(moment)
    day = date(datetime.year.__get__(moment), datetime.month.__get__(moment), datetime.day.__get__(moment))
    hour: int = datetime.hour.__get__(moment)
    minute: int = datetime.minute.__get__(moment)
    seconds: int = datetime.second.__get__(moment)
    microseconds: int = datetime.microsecond.__get__(moment)
    seconds += (hour * 60 + minute) * 60
    ticks = (day.toordinal() - 1) * TICKS_PER_DAY + seconds * TICKS_PER_SECOND
    ticks += microseconds * TICKS_PER_MICROSECOND + _whole_ticks(nanoseconds)
    return ticks if offset is None else ticks - timedelta_ticks(offset)


def timedelta_ticks(span: timedelta, nanoseconds: int = 0) -> int:
    """Ticks of ``span``, which may be negative.

    :raises ValueError: finer than a tick.
    """
    days: int = timedelta.days.__get__(span)
    seconds: int = timedelta.seconds.__get__(span)
    microseconds: int = timedelta.microseconds.__get__(span)
    ticks = days * TICKS_PER_DAY + seconds * TICKS_PER_SECOND + microseconds * TICKS_PER_MICROSECOND
    return ticks + _whole_ticks(nanoseconds)


def pandas_nanoseconds(value: object) -> int:
    """The nanoseconds (0 to 999) that a pandas Timestamp or Timedelta has below its microseconds; else 0."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.Timestamp):
        return int(value.nanosecond)
    if pandas is not None and isinstance(value, pandas.Timedelta):
        return int(value.nanoseconds)
    return 0


def numpy_datetime_ticks(value: np.datetime64) -> int | None:
    """Ticks since 0001-01-01 of a numpy date, which is UTC; None for NaT.

    :raises ValueError: finer than a tick.
    """
    import numpy as np

    if np.isnat(value):
        return None
    unit, _ = np.datetime_data(value.dtype)
    if unit in ("Y", "M"):
        value = value.astype("datetime64[D]")
    return _EPOCH_DAY * TICKS_PER_DAY + _unit_ticks(value)


def numpy_timedelta_ticks(value: np.timedelta64) -> int | None:
    """Ticks of a numpy duration; None for NaT.

    :raises ValueError: months, years or no unit at all, or finer than a tick.
    """
    import numpy as np

    return None if np.isnat(value) else _unit_ticks(value)


def datetime_text(ticks: int) -> str:
    """``2019-02-18T15:29:22.1234567Z``.

    :raises ValueError: outside the years 1 to 9999.
    """
    days, rest = divmod(ticks, TICKS_PER_DAY)
    if not 0 <= days <= _LAST_DAY:
        raise ValueError("a time outside the years 1 to 9999 in UTC")
    return f"{date.fromordinal(days + 1).isoformat()}T{_clock(rest)}Z"


def timespan_text(ticks: int) -> str:
    """``-1.02:03:04.0000050``: days, then the time of day, one sign for the whole.

    :raises ValueError: more ticks than 64 bits hold, some 29,000 years.
    """
    if not _TIMESPAN_MIN <= ticks <= _TIMESPAN_MAX:
        raise ValueError("a duration longer than a KQL timespan holds (10675199 days)")
    days, rest = divmod(abs(ticks), TICKS_PER_DAY)
    return f"{'-' if ticks < 0 else ''}{days}.{_clock(rest)}"


def _clock(ticks: int) -> str:
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour:02}:{minute:02}:{second:02}.{fraction:07}"


def _whole_ticks(nanoseconds: int) -> int:
    ticks, rest = divmod(nanoseconds, NANOSECONDS_PER_TICK)
    if rest:
        raise ValueError(f"a time {_TOO_FINE}")
    return ticks


def _unit_ticks(value: np.datetime64 | np.timedelta64) -> int:
    import numpy as np

    unit, count = np.datetime_data(value.dtype)
    if unit not in _ATTOSECONDS:
        raise ValueError(f"a numpy duration in {unit} has no fixed length; convert it to days or shorter")
    ticks, rest = divmod(int(value.astype(np.int64)) * count * _ATTOSECONDS[unit], _ATTOSECONDS_PER_TICK)
    if rest:
        raise ValueError(f"a time {_TOO_FINE}")
    return ticks
