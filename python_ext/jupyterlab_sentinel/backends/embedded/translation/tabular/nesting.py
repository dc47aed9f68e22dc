"""``top-nested``: the first values of each level within those of the level above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....kql import tree
from ..expressions import bind
from ..names import Namer
from ..relations import Column, OrderKey, Relation
from ..values import WHOLE, Value
from .columns import compute, plain_items
from .registry import operator

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context


@operator("top-nested")
def top_nested(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Two columns a level: the value, and what the aggregate gives for its rows.

    Of values that the aggregate puts in one place those that are smaller come first, so that an answer is the same
    each time.
    """
    levels = [each for each in plain_items(node) if isinstance(each, tree.Call)]
    keys = [(level.args[1], bind(context, level.args[1], rows)) for level in levels]
    for item, value in keys:
        if value.type == "dynamic":
            context.fail(item.at, "top-nested takes no dynamic.", "Convert with tostring() or tolong() first.")
    namer = Namer([name for level in levels for name in _spelled(level)])
    keyed, columns = compute(context, rows, [("", Value(f"({value.sql})", value.type)) for _, value in keys])
    chosen: list[Column] = []
    source = ""
    for place, level in enumerate(levels):
        name = namer.name(level.args[1])
        measure = _measure(context, level, keyed)
        ref = context.ctes.new_ref()
        by = [column.ref for column in columns[: place + 1]]
        grouped = context.ctes.add(
            f"SELECT {', '.join(by)}, {measure.sql} AS {ref} FROM {keyed.source} GROUP BY {', '.join(by)}"
        )
        own = [Column(name, columns[place].type, by[-1]), Column(_title(namer, level, name), measure.type, ref)]
        source, chosen = _within(context, (source, chosen), (grouped, own), by, level)
    return Relation(source, tuple(chosen))


def _spelled(level: tree.Call) -> list[str]:
    return [each.names[0] for each in (level.args[1], level.args[2]) if isinstance(each, tree.Named)]


def _title(namer: Namer, level: tree.Call, name: str) -> str:
    by = level.args[2]
    return namer.take(by.names[0] if isinstance(by, tree.Named) else f"aggregated_{name}")


def _measure(context: Context, level: tree.Call, rows: Relation) -> Value:
    others = level.args[3]
    if not (isinstance(others, tree.Literal) and others.value is None):
        context.refuse(others.at, "top-nested with others", "Leave it out, or add those rows with union.")
    by = level.args[2]
    call = by.value if isinstance(by, tree.Named) else by
    context.aggregated = rows
    try:
        value = bind(context, call, None)
    finally:
        context.aggregated = None
    if value.type == "dynamic":
        context.fail(by.at, "top-nested orders by one value, and this is a dynamic.")
    return value


def _most(context: Context, item: Expression) -> int | None:
    value = bind(context, item, None)
    if value.is_null:
        return None
    if value.type not in WHOLE or not isinstance(value.constant, int):
        context.fail(item.at, "top-nested takes a constant whole number.")
    return value.constant


def _within(
    context: Context,
    above: tuple[str, list[Column]],
    level: tuple[str, list[Column]],
    by: list[str],
    node: tree.Call,
) -> tuple[str, list[Column]]:
    """The level's first values for each row that the levels above chose."""
    parents, chosen = above
    grouped, own = level
    most = _most(context, node.args[0])
    ascending = isinstance(node.args[4], tree.Literal) and node.args[4].value is True
    order = OrderKey(own[1].ref, not ascending, ascending).sql
    partition = f"PARTITION BY {', '.join(by[:-1])} " if len(by) > 1 else ""
    place = context.ctes.new_ref()
    ranked = context.ctes.add(
        f"SELECT *, row_number() OVER ({partition}ORDER BY {order}, {by[-1]} NULLS FIRST) AS {place} FROM {grouped}"
    )
    kept = context.ctes.add(f"SELECT * FROM {ranked}" + ("" if most is None else f" WHERE {place} <= {most}"))
    fresh = [Column(column.name, column.type, context.ctes.new_ref()) for column in (*chosen, *own)]
    sources = [*(f"a.{column.ref}" for column in chosen), *(f"b.{column.ref}" for column in own)]
    items = ", ".join(f"{sql} AS {column.ref}" for sql, column in zip(sources, fresh, strict=True))
    if not parents:
        return context.ctes.add(f"SELECT {items} FROM {kept} AS b"), fresh
    keys = [column.ref for column in chosen[::2]]
    same = " AND ".join(f"a.{a} IS NOT DISTINCT FROM b.{b}" for a, b in zip(keys, by, strict=False))
    return context.ctes.add(f"SELECT {items} FROM {parents} AS a JOIN {kept} AS b ON {same}"), fresh
