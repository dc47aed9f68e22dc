"""Queries over groups of rows, all groups at once: what stands inside ``mv-apply`` and ``partition``.

Each row carries the group that it is part of in a hidden column, and every operator keeps the groups apart. How one
does so is declared here by its name; what is not declared is refused. The groups that exist are kept beside
(:attr:`.context.Context.groups`), for an operator that gives a row even for a group that has none left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..context import Scope
from ..relations import GROUP, Column, Groups, OrderKey, Relation
from .registry import OPERATORS

if TYPE_CHECKING:
    from ..context import Context

Strategy = Callable[["Context", tree.Operator, Relation], Relation]

_STRATEGIES: dict[str, Strategy] = {}


def keeps_groups(*names: str) -> Callable[[Strategy], Strategy]:
    """Declare how operators treat the groups of their rows; the implementation sees rows that have a group."""

    def declare(strategy: Strategy) -> Strategy:
        _STRATEGIES.update(dict.fromkeys(names, strategy))
        return strategy

    return declare


def apply_within_groups(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Translate one operator over each group of rows on its own.

    :raises KqlUnsupportedError: an operator that keeps no groups apart.
    """
    strategy = _STRATEGIES.get(node.kind)
    if strategy is None:
        context.refuse(node.at, f"the operator {node.kind} inside mv-apply or partition")
    return strategy(context, node, rows)


def query_groups(
    context: Context, operators: Sequence[tree.Operator], rows: Relation, group: str, groups: str = ""
) -> Relation:
    """Operators over each group of rows on its own.

    :param group: the identifier of the groups' column in ``rows``.
    :param groups: the CTE that holds each group once, in a column of that identifier; empty: those that rows have.
    :returns: the rows of all groups, with the group in a hidden column.
    """
    from .registry import apply_operator

    relation = within(rows, group)
    saved = (context.groups, context.scope)
    named = groups or context.ctes.add(f"SELECT DISTINCT {group} FROM {rows.source}")
    # A name that `as` gives to a group means nothing outside.
    context.scope = Scope(context.scope)
    complete = not groups
    try:
        for each in operators:
            context.groups = Groups(named, group, complete=complete and each.kind in ("summarize", "count"))
            relation = apply_operator(context, each, relation)
            complete = complete and each.kind in _KEEPING
    finally:
        context.groups, context.scope = saved
    return relation


# Operators that leave each group a row.
_KEEPING = frozenset(
    [
        *(
            "extend",
            "project",
            "project-away",
            "project-keep",
            "project-rename",
            "project-reorder",
            "sort",
            "serialize",
        ),
        *("as", "parse", "parse-kv", "summarize", "count", "distinct"),
    ]
)


def within(rows: Relation, group: str) -> Relation:
    """The rows as those of groups, the identifier of whose column is ``group``."""
    plain = [column for column in rows.columns if column.name != GROUP]
    return rows.with_columns([*plain, Column(GROUP, "long", group, hidden=True)])


def without_group(rows: Relation) -> Relation:
    """The rows as those of one query; nothing but a column is taken away."""
    return rows.with_columns(column for column in rows.columns if column.name != GROUP)


def in_every_group(context: Context, rows: Relation) -> Relation:
    """The rows of a table that stands outside, once in each group; rows of groups as they are."""
    if rows.group:
        return rows
    if context.groups is None:
        raise AssertionError
    fresh = context.ctes.new_ref()
    source = context.ctes.add(
        f"SELECT b.*, a.{context.groups.ref} AS {fresh} FROM {context.groups.source} AS a CROSS JOIN {rows.source} AS b"
    )
    return within(replace(rows, source=source, order=(), serialized=False), fresh)


# --- row by row -------------------------------------------------------------------------------


