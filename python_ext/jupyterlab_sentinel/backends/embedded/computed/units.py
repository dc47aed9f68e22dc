"""Units of measurement: what ``convert_length()`` and its kin convert by.

Kusto's units have the names of those of UnitsNet 4 (MIT, https://github.com/angularsen/UnitsNet, its unit definitions
of mid-2022), and where its reference shows a result, that library's factor: also an acre-foot that is a little short.
"""

from __future__ import annotations

import math
import re
from functools import cache

_PREFIXES = {
    "Nano": 1e-9,
    "Micro": 1e-6,
    "Milli": 1e-3,
    "Centi": 1e-2,
    "Deci": 1e-1,
    "Deca": 1e1,
    "Hecto": 1e2,
    "Kilo": 1e3,
    "Mega": 1e6,
    "Giga": 1e9,
    "Tera": 1e12,
}

# A line a unit: its prefixes, its name, and the steps that make a value of it one of the base unit.
_UNITS = {
    "angle": """
        Nano Micro Milli Centi Deci Radian * 180 / 3.141592653589793
        Nano Micro Milli Degree
        Arcminute / 60
        Arcsecond / 3600
        Gradian * 0.9
        NatoMil * 9 / 160
        Revolution * 360
    """,
    "energy": """
        Milli Kilo Mega Giga Joule
        Kilo Mega Calorie * 4.184
        Kilo Mega Giga BritishThermalUnit * 1055.05585262
        Kilo Mega Giga Tera ElectronVolt * 1.602176565e-19
        FootPound * 1.355817948
        Erg * 1e-7
        Kilo Mega Giga Tera WattHour * 3600
        Kilo Mega Giga Tera WattDay * 24 * 3600
        Deca ThermEc * 1.05505585262e8
        Deca ThermUs * 1.054804e8
        Deca ThermImperial * 1.05505585257348e8
        HorsepowerHour * 2.6845195377e6
    """,
    "force": """
        Dyn / 1e5
        KilogramForce * 9.80665002864
        TonneForce * 9.80665002864e3
        Micro Milli Deca Kilo Mega Newton
        KiloPond * 9.80665002864
        Poundal * 0.13825502798973041652092282466083
        Kilo PoundForce * 4.4482216152605095551842641431421
        OunceForce * 2.780138509537812e-1
        ShortTonForce * 8.896443230521e3
    """,
    "length": """
        Nano Micro Milli Centi Deci Deca Hecto Kilo Meter
        Mile * 1609.34
        Yard * 0.9144
        Foot * 0.3048
        UsSurveyFoot * 1200 / 3937
        Inch * 2.54e-2
        Mil * 2.54e-5
        NauticalMile * 1852
        Fathom * 1.8288
        Shackle * 27.432
        Microinch * 2.54e-8
        PrinterPoint / 72.27 * 2.54e-2
        DtpPoint / 72 * 2.54e-2
        PrinterPica / 237.106301584
        DtpPica / 236.220472441
        Twip / 56692.913385826
        Hand * 1.016e-1
        AstronomicalUnit * 1.4959787070e11
        Kilo Mega Parsec * 3.08567758128e16
        Kilo Mega LightYear * 9.46073047258e15
        SolarRadius * 6.95510000e8
        Chain * 20.1168
        Angstrom * 1e-10
        DataMile * 1828.8
    """,
    "mass": """
        Nano Micro Milli Centi Deci Deca Hecto Kilo Gram / 1e3
        Kilo Mega Tonne * 1e3
        ShortTon * 9.0718474e2
        LongTon * 1.0160469088e3
        Kilo Mega Pound * 0.45359237
        Ounce / 35.2739619
        Slug / 6.852176556196105e-2
        Stone / 0.1574731728702698
        ShortHundredweight / 0.022046226218487758
        LongHundredweight / 0.01968413055222121
        Grain / 15432.358352941431
        SolarMass * 1.98947e30
        EarthMass * 5.9722e24
    """,
    "speed": """
        Nano Micro Milli Centi Deci Kilo MeterPerSecond
        Nano Micro Milli Centi Deci Kilo MeterPerMinute / 60
        Milli Centi Kilo MeterPerHour / 3600
        FootPerSecond * 0.3048
        FootPerMinute * 0.3048 / 60
        FootPerHour * 0.3048 / 3600
        UsSurveyFootPerSecond * 1200 / 3937
        UsSurveyFootPerMinute * 1200 / 3937 / 60
        UsSurveyFootPerHour * 1200 / 3937 / 3600
        InchPerSecond * 2.54e-2
        InchPerMinute / 60 * 2.54e-2
        InchPerHour / 3600 * 2.54e-2
        YardPerSecond * 0.9144
        YardPerMinute * 0.9144 / 60
        YardPerHour * 0.9144 / 3600
        Knot * 0.514444
        MilePerHour * 0.44704
    """,
    "temperature": """
        Kelvin
        DegreeCelsius + 273.15
        MillidegreeCelsius / 1000 + 273.15
        DegreeDelisle * -2 / 3 + 373.15
        DegreeFahrenheit * 5 / 9 + 255.3722222222222
        DegreeNewton * 100 / 33 + 273.15
        DegreeRankine * 5 / 9
        DegreeReaumur * 5 / 4 + 273.15
        DegreeRoemer * 40 / 21 + 258.8642857142857
        SolarTemperature * 5778
    """,
    "volume": """
        Micro Milli Centi Deci Deca Hecto Kilo Mega Liter / 1e3
        Hecto Kilo CubicMeter
        CubicKilometer * 1e9
        CubicHectometer * 1e6
        CubicDecimeter / 1e3
        CubicCentimeter / 1e6
        CubicMillimeter / 1e9
        CubicMicrometer / 1e18
        CubicMile * 4.16818182544058e9
        CubicYard * 0.764554858
        Hecto Kilo Mega CubicFoot * 2.8316846592e-2
        CubicInch * 1.6387 * 1e-5
        Kilo Mega ImperialGallon * 0.00454609000000181429905810072407
        ImperialOunce * 2.8413062499962901241875439064617e-5
        Deca Deci Hecto Kilo Mega UsGallon * 0.00378541
        UsOunce * 2.957352956253760505068307980135e-5
        UsTablespoon * 1.478676478125e-5
        AuTablespoon * 2e-5
        UkTablespoon * 1.5e-5
        MetricTeaspoon * 0.5e-5
        UsTeaspoon * 4.92892159375e-6
        MetricCup * 0.00025
        UsCustomaryCup * 0.0002365882365
        UsLegalCup * 0.00024
        OilBarrel * 0.158987294928
        UsBeerBarrel * 0.1173477658
        ImperialBeerBarrel * 0.16365924
        UsQuart * 9.46352946e-4
        UsPint * 4.73176473e-4
        AcreFoot / 0.000810714
        ImperialPint * 5.6826125e-4
        BoardFoot * 2.3597372158e-3
    """,
}
QUANTITIES = tuple(_UNITS)
"""What there is a function for: ``convert_`` and one of these."""

