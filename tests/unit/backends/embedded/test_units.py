"""Units of measurement."""

from __future__ import annotations

import math

import pytest

from jupyterlab_sentinel.backends.embedded.computed.units import QUANTITIES, convert, units_of

# As many as Microsoft's articles list.
COUNTS = {
    "angle": 16,
    "energy": 36,
    "force": 15,
    "length": 36,
    "mass": 25,
    "speed": 32,
    "temperature": 10,
    "volume": 52,
}


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_there_and_back(quantity: str) -> None:
    units = units_of(quantity)
    assert len(units) == COUNTS[quantity]
    base = next(iter(units))
    for unit in units:
        there = convert(quantity, 0.25, base, unit)
        assert convert(quantity, there, unit, base) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("quantity", "value", "source", "target", "expected"),
    [
        ("temperature", 100, "DegreeCelsius", "DegreeFahrenheit", 212),
        ("temperature", 0, "DegreeCelsius", "DegreeDelisle", 150),
        ("temperature", 100, "DegreeCelsius", "DegreeRoemer", 60),
        ("temperature", 100, "DegreeCelsius", "DegreeReaumur", 80),
        ("temperature", 100, "DegreeCelsius", "DegreeNewton", 33),
        ("angle", 180, "Degree", "Radian", math.pi),
        ("angle", 30, "Degree", "Tilt", 0.5),
        ("angle", 2, "Tilt", "Degree", math.nan),
        ("length", 1, "Inch", "Centimeter", 2.54),
        ("speed", 36, "KilometerPerHour", "MeterPerSecond", 10),
        ("energy", 1, "KilowattHour", "Megajoule", 3.6),
        ("mass", 1, "Kilogram", "Gram", 1000),
        ("volume", 1, "CubicMeter", "Hectoliter", 10),
    ],
)
def test_known_values(quantity: str, value: float, source: str, target: str, expected: float) -> None:
    assert convert(quantity, value, source, target) == pytest.approx(expected, nan_ok=True)


def test_what_is_no_unit() -> None:
    assert convert("length", 1, "Meter", "Furlong") is None
    assert convert("length", None, "Meter", "Foot") is None
    with pytest.raises(ValueError, match="Meter, not meter"):
        convert("length", 1, "meter", "Foot")
