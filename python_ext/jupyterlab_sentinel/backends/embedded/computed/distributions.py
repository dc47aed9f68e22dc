"""The beta distribution and Welch's test.

The incomplete beta function is the continued fraction of DLMF 8.17.22 (https://dlmf.nist.gov/8.17), evaluated from the
front by Lentz's method as modified by Thompson and Barnett (J. Comput. Phys. 64, 1986).
"""

from __future__ import annotations

import math

from .remarks import remark

_GREATEST_SHAPE = 10_000
_STEPS = 20_000
_TINY = 1e-300
_HALVINGS = 1_200


def beta_pdf(x: float | None, alpha: float | None, beta: float | None) -> float | None:
    """The density at ``x``; NaN outside of 0 to 1 and of shapes that are no greater than 0."""
    if x is None or alpha is None or beta is None:
        return None
    if not (0 < x < 1 and alpha > 0 and beta > 0):
        return math.nan
    return math.exp((alpha - 1) * math.log(x) + (beta - 1) * math.log1p(-x) - _log_beta(alpha, beta))


def beta_cdf(x: float | None, alpha: float | None, beta: float | None) -> float | None:
    """The probability of no more than ``x``; NaN outside of 0 to 1 and of shapes outside of 0 to 10,000."""
    if x is None or alpha is None or beta is None:
        return None
    if not (0 <= x <= 1 and 0 < alpha <= _GREATEST_SHAPE and 0 < beta <= _GREATEST_SHAPE):
        return math.nan
    return _incomplete(x, alpha, beta)


def beta_inv(probability: float | None, alpha: float | None, beta: float | None) -> float | None:
    """The ``x`` that :func:`beta_cdf` gives the probability for; null outside of 0 to 1, NaN for impossible shapes."""
    if probability is None or alpha is None or beta is None:
        return None
    if not (0 < alpha <= _GREATEST_SHAPE and 0 < beta <= _GREATEST_SHAPE):
        return math.nan
    if not 0 < probability <= 1:
        return None
    if probability == 1:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if _incomplete(middle, alpha, beta) < probability:
            low = middle
        else:
            high = middle
    return high


def welch_test(
    mean1: float | None,
    variance1: float | None,
    count1: float | None,
    mean2: float | None,
    variance2: float | None,
    count2: float | None,
) -> float | None:
    """The probability, of both tails, of means that differ as much or more if both populations have one mean.

    None, with a remark, for samples that have no such probability: fewer than two values, or no variance in either.
    """
    if mean1 is None or variance1 is None or count1 is None or mean2 is None or variance2 is None or count2 is None:
        return None
    if not (count1 > 1 and count2 > 1 and variance1 >= 0 and variance2 >= 0 and variance1 + variance2 > 0):
        remark("welch_test() gives null for samples of fewer than two values, or without any variance.")
        return None
    share1, share2 = variance1 / count1, variance2 / count2
    statistic = (mean1 - mean2) ** 2 / (share1 + share2)
    freedom = (share1 + share2) ** 2 / (share1**2 / (count1 - 1) + share2**2 / (count2 - 1))
    return _incomplete(freedom / (freedom + statistic), freedom / 2, 0.5)


def _log_beta(alpha: float, beta: float) -> float:
    return math.lgamma(alpha) + math.lgamma(beta) - math.lgamma(alpha + beta)


def _incomplete(x: float, alpha: float, beta: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (alpha + 1) / (alpha + beta + 2):
        # There the fraction of the other tail is the one that converges quickly.
        return 1 - _incomplete(1 - x, beta, alpha) if 1 - x < (beta + 1) / (alpha + beta + 2) else _tail(x, alpha, beta)
    return _tail(x, alpha, beta)


def _tail(x: float, alpha: float, beta: float) -> float:
    front = math.exp(alpha * math.log(x) + beta * math.log1p(-x) - _log_beta(alpha, beta)) / alpha
    return front / _fraction(x, alpha, beta)


def _fraction(x: float, alpha: float, beta: float) -> float:
    """1 + d1/(1 + d2/(1 + …)) of DLMF 8.17.22 and 8.17.23."""
    value = numerator = 1.0
    denominator = 0.0
    for step in range(1, _STEPS):
        half = step // 2
        if step % 2:
            term = -(alpha + half) * (alpha + beta + half) * x / ((alpha + 2 * half) * (alpha + 2 * half + 1))
        else:
            term = half * (beta - half) * x / ((alpha + 2 * half - 1) * (alpha + 2 * half))
        denominator = 1 / (1 + term * denominator or _TINY)
        numerator = 1 + term / numerator or _TINY
        value *= numerator * denominator
        if abs(numerator * denominator - 1) < 1e-16:
            return value
    raise ValueError("The beta distribution could not be computed for these shapes.")
