"""Time ranges as analysts write them, half-open and in UTC.

A range keeps its words: ``7d`` asked tomorrow means tomorrow's last seven days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from ..errors import TimeRangeError
from .instants import Instant, in_utc, read_instant

Kind = Literal["all", "last", "today", "yesterday", "since", "absolute"]

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(
    r"(\d{1,6}(?:\.\d{1,6})?)\s*"
    r"(s|sec|secs|seconds?|m|min|mins|minutes?|h|hr|hrs|hours?|d|days?|w|weeks?)",
    re.IGNORECASE,
)
_HINT = (
    "Write for instance: 7d · last 24h · today · yesterday · all · 2019-02-17 2019-02-19 · 2019-02-17 now · "
    "2019-02-17T15:00 +90m · around 2019-02-18T15:29:22 1h. Times are UTC unless a zone is given."
)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A time range, absolute or relative to now.

    :param spec: the range in its canonical words, as :func:`parse_time_range` reads them.
    :param start: UTC, inclusive, to 100 ns, for absolute ranges and for those that begin at one moment and end now.
    :param end: UTC, exclusive, to 100 ns, for absolute ranges.
    :param length: for ranges that end now.
    """

    spec: str
    kind: Kind
    start: datetime | None = None
    end: datetime | None = None
    length: timedelta | None = None

    def resolve(self, now: datetime | None = None) -> tuple[datetime | None, datetime | None]:
        """The bounds at ``now`` (default: the clock): start inclusive, end exclusive, UTC.

        None stands for no bound.

        :raises TimeRangeError: it would end before it starts.
        """
        moment = (now or datetime.now(UTC)).astimezone(UTC)
        midnight = datetime.combine(moment.date(), time(), UTC)
        match self.kind, self.length, self.start:
            case "last", timedelta() as length, _:
                return moment - length, moment
            case "today", _, _:
                return midnight, midnight + timedelta(days=1)
            case "yesterday", _, _:
                return midnight - timedelta(days=1), midnight
            case "since", _, datetime() as start:
                absolute(start, moment)
                return start, moment
        return self.start, self.end

    @property
    def label(self) -> str:
        """The range for people: ``2019-02-17 → 2019-02-19``, ``last 7d``, ``all time``."""
        if self.kind == "all":
            return "all time"
        if self.kind == "last":
            return f"last {self.spec}"
        if self.kind in ("today", "yesterday"):
            return self.kind
        if self.kind == "since":
            return f"{_shown(self.start)} → now"
        return f"{_shown(self.start)} → {_shown(self.end)}"


ALL = TimeRange("all", "all")
DEFAULT = TimeRange("24h", "last", length=timedelta(hours=24))


def absolute(start: datetime, end: datetime) -> TimeRange:
    """The range from ``start`` to before ``end``; naive datetimes mean UTC.

    :raises TimeRangeError: it ends before it starts, or is empty.
    """
    first, last = in_utc(start), in_utc(end)
    if last <= first:
        raise TimeRangeError(
            f"The time range ends ({_shown(last)}) before it starts ({_shown(first)})."
            if last < first
            else f"The time range is empty: it starts and ends at {_shown(first)}.",
            hint="Give the earlier time first; the end is not part of the range.",
        )
    return TimeRange(f"{_shown(first)} {_shown(last)}", "absolute", first, last)


def since(start: datetime) -> TimeRange:
    """The range from ``start`` to whenever it is asked; a naive datetime means UTC."""
    first = in_utc(start)
    return TimeRange(f"{_shown(first)} now", "since", first)


def parse_time_range(text: str) -> TimeRange:
    """Read a range in any of the forms of ``%sentinel timerange``.

    :raises TimeRangeError: not a range; the message says which part, the hint shows the forms.
    """
    words = text.strip().replace("→", " ").split()
    if not words:
        raise TimeRangeError("The time range is empty.", hint=_HINT)
    lowered = [word.lower() for word in words]
    if lowered in (["all"], ["all", "time"]):
        return ALL
    if lowered == ["today"]:
        return TimeRange("today", "today")
    if lowered == ["yesterday"]:
        return TimeRange("yesterday", "yesterday")
    if lowered[0] == "around":
        return _around(words[1:])
    if lowered[0] == "last" or _DURATION.fullmatch("".join(words)):
        return _last(words[1:] if lowered[0] == "last" else words)
    return _between(words)


