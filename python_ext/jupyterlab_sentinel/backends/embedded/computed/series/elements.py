"""Functions that take a series an element at a time, or two side by side.

What is no number gives null, as does an element that only one of two series has. Whole numbers stay whole where
Kusto keeps them so.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

from .numbers import Number, Series, operand, series_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1


def _divide(a: Number, b: Number) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


def _power(a: Number, b: Number) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0 and b % 2 == 1 else math.inf
    except ValueError:
        return math.inf if a == 0 else math.nan


def _exponential(a: Number) -> float:
    try:
        return math.exp(a)
    except OverflowError:
        return math.inf


def _logarithm(a: Number) -> float:
    return math.log(a) if a > 0 else -math.inf if a == 0 else math.nan


def _sign(a: Number) -> Number:
    return math.nan if math.isnan(a) else (a > 0) - (a < 0)


def _within(function: Callable[[float], float]) -> Callable[[Number], float]:
    """The function, NaN outside of where it is defined."""

    def call(a: Number) -> float:
        try:
            return function(a)
        except ValueError:
            return math.nan

    return call


def _rounded(function: Callable[[float], int]) -> Callable[[Number], float]:
    return lambda a: float(function(a)) if math.isfinite(a) else float(a)


BINARY: dict[str, Callable[[Number, Number], object]] = {
    "series_add": operator.add,
    "series_subtract": operator.sub,
    "series_multiply": operator.mul,
    "series_divide": _divide,
    "series_pow": _power,
    "series_equals": operator.eq,
    "series_not_equals": operator.ne,
    "series_greater": operator.gt,
    "series_greater_equals": operator.ge,
    "series_less": operator.lt,
    "series_less_equals": operator.le,
}
"""The functions of two series, by their KQL name."""

UNARY: dict[str, Callable[[Number], Number]] = {
    "series_abs": abs,
    "series_sign": _sign,
    "series_exp": _exponential,
    "series_log": _logarithm,
    "series_sin": _within(math.sin),
    "series_cos": _within(math.cos),
    "series_tan": _within(math.tan),
    "series_asin": _within(math.asin),
    "series_acos": _within(math.acos),
    "series_atan": math.atan,
    "series_ceiling": _rounded(math.ceil),
    "series_floor": _rounded(math.floor),
}
"""The functions of one series, by their KQL name."""


def each_pair(name: str, left: str | None, right: str | None) -> str | None:
    """A function of two series; a number in the place of a series stands beside every element of the other.

    :raises ValueError: whole numbers whose result is beyond 64 bits.
    """
    a, b = operand(left), operand(right)
    if a is None or b is None or not (isinstance(a, list) or isinstance(b, list)):
        return None
    length = max(len(side) for side in (a, b) if isinstance(side, list))
    function = BINARY[name]
    return shown(
        [
            None if x is None or y is None else _checked(name, function(x, y))
            for x, y in zip(_padded(a, length), _padded(b, length), strict=True)
        ]
    )


def _padded(side: Series | Number, length: int) -> Series:
    return [*side, *[None] * (length - len(side))] if isinstance(side, list) else [side] * length


def _checked(name: str, value: object) -> object:
    if isinstance(value, int) and not _LOWEST <= value <= _HIGHEST:
        raise ValueError(f"{name}() gives a whole number beyond 64 bits.")
    return value


def each_element(name: str, text: str | None) -> str | None:
    """A function of one series."""
    values = series_of(text)
    function = UNARY[name]
    return None if values is None else shown([None if value is None else function(value) for value in values])
