"""Operators that choose and compute columns."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..names import Namer, own_name
from ..relations import Column, OrderKey, Relation
from .registry import operator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .....kql.tree import Expression
    from ..context import Context
    from ..values import Value

# Any other text would be made anew for every property.
_PARSED_COLUMN = re.compile(r"kql_json_or_null\((\w+)\)")
_SPLIT_COLUMN = re.compile(r"kql_split\((x\d+), '(?:[^']|'')*'\)")


def plain_items(node: tree.Operator) -> list[Expression]:
    """The operator's items that are expressions."""
    return [item for item in node.items if not isinstance(item, tree.SortKey | tree.Expansion | tree.Capture)]


def compute(context: Context, rows: Relation, items: Sequence[tuple[str, Value]]) -> tuple[Relation, list[Column]]:
    """The table with a new SQL column for each value that is not one already.

    :returns: the same rows over a new source, and the columns of the values, in order.
    """
    columns: list[Column] = []
    added: list[str] = []
    documents = dict(context.ctes.documents.get(rows.source, {}))
    splits = dict(context.ctes.splits.get(rows.source, {}))
    known = {column.ref for column in rows.columns}
    for name, value in items:
        if value.sql in known:
            columns.append(Column(name, value.type, value.sql))
            continue
        ref = context.ctes.new_ref()
        added.append(f"{value.sql} AS {ref}")
        columns.append(Column(name, value.type, ref))
        parsed = _PARSED_COLUMN.fullmatch(value.root)
        if parsed is not None and value.path == "'$'":
            documents[ref] = parsed[1]
        split = _SPLIT_COLUMN.fullmatch(value.parts)
        if split is not None:
            splits[ref] = split[1], value.parts
    if not added:
        return rows, columns
    source = context.ctes.add(f"SELECT *, {', '.join(added)} FROM {rows.source}", over=rows.source)
    context.ctes.documents[source] = documents
    context.ctes.splits[source] = splits
    # Rows that sort alike stay as the functions that look at neighbours saw them.
    number = context.ctes.numbers.get(rows.source)
    order = rows.order if number is None or rows.group else (OrderKey(number),)
    return replace(rows, source=source, order=order, label=""), columns


def bind_items(
    context: Context, items: Sequence[Expression], rows: Relation, *, rest: bool = True
) -> list[tuple[Expression, Value]]:
    """Each item with its value, or its values where it stands for several columns; window functions are allowed.

    :param rest: whether columns of such an item that it does not name come too.
    """
    from ..functions.several import columns_of

    saved, context.windowed, context.siblings = (context.windowed, context.siblings), rows, made_names(items)
    try:
        return [column for item in items for column in columns_of(context, item, rows, rest=rest)]
    finally:
        context.windowed, context.siblings = saved


def made_names(items: Iterable[Expression | tree.SortKey]) -> frozenset[str]:
    """The names that the query itself gives to columns."""
    return frozenset(name for item in items if isinstance(item, tree.Named) for name in item.names)


@operator("extend")
def extend(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """New columns behind the others; one of an existing name takes its place."""
    namer = Namer(skip=(column.name for column in rows.columns))
    named: list[tuple[str, Value]] = []
    for item, value in bind_items(context, plain_items(node), rows, rest=False):
        name = own_name(item) or namer.positional()
        if any(name == other for other, _ in named):
            context.fail(item.at, f"extend names two columns {name!r}.")
        named.append((name, value))
    result, columns = compute(context, rows, named)
    return result.with_columns(merged(rows.columns, columns))


def merged(old: Sequence[Column], new: Sequence[Column]) -> list[Column]:
    """``old`` with each of ``new`` in the place of its namesake, or behind."""
    by_name = {column.name: column for column in new}
    kept = [by_name.pop(column.name, column) for column in old]
    return [*kept, *(column for column in new if column.name in by_name)]


@operator("project")
def project(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """These columns and no others."""
    items = _with_stars(plain_items(node), rows)
    reserved = [own for item in items for own in _explicit(item)]
    for place, name in enumerate(reserved):
        if name in reserved[:place]:
            context.fail(node.at, f"project names two columns {name!r}.")
    namer = Namer(reserved)
    named = [(namer.name(item), value) for item, value in bind_items(context, items, rows)]
    result, columns = compute(context, rows, named)
    return result.with_columns(columns)


def _explicit(item: Expression) -> tuple[str, ...]:
    if isinstance(item, tree.Named):
        return item.names
    return (item.name,) if isinstance(item, tree.Name) else ()


def _with_stars(items: list[Expression], rows: Relation) -> list[Expression]:
    spread: list[Expression] = []
    for item in items:
        if isinstance(item, tree.Star):
            spread.extend(tree.Name(item.at, column.name) for column in rows.visible)
        else:
            spread.append(item)
    return spread


def _matched(context: Context, items: Sequence[Expression], rows: Relation, *, strict: bool) -> list[Column]:
    """Columns that names and wildcards mean, in the order of the items."""
    found: dict[str, Column] = {}
    for item in items:
        if isinstance(item, tree.Pattern):
            for column in rows.visible:
                if fnmatch.fnmatchcase(column.name, item.text.replace("[", "[[]")):
                    found[column.ref + column.name] = column
        elif isinstance(item, tree.Name):
            column_or_none = rows.find(item.name)
            if column_or_none is None:
                if strict:
                    context.unknown(item.at, "column", item.name, (column.name for column in rows.columns))
                continue
            found[column_or_none.ref + column_or_none.name] = column_or_none
    return list(found.values())


@operator("project-away")
def project_away(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """All columns but these."""
    gone = _matched(context, plain_items(node), rows, strict=True)
    return rows.with_columns(column for column in rows.columns if column not in gone)


@operator("project-keep")
def project_keep(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """These columns in the order of the table."""
    kept = _matched(context, plain_items(node), rows, strict=True)
    return rows.with_columns(replace(column, hidden=False) for column in rows.columns if column in kept)


@operator("project-rename")
def project_rename(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """All columns, some under a new name."""
    names: dict[str, str] = {}
    for item in plain_items(node):
        if not isinstance(item, tree.Named) or not isinstance(item.value, tree.Name):
            context.fail(item.at, "project-rename takes new = old.")
        if rows.find(item.value.name) is None:
            context.unknown(item.value.at, "column", item.value.name, (column.name for column in rows.columns))
        names[item.value.name] = item.names[0]
    columns = [replace(column, name=names.get(column.name, column.name)) for column in rows.columns]
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            context.fail(node.at, f"There are two columns {column.name!r} then.")
        seen.add(column.name)
    return rows.with_columns(columns)


@operator("project-reorder")
def project_reorder(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """These columns first, the others behind."""
    chosen: dict[str, Column] = {}
    for item in node.items:
        if not isinstance(item, tree.SortKey):
            continue
        columns = _matched(context, [item.value], rows, strict=True)
        if isinstance(item.value, tree.Pattern):
            columns = [column for column in columns if column.name not in chosen]
            named = {
                other.value.name
                for other in node.items
                if isinstance(other, tree.SortKey) and isinstance(other.value, tree.Name)
            }
            columns = [column for column in columns if column.name not in named]
        if item.descending is not None:
            columns = sorted(
                columns,
                key=lambda column: _natural(column.name, granny=item.nulls_first is True),
                reverse=item.descending,
            )
        chosen.update({column.name: column for column in columns})
    rest = [column for column in rows.columns if column.name not in chosen]
    return rows.with_columns([*chosen.values(), *rest])


def _natural(name: str, *, granny: bool) -> list[tuple[int, int, str]]:
    import re

    if not granny:
        return [(0, 0, name)]
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", name)]
