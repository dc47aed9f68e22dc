"""Counts, sums, extremes, spreads."""

from __future__ import annotations

from ..casts import to_number
from ..values import NUMERIC, WHOLE, Value
from .registry import AggregateCall, aggregate

_PHYSICAL = {"long": "BIGINT", "real": "DOUBLE", "decimal": "DECIMAL(38,18)", "timespan": "BIGINT"}


@aggregate("count", 0, 1, conditional="countif")
def _count(call: AggregateCall) -> Value:
    if not len(call) or call[0].type != "bool":
        # The rows, whatever the argument holds: so an example of the article on summarize has it.
        return Value(f"count(*){call.filtered()}", "long")
    call.context.warnings["count() with a condition counts the rows for which it holds, as countif() does."] = None
    # For Microsoft's language service this is an older form of countif().
    return Value(f"count(*){call.filtered(call[0].sql)}", "long")


def _measured(call: AggregateCall, *, times: bool = True) -> Value:
    value = call[0]
    if value.type in NUMERIC or (times and value.type == "timespan"):
        return value
    call.fail(f"it takes numbers, and this is a {value.type}.", "Convert with tolong() or toreal() first.")
    raise AssertionError


@aggregate("sum", conditional="sumif")
def _sum(call: AggregateCall) -> Value:
    value = _measured(call)
    kind = "long" if value.type == "int" else value.type
    return Value(f"CAST(coalesce(sum({value.sql}){call.filtered()}, 0) AS {_PHYSICAL[kind]})", kind)


@aggregate("avg", conditional="avgif")
def _avg(call: AggregateCall) -> Value:
    value = call[0] if call[0].type == "datetime" else _measured(call)
    mean = f"avg({value.sql}){call.filtered()}"
    if value.type in ("timespan", "datetime"):
        # DuckDB's mean of integers is a double: exact where it has to be, about the half of the range.
        where, base = call.filtered(), f"min({value.sql}){call.filtered()}"
        total, count = f"sum(CAST({value.sql} AS HUGEINT)){where}", f"count({value.sql}){where}"
        return Value(f"({base} + CAST(({total} - CAST({base} AS HUGEINT) * {count}) // {count} AS BIGINT))", value.type)
    if value.type == "decimal":
        return Value(f"CAST({mean} AS DECIMAL(38,18))", "decimal")
    return Value(f"coalesce({mean}, CAST('NaN' AS DOUBLE))", "real")


def orderable(call: AggregateCall, value: Value) -> None:
    """Refuse what Kusto puts in no order.

    :raises KqlSemanticError: a dynamic or a GUID.
    """
    if value.type in ("dynamic", "guid"):
        call.fail(f"it takes no {value.type}.", "Convert with tostring(), tolong() or todatetime() first.")


def _extreme(call: AggregateCall, name: str) -> Value:
    value = call[0]
    orderable(call, value)
    sql = f"{name}({value.sql}){call.filtered()}"
    return Value(f"coalesce({sql}, '')" if value.type == "string" else sql, value.type)


@aggregate("min", conditional="minif")
def _min(call: AggregateCall) -> Value:
    return _extreme(call, "min")


@aggregate("max", conditional="maxif")
def _max(call: AggregateCall) -> Value:
    return _extreme(call, "max")


def _spread(name: str, sql: str, conditional: str = "") -> None:
    @aggregate(name, conditional=conditional)
    def _measure(call: AggregateCall) -> Value:
        value = to_number(_measured(call, times=False), "real")
        return Value(f"coalesce({sql}({value.sql}){call.filtered()}, 0.0)", "real")


_spread("stdev", "stddev_samp", "stdevif")
_spread("stdevp", "stddev_pop")
_spread("variance", "var_samp", "varianceif")
_spread("variancep", "var_pop", "variancepif")


def _together(name: str, sql: str) -> None:
    @aggregate(name, 2, conditional=f"{name}if")
    def _measure(call: AggregateCall) -> Value:
        for value in call.values:
            if value.type not in NUMERIC:
                call.fail(f"it takes numbers, and this is a {value.type}.", "Convert with toreal() first.")
        x, y = (to_number(value, "real").sql for value in call.values)
        return Value(f"{sql}({x}, {y}){call.filtered()}", "real")


_together("covariance", "covar_samp")
_together("covariancep", "covar_pop")


def _counted(value: Value) -> str:
    return f"CAST(json({value.sql}) AS VARCHAR)" if value.type == "dynamic" else value.sql


@aggregate("dcount", 1, 2, conditional="dcountif")
def _dcount(call: AggregateCall) -> Value:
    # Kusto estimates; an exact count is within its error, whatever the accuracy asked for.
    if len(call) > 1 and call[1].constant not in (0, 1, 2, 3, 4):
        call.fail("the accuracy is a constant from 0 to 4.")
    return Value(f"count(DISTINCT {_counted(call[0])}){call.filtered()}", "long")


@aggregate("count_distinct", conditional="count_distinctif")
def _count_distinct(call: AggregateCall) -> Value:
    return Value(f"count(DISTINCT {_counted(call[0])}){call.filtered()}", "long")


def _bitwise(name: str, sql: str) -> None:
    @aggregate(name, 1)
    def _measure(call: AggregateCall) -> Value:
        value = call[0]
        if value.type not in WHOLE:
            call.fail(f"it takes whole numbers, and this is a {value.type}.", "Convert with tolong() first.")
        return Value(f"{sql}({value.sql}){call.filtered()}", value.type)


for _name in ("and", "or", "xor"):
    _bitwise(f"binary_all_{_name}", f"bit_{_name}")


def _any(call: AggregateCall) -> Value:
    value = call[0]
    if value.type == "string":
        # A value that is not empty wherever there is one, as Kusto prefers it.
        filled = f"{value.sql} <> ''"
        return Value(f"coalesce(any_value({value.sql}){call.filtered(filled)}, '')", "string")
    return Value(f"any_value({value.sql}){call.filtered()}", value.type)


aggregate("any", 1, conditional="anyif")(_any)
aggregate("take_any", 1, prefix=None, conditional="take_anyif")(_any)
