"""``summarize``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....kql import tree
from ..aggregates import AGGREGATES
from ..aggregates.measures import percentile_sql
from ..aggregates.registry import AggregateCall
from ..comparisons import constant_elements
from ..expressions import bind
from ..names import Namer, own_name
from ..relations import Column, Relation
from ..values import Value
from .columns import plain_items
from .registry import operator

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context

Output = tuple[str, Value]


@operator("summarize")
def summarize(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """One row a group, or one row."""
    keys = [key for key in node.by if not isinstance(key, tree.SortKey)]
    items = plain_items(node)
    declared = [name for name in (_spelled(item) for item in [*keys, *items]) if name]
    namer = Namer(declared, skip=(column.name for column in rows.columns))
    grouped = [(namer.name(key), bind(context, key, rows)) for key in keys]
    outputs: list[Output] = []
    for item in items:
        outputs.extend(_aggregated(context, item, rows, namer, {name for name, _ in grouped}))
    if not outputs:
        return _distinct(context, grouped, rows)
    refs = [context.ctes.new_ref() for _ in (*grouped, *outputs)]
    parts = [f"{value.sql} AS {ref}" for (_, value), ref in zip([*grouped, *outputs], refs, strict=True)]
    sql = f"SELECT {', '.join(parts)} FROM {rows.source}"
    if grouped:
        sql += f" GROUP BY {', '.join(str(place + 1) for place in range(len(grouped)))}"
    columns = [Column(name, value.type, ref) for (name, value), ref in zip([*grouped, *outputs], refs, strict=True)]
    return Relation(context.ctes.add(sql), tuple(columns))


def _spelled(item: Expression) -> str | None:
    if isinstance(item, tree.Named):
        return item.names[0]
    return item.name if isinstance(item, tree.Name) else None


def _distinct(context: Context, grouped: list[Output], rows: Relation) -> Relation:
    refs = [context.ctes.new_ref() for _ in grouped]
    parts = ", ".join(f"{value.sql} AS {ref}" for (_, value), ref in zip(grouped, refs, strict=True))
    columns = tuple(Column(name, value.type, ref) for (name, value), ref in zip(grouped, refs, strict=True))
    return Relation(context.ctes.add(f"SELECT DISTINCT {parts} FROM {rows.source}"), columns)


def _aggregated(context: Context, item: Expression, rows: Relation, namer: Namer, keys: set[str]) -> list[Output]:
    """The columns of one item; functions such as ``arg_max`` give several."""
    call = item.value if isinstance(item, tree.Named) else item
    names = item.names if isinstance(item, tree.Named) else ()
    if isinstance(call, tree.Call):
        match call.name:
            case "arg_max" | "arg_min" | "argmax" | "argmin":
                return _arg_extreme(context, call, names, rows, namer, keys)
            case "percentiles":
                return _percentiles(context, call, names, rows, namer)
            case "take_any" | "any" if len(call.args) > 1 or (call.args and isinstance(call.args[0], tree.Star)):
                return _any_of_several(context, call, names, rows, namer, keys)
    context.aggregated = rows
    try:
        value = bind(context, call, None)
    finally:
        context.aggregated = None
    if len(names) > 1:
        context.fail(item.at, "Several names are for functions that give several columns.")
    return [(namer.take(names[0]) if names else namer.name(call), value)]


def _arg_extreme(
    context: Context, call: tree.Call, names: tuple[str, ...], rows: Relation, namer: Namer, keys: set[str]
) -> list[Output]:
    """``arg_max(x, a, b)``: the greatest x, and what stands beside it."""
    if not call.args:
        context.fail(call.at, f"{call.name}() takes what to compare, and what to return.")
    largest = call.name in ("arg_max", "argmax")
    by = bind(context, call.args[0], rows)
    function = "max" if largest else "min"
    extreme = f"{function}({by.sql})"
    stem = own_name(call.args[0])
    outputs: list[Output] = []
    first = names[0] if names else stem or f"{function}_"
    outputs.append((namer.take(first), Value(f"coalesce({extreme}, '')" if by.type == "string" else extreme, by.type)))
    others = _returned(call.args[1:], rows, skip={*keys, *([stem] if stem else [])})
    for place, other in enumerate(others):
        value = bind(context, other, rows)
        name = names[place + 1] if place + 1 < len(names) else own_name(other) or namer.positional()
        # The _null form keeps a null that stands beside the extreme; the plain one would look further.
        picked = f"arg_{function}_null({value.sql}, {by.sql})"
        outputs.append(
            (namer.take(name), Value(f"coalesce({picked}, '')" if value.type == "string" else picked, value.type))
        )
    return outputs


def _returned(args: tuple[Expression, ...], rows: Relation, skip: set[str]) -> list[Expression]:
    others: list[Expression] = []
    for argument in args:
        if isinstance(argument, tree.Star):
            others.extend(tree.Name(argument.at, column.name) for column in rows.visible if column.name not in skip)
        else:
            others.append(argument)
    return others


def _any_of_several(
    context: Context, call: tree.Call, names: tuple[str, ...], rows: Relation, namer: Namer, keys: set[str]
) -> list[Output]:
    """``take_any(a, b)`` and ``take_any(*)``: values of one and the same row."""
    outputs: list[Output] = []
    for place, other in enumerate(_returned(call.args, rows, skip=keys)):
        value = bind(context, other, rows)
        name = names[place] if place < len(names) else own_name(other) or namer.positional()
        if call.name == "any" and not names:
            name = f"any_{name}"
        outputs.append((namer.take(name), Value(f"first({value.sql})", value.type)))
    return outputs


def _percentiles(
    context: Context, call: tree.Call, names: tuple[str, ...], rows: Relation, namer: Namer
) -> list[Output]:
    if len(call.args) < 2:
        context.fail(call.at, "percentiles() takes a value and the percentages.")
    value = bind(context, call.args[0], rows)
    percents: list[float] = []
    for argument in call.args[1:]:
        bound = bind(context, argument, None)
        for element in constant_elements(bound) or [bound]:
            if element.number is None:
                context.fail(argument.at, "The percentages have to be constant.")
            percents.append(float(element.number))
    made = AggregateCall(context, call, rows, (value,))
    outputs: list[Output] = []
    for place, percent in enumerate(percents):
        shown = int(percent) if percent.is_integer() else percent
        name = names[place] if place < len(names) else f"percentile_{own_name(call.args[0]) or ''}_{shown}"
        outputs.append((namer.take(name), percentile_sql(made, value, percent)))
    return outputs


def aggregate_names() -> frozenset[str]:
    """Every aggregate function that runs, those of several columns included."""
    return frozenset({*AGGREGATES, "arg_max", "arg_min", "percentiles"})