@keeps_groups(
    *("where", "filter", "extend", "parse", "parse-where", "parse-kv", "mv-expand", "mvexpand", "serialize", "as"),
    *("project", "project-away", "project-keep", "project-rename", "project-reorder", "search", "consume"),
    *("project-by-names", "assert-schema", "invoke", "render"),
)
def _row_by_row(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    result = OPERATORS[node.kind](context, node, rows) if node.kind in OPERATORS else None
    if result is None:
        context.refuse(node.at, f"the operator {node.kind}")
    if result.group:
        return result
    if node.kind == "invoke":
        context.refuse(node.at, "a function that leaves the rows of mv-apply or partition", "Use what it does instead.")
    # The column is still there, merely out of view.
    return within(result, rows.group)


@keeps_groups("mv-apply", "mvapply", "partition", "join", "lookup", "union")
def _by_itself(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    return OPERATORS[node.kind](context, node, rows)


@keeps_groups("sort", "order")
def _sort(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    result = OPERATORS["sort"](context, node, rows)
    return replace(result, order=(OrderKey(rows.group), *result.order))


@keeps_groups("getschema")
def _getschema(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    return in_every_group(context, OPERATORS[node.kind](context, node, without_group(rows)))


# --- the first of each group --------------------------------------------------------------------


def first_of_groups(context: Context, rows: Relation, order: str, count: str) -> Relation:
    """Some rows of each group: the first in an order."""
    place = context.ctes.new_ref()
    over = f"PARTITION BY {rows.group}" + (f" ORDER BY {order}" if order else "")
    ranked = context.ctes.add(f"SELECT *, row_number() OVER ({over}) AS {place} FROM {rows.source}")
    source = context.ctes.add(f"SELECT * FROM {ranked} WHERE {place} <= {count}")
    return replace(rows, source=source, order=(OrderKey(rows.group), OrderKey(place)), label="")


@keeps_groups("take", "limit", "top")
def _first(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    from .rows import count_of, sorted_rows

    count = count_of(context, node)
    if node.kind == "top":
        rows = sorted_rows(context, tuple(each for each in node.by if isinstance(each, tree.SortKey)), rows)
    inner = ", ".join(each.sql for each in rows.order if each.ref != rows.group)
    return first_of_groups(context, rows, inner, count)


@keeps_groups("sample")
def _sample(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    from .rows import count_of

    drawn = context.ctes.new_ref()
    shuffled = replace(rows, source=context.ctes.add(f"SELECT *, random() AS {drawn} FROM {rows.source}"))
    result = first_of_groups(context, shuffled, drawn, count_of(context, node))
    return replace(result, order=(), serialized=False)


@keeps_groups("sample-distinct")
def _sample_distinct(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    from .rows import count_of

    named = replace(node, kind="distinct", items=node.items[1:])
    result = first_of_groups(context, _distinct(context, named, rows), "", count_of(context, node))
    return replace(result, order=())


# --- the group as one more key -------------------------------------------------------------------


def _hidden(rows: Relation) -> Relation:
    return rows.with_columns(
        replace(column, hidden=True) if column.name == GROUP else column for column in rows.columns
    )


@keeps_groups("distinct")
def _distinct(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    items = [item for item in node.items if not isinstance(item, tree.Star)]
    if not items:
        items = [tree.Name(node.at, column.name) for column in rows.visible]
    keyed = replace(node, items=(*items, tree.Name(node.at, GROUP)))
    return _hidden(OPERATORS["distinct"](context, keyed, rows))


@keeps_groups("make-series")
def _make_series(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    keyed = replace(node, by=(*node.by, tree.Name(node.at, GROUP)))
    return _hidden(OPERATORS[node.kind](context, keyed, rows))


@keeps_groups("top-nested")
def _top_nested(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The group as a level above the others, of which all values come."""
    at = node.at
    nothing, name = tree.Literal(at, "long", None), tree.Name(at, GROUP)
    level = tree.Call(at, "top-nested", (nothing, name, tree.Call(at, "count", ()), tree.Literal(at, "string", None),
                                         tree.Literal(at, "bool", value=False)))  # fmt: skip
    result = _hidden(OPERATORS[node.kind](context, replace(node, items=(level, *node.items)), rows))
    return result.with_columns(column for column in result.columns if column.name != f"aggregated_{GROUP}")


@keeps_groups("count")
def _count(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    name = next((item.name for item in node.items if isinstance(item, tree.Name)), "Count")
    counted = tree.Named(node.at, (name,), tree.Call(node.at, "count", ()))
    return _summarize(context, tree.Operator(node.at, "summarize", (counted,)), rows)


@keeps_groups("summarize")
def _summarize(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    keyed = replace(node, by=(*node.by, tree.Name(node.at, GROUP)))
    groups = context.groups
    if groups is None:
        raise AssertionError
    context.groups = replace(groups, complete=False)
    result = _hidden(OPERATORS["summarize"](context, keyed, rows))
    if node.by or not node.items or groups.complete:
        return result
    return _with_empty_groups(context, node, rows, result)


def _with_empty_groups(context: Context, node: tree.Operator, rows: Relation, result: Relation) -> Relation:
    """Without ``by`` there is a row for each group, also for one that has no rows left."""
    if context.groups is None:
        raise AssertionError
    nothing = context.ctes.add(f"SELECT * FROM {rows.source} WHERE false")
    empty = OPERATORS["summarize"](context, node, without_group(replace(rows, source=nothing)))
    own = [column for column in result.columns if column.name != GROUP]
    fresh = [replace(column, ref=context.ctes.new_ref()) for column in own]
    group, ref = context.ctes.new_ref(), context.groups.ref
    cells = "".join(
        f", CASE WHEN b.{result.group} IS NULL THEN c.{none.ref} ELSE b.{made.ref} END AS {new.ref}"
        for made, none, new in zip(own, empty.columns, fresh, strict=True)
    )
    source = context.ctes.add(
        f"SELECT a.{ref} AS {group}{cells} FROM {context.groups.source} AS a LEFT JOIN {result.source} AS b "
        f"ON a.{ref} = b.{result.group} CROSS JOIN {empty.source} AS c"
    )
    return within(Relation(source, tuple(fresh)), group)
