"""Dates as the portals and tools write them for people: which form a whole column has, and the SQL that reads it.

18/2/2019 and 2/18/2019 are told apart by the column, never cell by cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .conversion import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

# JavaScript writes a narrow space before AM since 2023, and some languages write "15:29:22,123".
_SPACES = "'[\\x{00A0}\\x{202F}\\x{2009}]'"
_CLOCK = r" \d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?( ?[AaPp]\.?[Mm]\.?)?"
_NUMBERS = r"(\d{1,2})/(\d{1,2})/\d{4}" + _CLOCK
_TIMES = ("%-I:%M:%S.%f %p", "%-I:%M:%S %p", "%-I:%M %p", "%-H:%M:%S.%f", "%-H:%M:%S", "%-H:%M")


@dataclass(frozen=True, slots=True)
class DateForm:
    """A way to write dates.

    :param pattern: what every value looks like, once tidied.
    :param dates: strptime's words for the day.
    :param month: which of two numbers is the month where they could be confused; 0: they cannot.
    :param doubtful: the column fits another form as well.
    :param look: what the beginning of every value matches, as Python's ``re`` has it; no more than a first look.
    """

    name: str
    pattern: str
    dates: Sequence[str]
    month: int = 0
    doubtful: bool = False
    look: str = r"[^/]*\d/\d"

    def fits(self, value: str) -> str:
        """SQL: whether ``value`` is written like this."""
        tidy = _tidied(value)
        test = f"regexp_full_match({tidy}, {literal(self.pattern)})"
        if self.month:
            number = f"TRY_CAST(regexp_extract({tidy}, {literal(_NUMBERS)}, {self.month}) AS INTEGER)"
            test += f" AND {number} <= 12"
        return f"({test} AND {self.read(value)} IS NOT NULL)"

    def remark(self, column: str, *, utc: bool) -> list[str]:
        """What the user should know of reading ``column`` like this.

        :param utc: whether the file says that its times are UTC; the form itself has no time zone.
        """
        if self.doubtful:
            return [f"The times of {column} could be day/month or month/day; they are read as {self.name}, UTC."]
        return [] if utc else [f"The times of {column} have no time zone; they are read as UTC."]

    def read(self, value: str) -> str:
        """SQL: ``value`` as ticks."""
        forms = ", ".join(literal(f"{day} {clock}") for day in self.dates for clock in _TIMES)
        return f"(epoch_us(try_strptime({_tidied(value)}, [{forms}])) * 10)"


def _tidied(value: str) -> str:
    plain = f"regexp_replace(trim({value}), {_SPACES}, ' ', 'g')"
    spaced = f"replace(replace({plain}, ', ', ' '), ',', '.')"
    marked = f"regexp_replace({spaced}, ' ?([AaPp])\\.?[Mm]\\.?$', ' \\1M')"
    return f"upper({marked})"


class SpacedOffset(DateForm):
    """ISO 8601 with a blank before the offset, as Hayabusa and some others write it."""

    def fits(self, value: str) -> str:
        """SQL: whether ``value`` is written like this."""
        return f"(regexp_full_match(trim({value}), {literal(self.pattern)}) AND {self.read(value)} IS NOT NULL)"

    def read(self, value: str) -> str:
        """SQL: ``value`` as ticks."""
        return f"kql_datetime(regexp_replace(trim({value}), {literal(_BLANK)}, {literal(_OFFSET)}))"

    def remark(self, column: str, *, utc: bool) -> list[str]:
        """Nothing: it says all there is to say."""
        del column, utc
        return []


class PowerShellDate(DateForm):
    """``/Date(1550503762123)/``: milliseconds since 1970 UTC, as Windows PowerShell's ConvertTo-Json writes them."""

    def fits(self, value: str) -> str:
        """SQL: whether ``value`` is written like this."""
        return f"regexp_full_match(trim({value}), {literal(self.pattern)})"

    def read(self, value: str) -> str:
        """SQL: ``value`` as ticks."""
        return f"(TRY_CAST(regexp_extract({value}, '-?[0-9]+') AS BIGINT) * 10000)"

    def remark(self, column: str, *, utc: bool) -> list[str]:
        """Nothing: it says all there is to say."""
        del column, utc
        return []


_BLANK, _OFFSET = r"\s+(Z|[+-]\d{2}:?\d{2})$", r"\1"

FORMS = (
    DateForm("month/day/year", _NUMBERS, ("%-m/%-d/%Y",), 1),
    DateForm("day/month/year", _NUMBERS, ("%-d/%-m/%Y",), 2),
    DateForm("day.month.year", r"\d{1,2}\.\d{1,2}\.\d{4}" + _CLOCK, ("%-d.%-m.%Y",), look=r"[^.]*\d\.\d"),
    DateForm("year/month/day", r"\d{4}/\d{1,2}/\d{1,2}" + _CLOCK, ("%Y/%-m/%-d",)),
    SpacedOffset("ISO 8601", r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*" + _BLANK[:-1], (), look=r"\s*\d{4}-"),
    PowerShellDate("PowerShell's", r"/Date\(-?\d{1,15}([+-]\d{4})?\)/", (), look=r"\s*/Date"),
    DateForm("month name", r"[A-Z]{3} \d{1,2} \d{4}" + _CLOCK, ("%b %-d %Y",), look=r"\s*[A-Za-z]{3},?\s+\d"),
)
