"""``summarize``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..aggregates import AGGREGATES
from ..aggregates.measures import orderable
from ..aggregates.percentiles import SEVERAL, percentile_columns
from ..aggregates.registry import AggregateCall
from ..expressions import bind
from ..names import Namer, own_name
from ..relations import Column, Relation
from ..values import Value
from .columns import compute, made_names, plain_items
from .picked_rows import Output, summarized, with_picks
from .registry import operator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .....kql.tree import Expression
    from ..context import Context


@operator("summarize")
def summarize(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """One row a group, or one row."""
    keys = [key for key in node.by if not isinstance(key, tree.SortKey)]
    items = plain_items(node)
    declared = [name for name in (_spelled(item) for item in [*keys, *items]) if name]
    namer = Namer(declared, skip=(column.name for column in rows.columns))
    if not keys and not items:
        context.fail(node.at, "summarize says nothing to count or to group by.", "Write summarize count() by column.")
    rows, values = _keyed(context, keys, rows)
    grouped = [Output(namer.name(key), value) for key, value in zip(keys, values, strict=True)]
    outputs: list[Output] = []
    outer, context.prepared = context.prepared, {}
    siblings, context.siblings = context.siblings, made_names(items)
    try:
        for item in items:
            outputs.extend(_aggregated(context, item, rows, namer, _columns_of(keys)))
    finally:
        added, context.prepared = context.prepared, outer
        context.siblings = siblings
    if added:
        columns_of_their_own = ", ".join(f"{sql} AS {ref}" for ref, sql in added.items())
        sql = f"SELECT *, {columns_of_their_own} FROM {rows.source}"
        rows = replace(rows, source=context.ctes.add(sql, over=rows.source))
    return summarized(context, rows, grouped, outputs) if outputs else _distinct(context, grouped, rows)


def _keyed(context: Context, keys: Sequence[Expression], rows: Relation) -> tuple[Relation, list[Value]]:
    """The keys' values; what looks at neighbouring rows becomes a column, since SQL groups by no window."""
    saved, context.windowed = context.windowed, rows
    try:
        values = [bind(context, key, rows) for key in keys]
    finally:
        context.windowed = saved
    windows = [value for value in values if " OVER (" in value.sql]
    if not windows:
        return rows, values
    rows, columns = compute(context, rows, [("", value) for value in windows])
    refs = {value.sql: column.ref for value, column in zip(windows, columns, strict=True)}
    return rows, [Value(refs[value.sql], value.type) if value.sql in refs else value for value in values]


def _columns_of(keys: Sequence[Expression]) -> set[str]:
    """The columns that are keys as they are, which ``*`` does not mean then."""
    plain = [key.value if isinstance(key, tree.Named) else key for key in keys]
    return {key.name for key in plain if isinstance(key, tree.Name)}


def _spelled(item: Expression) -> str | None:
    if isinstance(item, tree.Named):
        return item.names[0]
    return item.name if isinstance(item, tree.Name) else None


def _distinct(context: Context, grouped: list[Output], rows: Relation) -> Relation:
    refs = [context.ctes.new_ref() for _ in grouped]
    parts = ", ".join(f"{key.value.sql} AS {ref}" for key, ref in zip(grouped, refs, strict=True))
    columns = tuple(Column(key.name, key.value.type, ref) for key, ref in zip(grouped, refs, strict=True))
    return Relation(context.ctes.add(f"SELECT DISTINCT {parts} FROM {rows.source}"), columns)


def _aggregated(context: Context, item: Expression, rows: Relation, namer: Namer, keys: set[str]) -> list[Output]:
    """The columns of one item; functions such as ``arg_max`` give several."""
    call = item.value if isinstance(item, tree.Named) else item
    names = item.names if isinstance(item, tree.Named) else ()
    if isinstance(call, tree.Call):
        match call.name:
            case "arg_max" | "arg_min" | "argmax" | "argmin":
                return _arg_extreme(context, call, names, rows, namer, keys)
            case "percentiles" | "percentilesw":
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
    return [Output(namer.take(names[0]) if names else namer.name(call), value)]


def _arg_extreme(
    context: Context, call: tree.Call, names: tuple[str, ...], rows: Relation, namer: Namer, keys: set[str]
) -> list[Output]:
    """``arg_max(x, a, b)``: the greatest x, and what stands beside it."""
    if not call.args:
        context.fail(call.at, f"{call.name}() takes what to compare, and what to return.")
    function = "max" if call.name in ("arg_max", "argmax") else "min"
    by = bind(context, call.args[0], rows)
    orderable(AggregateCall(context, call, rows, (by,)), by)
    stem = own_name(call.args[0])
    # The old spellings put what is compared before each name.
    legacy = f"{function}_{stem or ''}" if call.name in ("argmax", "argmin") else ""
    first = names[0] if names else legacy or stem or f"{function}_"
    extreme = Output(namer.take(first), _texts_have_no_null(Value(f"{function}({by.sql})", by.type)))
    beside: list[Output] = []
    read: list[Value] = []
    skip = keys | ({stem} if stem else set())
    for place, other in enumerate(_returned(call.args[1:], rows, skip=skip), start=1):
        name = names[place] if place < len(names) else own_name(other)
        if name is None:
            name = f"{function}_{stem or ''}_arg{place}"
        elif legacy and place >= len(names):
            name = f"{legacy}_{name}"
        read.append(bind(context, other, rows))
        beside.append(Output(namer.take(name), _beside_extreme(function, by, read[-1])))
    scanned = context.ctes.scanned.get(rows.source)
    if scanned is None:
        return [extreme, *beside]
    number = _beside_extreme(function, by, Value(scanned.ref, "long"))
    return [extreme, *with_picks(scanned, number, beside, read)]


def _beside_extreme(function: str, by: Value, value: Value) -> Value:
    # The _null form keeps a null that stands beside the extreme; the plain one would look further.
    picked = f"arg_{function}_null({value.sql}, {by.sql})"
    if by.type != "string":
        # Where all are null, any row is as good as another.
        picked = f"CASE WHEN count({by.sql}) = 0 THEN first({value.sql}) ELSE {picked} END"
    return _texts_have_no_null(Value(picked, value.type))


def _texts_have_no_null(value: Value) -> Value:
    return Value(f"coalesce({value.sql}, '')", "string") if value.type == "string" else value


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
    read: list[Value] = []
    for place, other in enumerate(_returned(call.args, rows, skip=keys)):
        value = bind(context, other, rows)
        name = names[place] if place < len(names) else own_name(other) or namer.positional()
        if call.name == "any" and not names:
            name = f"any_{name}"
        read.append(value)
        outputs.append(Output(namer.take(name), Value(f"first({value.sql})", value.type)))
    scanned = context.ctes.scanned.get(rows.source)
    if scanned is None:
        return outputs
    return with_picks(scanned, Value(f"first({scanned.ref})", "long"), outputs, read)


def _percentiles(
    context: Context, call: tree.Call, names: tuple[str, ...], rows: Relation, namer: Namer
) -> list[Output]:
    found = percentile_columns(context, call, rows)
    if len(names) > len(found):
        context.fail(call.at, f"{call.name}() gives {len(found)} columns, and there are {len(names)} names.")
    return [
        Output(namer.take(names[place] if place < len(names) else name), value)
        for place, (name, value) in enumerate(found)
    ]


def aggregate_names() -> frozenset[str]:
    """Every aggregate function that runs, those of several columns included."""
    return frozenset({*AGGREGATES, "arg_max", "arg_min", *SEVERAL})
