"""``+ - * / %`` by the types of their sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....kql.constants import FIRST_TICK, LAST_TICK
from ..computed import decimals
from ..conversion import BEYOND
from ..python_functions import python_call, register
from .values import NUMERIC, UNKNOWN, WHOLE, Value, constant, null

if TYPE_CHECKING:
    from ....kql.tree import Binary, Unary
    from .context import Context


def unary(context: Context, node: Unary, value: Value) -> Value:
    """``-x`` and ``+x``."""
    if value.type not in NUMERIC and value.type != "timespan":
        context.fail(node.at, f"A {value.type} has no sign.", "Convert it with tolong() or toreal() first.")
    if node.op == "+":
        return value
    kind = "long" if value.type == "int" else value.type
    return Value(f"(-{_wide(value)})", kind)


def binary(context: Context, node: Binary, left: Value, right: Value) -> Value:
    """``left op right``; a null where either is null or the divisor is zero."""
    if left.type in NUMERIC and right.type in NUMERIC:
        return _numbers(context, node, left, right)
    value = _times(context, node, left, right)
    if value is not None:
        return value
    hint = ""
    if "dynamic" in (left.type, right.type) or "string" in (left.type, right.type):
        hint = "Convert with tolong(), toreal(), todatetime() … first; join texts with strcat()."
    raise context.mistake(node.at, f"Operator {node.op} does not take a {left.type} and a {right.type}.", hint)


def _wide(value: Value) -> str:
    return f"CAST({value.sql} AS BIGINT)" if value.type == "int" else value.sql


def _numbers(context: Context, node: Binary, left: Value, right: Value) -> Value:
    if left.type == "decimal" or right.type == "decimal":
        return _decimals(context, node, left, right)
    if left.type == "real" or right.type == "real":
        return _reals(node.op, left, right)
    a, b = _wide(left), _wide(right)
    match node.op:
        case "/":
            return Value(f"({a} // nullif({b}, 0))", "long")
        case "%":
            # Kusto's remainder is never negative.
            return Value(f"((({a} % nullif({b}, 0)) + abs({b})) % nullif(abs({b}), 0))", "long")
    return Value(f"({a} {node.op} {b})", "long", _folded(node.op, left, right))


def _folded(op: str, left: Value, right: Value) -> object:
    a, b = left.constant, right.constant
    if not isinstance(a, int) or not isinstance(b, int) or op not in "+-*":
        return UNKNOWN
    result = a + b if op == "+" else a - b if op == "-" else a * b
    return result if -(1 << 63) <= result < 1 << 63 else UNKNOWN


def _reals(op: str, left: Value, right: Value) -> Value:
    a, b = f"CAST({left.sql} AS DOUBLE)", f"CAST({right.sql} AS DOUBLE)"
    if op == "%":
        return Value(f"fmod(fmod({a}, {b}) + abs({b}), abs({b}))", "real")
    if op == "/":
        return Value(f"kql_divide({a}, {b})", "real")
    return Value(f"({a} {op} {b})", "real")


def _decimals(context: Context, node: Binary, left: Value, right: Value) -> Value:
    if "real" in (left.type, right.type):
        context.refuse(node.at, f"{node.op} on a decimal and a real", "Convert one with toreal() or todecimal().")
    if node.op in _COMPUTED:
        texts = (f"CAST({side.sql} AS VARCHAR)" for side in (left, right))
        return Value(f"CAST({python_call(_COMPUTED[node.op], *texts)} AS DECIMAL(38,18))", "decimal")
    a, b = (f"CAST({side.sql} AS DECIMAL(38,18))" for side in (left, right))
    return Value(f"CAST({a} {node.op} {b} AS DECIMAL(38,18))", "decimal")


_COMPUTED = {"*": "decimal_product", "/": "decimal_quotient", "%": "decimal_remainder"}
register("decimal_product", decimals.product, ("VARCHAR", "VARCHAR"), "VARCHAR")
register("decimal_quotient", decimals.quotient, ("VARCHAR", "VARCHAR"), "VARCHAR")
register("decimal_remainder", decimals.remainder, ("VARCHAR", "VARCHAR"), "VARCHAR")


def _times(context: Context, node: Binary, left: Value, right: Value) -> Value | None:
    op, kinds = node.op, (left.type, right.type)
    a, b = left.sql, right.sql
    folded = _folded(op, left, right)
    match op, kinds:
        case "+" | "-", ("datetime", "timespan"):
            return _moment(context, node, f"({a} {op} {b})", folded)
        case "+", ("timespan", "datetime"):
            return _moment(context, node, f"({a} + {b})", folded)
        case "-", ("datetime", "datetime"):
            return Value(f"({a} - {b})", "timespan", folded)
        case "+" | "-", ("timespan", "timespan"):
            return Value(f"({a} {op} {b})", "timespan", folded)
        case "/", ("timespan", "timespan"):
            return Value(f"kql_divide(CAST({a} AS DOUBLE), CAST({b} AS DOUBLE))", "real")
        case "%", ("timespan", "timespan"):
            return Value(f"((({a} % nullif({b}, 0)) + abs({b})) % nullif(abs({b}), 0))", "timespan")
    return _scaled(op, left, right)


def _moment(context: Context, node: Binary, sql: str, folded: object) -> Value:
    if not isinstance(folded, int):
        return Value(sql, "datetime")
    if not FIRST_TICK <= folded <= LAST_TICK:
        context.fail(node.at, BEYOND)
    return constant(folded, "datetime")


def _scaled(op: str, left: Value, right: Value) -> Value | None:
    """A duration times or by a number."""
    if left.type in NUMERIC and right.type == "timespan" and op == "*":
        left, right = right, left
    if left.type != "timespan" or right.type not in NUMERIC or op not in ("*", "/"):
        return None
    if right.is_null:
        return null("timespan")
    if right.type in WHOLE:
        sql = f"({left.sql} * {_wide(right)})" if op == "*" else f"({left.sql} // nullif({_wide(right)}, 0))"
        return Value(sql, "timespan", _folded(op, left, right) if op == "*" else UNKNOWN)
    number = f"CAST({right.sql} AS DOUBLE)"
    sql = f"{left.sql} * {number}" if op == "*" else f"kql_divide(CAST({left.sql} AS DOUBLE), {number})"
    return Value(f"TRY_CAST(trunc({sql}) AS BIGINT)", "timespan")
