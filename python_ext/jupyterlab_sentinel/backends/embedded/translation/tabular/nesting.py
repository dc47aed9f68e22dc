"""``top-nested``: the first values of each level within those of the level above; ``top-hitters``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....kql import tree
from ..casts import cast_to
from ..expressions import bind
from ..names import Namer, own_name
from ..relations import Column, OrderKey, Relation
from ..values import NUMERIC, WHOLE, Value, null
from .columns import compute, plain_items
from .registry import operator
from .rows import count_of

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
    reached: list[tuple[str, list[Column]]] = [("", [])]
    measures: list[Value] = []
    for place, level in enumerate(levels):
        name = namer.name(level.args[1])
        measure = _measure(context, level, keyed)
        measures.append(measure)
        ref = context.ctes.new_ref()
        by = [column.ref for column in columns[: place + 1]]
        grouped = context.ctes.add(
            f"SELECT {', '.join(by)}, {measure.sql} AS {ref} FROM {keyed.source} GROUP BY {', '.join(by)}"
        )
        own = [Column(name, columns[place].type, by[-1]), Column(_title(namer, level, name), measure.type, ref)]
        reached.append(_within(context, reached[-1], (grouped, own), by, level))
    return _with_others(context, levels, reached, (keyed, columns), measures)


def _with_others(
    context: Context,
    levels: list[tree.Call],
    reached: list[tuple[str, list[Column]]],
    records: tuple[Relation, list[Column]],
    measures: list[Value],
) -> Relation:
    """The chosen rows, and for each level those of the records that are left over from there on."""
    source, shown = reached[-1]
    others = [_others(context, level, column) for level, column in zip(levels, records[1], strict=True)]
    parts = [f"SELECT {', '.join(column.ref for column in shown)} FROM {source}"]
    parts.extend(
        _left_over(reached, records, place, (others, measures))
        for place in range(len(levels))
        if any(each is not None for each in others[place:])
    )
    made = source if len(parts) == 1 else context.ctes.add(" UNION ALL ".join(parts))
    return Relation(made, tuple(shown))


def _others(context: Context, level: tree.Call, key: Column) -> Value | None:
    """The value that stands for all others, of the type of the level's values."""
    node = level.args[3]
    if isinstance(node, tree.Literal) and node.value is None:
        return None
    value = bind(context, node, None)
    if value.type != key.type and not {value.type, key.type} <= NUMERIC:
        context.fail(node.at, f"The value for others is a {value.type}, and this level has values of type {key.type}.")
    return cast_to(value, key.type)


def _left_over(
    reached: list[tuple[str, list[Column]]],
    records: tuple[Relation, list[Column]],
    place: int,
    levels: tuple[list[Value | None], list[Value]],
) -> str:
    """SELECT of the records that a level does not choose, summed up for each row of the levels above."""
    (parents, above), (chosen, here) = reached[place], reached[place + 1]
    keyed, columns = records
    shown = reached[-1][1]
    items = [f"p.{column.ref} AS {final.ref}" for column, final in zip(above, shown, strict=False)]
    for at in range(place, len(columns)):
        value, measure = levels[0][at], levels[1][at]
        key, result = shown[2 * at], shown[2 * at + 1]
        items.append(f"{(value or null(key.type)).sql} AS {key.ref}")
        items.append(f"{measure.sql if value is not None else null(result.type).sql} AS {result.ref}")
    pairs = list(zip(columns, above[::2], strict=False))
    joined = f" JOIN {parents} AS p ON {_same('k', 'p', pairs)}" if parents else ""
    gone = _same("k", "c", list(zip(columns, here[::2], strict=False)))
    grouping = f"GROUP BY {', '.join(f'p.{column.ref}' for column in above)}" if parents else "HAVING count(*) > 0"
    return (
        f"SELECT {', '.join(items)} FROM {keyed.source} AS k{joined} "
        f"WHERE NOT EXISTS (SELECT 1 FROM {chosen} AS c WHERE {gone}) {grouping}"
    )


def _same(a: str, b: str, pairs: list[tuple[Column, Column]]) -> str:
    return " AND ".join(f"{a}.{one.ref} IS NOT DISTINCT FROM {b}.{other.ref}" for one, other in pairs)


def _spelled(level: tree.Call) -> list[str]:
    return [each.names[0] for each in (level.args[1], level.args[2]) if isinstance(each, tree.Named)]


def _title(namer: Namer, level: tree.Call, name: str) -> str:
    by = level.args[2]
    return namer.take(by.names[0] if isinstance(by, tree.Named) else f"aggregated_{name}")


def _measure(context: Context, level: tree.Call, rows: Relation) -> Value:
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


def _most(context: Context, item: Expression) -> str | None:
    value = bind(context, item, None)
    if value.is_null:
        return None
    if value.type not in WHOLE:
        context.fail(item.at, f"top-nested takes a whole number, and this is a {value.type}.")
    return value.sql


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
    order = OrderKey(own[1].ref, not ascending, ascending, real=own[1].type == "real").sql
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


@operator("top-hitters")
def top_hitters(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The values that come most often, or that have the greatest sum; counted exactly, where Kusto estimates.

    Of values with the same count those that are smaller come first.
    """
    of = plain_items(node)[1]
    by = next((key for key in node.by if not isinstance(key, tree.SortKey)), None)
    value = bind(context, of, rows)
    if value.type == "dynamic":
        context.fail(of.at, "top-hitters takes no dynamic.", "Convert with tostring() or tolong() first.")
    call = tree.Call(node.at, "count", ()) if by is None else tree.Call(by.at, "sum", (by,))
    context.aggregated = rows
    try:
        measure = bind(context, call, None)
    finally:
        context.aggregated = None
    title = f"approximate_count_{own_name(of) or ''}" if by is None else f"approximate_sum_{own_name(by) or ''}"
    name = Column(Namer().name(of), value.type, context.ctes.new_ref())
    result = Column(title, measure.type, context.ctes.new_ref())
    grouped = f"SELECT {value.sql} AS {name.ref}, {measure.sql} AS {result.ref} FROM {rows.source} GROUP BY 1"
    order = (
        OrderKey(result.ref, descending=True, nulls_first=False, real=result.type == "real"),
        OrderKey(name.ref, real=name.type == "real"),
    )
    listed = ", ".join(each.sql for each in order)
    source = context.ctes.add(f"{grouped} ORDER BY {listed} LIMIT {count_of(context, node)}")
    return Relation(source, (name, result), order, serialized=True)
