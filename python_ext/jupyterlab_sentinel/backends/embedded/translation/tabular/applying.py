"""``mv-apply`` and ``partition``: a query over each of many groups of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..expressions import bind
from ..relations import Column, Groups, OrderKey, Relation
from .columns import merged
from .expansions import expanded
from .grouping import in_every_group, query_groups, within, without_group
from .registry import operator

if TYPE_CHECKING:
    from ..context import Context


@operator("mv-apply", "mvapply")
def mv_apply(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """A query over the elements of each row's array; a row without elements gives nothing."""
    if node.pipe is None:
        raise AssertionError
    group = context.ctes.new_ref()
    order = f" OVER ({rows.order_sql.strip()})"
    numbered = replace(
        rows,
        source=context.ctes.add(f"SELECT *, row_number(){order} AS {group} FROM {rows.source}", materialized=True),
        order=(OrderKey(group),),
        label="",
    )
    elements, columns = expanded(context, node, numbered)
    inner = replace(elements.with_columns(merged(rows.columns, columns)), serialized=False)
    answer = query_groups(context, node.pipe.operators, inner, group)
    # A name that the inner query gives again is its own, in the place of the outer column; an expanded column that it
    # drops is gone.
    given = {column.name for column in answer.columns}
    made = {column.name for column in columns}
    old = [column for column in rows.columns if column.name in given or column.name not in made]
    return _beside(context, replace(numbered, order=rows.order), old, answer, group)


def _beside(context: Context, rows: Relation, old: list[Column], answer: Relation, group: str) -> Relation:
    """The columns of the outer row, then what the query over its group adds."""
    key = answer.group
    answer = replace(without_group(answer), serialized=False)
    given = {column.name: column for column in answer.columns}
    outer = [column for column in old if column.name not in given]
    if not outer:
        return answer.with_columns(merged(old, answer.columns))
    fresh = {column.name: replace(column, ref=context.ctes.new_ref()) for column in outer}
    pairs = {fresh[column.name].ref: column.ref for column in outer}
    number = context.ctes.new_ref()

    def side(needed: frozenset[str]) -> str:
        items = [f"{column} AS {new}" for new, column in pairs.items() if new in needed]
        return f"SELECT {', '.join([*items, f'{group} AS {number}'])} FROM {rows.source}"

    left = context.ctes.add(side)
    source = context.ctes.add(f"SELECT * FROM {left} AS a JOIN {answer.source} AS b ON a.{number} = b.{key}")
    columns = merged([fresh.get(column.name, column) for column in old], answer.columns)
    return Relation(source, tuple(columns), answer.order)


@operator("partition")
def partition(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """A query over the rows of each value of a column, or over any table once for each value."""
    by = node.by[0]
    if node.pipe is None or isinstance(by, tree.SortKey):
        context.refuse(node.at, "this form of partition")
    _check_strategy(context, node)
    value = bind(context, by, rows)
    if value.type == "dynamic":
        context.fail(by.at, "partition takes no dynamic.", "Convert with tostring() in an extend before it.")
    group = context.ctes.new_ref()
    keys = f"{rows.group}, {value.sql}" if rows.group else value.sql
    source = context.ctes.add(f"SELECT *, dense_rank() OVER (ORDER BY {keys}) AS {group} FROM {rows.source}")
    numbered = replace(rows, source=source, label="", serialized=False)
    if isinstance(node.pipe.source, tree.Name) and not node.pipe.source.name:
        answer = query_groups(context, node.pipe.operators, numbered, group)
    else:
        answer = _with_a_source(context, node.pipe, by, Column(_name(by), value.type, value.sql), source, group)
    if not rows.group:
        return replace(without_group(answer), serialized=False)
    # Back in the groups of the query around.
    number, outer = context.ctes.new_ref(), context.ctes.new_ref()
    groups = context.ctes.add(f"SELECT DISTINCT {group} AS {number}, {rows.group} AS {outer} FROM {source}")
    joined = context.ctes.add(
        f"SELECT a.{outer}, b.* FROM {answer.source} AS b JOIN {groups} AS a ON a.{number} = b.{answer.group}"
    )
    return within(replace(answer, source=joined, serialized=False), outer)


def _name(node: tree.Expression) -> str:
    return node.name if isinstance(node, tree.Name) else ""


def _check_strategy(context: Context, node: tree.Operator) -> None:
    hint = node.parameters.get("hint.strategy")
    if hint is None:
        return
    name = hint.name if isinstance(hint, tree.Name) else ""
    if name not in ("legacy", "shuffle", "native"):
        context.fail(hint.at, f"partition has no strategy {name!r}.", "Strategies are native, shuffle and legacy.")


def _with_a_source(
    context: Context, pipe: tree.Pipe, by: tree.Expression, key: Column, source: str, group: str
) -> Relation:
    """The legacy form: each query reads a table of its own, and of the rows before it the key alone."""
    from .sources import bind_table

    fresh = replace(key, ref=context.ctes.new_ref(), hidden=True)
    each, number = context.ctes.new_ref(), context.ctes.new_ref()
    groups = context.ctes.add(f"SELECT DISTINCT {group}, {key.ref} AS {fresh.ref} FROM {source}")
    saved, context.groups = context.groups, Groups(groups, group)
    try:
        table = in_every_group(context, bind_table(context, pipe.source))
    finally:
        context.groups = saved
    if table.find(fresh.name) is not None:
        context.refuse(by.at, f"partition over a table that has a column {fresh.name!r} too", "Rename one of them.")
    keyed = context.ctes.add(
        f"SELECT b.*, a.{fresh.ref} AS {each}, a.{group} AS {number} FROM {table.source} AS b "
        f"JOIN {groups} AS a ON a.{group} = b.{table.group}"
    )
    shown = replace(table, source=keyed, columns=(*table.columns, replace(fresh, ref=each)))
    answer = query_groups(
        context, pipe.operators, shown, number, context.ctes.add(f"SELECT {group} AS {number} FROM {groups}")
    )
    return answer.with_columns(column for column in answer.columns if column.ref != each)
