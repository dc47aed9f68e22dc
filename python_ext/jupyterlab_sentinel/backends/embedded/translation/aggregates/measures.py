"""Counts, sums, extremes, spreads."""

from __future__ import annotations

from ..casts import to_number, to_string
from ..values import NUMERIC, Value
from .registry import AggregateCall, aggregate

_PHYSICAL = {"long": "BIGINT", "real": "DOUBLE", "decimal": "DECIMAL(38,18)", "timespan": "BIGINT"}


@aggregate("count", 0, conditional="countif")
def _count(call: AggregateCall) -> Value:
    return Value(f"count(*){call.filtered()}", "long")


def _measured(call: AggregateCall, *, times: bool = True) -> Value:
    value = call[0]
    if value.type == "dynamic":
        return to_number(value, "real")
    if value.type in NUMERIC or (times and value.type == "timespan"):
        return value
    if value.type == "bool":
        return to_number(value, "long")
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


def _extreme(call: AggregateCall, name: str) -> Value:
    value = call[0]
    if value.type == "dynamic":
        call.fail("it takes no dynamic.", "Convert with tostring(), tolong() or todatetime() first.")
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
_spread("variancep", "var_pop")


def _counted(value: Value) -> str:
    return to_string(value).sql if value.type == "dynamic" else value.sql


@aggregate("dcount", 1, 2, conditional="dcountif")
def _dcount(call: AggregateCall) -> Value:
    # Kusto estimates; an exact count is within its error, whatever the accuracy asked for.
    return Value(f"count(DISTINCT {_counted(call[0])}){call.filtered()}", "long")


@aggregate("count_distinct", conditional="count_distinctif")
def _count_distinct(call: AggregateCall) -> Value:
    return Value(f"count(DISTINCT {_counted(call[0])}){call.filtered()}", "long")


def percentile_sql(call: AggregateCall, value: Value, percent: float) -> Value:
    """The nearest-rank percentile, which is a value that occurs."""
    if value.type not in NUMERIC and value.type not in ("datetime", "timespan"):
        call.fail(f"it takes numbers or times, and this is a {value.type}.")
    return Value(f"quantile_disc({value.sql}, {percent / 100!r}){call.filtered()}", value.type)


@aggregate("percentile", 2)
def _percentile(call: AggregateCall) -> Value:
    percent = call[1].number
    if percent is None or not 0 <= percent <= 100:
        call.fail("the percentage has to be a constant from 0 to 100.")
    return percentile_sql(call, call[0], float(percent))


@aggregate("binary_all_and", 1)
def _all_and(call: AggregateCall) -> Value:
    return Value(f"bit_and(CAST({call[0].sql} AS BIGINT)){call.filtered()}", "long")


@aggregate("binary_all_or", 1)
def _all_or(call: AggregateCall) -> Value:
    return Value(f"bit_or(CAST({call[0].sql} AS BIGINT)){call.filtered()}", "long")


@aggregate("binary_all_xor", 1)
def _all_xor(call: AggregateCall) -> Value:
    return Value(f"bit_xor(CAST({call[0].sql} AS BIGINT)){call.filtered()}", "long")


def _any(call: AggregateCall) -> Value:
    value = call[0]
    if value.type == "string":
        # A value that is not empty wherever there is one, as Kusto prefers it.
        filled = f"{value.sql} <> ''"
        return Value(f"coalesce(any_value({value.sql}){call.filtered(filled)}, '')", "string")
    return Value(f"any_value({value.sql}){call.filtered()}", value.type)


aggregate("any", 1, prefix="any", conditional="anyif")(_any)
aggregate("take_any", 1, prefix=None, conditional="take_anyif")(_any)
