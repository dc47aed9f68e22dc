"""What a command is pointed at: a variable, a column of one, or the words themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UsageError
from ..models.indicators import visible
from .arguments import comma_separated, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    import pandas as pd

    Values: TypeAlias = Iterable[str] | pd.DataFrame | pd.Series


class Source(NamedTuple):
    """A variable's value, its name, and the column that is meant, or None."""

    value: object
    name: str
    column: str | None


def variable_source(word: str, variables: Mapping[str, object]) -> Source | None:
    """The variable that ``VAR`` or ``VAR:COLUMN`` names; None if there is none."""
    name, colon, column = word.partition(":")
    if not name.isidentifier() or name not in variables or name.startswith("_"):
        return None
    return Source(variables[name], name, column if colon else None)


def literal_values(words: Sequence[str]) -> list[str]:
    """Values written on the line, between blanks or commas."""
    return [value for word in words for value in comma_separated(word)]


def looks_like_variable(word: str) -> bool:
    """Whether a word can only be meant as a variable: a plain name, with or without a column."""
    return word.partition(":")[0].isidentifier() and "." not in word and not word.isdigit()


def no_variable(word: str, variables: Mapping[str, object]) -> UsageError:
    """The error for a variable that is not there."""
    name = word.partition(":")[0]
    known = [one for one in variables if not one.startswith("_")]
    return UsageError(
        f"There is no variable {visible(name, limit=60)}.",
        hint=did_you_mean(name, known) or "Assign it in a cell before this one.",
    )


def frame_of(value: object) -> pd.DataFrame | None:
    """``value`` if it is a DataFrame; without importing pandas, which made it if it is one."""
    pandas = sys.modules.get("pandas")
    return value if pandas is not None and isinstance(value, pandas.DataFrame) else None


def series_of(value: object) -> pd.Series | None:
    """``value`` as a Series if it is one or an Index; likewise."""
    pandas = sys.modules.get("pandas")
    if pandas is None:
        return None
    if isinstance(value, pandas.Index):
        indexed: pd.Series = value.to_series(index=range(len(value)))
        return indexed
    return value if isinstance(value, pandas.Series) else None


def plain_values(value: object) -> Values:
    """A variable's values: those of a list or Series, the indicators of an alert, the words of a text.

    :raises UsageError: anything else.
    """
    from ..models.alerts import Alert

    if isinstance(value, Alert):
        return [indicator.value for indicator in value.indicators]
    if isinstance(value, str):
        return literal_values(value.split())
    if isinstance(value, Iterable) and not isinstance(value, dict):
        return value
    raise UsageError(
        f"A {type(value).__name__} holds no values to look for.", hint="Give a frame, a Series, a list or a text."
    )
