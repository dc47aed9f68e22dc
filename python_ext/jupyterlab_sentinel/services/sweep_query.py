"""The KQL of a sweep: for each value and table, in how many rows it occurs.

Each row's searched columns are joined by line breaks, which no term crosses. A pattern of all the values keeps the few
rows that may have one; a second one reads out which; and each of these is then tested by the rules of ``has``. A value
that another one's match may have hidden is tested wherever that other one was found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kql.literals import kql_literal, quoted_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..models.workspace import TableInfo

SEARCHED = ("string", "dynamic", "guid")
"""Types of the columns that are looked into, as ``search`` does."""

_MOST_ARGUMENTS = 60
_SPECIAL = re.compile(r"[\\.^$|?*+()\[\]{}]")
# Sizes at which a linear engine for regular expressions still runs at full speed.
_MOST_ALTERNATIVES = 200
_LONGEST_PATTERN = 8_000
_END = "(?:[^0-9A-Za-z]|$)"


@dataclass(frozen=True, slots=True)
class _Part:
    """Values that share a pattern; ``bounded``: they begin and end with a letter or digit, and so do their matches."""

    values: tuple[str, ...]
    bounded: bool

    @property
    def any(self) -> str:
        """Finds any of the values, and more."""
        return "|".join(_escaped(value) for value in self.values)

    @property
    def each(self) -> str:
        """Captures the values that it finds."""
        return f"({self.any}){_END}" if self.bounded else f"({self.any})"


def sweep_query(values: Sequence[str], tables: Sequence[TableInfo]) -> str:
    """Columns of the answer: ``value`` (in lower case), ``table_name, row_count, first_time, last_time``.

    :param values: at least one, none empty.
    :param tables: at least one, each with a column of a type in ``SEARCHED``.
    """
    parts = list(_parts(dict.fromkeys(value.lower() for value in values)))
    legs = ",\n  ".join(f"({_leg(table)})" for table in tables)
    hints = "\n  or ".join(f"row_text matches regex {kql_literal(part.any)}" for part in parts)
    read = ", ".join(f"extract_all({kql_literal(part.each)}, row_text)" for part in parts)
    return "\n| ".join(
        [
            f"union\n  {legs}",
            f"where {hints}",
            "serialize row_id = row_number()",
            f"mv-expand part = pack_array({read})",
            "mv-expand found = part to typeof(string)",
            "where isnotempty(found)",
            *_with_hidden(parts),
            "where row_text has_cs value",
            "summarize row_time = min(row_time) by row_id, table_name, value",
            "summarize row_count = count(), first_time = min(row_time), last_time = max(row_time) by value, table_name",
        ]
    )


def _with_hidden(parts: Iterable[_Part]) -> list[str]:
    """Steps from what was found to what is to be tested."""
    hidden = {found: others for part in parts for found, others in _hidden(part)}
    if not hidden:
        return ["extend value = found"]
    pairs = kql_literal({found: [found, *others] for found, others in hidden.items()})
    return [
        f"extend others = {pairs}",
        "extend value = iff(isnull(others[found]), pack_array(found), others[found])",
        "mv-expand value to typeof(string)",
    ]


def _hidden(part: _Part) -> Iterator[tuple[str, list[str]]]:
    """For each value those that its match may hide: they begin inside it, as a term can, and fit what is there."""
    for found in part.values:
        rests = [(at, found[at:]) for at in range(len(found))]
        others = [
            other
            for other in part.values
            if other != found and any(_fits(found, at, rest, other, bounded=part.bounded) for at, rest in rests)
        ]
        if others:
            yield found, others


def _fits(found: str, at: int, rest: str, other: str, *, bounded: bool) -> bool:
    """Whether ``other`` may begin at ``at`` of ``found``, whose text from there on is ``rest``."""
    if at and other[0].isalnum() and found[at - 1].isalnum():
        return False
    inside, beyond = rest.startswith(other), other.startswith(rest)
    if not bounded:
        return inside or beyond
    return (inside and not rest[len(other) : len(other) + 1].isalnum()) or (
        beyond and not other[len(rest) : len(rest) + 1].isalnum()
    )


def _parts(values: Iterable[str]) -> Iterator[_Part]:
    """The values by patterns: each at most so long, those with bounds apart from those without."""
    sorted_out: dict[bool, list[str]] = {}
    for value in values:
        sorted_out.setdefault(value[0].isalnum() and value[-1].isalnum(), []).append(value)
    for bounded, held in sorted_out.items():
        part: list[str] = []
        length = 0
        for value in held:
            if part and (len(part) >= _MOST_ALTERNATIVES or length + len(value) > _LONGEST_PATTERN):
                yield _Part(tuple(part), bounded)
                part, length = [], 0
            part.append(value)
            length += len(value)
        yield _Part(tuple(part), bounded)


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", value)


def _leg(table: TableInfo) -> str:
    parts = [
        name if kind == "string" else f"tostring({name})"
        for name, kind in ((quoted_name(column.name), column.type) for column in table.columns)
        if kind in SEARCHED
    ]
    timed = any(column.name == "TimeGenerated" and column.type == "datetime" for column in table.columns)
    moment = "TimeGenerated" if timed else "datetime(null)"
    return (
        f"{quoted_name(table.name)} | project row_time = {moment}, table_name = {kql_literal(table.name)}, "
        f"row_text = tolower({_joined(parts)})"
    )


def _joined(parts: Sequence[str]) -> str:
    """Texts joined by line breaks; a function takes 64 arguments at most."""
    if len(parts) == 1:
        return parts[0]
    pieces = [parts[at : at + _MOST_ARGUMENTS] for at in range(0, len(parts), _MOST_ARGUMENTS)]
    joined = [f'strcat_delim("\\n", {", ".join(piece)})' if len(piece) > 1 else piece[0] for piece in pieces]
    return _joined(joined)
