"""Lines, two lines and polynomials of least squares; an element's place counts from 1 on the axis of x."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..remarks import remark
from .numbers import shown, whole_numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Fit = dict[str, float | int | str | None]

_FEWEST = 2


@dataclass(frozen=True, slots=True)
class _Line:
    slope: float
    interception: float
    rsquare: float | None
    variance: float
    rvariance: float
    fitted: Floats

    def named(self, prefix: str = "") -> Fit:
        return {
            f"{prefix}rsquare": self.rsquare,
            f"{prefix}slope": self.slope,
            f"{prefix}variance": self.variance,
            f"{prefix}rvariance": self.rvariance,
            f"{prefix}interception": self.interception,
        }


def line(values: Floats) -> tuple[float, float]:
    """Slope and interception over the places of the elements."""
    import numpy as np

    x = np.arange(1, len(values) + 1, dtype=np.float64)
    dx = x - x.mean()
    slope = float(dx @ (values - values.mean()) / (dx @ dx))
    return slope, float(values.mean() - slope * x.mean())


def _fitted(values: Floats) -> _Line:
    import numpy as np

    slope, interception = line(values)
    on_line = interception + slope * np.arange(1, len(values) + 1, dtype=np.float64)
    return _Line(slope, interception, *_quality(values, on_line), on_line)


def _quality(values: Floats, fitted: Floats) -> tuple[float | None, float, float]:
    """R², and the variances of a sample: of the values, and of what the fit leaves."""
    spread = float(((values - values.mean()) ** 2).sum())
    left = float(((values - fitted) ** 2).sum())
    degrees = len(values) - 1
    if spread == 0:
        remark("A series of equal elements has no r-square: it is null.")
        return None, 0.0, 0.0
    return 1 - left / spread, spread / degrees, left / degrees


def _floats(function: str, text: str | None) -> Floats | None:
    import numpy as np

    numbers = whole_numbers(function, text)
    if numbers is None:
        return None
    if len(numbers) < _FEWEST:
        remark(f"{function}() gives null for a series of fewer than {_FEWEST} elements.")
        return None
    return np.array(numbers)


def fit_line(text: str | None) -> Fit | None:
    """``series_fit_line``."""
    values = _floats("series_fit_line", text)
    if values is None:
        return None
    found = _fitted(values)
    return {**found.named(), "line_fit": shown(found.fitted.tolist())}


def fit_line_bag(text: str | None) -> str | None:
    """``series_fit_line_dynamic``."""
    fit = fit_line(text)
    return None if fit is None else _bag(fit)


def fit_2lines(text: str | None) -> Fit | None:
    """``series_fit_2lines``: each segment has an axis of its own; the right one begins at ``split_idx``."""
    import numpy as np

    values = _floats("series_fit_2lines", text)
    if values is None:
        return None
    split = _split(values)
    if split is None:
        return None
    left, right = _fitted(values[:split]), _fitted(values[split:])
    fitted = np.concatenate([left.fitted, right.fitted])
    rsquare, variance, rvariance = _quality(values, fitted)
    return {
        "rsquare": rsquare,
        "split_idx": split,
        "variance": variance,
        "rvariance": rvariance,
        "line_fit": shown(fitted.tolist()),
        **right.named("right_"),
        **left.named("left_"),
    }


def fit_2lines_bag(text: str | None) -> str | None:
    """``series_fit_2lines_dynamic``."""
    fit = fit_2lines(text)
    if fit is None:
        return None
    nested: dict[str, object] = {name: value for name, value in fit.items() if not name.startswith(("right_", "left_"))}
    nested["line_fit"] = json.loads(str(fit["line_fit"]))
    for side in ("right", "left"):
        nested[side] = {name.removeprefix(f"{side}_"): v for name, v in fit.items() if name.startswith(f"{side}_")}
    return json.dumps(nested, separators=(",", ":"))


def _split(values: Floats) -> int | None:
    """The first place where two lines leave least; None, with a remark, where it cannot be told."""
    import numpy as np

    if len(values) < 2 * _FEWEST or np.ptp(values) == 0:
        remark("series_fit_2lines() gives null for a series of fewer than 4 elements, or of equal ones.")
        return None
    before, after = _remainders(values), _remainders(values[::-1])[::-1]
    totals = before[:-1] + after[1:]  # the split before element 1, 2, …
    inner = int(np.argmin(totals[1:-1])) + 1
    if min(totals[0], totals[-1]) < totals[inner] * (1 - 1e-12):
        remark("series_fit_2lines() gives null where the best split leaves one element on a side.")
        return None
    return inner + 1


def _remainders(values: Floats) -> Floats:
    """The sum of squares that a line leaves of the first 1, 2, … elements."""
    import numpy as np

    y = values - values.mean()
    n = np.arange(1, len(y) + 1, dtype=np.float64)
    sum_y, sum_yy, sum_xy = np.cumsum(y), np.cumsum(y * y), np.cumsum(n * y)
    spread_x = n * (n * n - 1) / 12
    together = sum_xy - (n + 1) / 2 * sum_y
    spread_y = sum_yy - sum_y * sum_y / n
    explained = np.divide(together * together, spread_x, out=np.zeros_like(y), where=spread_x > 0)
    left: Floats = np.maximum(spread_y - explained, 0.0)
    return left


def fit_poly(text: str | None, axis: str | None, degree: int | None) -> Fit | None:
    """``series_fit_poly``.

    :param axis: the series of x; None: 1, 2, …
    :raises ValueError: an axis of another length, or a degree that the series is too short for.
    """
    import numpy as np

    y = _floats("series_fit_poly", text)
    if y is None:
        return None
    x = np.arange(1, len(y) + 1, dtype=np.float64) if axis is None else _floats("series_fit_poly", axis)
    if x is None:
        return None
    degree = 1 if degree is None else degree
    if len(x) != len(y) or not 0 < degree < len(y):
        raise ValueError("series_fit_poly() takes an x for each y, and a degree below the number of elements.")
    coefficients = np.polyfit(x, y, degree)
    fitted: Floats = np.asarray(np.polyval(coefficients, x), dtype=np.float64)
    rsquare, variance, rvariance = _quality(y, fitted)
    return {
        "rsquare": rsquare,
        "coefficients": shown(coefficients.tolist()),
        "variance": variance,
        "rvariance": rvariance,
        "poly_fit": shown(fitted.tolist()),
    }


def _bag(fit: Fit) -> str:
    return json.dumps({**fit, "line_fit": json.loads(str(fit["line_fit"]))}, separators=(",", ":"))
