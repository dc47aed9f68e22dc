"""Tukey's fences, as ``series_outliers`` scores with them."""

from __future__ import annotations

import math
from typing import Final

from ..remarks import remark
from .numbers import series_of, shown

Scores = list[float | None]

# What brings a score between the 10th and 90th percentile to the scale of one between the quartiles. It comes out of
# scores that Kusto gave (published with their data); the authors describe its meaning but not its formula.
_SCALES: Final = {"tukey": (25.0, 75.0, 1.0), "ctukey": (10.0, 90.0, 2.772605605507915)}


def check_kind(kind: str) -> None:
    """Let two kinds of fences pass.

    :raises ValueError: another one.
    """
    if kind not in _SCALES:
        raise ValueError(f"there are the kinds tukey and ctukey of fences, and no {kind!r}.")


def outliers(text: str | None, kind: str | None, ignored: float | None) -> str | None:
    """A score for each element: 0 between the percentiles, above them positive, below them negative.

    :param kind: ``tukey`` or ``ctukey``.
    :param ignored: the number that stands for a gap, besides null; gaps score 0.
    :raises ValueError: no such kind.
    """
    values = series_of(text)
    if values is None:
        return None
    plain = [
        None if value is None or value == ignored or not math.isfinite(value) else float(value) for value in values
    ]
    return shown(scores(plain, kind or "ctukey"))


def scores(values: Scores, kind: str) -> Scores:
    """The scores of a series; None, with a remark, for an outlier of a series that has no spread."""
    check_kind(kind)
    known = sorted(value for value in values if value is not None)
    if not known:
        return [0.0] * len(values)
    low_percent, high_percent, scale = _SCALES[kind]
    low, high = percentile(known, low_percent), percentile(known, high_percent)
    return [_score(value, low, high, scale) for value in values]


def _score(value: float | None, low: float, high: float, scale: float) -> float | None:
    if value is None or low <= value <= high:
        return 0.0
    if low == high:
        remark(
            "A series whose 10th and 90th percentile (or quartiles) are the same has no scale: "
            "what differs from them has no score, and null stands for it."
        )
        return None
    return (value - (high if value > high else low)) / (high - low) * scale


def percentile(ordered: list[float], percent: float) -> float:
    """A percentile of sorted values, on the line between its neighbours."""
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
