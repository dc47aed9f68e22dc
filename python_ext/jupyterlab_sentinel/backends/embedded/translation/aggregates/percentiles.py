"""Percentiles by nearest rank: a value that occurs, such that at least so many percent are no greater."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ..casts import to_number, typed_json_sql
from ..comparisons import constant_elements
from ..expressions import bind
from ..names import own_name, percent_text
from ..values import NUMERIC, WHOLE, Value
from .registry import AggregateCall, aggregate

if TYPE_CHECKING:
    from .....kql.tree import Call, Expression
    from ..context import Context
    from ..relations import Relation

SEVERAL = frozenset({"percentiles", "percentilesw"})
"""Functions that give a column for each percentage."""


def percentile_columns(context: Context, node: Call, rows: Relation) -> list[tuple[str, Value]]:
    """The columns of ``percentiles`` and ``percentilesw``: name and value of each.

    :raises KqlSemanticError: arguments that do not fit.
    """
    weighted = node.name == "percentilesw"
    least = 3 if weighted else 2
    if len(node.args) < least:
        context.fail(node.at, f"{node.name}() takes a value{', its weight' if weighted else ''} and the percentages.")
    values = tuple(bind(context, argument, rows) for argument in node.args[: least - 1])
    call = AggregateCall(context, node, rows, values)
    stem = own_name(node.args[0]) or ""
    percents = [each for argument in node.args[least - 1 :] for each in _percents(call, argument)]
    return [(f"percentile_{stem}_{percent_text(float(percent))}", _ranked(call, percent)) for percent in percents]


def _percents(call: AggregateCall, node: Expression) -> list[Decimal]:
    value = bind(call.context, node, None)
    return [_percent(call, element) for element in constant_elements(value) or [value]]


def _percent(call: AggregateCall, value: Value) -> Decimal:
    number = value.number
    if number is None or not 0 <= number <= 100:
        call.fail("the percentage has to be a constant from 0 to 100.")
    return Decimal(str(number))


def _ranked(call: AggregateCall, percent: Decimal) -> Value:
    value = call[0]
    if value.type not in NUMERIC and value.type not in ("datetime", "timespan"):
        call.fail(f"it takes numbers or times, and this is a {value.type}.", "Convert with tolong() or toreal() first.")
    if value.type in ("int", "decimal"):
        value = to_number(value, "long" if value.type == "int" else "real")
    if call.node.name.startswith(("percentilew", "percentilesw")):
        return _weighted(call, value, percent)
    # A decimal, such that 99.9 percent of 1,000 are 999.
    share = f"CAST({percent / 100} AS DECIMAL(38,18))"
    return Value(f"quantile_disc({value.sql}, {share}){call.filtered()}", value.type)


def _weighted(call: AggregateCall, value: Value, percent: Decimal) -> Value:
    """As if each value came as often as its weight says."""
    weight = call[1]
    if weight.type not in WHOLE:
        call.fail(f"the weight is a whole number, and this is a {weight.type}.", "Convert with tolong() first.")
    heavy = call.filtered(f"{value.sql} IS NOT NULL", f"{weight.sql} > 0")
    items = f"list({{'x': {value.sql}, 'w': CAST({weight.sql} AS HUGEINT)}} ORDER BY {value.sql}){heavy}"
    enough = f"a.w * 100 >= CAST({percent} AS DECIMAL(18,9)) * (sum(CAST({weight.sql} AS HUGEINT)){heavy})"
    step = f"{{'x': CASE WHEN {enough} THEN a.x ELSE e.x END, 'w': CASE WHEN {enough} THEN a.w ELSE a.w + e.w END}}"
    return Value(f"list_reduce({items}, lambda a, e: {step}).x", value.type)


@aggregate("percentile", 2, prefix="percentile")
def _percentile(call: AggregateCall) -> Value:
    return _ranked(call, _percent(call, call[1]))


@aggregate("percentilew", 3, prefix="percentile")
def _percentilew(call: AggregateCall) -> Value:
    return _ranked(call, _percent(call, call[2]))


def _array(call: AggregateCall, first: int) -> Value:
    percents = [_percent(call, each) for value in call.values[first:] for each in constant_elements(value) or [value]]
    cells = ", ".join(typed_json_sql(_ranked(call, percent)) for percent in percents)
    return Value(f"CAST(to_json([{cells}]) AS VARCHAR)", "dynamic")


@aggregate("percentiles_array", 2, 1000, prefix="percentiles")
def _percentiles_array(call: AggregateCall) -> Value:
    return _array(call, 1)


@aggregate("percentilesw_array", 3, 1000, prefix="percentile")
def _percentilesw_array(call: AggregateCall) -> Value:
    return _array(call, 2)
