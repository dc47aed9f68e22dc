"""Series between JSON and Python."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from ..remarks import checkpoint, remark

if TYPE_CHECKING:
    from collections.abc import Sequence

Number = int | float
Series = list[Number | None]

_FINEST = 1 << 63
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
# As the engine writes datetimes and timespans into dynamics.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z|-?(\d+\.)?\d\d:\d\d:\d\d(\.\d{7})?")


def series_of(text: str | None) -> Series | None:
    """The elements of a JSON array, None for each that is no number; None for what is no array.

    :raises ValueError: an array of datetimes or timespans.
    """
    if text is None:
        return None
    checkpoint()
    values = json.loads(text)
    return [number_of(value) for value in values] if isinstance(values, list) else None


def operand(text: str | None) -> Series | Number | None:
    """A series, or the number that stands for every element of one; None for anything else."""
    if text is None:
        return None
    value = json.loads(text)
    return [number_of(each) for each in value] if isinstance(value, list) else number_of(value)


def number_of(value: object) -> Number | None:
    """A JSON value as a number, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if -_FINEST <= value < _FINEST else float(value)
    if isinstance(value, str):
        if _TIME.fullmatch(value):
            raise ValueError(
                f"a series of datetimes or timespans (here {value}) is not computed with: "
                "give make-series an axis of type long, or use unixtime numbers."
            )
        return _SPECIAL.get(value)
    return None


def shown(values: Sequence[object]) -> str:
    """A series as JSON; what JSON has no number for is a text."""
    checkpoint()
    return json.dumps([_cell(value) for value in values], separators=(",", ":"))


def _cell(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def whole_numbers(function: str, text: str | None) -> list[float] | None:
    """The elements as floats, of a series that has nothing but numbers, and at least one.

    A series with anything else gives None, and a remark where that is a gap.
    """
    values = series_of(text)
    if not values:
        return None
    numbers = [float(value) for value in values if value is not None and math.isfinite(value)]
    if len(numbers) < len(values):
        remark(
            f"{function}() gives null for a series with elements that are null or no finite number: "
            "fill them first, for instance with series_fill_linear() or series_fill_const()."
        )
        return None
    return numbers
