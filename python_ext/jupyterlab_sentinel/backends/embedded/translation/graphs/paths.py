"""Paths such as ``a.d.x`` in the tree of an expression, and how an expression is made anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from .....kql import tree

if TYPE_CHECKING:
    from .....kql.tree import Expression

_SUBQUERIES = (tree.Pipe, tree.Operator, tree.DataTable, tree.ExternalData, tree.Function)
Change = Callable[[Any], Any]
Path = tree.Member | tree.Index


def property_name(node: Path) -> str:
    """The property that ``a.name`` and ``a['name']`` read."""
    if isinstance(node, tree.Member):
        return node.name
    return str(node.index.value) if isinstance(node.index, tree.Literal) else ""


def mapped(node: Expression, change: Change) -> Expression:
    """The node with its parts changed; queries inside of it know nothing of the pattern."""
    if isinstance(node, _SUBQUERIES):
        return node
    parts: dict[str, Any] = {each.name: _part(getattr(node, each.name), change) for each in fields(node)}
    return cast("Expression", type(node)(**parts))


def _part(part: object, change: Change) -> object:
    if isinstance(part, tuple):
        return tuple(_part(each, change) for each in part)
    if is_dataclass(part) and not isinstance(part, _SUBQUERIES):
        return change(part)
    return part


def root_of(node: Expression) -> tuple[Path | None, str]:
    """The innermost step of a path and the name that it starts from; empty: it is none."""
    inner: Path | None = None
    while isinstance(node, tree.Member | tree.Index):
        inner, node = node, node.base
    if not isinstance(node, tree.Name) or (inner is not None and not property_name(inner)):
        return None, ""
    return inner, node.name


def without_root(node: Expression, prefix: str) -> Expression:
    """``e.d.x`` as ``d.x``, with a prefix to ``d``."""
    if not isinstance(node, tree.Member | tree.Index):
        raise TypeError
    if isinstance(node.base, tree.Name):
        return tree.Name(node.at, prefix + property_name(node))
    return replace(node, base=without_root(node.base, prefix))
