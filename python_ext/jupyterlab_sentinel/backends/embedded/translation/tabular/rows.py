"""Operators that choose, order and count rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..expressions import bind, condition
from ..names import Namer
from ..relations import Column, OrderKey, Relation
from ..values import WHOLE, Value
from .columns import bind_items, compute, plain_items
from .registry import operator

if TYPE_CHECKING:
    from ..context import Context


@operator("where")
def where(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The rows for which the condition is true."""
    saved, context.windowed = context.windowed, rows
    try:
        test = condition(context, plain_items(node)[0], rows)
    finally:
        context.windowed = saved
    return filtered(context, rows, test)


def filtered(context: Context, rows: Relation, test: Value) -> Relation:
    """The rows for which ``test`` is true."""
    if " OVER (" in test.sql:
        # SQL takes no window function in WHERE.
        rows, columns = compute(context, rows, [("", test)])
        test = Value(columns[0].ref, "bool")
    sql = f"SELECT * FROM {rows.source} WHERE {test.passing or test.sql}"
    return replace(rows, source=context.ctes.add(sql, over=rows.source))


def count_of(context: Context, node: tree.Operator) -> str:
    """SQL of the number that ``take`` and kin name first."""
    item = plain_items(node)[0]
    value = bind(context, item, None)
    if value.type not in WHOLE:
        context.fail(item.at, f"{node.kind} takes a whole number, and this is a {value.type}.")
    if isinstance(value.constant, int):
        return str(max(value.constant, 0))
    return f"(SELECT greatest({value.sql}, 0))"


@operator("take")
def take(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Some rows: the first where there is an order."""
    source = context.ctes.add(f"SELECT * FROM {rows.source}{rows.order_sql} LIMIT {count_of(context, node)}")
    return replace(rows, source=source, label="")


@operator("sample")
def sample(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Some rows at random."""
    source = context.ctes.add(f"SELECT * FROM {rows.source} ORDER BY random() LIMIT {count_of(context, node)}")
    return replace(rows, source=source, label="", order=(), serialized=False)


@operator("sample-distinct")
def sample_distinct(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Some different values of a column."""
    item = plain_items(node)[1]
    value = bind(context, item, rows)
    ref = context.ctes.new_ref()
    source = context.ctes.add(
        f"SELECT DISTINCT {value.sql} AS {ref} FROM {rows.source} LIMIT {count_of(context, node)}"
    )
    return Relation(source, (Column(Namer().name(item), value.type, ref),))


def sorted_rows(context: Context, keys: tuple[tree.SortKey, ...], rows: Relation) -> Relation:
    """The rows in an order; descending and nulls last where nothing is said, as Kusto has it."""
    values: list[tuple[str, Value]] = []
    for key in keys:
        value = bind(context, key.value, rows)
        if value.type == "dynamic":
            context.fail(key.at, "A dynamic has no order.", "Convert with tostring() or tolong() first.")
        values.append(("", value))
    result, columns = compute(context, rows, values)
    order = []
    for key, column in zip(keys, columns, strict=True):
        descending = key.descending is not False
        nulls_first = (not descending) if key.nulls_first is None else key.nulls_first
        order.append(OrderKey(column.ref, descending, nulls_first, real=column.type == "real"))
    return replace(result, order=tuple(order), serialized=True)


def _keys(node: tree.Operator) -> tuple[tree.SortKey, ...]:
    return tuple(key for key in node.by if isinstance(key, tree.SortKey))


@operator("sort")
def sort(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """All rows in an order."""
    return sorted_rows(context, _keys(node), rows)


@operator("top")
def top(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The first rows of an order."""
    count = count_of(context, node)
    result = sorted_rows(context, _keys(node), rows)
    source = context.ctes.add(f"SELECT * FROM {result.source}{result.order_sql} LIMIT {count}")
    return replace(result, source=source, label="")


@operator("count")
def count(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """How many rows."""
    name = next((item.name for item in plain_items(node) if isinstance(item, tree.Name)), "Count")
    ref = context.ctes.new_ref()
    return Relation(context.ctes.add(f"SELECT count(*) AS {ref} FROM {rows.source}"), (Column(name, "long", ref),))


@operator("distinct")
def distinct(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The different combinations of some columns."""
    items = plain_items(node)
    if len(items) == 1 and isinstance(items[0], tree.Star):
        items = [tree.Name(node.at, column.name) for column in rows.visible]
    namer = Namer()
    columns, parts = [], []
    for item, value in bind_items(context, items, rows):
        ref = context.ctes.new_ref()
        columns.append(Column(namer.name(item), value.type, ref))
        parts.append(f"{value.sql} AS {ref}")
    return Relation(context.ctes.add(f"SELECT DISTINCT {', '.join(parts)} FROM {rows.source}"), tuple(columns))


@operator("serialize")
def serialize(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The rows in the order they have, for functions that look at neighbours."""
    if not rows.order:
        place = context.ctes.new_ref()
        source = context.ctes.add(f"SELECT *, row_number() OVER () AS {place} FROM {rows.source}")
        rows = replace(rows, source=source, order=(OrderKey(place),), label="")
    rows = replace(rows, serialized=True)
    if not node.items:
        return rows
    from .columns import extend

    return extend(context, replace(node, kind="extend"), rows)


@operator("as")
def as_name(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The rows, under a name that later parts of the query can read."""
    from .sources import sealed

    name = next(item.name for item in plain_items(node) if isinstance(item, tree.Name))
    result = replace(sealed(context, rows), label=name)
    context.scope.names[name] = result
    return result


_NET_TYPES = {
    "bool": "System.SByte",
    "int": "System.Int32",
    "long": "System.Int64",
    "real": "System.Double",
    "decimal": "System.Data.SqlTypes.SqlDecimal",
    "string": "System.String",
    "datetime": "System.DateTime",
    "timespan": "System.TimeSpan",
    "guid": "System.Guid",
    "dynamic": "System.Object",
}


@operator("getschema")
def getschema(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The columns of the table, a row each."""
    del node
    from ...conversion import literal

    columns = tuple(
        Column(name, kind, context.ctes.new_ref())
        for name, kind in (
            ("ColumnName", "string"),
            ("ColumnOrdinal", "long"),
            ("DataType", "string"),
            ("ColumnType", "string"),
        )
    )
    tuples = ", ".join(
        f"({literal(column.name)}, CAST({place} AS BIGINT), {literal(_NET_TYPES[column.type])}, {literal(column.type)})"
        for place, column in enumerate(rows.visible)
    )
    names = ", ".join(column.ref for column in columns)
    source = context.ctes.add(f"SELECT * FROM (VALUES {tuples}) AS v({names})")
    return Relation(source, columns, (OrderKey(columns[1].ref),))


@operator("consume")
def consume(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """No rows."""
    del node
    return replace(rows, source=context.ctes.add(f"SELECT * FROM {rows.source} LIMIT 0"))
