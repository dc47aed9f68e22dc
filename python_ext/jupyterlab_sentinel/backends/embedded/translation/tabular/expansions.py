"""``mv-expand``: rows from arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..casts import cast_to, to_bool
from ..expressions import bind
from ..functions.subqueries import has_subquery
from ..names import Namer, free_name, own_name
from ..relations import Column, OrderKey, Relation
from ..values import Value
from .columns import merged
from .registry import operator

if TYPE_CHECKING:
    from ..context import Context


@operator("mv-expand", "mvexpand")
def mv_expand(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """A row for each element of one array or of several side by side."""
    result, columns = expanded(context, node, rows)
    return result.with_columns(merged(rows.columns, columns))


def expanded(context: Context, node: tree.Operator, rows: Relation) -> tuple[Relation, list[Column]]:
    """The expanded rows, and the columns that are new or changed."""
    as_array = _bag_as_array(context, node)
    limit = node.parameters.get("limit")
    most = bind(context, limit, None).constant if limit is not None else None
    lists: list[str] = []
    columns: list[Column] = []
    parts: list[str] = []
    held: list[str] = []
    casts: list[tuple[str, Value]] = []
    namer = Namer()
    for item in node.items:
        if not isinstance(item, tree.Expansion):
            continue
        value = bind(context, item.value, rows)
        if value.type != "dynamic":
            context.fail(
                item.at,
                f"{node.kind} takes an array or a property bag, and this is a {value.type}.",
                "Use parse_json() or split() first.",
            )
        if has_subquery(value):
            held.append(f"{value.sql} AS {(column := context.ctes.new_ref())}")
            value = Value(column, value.type)
        texts = bool(value.parts) and item.type == "string"
        # Texts that were split need not become JSON between.
        listed = value.parts if texts else f"{'kql_expand_pairs' if as_array else 'kql_expand'}({value.sql})"
        if isinstance(most, int):
            listed = f"({listed})[1:{most}]"
        lists.append(listed)
        ref = context.ctes.new_ref()
        parts.append(f"unnest({listed}) AS {ref}")
        name = item.name or own_name(item.value) or namer.positional()
        if any(name == other for other, _ in casts):
            context.fail(item.at, f"{node.kind} names two columns {name!r}.", "Give one another name.")
        casts.append((name, Value(ref, "string") if texts else _element(ref, item.type or "dynamic")))
    index = node.parameters.get("with_itemindex")
    place = context.ctes.new_ref()
    longest = f"greatest({', '.join(f'len({listed})' for listed in lists)})" if len(lists) > 1 else f"len({lists[0]})"
    parts.append(f"unnest(range(0, {longest})) AS {place}")
    source = context.ctes.add(f"SELECT *, {', '.join(held)} FROM {rows.source}") if held else rows.source
    source = context.ctes.add(f"SELECT *, {', '.join(parts)} FROM {source}")
    from .columns import compute

    order = (*rows.order, OrderKey(place)) if rows.order else ()
    result, columns = compute(context, replace(rows, source=source, order=order, label=""), casts)
    # The new columns are read by their identifiers: what is merely renamed must not hide behind a cast.
    fixed = [_named(column, name) for column, (name, _) in zip(columns, casts, strict=True)]
    if isinstance(index, tree.Name):
        taken = {column.name for column in (*rows.columns, *fixed)}
        fixed.append(Column(free_name(index.name, taken), "long", place))
    return result, fixed


def _element(ref: str, kind: str) -> Value:
    """An element of an array as a type: null where it is of another, since nothing in it is parsed.

    Times, durations and GUIDs are texts in our dynamics, and are read.
    """
    value = Value(ref, "dynamic")
    number = f"left({ref}, 1) BETWEEN '-' AND '9'"
    match kind:
        case "real":
            endless = f"{ref} IN ('\"NaN\"', '\"Infinity\"', '\"-Infinity\"')"
            return Value(f"CASE WHEN {number} OR {endless} THEN {cast_to(value, kind).sql} END", kind)
        case "int" | "long" | "decimal":
            return Value(f"CASE WHEN {number} THEN {cast_to(value, kind).sql} END", kind)
        case "bool":
            whole = f"{number} AND NOT contains({ref}, '.')"
            return Value(f"CASE WHEN {ref} IN ('true', 'false') OR {whole} THEN {to_bool(value).sql} END", kind)
        case "datetime" | "timespan" | "guid":
            return Value(f"CASE WHEN left({ref}, 1) = '\"' THEN {cast_to(value, kind).sql} END", kind)
    return cast_to(value, kind)


def _named(column: Column, name: str) -> Column:
    return replace(column, name=name)


def _bag_as_array(context: Context, node: tree.Operator) -> bool:
    for name in ("kind", "bagexpansion"):
        value = node.parameters.get(name)
        if isinstance(value, tree.Name):
            if value.name not in ("bag", "array"):
                context.fail(value.at, f"There is no {node.kind} of kind {value.name!r}.")
            return value.name == "array"
    return False
