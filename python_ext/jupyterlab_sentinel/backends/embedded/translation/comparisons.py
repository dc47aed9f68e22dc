"""``== != < <= > >=``, ``in`` and ``between`` by the types of their sides.

With a null on one side ``==`` is false and ``!=`` is true; with nulls on both, either is null.
An order comparison with a null is null.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from ..conversion import literal, lowered
from .casts import common_type, to_bool, to_datetime, to_guid, to_number, to_string, to_timespan
from .values import NUMERIC, WHOLE, Value, constant, null

if TYPE_CHECKING:
    from ....kql.tree import Between, Expression, Membership
    from .context import Context
    from .relations import Relation

_SIGNS = {"==": "=", "!=": "<>"}
# Not null, as these are written.
_CONSTANT = re.compile(r"'(?:[^']|'')*'|CAST\(-?\d+ AS \w+\)", re.DOTALL)
_WHOLE_TEXT = re.compile(r"\s*[+-]?(\d+|0[xX][0-9a-fA-F]+)\s*")


def compare(context: Context, node: Expression, op: str, left: Value, right: Value) -> Value:
    """``left op right``."""
    a, b = aligned(context, node, left, right)
    if op not in ("==", "!="):
        _refuse_unreadable(context, node, (left, a), (right, b))
    sql = _compared(op, a, b)
    if op not in ("==", "!=") or (_never_null(a) and _never_null(b)):
        return Value(sql, "bool")
    if any(side.is_constant and not side.is_null for side in (a, b)) and "real" not in (a.type, b.type):
        distinct = f"({a.sql} IS {'NOT ' if op == '==' else ''}DISTINCT FROM {b.sql})"
        return Value(distinct, "bool", passing=sql if op == "==" else "")
    if _never_null(a) or _never_null(b):
        return Value(f"coalesce({sql}, {'true' if op == '!=' else 'false'})", "bool", passing=sql if op == "==" else "")
    nulls = f"{a.sql} IS NULL AND {b.sql} IS NULL"
    other = f"nullif(NOT ({nulls}), false)" if op == "!=" else f"nullif({nulls}, true)"
    return Value(f"coalesce({sql}, {other})", "bool", passing=sql if op == "==" else "")


def _refuse_unreadable(context: Context, node: Expression, *sides: tuple[Value, Value]) -> None:
    """A text that is no time or number orders with none: ``TimeGenerated > "yesterday"`` has to say so."""
    for written, read in sides:
        if not written.text or read.type == "string":
            continue
        if read.is_null or not (read.is_constant or _may_be_read(written.text, read.type)):
            raise context.mistake(
                node.at,
                f"{written.text!r} is no {read.type}, and nothing is greater or less than it.",
                "Write for instance datetime(2026-11-29) or ago(1d)." if read.type == "datetime" else "",
            )


def _may_be_read(text: str, kind: str) -> bool:
    """Whether a text could be a time in words, or a number of that kind."""
    if kind in WHOLE:
        return _WHOLE_TEXT.fullmatch(text) is not None
    digits = any(sign.isdigit() for sign in text) and "(" not in text
    return digits or kind not in {"datetime", *NUMERIC}


def _compared(op: str, a: Value, b: Value) -> str:
    """SQL's comparison; NaN, which DuckDB takes for the greatest number, equals and orders with nothing (IEEE 754)."""
    sql = f"{a.sql} {_SIGNS.get(op, op)} {b.sql}"
    suspect = b if op in ("<", "<=") else a
    if suspect.type == "real" and not (isinstance(suspect.constant, int | float) and not math.isnan(suspect.constant)):
        sql += f" OR isnan({suspect.sql})" if op == "!=" else f" AND NOT isnan({suspect.sql})"
    return f"({sql})"


def _never_null(value: Value) -> bool:
    return value.type == "string" or (value.is_constant and not value.is_null)


