"""What stands inside of ``map()``, ``all()`` and ``any()``: an expression over each edge, or each inner node."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..casts import to_string
from ..relations import Column, Relation
from ..values import Value
from .paths import mapped

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from .....kql.tree import Expression
    from ..context import Context
    from .graph import Graph
    from .views import View

WALK_FUNCTIONS = frozenset({"all", "any", "map"})
ELEMENT_FUNCTIONS = frozenset({"labels", "node_degree_in", "node_degree_out", "node_id"})
HIDDEN = "\0"
"""In front of names that no query can write."""
_TEXT_IDS = frozenset({"string", "long", "int", "guid"})


def hidden_row(view: View) -> Relation:
    """The properties under names that what ``let`` binds cannot have."""
    return view.row().with_columns(replace(column, name=HIDDEN + column.name) for column in view.row().columns)


def check_id(context: Context, graph: Graph, at: int) -> None:
    """Raise for ``node_id()`` of ids whose text in Kusto is not known."""
    if graph.id.type not in _TEXT_IDS:
        context.refuse(at, f"node_id() of a node whose id is a {graph.id.type}", "Read the property that holds the id.")


class Inside:
    """Expressions inside of those functions.

    :ivar names: the names of the pattern, which mean nothing there.
    """

    def __init__(self, context: Context, graph: Graph, names: AbstractSet[str]) -> None:
        self._context = context
        self._graph = graph
        self._names = names

    def value(self, view: View, body: Expression, *, inner: bool, test: bool) -> Value:
        """The expression over the columns of a view; ``test``: it has to be a condition."""
        from ..expressions import bind, condition

        prepared = self._prepared(body, view, inner=inner)
        row = view.row().with_columns([*view.row().columns, *self._columns(view, inner=inner)])
        return condition(self._context, prepared, row) if test else bind(self._context, prepared, row)

    def _columns(self, view: View, *, inner: bool) -> list[Column]:
        """What functions without an argument stand for, under names that no query can write."""
        if not inner:
            return []
        graph = self._graph
        own = view.column(graph.id)
        return [
            Column(f"{HIDDEN}node_degree_in", "long", view.column(Column("", "long", graph.degree_in)).ref),
            Column(f"{HIDDEN}node_degree_out", "long", view.column(Column("", "long", graph.degree_out)).ref),
            Column(f"{HIDDEN}node_id", "string", to_string(Value(own.ref, own.type)).sql),
        ]

    def _prepared(self, node: Expression, view: View, *, inner: bool) -> Expression:
        """The expression inside: properties are called by their names alone."""

        def prepared(each: Expression) -> Expression:
            if isinstance(each, tree.Call) and self._context.function(each.name) is None:
                if each.name in WALK_FUNCTIONS:
                    self._context.refuse(each.at, f"{each.name}() inside of another map(), all() or any()")
                if each.name in ELEMENT_FUNCTIONS:
                    return self._function(each, inner=inner)
            if isinstance(each, tree.Name) and view.property(each.name) is None:
                self._check(each, inner=inner)
            return mapped(each, prepared)

        return prepared(node)

    def _check(self, name: tree.Name, *, inner: bool) -> None:
        from ..tabular import function_of

        if name.name in self._names:
            self._context.refuse(
                name.at,
                f"{name.name!r} of the pattern inside of map(), all() or any()",
                "Properties of the edges, or of their inner nodes, are called by their names alone there.",
            )
        if name.name in self._context.tables or self._context.scope.find(name.name) is not None:
            return
        if function_of(self._context, name) is None and not name.name.startswith(HIDDEN):
            self._graph.unknown(self._context, name.at, "node" if inner else "edge", name.name)

    def _function(self, node: tree.Call, *, inner: bool) -> Expression:
        if node.args:
            self._context.fail(node.at, f"{node.name}() takes no argument inside of map(), all() or any().")
        if node.name == "labels":
            return tree.Literal(node.at, "dynamic", "[]")
        if not inner:
            self._context.fail(node.at, f"{node.name}() is about nodes.", "Write inner_nodes(e) in front of it.")
        if node.name == "node_id":
            check_id(self._context, self._graph, node.at)
        return tree.Name(node.at, HIDDEN + node.name)
