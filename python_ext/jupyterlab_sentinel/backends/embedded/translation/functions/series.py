"""Functions on series: arrays of numbers as ``make-series`` gives them.

Those that fill gaps keep every other element as it is written; what interpolates, fits or decomposes is refused.
"""

from __future__ import annotations

from ..casts import json_sql
from ..values import NUMERIC, Value
from .registry import Arguments, function


def _missing(arguments: Arguments, place: int) -> str:
    """SQL that tells whether the element ``e`` is a gap."""
    if len(arguments) <= place or arguments[place].is_null:
        return "json_type(e) = 'NULL'"
    if arguments[place].number is None:
        arguments.fail("the placeholder has to be a constant number, or a null.")
    return f"coalesce(TRY_CAST(CAST(e AS VARCHAR) AS DOUBLE) = CAST({arguments.sql(place)} AS DOUBLE), false)"


def _array(arguments: Arguments, element: str) -> Value:
    elements = f"kql_elements({arguments.sql(0)})"
    return Value(f"CAST(to_json(list_transform({elements}, lambda e, i: {element})) AS VARCHAR)", "dynamic")


@function("series_fill_const", takes=("dynamic", "any", "any"), required=2)
def _fill_const(arguments: Arguments) -> Value:
    filler = arguments[1]
    if filler.type not in NUMERIC or filler.type == "decimal":
        arguments.fail(f"it fills with a number, and this is a {filler.type}.")
    filled = f"CASE WHEN {_missing(arguments, 2)} THEN CAST({json_sql(filler)} AS JSON) ELSE e END"
    return _array(arguments, filled)


def _nearest(arguments: Arguments, beside: str, place: str) -> Value:
    """Each gap as its nearest neighbour on one side; a gap without one stays."""
    missing = _missing(arguments, 1)
    known = f"list_filter(kql_elements({arguments.sql(0)}){beside}, lambda e: NOT {missing})"
    return _array(arguments, f"CASE WHEN {missing} THEN coalesce(({known})[{place}], e) ELSE e END")


@function("series_fill_forward", takes=("dynamic", "any"), required=1)
def _fill_forward(arguments: Arguments) -> Value:
    return _nearest(arguments, "[1:i]", "-1")


@function("series_fill_backward", takes=("dynamic", "any"), required=1)
def _fill_backward(arguments: Arguments) -> Value:
    return _nearest(arguments, "[i:]", "1")