def aligned(context: Context, node: Expression, left: Value, right: Value) -> tuple[Value, Value]:
    """Both sides as one type, the way KQL compares them.

    :raises KqlSemanticError: types that do not compare.
    """
    if left.type == right.type:
        if left.type == "dynamic":
            return to_string(left), to_string(right)
        return left, right
    if left.type in NUMERIC and right.type in NUMERIC:
        kind = common_type({left.type, right.type}) or "real"
        return _as_number(left, kind), _as_number(right, kind)
    if "bool" in (left.type, right.type) and (left.type in NUMERIC or right.type in NUMERIC):
        return _bool_as_number(left), _bool_as_number(right)
    one = _one_sided(left, right)
    if one is not None:
        return one, right
    other = _one_sided(right, left)
    if other is not None:
        return left, other
    if left.is_null or right.is_null:
        return (null(right.type), right) if left.is_null else (left, null(left.type))
    raise context.mistake(
        node.at,
        f"A {left.type} cannot be compared with a {right.type}.",
        "Convert one side, for instance with tostring() or tolong().",
    )


def _bool_as_number(value: Value) -> Value:
    return Value(f"CAST({value.sql} AS BIGINT)", "long") if value.type == "bool" else value


def _as_number(value: Value, kind: str) -> Value:
    if value.type == kind or (value.type in ("int", "long") and kind in ("int", "long")):
        return value
    return to_number(value, kind)


def _one_sided(value: Value, other: Value) -> Value | None:  # noqa: PLR0911  # one a pair of types
    """``value`` as the type of ``other``, where KQL converts without being asked."""
    match value.type, other.type:
        case "dynamic", "string":
            return to_string(value)
        case "dynamic", "int" | "long" | "real" | "decimal":
            return _dynamic_number(value, other.type)
        case "dynamic", "bool":
            return to_bool(value)
        case "dynamic" | "string", "datetime":
            return to_datetime(value)
        case "dynamic" | "string", "timespan":
            return to_timespan(value)
        case "dynamic" | "string", "guid":
            return to_guid(value)
        case "string", "int" | "long" | "real" | "decimal":
            return to_number(value, other.type)
        case "string", "bool":
            return to_bool(value)
    return None


def _dynamic_number(value: Value, kind: str) -> Value:
    if kind == "decimal":
        return to_number(value, kind)
    # Before it is compared with a whole number, no fraction may be cut off, nor a digit beyond 2^53.
    text = to_string(value).sql
    return Value(f"kql_to_real({text})" if kind == "real" else f"kql_to_decimal({text})", kind)


def between(context: Context, node: Between, value: Value, low: Value, high: Value) -> Value:
    """``value between (low .. high)``; a duration as upper bound is counted from the lower."""
    if high.type == "timespan" and low.type == "datetime":
        folded = (
            low.constant + high.constant if isinstance(low.constant, int) and isinstance(high.constant, int) else None
        )
        high = constant(folded, "datetime") if folded is not None else Value(f"({low.sql} + {high.sql})", "datetime")
    first = compare(context, node, ">=", value, low)
    last = compare(context, node, "<=", value, high)
    sql = f"({first.sql} AND {last.sql})"
    return Value(f"(NOT {sql})" if node.negated else sql, "bool")


def in_list(context: Context, node: Membership, value: Value, items: list[Value]) -> Value:
    """``value in (items)``; arrays among the items stand for their elements."""
    flat = [element for item in items for element in _flattened(item)]
    folded = node.op.endswith("~")
    negated = node.op.startswith("!")
    fixed: list[str] = []
    tests: list[str] = []
    for item in flat:
        if item.type == "dynamic" and not item.is_constant:
            tests.append(_in_array(value, item, folded=folded))
            continue
        left, right = aligned(context, node, value, item)
        if folded:
            left, right = to_string(left), to_string(right)
        fixed.append(_pair(left, right, folded=folded))
    tests.extend(_grouped(fixed))
    if not tests:
        return constant(negated, "bool")
    found = " OR ".join(tests)
    sql = f"coalesce({found}, false)"
    if not negated:
        return Value(sql, "bool", passing=f"({found})")
    none = _among_none(value, fixed) if len(tests) == 1 else ""
    return Value(none or f"(NOT {sql})", "bool")


def _among_none(value: Value, pairs: list[str]) -> str:
    """SQL that files can use: whether a value is none of some constants, which a null never is; empty: no such list."""
    sides = [pair.split("\0") for pair in pairs]
    if not sides or not all(_CONSTANT.fullmatch(right) for _, right in sides):
        return ""
    left, rights = sides[0][0], ", ".join(dict.fromkeys(right for _, right in sides))
    null = "" if value.type in ("string", "dynamic") else f" OR {left} IS NULL"
    return f"({left} NOT IN ({rights}){null})"


