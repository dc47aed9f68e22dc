"""Linear interpolation."""

from __future__ import annotations

from itertools import pairwise

from ..remarks import remark
from .numbers import Number, Series, series_of, shown


def interpolated(
    text: str | None,
    placeholder: float | None,
    edges: bool | None,  # noqa: FBT001  # as the SQL gives it
    constant: float | None,
) -> str | None:
    """A series with its gaps on the line between their neighbours.

    :param placeholder: the number that stands for a gap; None: a null is one.
    :param edges: whether gaps at the ends take their only neighbour.
    :param constant: what fills a series of nothing but gaps; None: nothing does.
    """
    values = series_of(text)
    if values is None:
        return None
    if placeholder is not None and None in values:
        remark("series_fill_linear() gives null for a series with nulls where another value stands for gaps.")
        return None
    known = [place for place, value in enumerate(values) if value is not None and value != placeholder]
    if not known:
        return shown(values if constant is None else [constant] * len(values))
    whole = all(isinstance(values[place], int) for place in known)
    filled = list(values)
    for left, right in pairwise(known):
        _between(filled, left, right, whole=whole)
    if edges is not False:
        filled[: known[0]] = [filled[known[0]]] * known[0]
        filled[known[-1] + 1 :] = [filled[known[-1]]] * (len(values) - known[-1] - 1)
    return shown(filled)


def _between(values: Series, left: int, right: int, *, whole: bool) -> None:
    first, last = values[left], values[right]
    if first is None or last is None:
        raise TypeError
    for place in range(left + 1, right):
        value: Number = first + (last - first) * (place - left) / (right - left)
        values[place] = int(value) if whole else value