def parse_duration(text: str) -> timedelta:
    """Read ``90m``, ``24h``, ``7d``, ``2w`` or ``30 minutes``.

    :raises TimeRangeError: not a duration, or zero.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise TimeRangeError(
            f"“{text.strip()}” is not a duration.", hint="Write a number and s, m, h, d or w: 90m, 24h, 7d."
        )
    try:
        length = float(match[1]) * _UNITS[match[2][0].lower()]
    except OverflowError:
        length = timedelta(0)
    if length <= timedelta(0) or length > timedelta(days=36500):
        raise TimeRangeError(f"“{text.strip()}” is no usable duration.", hint="Give something between 1s and 36500d.")
    return length


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 date or time, to 100 ns; without a zone it is UTC.

    :raises TimeRangeError: not a time.
    """
    cleaned = text.strip().rstrip(",")
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cleaned):
            return datetime.combine(date.fromisoformat(cleaned), time(), UTC)
        return read_instant(cleaned)
    except (ValueError, OverflowError):
        raise TimeRangeError(f"“{text.strip()}” is not a time.", hint=_HINT) from None


def _last(words: list[str]) -> TimeRange:
    spec = "".join(words).lower()
    length = parse_duration(spec)
    match = _DURATION.fullmatch(spec)
    short = f"{match[1]}{match[2][0]}" if match else spec
    return TimeRange(short, "last", length=length)


def _around(words: list[str]) -> TimeRange:
    if len(words) < 2:
        raise TimeRangeError("“around” needs a time and a duration.", hint=_HINT)
    half = parse_duration(words[-1])
    middle = parse_time(_joined(words[:-1]))
    return _guarded(middle, -half, half)


def _between(words: list[str]) -> TimeRange:
    if words[-1].startswith(("+", "-")) and len(words) > 1:
        length = parse_duration(words[-1][1:])
        first = parse_time(_joined(words[:-1]))
        return _guarded(first, timedelta(0), length) if words[-1][0] == "+" else _guarded(first, -length, timedelta(0))
    words = [word for word in words if word.lower() not in ("to", "-", "..", "until")]
    if len(words) in (2, 3) and words[-1].lower() == "now":
        return since(parse_time(_joined(words[:-1])))
    if len(words) == 2:
        return absolute(parse_time(words[0]), parse_time(words[1]))
    if len(words) == 4:
        return absolute(parse_time(_joined(words[:2])), parse_time(_joined(words[2:])))
    if len(words) == 1 and "/" in words[0]:
        return _between(words[0].split("/", 1))
    if len(words) == 1:
        parse_time(words[0])
        raise TimeRangeError(f"“{words[0]}” is one time; a range needs two.", hint=_HINT)
    raise TimeRangeError(f"“{' '.join(words)}” is not a time range.", hint=_HINT)


def _guarded(middle: datetime, before: timedelta, after: timedelta) -> TimeRange:
    try:
        return absolute(middle + before, middle + after)
    except OverflowError:
        raise TimeRangeError("The time range leaves the calendar.", hint=_HINT) from None


def _joined(words: list[str]) -> str:
    return "T".join(words) if len(words) == 2 else " ".join(words)


def _shown(moment: datetime | None) -> str:
    if moment is None:
        return "…"
    if isinstance(moment, Instant):
        return moment.replace(tzinfo=None).isoformat()
    if moment.time() == time():
        return moment.date().isoformat()
    text = moment.replace(tzinfo=None).isoformat(
        timespec="milliseconds" if moment.microsecond % 1000 == 0 and moment.microsecond else "auto"
    )
    return text[:-3] if text.endswith(":00") and len(text) == 19 else text
