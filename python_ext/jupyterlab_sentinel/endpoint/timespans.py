"""The ``timespan`` of a request: ISO 8601 durations and intervals, to the tick of 100 ns.

Forms seen from clients and in the API's documentation: ``P1D``, ``PT12H``, ``PT86400.0S``, ``start/end``,
``start/duration``, ``duration/end``, and dates without a time. Without a zone, times are UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ..kql.constants import datetime_ticks
from ..models.instants import Instant
from .refusals import bad_argument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_TICKS = {"W": 6_048_000_000_000, "D": 864_000_000_000, "H": 36_000_000_000, "M": 600_000_000, "S": 10_000_000}
# Years and months have no fixed length; these are the lengths that .NET's reader of durations gives them.
_DAYS = {"Y": 365, "M": 30}
_NUMBER = r"([0-9]{1,9}(?:[.,][0-9]{1,9})?)"
_DURATION = re.compile(
    r"P(?=[0-9T])" + "".join(rf"(?:{_NUMBER}{unit})?" for unit in "YMWD")
    + r"(?:T(?=[0-9])" + "".join(rf"(?:{_NUMBER}{unit})?" for unit in "HMS") + ")?"
)  # fmt: skip
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?", re.DOTALL | re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Ticks of 100 ns since 1970, UTC: ``start`` inclusive, ``end`` exclusive; None for no bound."""

    start: int | None = None
    end: int | None = None

    def meet(self, other: Bounds) -> Bounds:
        """What lies within both; empty (``start == end``) if nothing does."""
        starts = [bound for bound in (self.start, other.start) if bound is not None]
        ends = [bound for bound in (self.end, other.end) if bound is not None]
        start = max(starts, default=None)
        end = min(ends, default=None)
        if start is not None and end is not None and end < start:
            end = start
        return Bounds(start, end)


def read_timespan(text: str | None, now: datetime) -> Bounds:
    """The bounds that ``text`` gives at ``now``; none for None and for an empty text.

    :raises Refusal: 400, not a timespan.
    """
    if text is None or not text.strip():
        return Bounds()
    parts = text.strip().split("/")
    bounds = _bounds(parts, ticks_of(now))
    if bounds is None:
        raise bad_argument(
            "TimespanValidationError",
            f"The timespan {text.strip()[:200]!r} is not an ISO 8601 duration or interval, such as P1D or start/end",
        )
    return bounds


def ticks_of(moment: datetime) -> int:
    """``moment`` (aware) in ticks since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 10


def moment_of(ticks: int | None) -> datetime | None:
    """The time of so many ticks since 1970, to the 100 ns; beyond Python's years its first or last one."""
    if ticks is None:
        return None
    try:
        return Instant.of(_EPOCH + timedelta(microseconds=ticks // 10), ticks % 10)
    except OverflowError:
        return _FIRST if ticks < 0 else _LAST


def _bounds(parts: list[str], now: int) -> Bounds | None:
    if len(parts) == 1:
        length = _duration(parts[0])
        return None if length is None else Bounds(now - length, now)
    if len(parts) != 2:
        return None
    start, end = _moment(parts[0]), _moment(parts[1])
    if start is not None and end is not None:
        return Bounds(start, end) if start <= end else None
    if start is not None:
        length = _duration(parts[1])
        return None if length is None else Bounds(start, start + length)
    length = _duration(parts[0])
    return None if length is None or end is None else Bounds(end - length, end)


def _moment(text: str) -> int | None:
    return datetime_ticks(text) if _DATE.fullmatch(text.strip()) else None


def _duration(text: str) -> int | None:
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None:
        return None
    years, months, weeks, days, hours, minutes, seconds = (
        Decimal((group or "0").replace(",", ".")) for group in found.groups()
    )
    total = (years * _DAYS["Y"] + months * _DAYS["M"] + days) * _TICKS["D"] + weeks * _TICKS["W"]
    return int(total + hours * _TICKS["H"] + minutes * _TICKS["M"] + seconds * _TICKS["S"])
