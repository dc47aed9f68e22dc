"""A series as season, trend and what remains; anomalies of what remains; a forecast from season and trend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..remarks import remark
from .numbers import shown, whole_numbers
from .outliers import scores
from .seasons import phases, season

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TRENDS = ("avg", "linefit", "none")

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class _Parts:
    seasonal: Floats
    trend: Floats
    residual: Floats

    @property
    def baseline(self) -> Floats:
        return self.seasonal + self.trend


def decomposed(
    text: str | None, asked: int | None, trend: str | None, test_points: int | None, threshold: float | None
) -> dict[str, str] | None:
    """``series_decompose``; the parameters are those that it documents, None for one that is not given."""
    parts = _parts("series_decompose", text, asked, trend or "avg", test_points or 0, threshold)
    if parts is None:
        return None
    return {
        "baseline": shown(parts.baseline.tolist()),
        "seasonal": shown(parts.seasonal.tolist()),
        "trend": shown(parts.trend.tolist()),
        "residual": shown(parts.residual.tolist()),
    }


def anomalies(
    text: str | None,
    limit: float | None,
    asked: int | None,
    trend: str | None,
    test_points: int | None,
    method: str | None,
    threshold: float | None,
) -> dict[str, str] | None:
    """``series_decompose_anomalies``: flags, scores and the baseline.

    :param limit: the score beyond which an element is an anomaly.
    """
    parts = _parts("series_decompose_anomalies", text, asked, trend or "avg", test_points or 0, threshold)
    if parts is None:
        return None
    limit = 1.5 if limit is None else limit
    scored = scores(_unnoised(parts), method or "ctukey")
    flags = [None if score is None else (score > limit) - (score < -limit) for score in scored]
    return {
        "ad_flag": shown(flags),
        "ad_score": shown(scored),
        "baseline": shown(parts.baseline.tolist()),
    }


def _unnoised(parts: _Parts) -> list[float | None]:
    """The residuals, zero where there is only the noise of floating point."""
    scale = float(abs(parts.residual + parts.baseline).max())
    return [0.0 if abs(value) <= scale * 1e-12 else float(value) for value in parts.residual]


def forecast(
    text: str | None, points: int | None, asked: int | None, trend: str | None, threshold: float | None
) -> str | None:
    """``series_decompose_forecast``: the baseline, learnt from all but the last ``points`` elements."""
    parts = _parts("series_decompose_forecast", text, asked, trend or "linefit", points or 0, threshold)
    return None if parts is None else shown(parts.baseline.tolist())


def _parts(
    function: str, text: str | None, asked: int | None, trend: str, test_points: int, threshold: float | None
) -> _Parts | None:
    import numpy as np

    numbers = whole_numbers(function, text)
    if numbers is None:
        return None
    if trend not in TRENDS:
        raise ValueError(f"{function}() knows the trends {', '.join(TRENDS)}, and no {trend!r}.")
    if not 0 <= test_points <= len(numbers):
        raise ValueError(f"{function}() takes test points from 0 to the length of the series.")
    values = np.array(numbers)
    learnt = values[: len(values) - test_points]
    if len(learnt) < _FEWEST:
        remark(f"{function}() gives null for a series with fewer than {_FEWEST} elements to learn from.")
        return None
    limit = 0.6 if threshold is None or math.isnan(threshold) else threshold
    period = season(learnt, -1 if asked is None else asked, limit, function)
    if period is None:
        return None
    seasonal = phases(learnt, period, len(values))
    line = _trend(learnt - seasonal[: len(learnt)], trend, len(values))
    return _Parts(seasonal, line, values - seasonal - line)


def _trend(values: Floats, kind: str, length: int) -> Floats:
    import numpy as np

    from .lines import line

    if kind == "none":
        return np.zeros(length)
    if kind == "avg":
        return np.full(length, values.mean(), dtype=np.float64)
    slope, interception = line(values)
    return interception + slope * np.arange(1, length + 1, dtype=np.float64)
