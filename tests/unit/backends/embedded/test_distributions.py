"""The beta distribution against sums of fractions, and Welch's test against what it is defined by."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import pytest

from jupyterlab_sentinel.backends.embedded.computed.distributions import beta_cdf, beta_inv, beta_pdf, welch_test
from jupyterlab_sentinel.backends.embedded.computed.remarks import collecting


def _exact(x: Fraction, alpha: int, beta: int) -> float:
    """For whole shapes the distribution is a sum of binomials (DLMF 8.17.5)."""
    count = alpha + beta - 1
    return float(sum(math.comb(count, j) * x**j * (1 - x) ** (count - j) for j in range(alpha, count + 1)))


def test_whole_shapes() -> None:
    dice = random.Random(7)  # noqa: S311  # the same numbers each time
    for _ in range(300):
        alpha, beta = dice.choice(
            ((dice.randint(1, 9), dice.randint(1, 9)), (dice.randint(1, 60), dice.randint(1, 60)))
        )
        x = Fraction(dice.randint(1, 255), 256)
        exact = _exact(x, alpha, beta)
        assert beta_cdf(float(x), alpha, beta) == pytest.approx(exact, rel=1e-12, abs=1e-15)
        back = beta_inv(exact, alpha, beta)
        assert back is not None
        assert beta_cdf(back, alpha, beta) == pytest.approx(exact, rel=1e-12)


def test_the_density_is_the_slope() -> None:
    for alpha, beta, x in ((2.5, 3.5, 0.4), (0.5, 0.5, 0.9), (40, 3, 0.95)):
        low, high = beta_cdf(x - 1e-6, alpha, beta), beta_cdf(x + 1e-6, alpha, beta)
        assert low is not None
        assert high is not None
        assert beta_pdf(x, alpha, beta) == pytest.approx((high - low) / 2e-6, rel=1e-6)


def test_outside() -> None:
    for x, alpha, beta in ((-0.1, 1, 1), (1.1, 1, 1), (0.5, 0, 1), (0.5, 1, -1), (0.5, 10_001, 1), (math.nan, 1, 1)):
        found = beta_cdf(x, alpha, beta)
        assert found is not None
        assert math.isnan(found)
    assert beta_cdf(0, 2, 2) == 0
    assert beta_cdf(1, 2, 2) == 1
    assert math.isnan(beta_pdf(1, 2, 2) or 0)
    assert beta_inv(0, 2, 2) is None
    assert beta_inv(1, 2, 2) == 1
    assert beta_cdf(None, 1, 1) is beta_pdf(0.5, None, 1) is beta_inv(0.5, 1, None) is None


def test_extreme_shapes_end() -> None:
    for alpha in (1e-5, 0.5, 10_000):
        for beta in (1e-5, 0.5, 10_000):
            for x in (1e-12, 0.3, 0.5, 1 - 1e-12):
                found = beta_cdf(x, alpha, beta)
                assert found is not None
                assert 0 <= found <= 1


def test_welch() -> None:
    # With two equal variances and counts of 2, freedom is 2, and Student's distribution has a closed form.
    statistic = 3 / math.sqrt(2)
    expected = 1 - statistic / math.sqrt(2 + statistic**2)
    assert welch_test(1, 2, 2, 4, 2, 2) == pytest.approx(expected, rel=1e-14)
    assert welch_test(5, 2, 9, 5, 3, 7) == 1
    assert welch_test(None, 1, 2, 3, 4, 5) is None


@pytest.mark.parametrize(
    "sample", [(1, 0, 2, 4, 0, 2), (1, 1, 1, 4, 1, 2), (1, -1, 2, 4, 2, 2), (1, math.nan, 2, 4, 2, 2)]
)
def test_samples_without_a_probability_are_told(sample: tuple[float, float, float, float, float, float]) -> None:
    remarks: dict[str, None] = {}
    with collecting(remarks, lambda: False):
        assert welch_test(*sample) is None
    assert any("welch_test()" in each for each in remarks)
