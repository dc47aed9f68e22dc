"""``evaluate pivot``: a column for each value of a column."""

from __future__ import annotations

import dataclasses

from .....kql import tree
from ...conversion import PHYSICAL, literal
from ..aggregates import is_aggregate
from ..casts import to_string
from ..discovery import MOST_COLUMNS, answers, steady
from ..expressions import bind
from ..relations import Column, Relation
from ..values import Value
from .evaluate import PluginCall, plugin

_AGGREGATES = frozenset(
    [
        "min",
        "max",
        "take_any",
        "any",
        "sum",
        "dcount",
        "avg",
        "stdev",
        "variance",
        "make_list",
        "make_bag",
        "make_set",
        "count",
    ]
)
# What these give for no rows.
_ZERO = frozenset({"count", "dcount", "sum"})


@plugin("pivot")
def _pivot(call: PluginCall) -> Relation:
    """A row for each combination of the other columns, a column for each value of the first argument."""
    if not call.args:
        call.fail("it takes the column whose values become columns.")
    pivot = call.column(0)
    rest = 1
    measure = tree.Call(call.node.at, "count", ())
    if len(call.args) > 1 and isinstance(call.args[1], tree.Call):
        measure, rest = call.args[1], 2
        if measure.name not in _AGGREGATES or not is_aggregate(measure.name):
            call.fail(f"it takes no {measure.name}().", f"It takes {', '.join(sorted(_AGGREGATES))}.")
    used = {pivot.name, *_names(measure)}
    groups = [call.column(place) for place in range(rest, len(call.args))]
    if not groups:
        groups = [column for column in call.rows.visible if column.name not in used]
    rows = call.rows if call.schema is not None else steady(call.context, call.rows)
    cells, made, columns = _aggregated(call, rows, pivot, groups, measure)
    key, value = columns[-2], columns[-1]
    names, shown = _headings(call, made, key, value, columns[:-2])
    empty = f"coalesce({{}}, CAST(0 AS {PHYSICAL[value.type]}))" if measure.name in _ZERO else "{}"
    if value.type == "string":
        empty = "coalesce({}, '')"
    items, new = [], []
    for name in names:
        ref = call.context.ctes.new_ref()
        picked = f"any_value({value.ref}) FILTER (WHERE {key.ref} = {literal(name)})"
        items.append(f"{empty.format(picked)} AS {ref}")
        new.append(Column(name, value.type, ref))
    listed = ", ".join([*(column.ref for column in columns[:-2]), *items]) or "1 AS x0"
    grouping = f"GROUP BY {', '.join(column.ref for column in columns[:-2])}" if groups else "HAVING count(*) > 0"
    source = call.context.ctes.add(f"SELECT {listed} FROM {cells} {grouping}")
    by_name = {column.name: column for column in (*columns[:-2], *new)}
    return Relation(source, tuple(by_name[name] for name in shown))


def _names(node: object) -> set[str]:
    """Every name that an expression reads."""
    if isinstance(node, tree.Name):
        return {node.name}
    if isinstance(node, tuple):
        return set().union(*(_names(each) for each in node))
    if dataclasses.is_dataclass(node):
        return set().union(*(_names(getattr(node, each.name)) for each in dataclasses.fields(node)))
    return set()


def _aggregated(
    call: PluginCall, rows: Relation, pivot: Column, groups: list[Column], measure: tree.Call
) -> tuple[str, Relation, list[Column]]:
    """A row for each group and value: the groups' columns, the value as text, the measure."""
    context = call.context
    context.aggregated = rows
    try:
        value = bind(context, measure, None)
    finally:
        context.aggregated = None
    heading = to_string(Value(pivot.ref, pivot.type))
    columns = [dataclasses.replace(column, ref=context.ctes.new_ref(), hidden=False) for column in groups]
    columns.append(Column("", "string", context.ctes.new_ref()))
    columns.append(Column("", value.type, context.ctes.new_ref()))
    sources = [*(column.ref for column in groups), heading.sql, value.sql]
    items = ", ".join(f"{sql} AS {column.ref}" for sql, column in zip(sources, columns, strict=True))
    by = ", ".join(str(place + 1) for place in range(len(columns) - 1))
    cells = context.ctes.add(f"SELECT {items} FROM {rows.source} GROUP BY {by}")
    return cells, Relation(cells, tuple(columns)), columns


def _headings(
    call: PluginCall, made: Relation, key: Column, value: Column, groups: list[Column]
) -> tuple[list[str], list[str]]:
    """The names of the new columns, and all names in the order in which they come out."""
    old = {column.name: column.type for column in groups}
    if call.schema is not None:
        declared = dict(call.schema)
        for name, kind in [*old.items(), *((name, value.type) for name in declared if name not in old)]:
            if declared.get(name) != kind:
                call.fail(
                    f"the column {name!r} comes out as {kind}, and the schema says {declared.get(name, 'nothing')}.",
                    "Let the schema list every column of the rows, and the type that the aggregate gives.",
                )
        return [name for name in declared if name not in old], list(declared)
    sql = call.context.ctes.statement(
        f"SELECT DISTINCT {key.ref} FROM {made.source} ORDER BY 1 LIMIT {MOST_COLUMNS + 1}"
    )
    names = [str(row[0]) for row in answers(call.context, sql)]
    if "" in names:
        call.fail("an empty value names no column.", "Filter with isnotempty() first, or give those rows a name.")
    if len(names) > MOST_COLUMNS:
        call.fail(f"there are more than {MOST_COLUMNS:,} values.", "Filter or bin() them first.")
    clashes = old.keys() & set(names)
    if clashes:
        call.fail(f"values are called like columns of the table: {', '.join(sorted(clashes))}.", "Rename those first.")
    return names, [*old, *names]
