"""One number, or a few, for a whole series."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from ..remarks import remark
from .numbers import operand, series_of, whole_numbers

if TYPE_CHECKING:
    from .numbers import Number, Series

Statistics = dict[str, float | int | None]

_NAMES = ("min", "min_idx", "max", "max_idx", "avg", "stdev", "variance")


def total(text: str | None) -> float | None:
    """The sum; null for a series with gaps."""
    numbers = whole_numbers("series_sum", text)
    return None if numbers is None else math.fsum(numbers)


def product(text: str | None) -> float | None:
    """The product; null for a series with gaps."""
    numbers = whole_numbers("series_product", text)
    return None if numbers is None else math.prod(numbers)


def magnitude(text: str | None) -> float | None:
    """The root of the sum of squares; null for a series with gaps."""
    numbers = whole_numbers("series_magnitude", text)
    return None if numbers is None else math.sqrt(math.fsum(number * number for number in numbers))


def dot_product(left: str | None, right: str | None) -> float | None:
    """The sum of the products of elements side by side, as far as the shorter goes; what is no number is left out."""
    pairs = _pairs(operand(left), operand(right))
    return None if pairs is None else float(sum(a * b for a, b in pairs))


def cosine_similarity(left: str | None, right: str | None, first: float | None, second: float | None) -> float | None:
    """The cosine of the angle between two series, over the elements that both have.

    :param first: the magnitude of ``left``; None: it is computed.
    :param second: the magnitude of ``right``; None: it is computed.
    """
    pairs = _pairs(operand(left), operand(right))
    if pairs is None:
        return None
    first = math.sqrt(sum(a * a for a, _ in pairs)) if first is None else first
    second = math.sqrt(sum(b * b for _, b in pairs)) if second is None else second
    dot = float(sum(a * b for a, b in pairs))
    return dot / (first * second) if first * second else math.nan


def _pairs(a: Series | Number | None, b: Series | Number | None) -> list[tuple[Number, Number]] | None:
    if a is None or b is None or not (isinstance(a, list) or isinstance(b, list)):
        return None
    left = a if isinstance(a, list) else [a] * len(b if isinstance(b, list) else ())
    right = b if isinstance(b, list) else [b] * len(left)
    if not left or not right:
        return None
    return [(x, y) for x, y in zip(left, right, strict=False) if x is not None and y is not None]


def pearson_correlation(left: str | None, right: str | None) -> float | None:
    """Pearson's coefficient; null where an element is no number or the lengths differ."""
    a, b = series_of(left), series_of(right)
    if not a or not b or len(a) != len(b) or None in a or None in b:
        return None
    x, y = ([float(value) for value in side if value is not None] for side in (a, b))
    dx, dy = _deviations(x), _deviations(y)
    scale = math.sqrt(math.fsum(d * d for d in dx) * math.fsum(d * d for d in dy))
    return math.fsum(p * q for p, q in zip(dx, dy, strict=True)) / scale if scale else math.nan


def _deviations(values: list[float]) -> list[float]:
    mean = math.fsum(values) / len(values)
    return [value - mean for value in values]


def statistics(text: str | None, ignore: bool | None) -> Statistics:  # noqa: FBT001  # as the SQL gives it
    """Smallest and largest with their places, mean, deviation and variance of the sample.

    :param ignore: whether elements that are no finite numbers are passed over; else one makes everything null.
    """
    values = series_of(text) or []
    numbers = [(float(v), place) for place, v in enumerate(values) if v is not None and math.isfinite(v)]
    if not numbers or (len(numbers) < len(values) and not ignore):
        return dict.fromkeys(_NAMES)
    plain = [value for value, _ in numbers]
    low, high = min(plain), max(plain)
    variance = None
    if len(plain) > 1:
        variance = math.fsum(d * d for d in _deviations(plain)) / (len(plain) - 1)
    else:
        remark("series_stats() gives no deviation for a series of one element.")
    return {
        "min": low,
        "min_idx": next(place for value, place in numbers if value == low),
        "max": high,
        "max_idx": next(place for value, place in numbers if value == high),
        "avg": math.fsum(plain) / len(plain),
        "stdev": None if variance is None else math.sqrt(variance),
        "variance": variance,
    }


def statistics_bag(text: str | None, ignore: bool | None) -> str | None:  # noqa: FBT001  # as the SQL gives it
    """The same as a bag, with the sum and the number of elements."""
    values = series_of(text)
    if values is None:
        return None
    found = statistics(text, ignore)
    numbers = [float(v) for v in values if v is not None and math.isfinite(v)]
    whole = found["min"] is not None
    bag = {**found, "sum": math.fsum(numbers) if whole else None, "len": len(numbers) if whole else None}
    return json.dumps(bag, separators=(",", ":"))
