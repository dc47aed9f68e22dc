"""``workspace("name").Table``: tables of the local workspaces that this one names as its companions."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from .....kql import tree
from .....models.indicators import visible
from ..expressions import bind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .....kql.tree import Expression
    from ...tables import StoredTable
    from ..context import Context
    from ..relations import Relation

_SERVICES = frozenset({"database", "cluster", "app", "resource", "adx", "arg"})


def elsewhere(context: Context, node: Expression) -> Relation | None:
    """The table of ``workspace("name").Table``; None for an expression that names no other place.

    :raises KqlUnsupportedError: a place that a local workspace does not reach.
    """
    if not isinstance(node, tree.Member) or not isinstance(node.base, tree.Call):
        return None
    if node.base.name in _SERVICES:
        context.refuse(node.at, f"{node.base.name}()", "Only local workspaces can be queried: workspace('name').Table.")
    if node.base.name != "workspace":
        return None
    from .sources import scan

    tables = companion(context, node.base)
    table = tables.get(node.name)
    if table is None:
        raise context.missing(node.at, "table", node.name, tables)
    return scan(context, table)


def matching(context: Context, node: Expression) -> list[tuple[str, Relation]] | None:
    """The tables of ``workspace("name").Wild*``, by name; None for any other expression."""
    if not isinstance(node, tree.Member) or not isinstance(node.base, tree.Call) or "*" not in node.name:
        return None
    if node.base.name != "workspace":
        return None
    from .sources import scan

    tables = companion(context, node.base)
    names = sorted(name for name in tables if fnmatch.fnmatchcase(name, node.name))
    if not names:
        raise context.missing(node.at, "table", node.name, tables)
    return [(name, scan(context, tables[name])) for name in names]


def companion(context: Context, call: tree.Call) -> Mapping[str, StoredTable]:
    """The tables of the workspace that ``workspace("name")`` means.

    :raises KqlUnsupportedError: a workspace that this one does not name.
    """
    name = bind(context, call.args[0], None).text if len(call.args) == 1 else None
    if name is None:
        context.fail(call.at, "workspace() takes the name of a workspace as a constant text.")
    known = context.resources.workspaces
    if name not in known:
        context.refuse(
            call.at,
            f"workspace({visible(name, limit=100)!r})",
            f"There are: {', '.join(known)}."
            if known
            else 'Name a folder beside this one in workspace.json: "workspaces": {"name": "../folder"}.',
        )
    return known[name]
