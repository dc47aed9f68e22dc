"""Moments to the 100 ns that KQL counts in, where Python's microsecond is not fine enough."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, cast

from ..errors import TimeRangeError

if TYPE_CHECKING:
    from collections.abc import Callable

_MICROSECOND = timedelta(microseconds=1)
_FINE = re.compile(r"[.,](\d{6})(\d)(\d*)")
_AFTER_MICROSECONDS = 26


class Instant(datetime):
    """A moment between two microseconds; any other is a plain ``datetime``, which this is, too.

    Adding durations, changing the zone, comparing and writing keep the seventh digit; the difference of two moments
    is in whole microseconds, as Python's durations are.

    :ivar tick: 100 ns units after the microsecond, 1 to 9.
    """

    tick: int = 0

    @classmethod
    def of(cls, moment: datetime, tick: int) -> datetime:
        """``tick`` after ``moment``: an Instant, or, where ``tick`` is 0, the moment as it is."""
        if not tick:
            return moment
        made = cls.combine(moment.date(), moment.timetz())
        made.tick = tick
        return made

    @property
    def coarse(self) -> datetime:
        """The microsecond that this is in."""
        return datetime.combine(self.date(), self.timetz())

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        """As of a datetime; to the 100 ns where no other precision is asked for."""
        if timespec not in ("auto", "microseconds"):
            return self.coarse.isoformat(sep, timespec)
        text = self.coarse.isoformat(sep, "microseconds")
        return f"{text[:_AFTER_MICROSECONDS]}{self.tick}{text[_AFTER_MICROSECONDS:]}"

    def __str__(self) -> str:
        return self.isoformat(" ")

    def __repr__(self) -> str:
        return f"Instant({self.isoformat()})"

    def astimezone(self, tz: tzinfo | None = None) -> Self:
        """The same moment in another zone."""
        return cast("Self", Instant.of(self.coarse.astimezone(tz), self.tick))

    def replace(self, *fields: Any, **named: Any) -> Self:  # noqa: ANN401  # as the base class's, which takes ten
        """With other fields; another microsecond has no digit after it."""
        whole = "microsecond" in named or len(fields) > 6
        return cast("Self", Instant.of(self.coarse.replace(*fields, **named), 0 if whole else self.tick))

    def __add__(self, other: timedelta, /) -> Self:
        return cast("Self", Instant.of(self.coarse + other, self.tick))

    __radd__ = __add__

    def __sub__(self, other: Any, /) -> Any:  # noqa: ANN401  # a duration or a moment, as the base class's
        if isinstance(other, timedelta):
            return Instant.of(self.coarse - other, self.tick)
        return self.coarse - other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and self.coarse == _coarse(other) and self.tick == tick_of(other)

    def __hash__(self) -> int:
        return hash((self.coarse, self.tick))

    def __lt__(self, other: datetime, /) -> bool:  # type: ignore[override]  # as datetime's own
        return (self.coarse, self.tick) < (_coarse(other), tick_of(other))

    def __le__(self, other: datetime, /) -> bool:  # type: ignore[override]  # as datetime's own
        return self == other or self < other

    def __gt__(self, other: datetime, /) -> bool:  # type: ignore[override]  # as datetime's own
        return not self <= other

    def __ge__(self, other: datetime, /) -> bool:  # type: ignore[override]  # as datetime's own
        return not self < other

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[Callable[..., datetime], tuple[datetime, int]]:
        return Instant.of, (self.coarse, self.tick)


def tick_of(moment: datetime) -> int:
    """100 ns units after the microsecond, 0 to 9."""
    return moment.tick if isinstance(moment, Instant) else 0


def coarse(moment: datetime | None) -> datetime | None:
    """The microsecond that a moment is in, for what knows no finer; None for None."""
    return None if moment is None else _coarse(moment)


def in_utc(moment: datetime) -> datetime:
    """Any moment in UTC, to the 100 ns; a naive one means UTC, and so does a naive ``pandas.Timestamp``.

    What is finer is the next 100 ns: no row lies in between.

    :raises TimeRangeError: NaT, or beyond the years 1 to 9999.
    """
    pandas = sys.modules.get("pandas")
    nanoseconds = 0
    try:
        if pandas is not None and moment is pandas.NaT:
            raise TimeRangeError("NaT is no time.", hint="Give a time, or None for no bound.")
        if pandas is not None and isinstance(moment, pandas.Timestamp):
            nanoseconds = int(moment.nanosecond)
            moment = moment.to_pydatetime(warn=False)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return _after(aware, nanoseconds)
    except OverflowError:
        raise TimeRangeError(f"{moment} is beyond the calendar in UTC.", hint="Give a year from 1 to 9999.") from None


def read_instant(text: str) -> datetime:
    """An ISO 8601 date and time, in UTC, to the 100 ns; what is finer is the next 100 ns.

    :raises ValueError: none.
    """
    fine = _FINE.search(text)
    if fine is None:
        return in_utc(datetime.fromisoformat(text))
    moment = datetime.fromisoformat(f"{text[: fine.end(1)]}{text[fine.end() :]}")
    rest = int(fine[2]) * 100 + bool(fine[3].strip("0"))
    return _after(in_utc(moment), rest)


def _after(moment: datetime, nanoseconds: int) -> datetime:
    """The first 100 ns at or after so many nanoseconds (0 to 999) behind ``moment``."""
    more, tick = divmod(-(-nanoseconds // 100), 10)
    return Instant.of(moment + more * _MICROSECOND if more else moment, tick)


def _coarse(moment: datetime) -> datetime:
    return moment.coarse if isinstance(moment, Instant) else moment
