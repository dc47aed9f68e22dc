"""Functions on numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...computed import distributions, units
from ...python_functions import python_call, register
from ..casts import to_number
from ..values import WHOLE, Value
from .registry import Arguments, function, template

if TYPE_CHECKING:
    from collections.abc import Callable

for _name, _sql in {
    "exp": "exp({0})",
    "exp2": "pow(2.0::DOUBLE, {0})",
    "exp10": "pow(10.0::DOUBLE, {0})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tan": "tan({0})",
    "cot": "cot({0})",
    "atan": "atan({0})",
    "degrees": "degrees({0})",
    "radians": "radians({0})",
    "log": "CASE WHEN {0} > 0 THEN ln({0}) WHEN {0} = 0 THEN CAST('-Infinity' AS DOUBLE) END",
    "log10": "CASE WHEN {0} > 0 THEN log10({0}) WHEN {0} = 0 THEN CAST('-Infinity' AS DOUBLE) END",
    "log2": "CASE WHEN {0} > 0 THEN log2({0}) WHEN {0} = 0 THEN CAST('-Infinity' AS DOUBLE) END",
    "sqrt": "CASE WHEN {0} >= 0 THEN sqrt({0}) END",
    "asin": "CASE WHEN {0} BETWEEN -1 AND 1 OR isnan({0}) THEN asin({0}) END",
    "acos": "CASE WHEN {0} BETWEEN -1 AND 1 OR isnan({0}) THEN acos({0}) END",
    "gamma": "gamma({0})",
    "loggamma": "lgamma({0})",
}.items():
    template(_name, "real", _sql.replace("{0}", "CAST({0} AS DOUBLE)"), "number")

template("pow", "real", "pow(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))", "number", "number")
template("atan2", "real", "atan2(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))", "number", "number")
template("sign", "real", "CAST(coalesce(sign({0}), 0) AS DOUBLE)", "number")
template("pi", "real", "pi()")
template("isnan", "bool", "isnan(CAST({0} AS DOUBLE))", "number")
template("isinf", "bool", "isinf(CAST({0} AS DOUBLE))", "number")
template("isfinite", "bool", "isfinite(CAST({0} AS DOUBLE))", "number")
template("new_guid", "guid", "CAST(uuid() AS VARCHAR)")
template("binary_not", "long", "(~CAST({0} AS BIGINT))", "whole")
template("bitset_count_ones", "long", "CAST(bit_count(CAST({0} AS BIGINT)) AS BIGINT)", "whole")
for _name, _operator in {"binary_and": "&", "binary_or": "|"}.items():
    template(_name, "long", f"(CAST({{0}} AS BIGINT) {_operator} CAST({{1}} AS BIGINT))", "whole", "whole")
template("binary_xor", "long", "xor(CAST({0} AS BIGINT), CAST({1} AS BIGINT))", "whole", "whole")
template("binary_shift_left", "long", "kql_shift_left(CAST({0} AS BIGINT), CAST({1} AS BIGINT))", "whole", "whole")
template("binary_shift_right", "long", "kql_shift_right(CAST({0} AS BIGINT), CAST({1} AS BIGINT))", "whole", "whole")


@function("abs", takes=("scalar",))
def _abs(arguments: Arguments) -> Value:
    value = arguments[0]
    if value.type not in ("int", "long", "real", "decimal", "timespan"):
        arguments.fail(f"it takes a number or a duration, and this is a {value.type}.")
    if value.type == "int":
        return Value(f"abs(CAST({value.sql} AS BIGINT))", "long")
    return Value(f"abs({value.sql})", value.type)


@function("ceiling", takes=("number",))
def _ceiling(arguments: Arguments) -> Value:
    return Value(f"ceil({arguments.sql(0)})", arguments[0].type) if arguments[0].type not in WHOLE else arguments[0]


@function("round", takes=("number", "whole"), required=1)
def _round(arguments: Arguments) -> Value:
    value = to_number(arguments[0], "real") if arguments[0].type in WHOLE else arguments[0]
    if value.type == "decimal" and len(arguments) == 2 and not arguments[1].is_constant:
        arguments.fail("a decimal is rounded to a fixed number of digits only.", "Convert it with toreal() first.")
    places = f"CAST({arguments.sql(1)} AS INTEGER)" if len(arguments) == 2 else "0"
    if value.type == "real":
        return Value(f"kql_round({value.sql}, {places})", "real")
    return Value(f"CAST(round({value.sql}, {places}) AS DECIMAL(38,18))", value.type)


@function("rand", takes=("whole",), required=0)
def _rand(arguments: Arguments) -> Value:
    if not len(arguments):
        return Value("random()", "real")
    if isinstance(arguments[0].constant, int) and arguments[0].constant < 1:
        arguments.fail("how many numbers there are to choose from is 1 or more.")
    return Value(f"floor(random() * CAST({arguments.sql(0)} AS DOUBLE))", "real")


register("erf", lambda x: None if x is None else math.erf(x), ("DOUBLE",), "DOUBLE")
register("erfc", lambda x: None if x is None else math.erfc(x), ("DOUBLE",), "DOUBLE")


@function("erf", "erfc", takes=("real",))
def _error_function(arguments: Arguments) -> Value:
    return Value(python_call(arguments.node.name, arguments.sql(0)), "real")


@function("around", takes=("scalar", "scalar", "scalar"))
def _around(arguments: Arguments) -> Value:
    value, centre, delta = arguments.values
    kinds = {value.type, centre.type} if centre.type == "datetime" else {value.type, centre.type, delta.type}
    same = kinds <= {"int", "long", "real"} or (
        len(kinds) == 1 and kinds <= {"datetime", "timespan"} and delta.type == "timespan"
    )
    if not same:
        arguments.fail("the value, the centre and the distance have to be of one kind.")
    bounds = [f"{centre.sql} {sign} {delta.sql}" for sign in "-+"]
    return Value(f"({value.sql} BETWEEN {bounds[0]} AND {bounds[1]})", "bool")


_BYTE_UNITS = ("Bytes", "KB", "MB", "GB", "TB", "PB", "EB")


@function("format_bytes", takes=("number", "whole", "string"), required=1)
def _format_bytes(arguments: Arguments) -> Value:
    size = f"CAST({arguments.sql(0)} AS DOUBLE)"
    places = f"CAST({arguments.sql(1)} AS INTEGER)" if len(arguments) > 1 else "0"
    unit = arguments[2].text if len(arguments) > 2 else ""
    if unit is None or (unit and unit not in _BYTE_UNITS):
        arguments.fail(f"the unit has to be one of {', '.join(_BYTE_UNITS)}.")

    def told(place: int) -> str:
        number = f"kql_real_text(kql_round({size} / {1024.0**place!r}::DOUBLE, {places}))"
        return f"regexp_replace({number}, '\\.0$', '') || ' {_BYTE_UNITS[place]}'"

    if unit:
        return Value(told(_BYTE_UNITS.index(unit)), "string")
    steps = " ".join(f"WHEN abs({size}) < {1024.0 ** (place + 1)!r} THEN {told(place)}" for place in range(6))
    return Value(f"CASE WHEN {size} IS NULL THEN '' {steps} ELSE {told(6)} END", "string")


def _distribution(name: str, computed: Callable[..., float | None], parameters: int) -> None:
    register(name, computed, ("DOUBLE",) * parameters, "DOUBLE")

    @function(name, takes=("number",) * parameters)
    def _call(arguments: Arguments) -> Value:
        numbers = (f"CAST({value.sql} AS DOUBLE)" for value in arguments.values)
        return Value(python_call(name, *numbers), "real")


_distribution("beta_pdf", distributions.beta_pdf, 3)
_distribution("beta_cdf", distributions.beta_cdf, 3)
_distribution("beta_inv", distributions.beta_inv, 3)
_distribution("welch_test", distributions.welch_test, 6)


def _conversion(quantity: str) -> None:
    def converted(value: float | None, source: str, target: str) -> float | None:
        return units.convert(quantity, value, source, target)

    register(f"convert_{quantity}", converted, ("DOUBLE", "VARCHAR", "VARCHAR"), "DOUBLE")

    @function(f"convert_{quantity}", takes=("number", "string", "string"))
    def _call(arguments: Arguments) -> Value:
        value = f"CAST({arguments.sql(0)} AS DOUBLE)"
        return Value(python_call(f"convert_{quantity}", value, arguments.sql(1), arguments.sql(2)), "real")


for _name in units.QUANTITIES:
    _conversion(_name)
