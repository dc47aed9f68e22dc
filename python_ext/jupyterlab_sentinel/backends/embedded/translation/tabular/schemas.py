"""``project-by-names`` and ``assert-schema``: columns by what the query knows of their names and types."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from .....kql import tree
from ..comparisons import constant_elements
from ..expressions import bind
from .columns import plain_items
from .registry import operator

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context
    from ..relations import Column, Relation


@operator("project-by-names")
def project_by_names(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The columns that texts, arrays of texts and wildcards name, in that order; unknown names do not count."""
    found: dict[str, Column] = {}
    for item in plain_items(node):
        for pattern in _names(context, item):
            for column in rows.visible:
                if fnmatch.fnmatchcase(column.name, pattern.replace("[", "[[]")):
                    found.setdefault(column.name, column)
    if not found:
        context.fail(node.at, "project-by-names leaves no column.", "Names are case-sensitive.")
    return rows.with_columns(found.values())


def _names(context: Context, item: Expression) -> list[str]:
    if isinstance(item, tree.Call) and item.name == "column_names_of" and len(item.args) == 1:
        from .sources import bind_table

        return [column.name for column in bind_table(context, item.args[0]).visible]
    value = bind(context, item, None)
    elements = [value] if value.text is not None else constant_elements(value)
    if elements is None or any(element.text is None for element in elements):
        context.fail(item.at, "project-by-names takes constant texts, arrays of them, or column_names_of(a table).")
    return [element.text for element in elements if element.text is not None]


@operator("assert-schema")
def assert_schema(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The rows as they are, if their columns have these names, types and order."""
    wanted = [(item.name, item.type) for item in node.items if isinstance(item, tree.Capture)]
    given = [(column.name, column.type) for column in rows.visible]
    for place, ((name, kind), (own, own_kind)) in enumerate(zip(wanted, given, strict=False), start=1):
        if (name, kind) != (own, own_kind):
            context.fail(node.at, f"Column {place} is {own}: {own_kind}, and assert-schema expects {name}: {kind}.")
    if len(wanted) != len(given):
        context.fail(node.at, f"There are {len(given)} columns, and assert-schema expects {len(wanted)}.")
    return rows
