"""What comes again after so many elements.

Kusto does not publish how it scores a period. So a period is told only where every measure of autocorrelation agrees
on it well beyond the threshold, or where none comes near it; in between, nothing is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..remarks import checkpoint, remark
from .numbers import shown, whole_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

AUTOMATIC: Final = -1

_SHORTEST = 4
# Documented scores lie above this part of the autocorrelation; below so many cycles there are none to compare with.
_CERTAIN_PART = 0.8
_CYCLES = 4
_CLOSE = 0.05


def seasonal(text: str | None, period: int | None) -> str | None:
    """``series_seasonal``: for each element the median of its phase; zeros without a season.

    :param period: elements a season, or -1: it is looked for.
    """
    import numpy as np

    numbers = whole_numbers("series_seasonal", text)
    if numbers is None:
        return None
    values = np.array(numbers)
    found = season(values, AUTOMATIC if period is None else period, 0.7, "series_seasonal")
    if found is None:
        return None
    return shown(phases(values, found, len(values)).tolist())


def phases(values: Floats, period: int, length: int) -> Floats:
    """The median of each phase, again and again for ``length`` elements; zeros where ``period`` is 0."""
    import numpy as np

    if period <= 0:
        return np.zeros(length)
    medians = np.array([np.median(values[phase::period]) for phase in range(min(period, len(values)))])
    # A phase that the values do not reach has no median; no period is longer than its series.
    return medians[np.arange(length) % len(medians)]


def season(values: Floats, asked: int, threshold: float, function: str) -> int | None:
    """The period to use: the one asked for, or the one that is certain; 0 for none; None, with a remark, if unsure.

    :raises ValueError: a period below -1, or longer than the series.
    """
    if asked != AUTOMATIC:
        if asked < 0 or asked > len(values):
            raise ValueError(f"{function}() takes a season from 0 to the length of the series, or -1 to look for one.")
        return asked
    found = _detected(values, threshold)
    if found is None:
        remark(
            f"{function}() gives null for a series of which it is not certain whether it has a season "
            f"(Kusto's score is not published): give the season as a number of bins, or 0 for none, instead of -1."
        )
    return found


def _detected(values: Floats, threshold: float) -> int | None:
    import numpy as np

    last = (len(values) - 1) // 2  # half of the series is too long, as a documented example shows
    if last < _SHORTEST or np.ptp(values) == 0:
        return 0
    raw, straightened = _correlations(values), _correlations(_without_trend(values))
    # Spikes hide a season from the values, not from their ranks.
    ranks = _ranks(values)
    plain = (*raw, *straightened)
    measures = (*plain, *_correlations(ranks), *_correlations(_without_trend(ranks)))
    candidates = _peaks(measures, last)
    if not len(candidates) or np.fmax.reduce(measures)[candidates].max() < threshold:
        return 0
    return _certain(raw[0], raw[1], straightened[0], _peaks(plain, last), len(values), threshold)


def _certain(
    unbiased: Floats, biased: Floats, straight: Floats, candidates: Places, length: int, threshold: float
) -> int | None:
    import numpy as np

    if not len(candidates):
        return None
    best = int(candidates[np.argmax(biased[candidates])])
    if length < _CYCLES * best or _CERTAIN_PART * min(unbiased[best], straight[best]) < threshold:
        return None
    rivals = (candidates % best != 0) & (np.maximum(unbiased, straight)[candidates] >= threshold)
    better = unbiased[candidates] > unbiased[best] + _CLOSE
    return None if (rivals | better).any() else best


def _peaks(measures: Sequence[Floats], last: int) -> Places:
    """The lags whose neighbours have no more, by any of the measures."""
    import numpy as np

    found = np.zeros(last + 1 - _SHORTEST, dtype=bool)
    for measure in measures:
        here = measure[_SHORTEST : last + 1]
        before, after = measure[_SHORTEST - 1 : last], measure[_SHORTEST + 1 : last + 2]
        found |= (here >= before) & (here >= after)
    return np.flatnonzero(found) + _SHORTEST


def _ranks(values: Floats) -> Floats:
    import numpy as np

    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    middles: Floats = np.cumsum(counts) - counts / 2.0
    return middles[places]


def _without_trend(values: Floats) -> Floats:
    import numpy as np

    from .lines import line

    slope, interception = line(values)
    return values - (interception + slope * np.arange(1, len(values) + 1))


def _correlations(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each lag up to half of the series and one more: autocorrelation unbiased and biased, and Pearson's."""
    import numpy as np

    checkpoint()
    n = len(values)
    most = n // 2 + 2
    d = values - values.mean()
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(d, size)
    products = np.fft.irfft(spectrum * np.conj(spectrum), size)[:most]
    left = n - np.arange(most)
    biased = products / products[0] if products[0] else np.zeros(most)
    sums, squares = np.concatenate([[0.0], np.cumsum(d)]), np.concatenate([[0.0], np.cumsum(d * d)])
    head, tail = sums[left], sums[n] - sums[n - left]
    spread = np.sqrt(
        np.maximum(squares[left] - head * head / left, 0)
        * np.maximum(squares[n] - squares[n - left] - tail * tail / left, 0)
    )
    together = products - head * tail / left
    pearson = np.divide(together, spread, out=np.zeros(most), where=spread > products[0] * 1e-12)
    return biased * n / left, biased, pearson