def _pair(left: Value, right: Value, *, folded: bool) -> str:
    if folded:
        small = literal(lowered(right.text)) if right.text is not None else f"lower({right.sql})"
        return f"lower({left.sql})\0{small}"
    return f"{left.sql}\0{right.sql}"


def _grouped(pairs: list[str]) -> list[str]:
    """One IN for each form of the left side."""
    sides: dict[str, list[str]] = {}
    for pair in pairs:
        left, right = pair.split("\0")
        sides.setdefault(left, []).append(right)
    return [f"{left} IN ({', '.join(dict.fromkeys(rights))})" for left, rights in sides.items()]


def _elements(item: Value) -> list[Value]:
    """The elements of a constant array; anything else is itself."""
    if item.type != "dynamic" or not isinstance(item.constant, str):
        return [item]
    parsed = json.loads(item.constant)
    return [_from_json(element) for element in parsed] if isinstance(parsed, list) else [_from_json(parsed)]


def _flattened(item: Value) -> list[Value]:
    """The elements of a constant array and of all arrays in it; anything else is itself."""
    if item.type != "dynamic" or not isinstance(item.constant, str) or not item.constant.startswith("["):
        return [item]
    return [inner for element in _elements(item) for inner in _flattened(element)]


def _from_json(element: object) -> Value:
    match element:
        case bool():
            return constant(element, "bool")
        case int() if -(1 << 63) <= element < 1 << 63:
            return constant(element, "long")
        case int() | float():
            return constant(float(element), "real")
        case str():
            return constant(element, "string")
        case None:
            return null("dynamic")
    return constant(json.dumps(element, ensure_ascii=False, separators=(",", ":")), "dynamic")


def constant_elements(item: Value) -> list[Value] | None:
    """The elements of a constant array, or None where they are not known."""
    return _elements(item) if item.type == "dynamic" and isinstance(item.constant, str) else None


def _in_array(value: Value, array: Value, *, folded: bool) -> str:
    """Whether the value is among the elements of an array that is known only to the data."""
    elements = f"kql_all_strings({array.sql})"
    left = to_string(value).sql
    if folded:
        return f"list_contains(list_transform({elements}, lambda e: lower(e)), lower({left}))"
    return f"list_contains({elements}, {left})"


def in_table(context: Context, node: Membership, value: Value, relation: Relation) -> Value:
    """``value in (T | project c)``: among the values of the table's first column."""
    column = relation.visible[0]
    item = Value(column.ref, column.type)
    if node.op in ("has_any", "has_all", "!has_any", "!has_all"):
        return _has_from_table(context, node, value, relation)
    folded, negated = node.op.endswith("~"), node.op.startswith("!")
    if column.type == "dynamic":
        left, sql = to_string(value), f"SELECT unnest(kql_strings({column.ref})) FROM {relation.source}"
        if folded:
            left, sql = (
                Value(f"lower({left.sql})", "string"),
                f"SELECT lower(unnest(kql_strings({column.ref}))) FROM {relation.source}",
            )
    else:
        left, right = aligned(context, node, value, item)
        if folded:
            left, right = (
                Value(f"lower({to_string(left).sql})", "string"),
                Value(f"lower({to_string(right).sql})", "string"),
            )
        sql = f"SELECT {right.sql} FROM {relation.source} WHERE {right.sql} IS NOT NULL"
    found = f"{left.sql} IN ({sql})"
    test = f"coalesce({found}, false)"
    return Value(f"(NOT {test})", "bool") if negated else Value(test, "bool", passing=f"({found})")


def _has_from_table(context: Context, node: Membership, value: Value, relation: Relation) -> Value:
    from . import text

    column = relation.visible[0]
    if column.type == "dynamic":
        listed = f"(SELECT flatten(list(kql_strings({column.ref}))) FROM {relation.source})"
    else:
        listed = f"(SELECT list({to_string(Value(column.ref, column.type)).sql}) FROM {relation.source})"
    return text.has_in_sql_list(context, node, value, listed)
