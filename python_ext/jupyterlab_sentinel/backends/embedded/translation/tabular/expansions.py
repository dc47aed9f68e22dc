"""``mv-expand``, ``mv-apply`` and ``partition``: rows from arrays, and queries over groups of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..casts import cast_to
from ..expressions import bind
from ..names import own_name
from ..relations import Column, OrderKey, Relation
from ..values import Value
from .columns import merged
from .registry import apply_operator, operator

if TYPE_CHECKING:
    from ..context import Context

_GROUP = "\0group"


@operator("mv-expand", "mvexpand")
def mv_expand(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """A row for each element of one array or of several side by side."""
    expanded, columns = _expanded(context, node, rows)
    return expanded.with_columns(merged(rows.columns, columns))


def _expanded(context: Context, node: tree.Operator, rows: Relation) -> tuple[Relation, list[Column]]:
    """The expanded rows, and the columns that are new or changed."""
    as_array = _bag_as_array(context, node)
    limit = node.parameters.get("limit")
    most = bind(context, limit, None).constant if limit is not None else None
    lists: list[str] = []
    columns: list[Column] = []
    parts: list[str] = []
    casts: list[tuple[str, Value]] = []
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
        listed = f"{'kql_expand_pairs' if as_array else 'kql_expand'}({value.sql})"
        if isinstance(most, int):
            listed = f"{listed}[1:{most}]"
        lists.append(listed)
        ref = context.ctes.new_ref()
        parts.append(f"unnest({listed}) AS {ref}")
        name = item.name or own_name(item.value)
        if name is None:
            context.fail(item.at, "This expansion needs a name.", f"Write {node.kind} name = …")
        casts.append((name, cast_to(Value(ref, "dynamic"), item.type or "dynamic")))
    index = node.parameters.get("with_itemindex")
    place = context.ctes.new_ref()
    longest = f"greatest({', '.join(f'len({listed})' for listed in lists)})" if len(lists) > 1 else f"len({lists[0]})"
    parts.append(f"unnest(range(0, {longest})) AS {place}")
    source = context.ctes.add(f"SELECT *, {', '.join(parts)} FROM {rows.source}")
    from .columns import compute

    order = (*rows.order, OrderKey(place)) if rows.order else ()
    result, columns = compute(context, replace(rows, source=source, order=order, label=""), casts)
    # The new columns are read by their identifiers: what is merely renamed must not hide behind a cast.
    fixed = [_named(column, name) for column, (name, _) in zip(columns, casts, strict=True)]
    if isinstance(index, tree.Name):
        fixed.append(Column(index.name, "long", place))
    return result, fixed


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


# --- a query over each group of rows -----------------------------------------------------------


@operator("mv-apply", "mvapply")
def mv_apply(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """A query over the elements of each row's array."""
    if node.pipe is None:
        raise AssertionError
    group = context.ctes.new_ref()
    order = f" OVER ({rows.order_sql.strip()})"
    numbered = replace(
        rows,
        source=context.ctes.add(f"SELECT *, row_number(){order} AS {group} FROM {rows.source}", materialized=True),
        label="",
    )
    expanded, columns = _expanded(context, node, numbered)
    inner = expanded.with_columns(merged(rows.columns, columns))
    answer = grouped_query(context, node.pipe, inner, group)
    kept = {column.name for column in columns}
    old = [column for column in rows.columns if column.name not in kept]
    return _beside(context, numbered, old, answer, group)


def _beside(context: Context, rows: Relation, old: list[Column], answer: Relation, group: str) -> Relation:
    """The columns of the outer row, then what the query over its group adds."""
    key = next(column for column in answer.columns if column.name == _GROUP)
    answer = answer.with_columns(column for column in answer.columns if column.name != _GROUP)
    refs = {column.ref for column in old}
    if refs <= {column.ref for column in answer.columns}:
        names = {column.name for column in old}
        added = [column for column in answer.columns if column.ref not in refs and column.name not in names]
        return answer.with_columns([*old, *added])
    renamed = [replace(column, ref=context.ctes.new_ref()) for column in old]
    pairs = {new.ref: column.ref for new, column in zip(renamed, old, strict=True)}
    taken = {column.name for column in old}
    added = [column for column in answer.columns if column.name not in taken]
    outer = context.ctes.new_ref()

    def side(needed: frozenset[str]) -> str:
        items = [f"{column} AS {new}" for new, column in pairs.items() if new in needed]
        return f"SELECT {', '.join([*items, f'{group} AS {outer}'])} FROM {rows.source}"

    left = context.ctes.add(side)
    source = context.ctes.add(f"SELECT * FROM {left} AS a JOIN {answer.source} AS b ON a.{outer} = b.{key.ref}")
    return Relation(source, (*renamed, *added), answer.order)