_Steps = tuple[tuple[str, float], ...]


def convert(quantity: str, value: float | None, source: str, target: str) -> float | None:
    """A value of one unit in another; None for no value, or a unit that there is not.

    :raises ValueError: a unit is spelled in other letters than its name has.
    """
    units = units_of(quantity)
    if not (_is_unit(units, source) and _is_unit(units, target)) or value is None:
        return None
    for sign, number in units[source]:
        value = _step(value, sign, number)
    for sign, number in reversed(units[target]):
        value = _step(value, _INVERSE[sign], number)
    return value


@cache
def units_of(quantity: str) -> dict[str, _Steps]:
    """The units of a quantity: the steps that make a value of each one of the base unit."""
    units: dict[str, _Steps] = {}
    for line in _UNITS[quantity].strip().splitlines():
        words = line.split()
        prefixes = [word for word in words if word in _PREFIXES]
        name, *steps = words[len(prefixes) :]
        units[name] = tuple((sign, float(number)) for sign, number in zip(steps[::2], steps[1::2], strict=True))
        for prefix in prefixes:
            units[prefix + name[0].lower() + name[1:]] = (*units[name], ("*", _PREFIXES[prefix]))
    if quantity == "angle":
        units["Tilt"] = (("asin", 0.0), *units["Radian"])
    return units


_INVERSE = {"*": "/", "/": "*", "+": "-", "-": "+", "asin": "sin"}


def _step(value: float, sign: str, number: float) -> float:
    match sign:
        case "*":
            return value * number
        case "/":
            return value / number
        case "+":
            return value + number
        case "-":
            return value - number
        case "asin":
            return math.asin(value) if -1 <= value <= 1 else math.nan
    return math.sin(value) if math.isfinite(value) else math.nan


def _is_unit(units: dict[str, _Steps], name: str) -> bool:
    if name in units:
        return True
    meant = next((each for each in units if each.lower() == name.lower()), None)
    if meant is not None:
        raise ValueError(f"Units are spelled as in Kusto's reference: {meant}, not {re.sub('[^A-Za-z]', '', name)}.")
    return False