def grouped_query(context: Context, pipe: tree.Pipe, rows: Relation, group: str) -> Relation:
    """A pipe over each group of rows on its own; ``group`` is the identifier of the groups' column."""
    key = Column(_GROUP, "long", group, hidden=True)
    relation = replace(rows, columns=(*rows.columns, key))
    for each in pipe.operators:
        relation = _apply_grouped(context, each, relation, key)
        key = next(column for column in relation.columns if column.name == _GROUP)
    return relation


def _apply_grouped(context: Context, node: tree.Operator, rows: Relation, key: Column) -> Relation:
    match node.kind:
        case (
            "where"
            | "extend"
            | "parse"
            | "parse-where"
            | "mv-expand"
            | "mvexpand"
            | "project-away"
            | "project-rename"
            | "project-reorder"
            | "parse-kv"
        ):
            return apply_operator(context, node, rows)
        case "project" | "project-keep":
            result = apply_operator(context, node, rows)
            return replace(result, columns=(*result.columns, key))
        case "sort":
            result = apply_operator(context, node, rows)
            return replace(result, order=(OrderKey(key.ref), *result.order))
        case "summarize" | "distinct" | "count":
            return _grouped_summary(context, node, rows, key)
        case "top" | "take":
            return _grouped_first(context, node, rows, key)
    raise context.refusal(node.at, f"the operator {node.kind} inside mv-apply or partition")


def _grouped_summary(context: Context, node: tree.Operator, rows: Relation, key: Column) -> Relation:
    name = tree.Name(node.at, key.name)
    if node.kind == "count":
        node = tree.Operator(node.at, "summarize", (tree.Named(node.at, ("Count",), tree.Call(node.at, "count", ())),))
    elif node.kind == "distinct":
        items = tuple(item for item in node.items if not isinstance(item, tree.Star))
        if not items:
            items = tuple(tree.Name(node.at, column.name) for column in rows.visible)
        node = tree.Operator(node.at, "distinct", (*items, name))
        result = apply_operator(context, node, rows)
        return _hide(result, key)
    result = apply_operator(context, replace(node, kind="summarize", by=(*node.by, name)), rows)
    return _hide(result, key)


def _hide(rows: Relation, key: Column) -> Relation:
    return rows.with_columns(
        replace(column, hidden=True) if column.name == key.name else column for column in rows.columns
    )


def _grouped_first(context: Context, node: tree.Operator, rows: Relation, key: Column) -> Relation:
    from .rows import _count_of, sorted_rows

    count = _count_of(context, node)
    if node.kind == "top":
        rows = sorted_rows(context, tuple(each for each in node.by if isinstance(each, tree.SortKey)), rows)
    inner = ", ".join(each.sql for each in rows.order if each.ref != key.ref)
    over = f"PARTITION BY {key.ref}" + (f" ORDER BY {inner}" if inner else "")
    place = context.ctes.new_ref()
    ranked = context.ctes.add(f"SELECT *, row_number() OVER ({over}) AS {place} FROM {rows.source}")
    source = context.ctes.add(f"SELECT * FROM {ranked} WHERE {place} <= {count}")
    order = (OrderKey(key.ref), OrderKey(place))
    return replace(rows, source=source, order=order, label="")


@operator("partition")
def partition(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """A query over the rows of each value of a column."""
    by = node.by[0]
    if node.pipe is None or isinstance(by, tree.SortKey):
        context.refuse(node.at, "this form of partition")
    value = bind(context, by, rows)
    group = context.ctes.new_ref()
    numbered = replace(
        rows,
        source=context.ctes.add(f"SELECT *, dense_rank() OVER (ORDER BY {value.sql}) AS {group} FROM {rows.source}"),
        label="",
    )
    answer = grouped_query(context, node.pipe, numbered, group)
    return answer.with_columns(column for column in answer.columns if column.name != _GROUP)
