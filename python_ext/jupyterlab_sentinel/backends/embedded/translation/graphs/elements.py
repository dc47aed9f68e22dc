"""Expressions over the names of a pattern.

``a.name`` becomes the name of a column, and so does a call such as ``map(e, …)``; what is left is an expression like
any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from .....kql import tree
from ..casts import to_string
from ..relations import Column, Relation
from ..values import Value
from .inside import ELEMENT_FUNCTIONS, HIDDEN, WALK_FUNCTIONS, Inside, check_id, hidden_row
from .paths import mapped, property_name, root_of, without_root
from .views import bag_sql

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context
    from .graph import Graph
    from .patterns import Pattern
    from .views import EdgeView, View
    from .walks import Walk

_NO_WALK = "Write map(e, …), all(e, …) or any(e, …) around an expression over its properties alone."


class Scope:
    """What ``where`` and ``project`` of a pattern may read.

    :ivar used: the places of nodes and steps that the last expression reads; steps as negative numbers from -1.
    :ivar walked: whether it reads an edge of variable length otherwise than for its length.
    """

    def __init__(
        self,
        context: Context,
        graph: Graph,
        pattern: Pattern,
        nodes: dict[int, View],
        edges: dict[int, EdgeView],
        walks: dict[int, Walk],
    ) -> None:
        self._context = context
        self._graph = graph
        self._pattern = pattern
        self._nodes = nodes
        self._edges = edges
        self._walks = walks
        self._inside = Inside(context, graph, pattern.names)
        self._columns: dict[str, Column] = {}
        self.used: set[int] = set()
        self.walked = False
        self.projecting = False

    def row(self) -> Relation:
        """All columns that expressions asked for."""
        return Relation("", tuple(self._columns.values()))

    def rewritten(self, node: Expression) -> Expression:
        """The expression over columns of :meth:`row`."""
        self.used, self.walked = set(), False
        return self._whole_walk(node) or self._rewritten(node)

    def _whole_walk(self, node: Expression) -> Expression | None:
        """An item of ``project`` that is an edge of variable length, or a property of it: an array."""
        from ..expressions import bind

        if not self.projecting:
            return None
        inner, name = root_of(node)
        place = self._walk_place(name)
        if place is None:
            return None
        walk = self._walks[place]
        self._use(~place, walked=True)
        view = walk.edges
        if inner is None:
            value = Value(bag_sql(view.row().visible), "dynamic")
        else:
            self._property(inner, view, "edge")
            value = bind(self._context, without_root(node, HIDDEN), hidden_row(view))
        return self._column(node.at, f"{name}: values", walk.collected("map", value, inner=False))

    def over_edges(self, node: Expression) -> tuple[Walk, Value] | None:
        """A condition over properties of one edge of variable length and nothing else of the pattern.

        As the article has it, each of its edges has to meet what ``where`` says.
        """
        from ..expressions import condition

        walks: set[int] = set()
        others: set[str] = set()

        def changed(each: Expression) -> Expression:
            if isinstance(each, tree.Call) and each.name in WALK_FUNCTIONS:
                others.add(each.name)
            if isinstance(each, tree.Member | tree.Index) and isinstance(each.base, tree.Name):
                place = self._walk_place(each.base.name) if property_name(each) else None
                if place is not None:
                    walks.add(place)
                    self._property(each, self._walks[place].edges, "edge")
                    return tree.Name(each.at, HIDDEN + property_name(each))
            if isinstance(each, tree.Name) and each.name in self._pattern.names:
                others.add(each.name)
            return mapped(each, changed)

        made = changed(node)
        if len(walks) != 1 or others:
            return None
        walk = self._walks[walks.pop()]
        return walk, condition(self._context, made, hidden_row(walk.edges))

    def _walk_place(self, name: str) -> int | None:
        place = self._pattern.step(name)
        return place if place is not None and place in self._walks else None

    def _use(self, number: int, *, walked: bool = False) -> None:
        self.used.add(number)
        self.walked = self.walked or walked

    def _column(self, at: int, name: str, value: Value) -> tree.Name:
        # No other key looks so: names of the pattern may hold any letter.
        name = f"{len(self._columns)} {name}"
        self._columns[name] = Column(name, value.type, value.sql)
        return tree.Name(at, name)

    # --- from the top down ---------------------------------------------------------------------

    def _rewritten(self, node: Expression) -> Expression:
        match node:
            case tree.Member(base=tree.Name()) | tree.Index(base=tree.Name(), index=tree.Literal(type="string")):
                return self._read(node)
            case tree.Name():
                return self._named(node)
            case tree.Call():
                return self._called(node)
        return mapped(node, self._rewritten)

    def _read(self, node: tree.Member | tree.Index) -> Expression:
        """A property of what a name stands for."""
        base = node.base
        if not isinstance(base, tree.Name):
            raise TypeError
        view, kind = self._element(base)
        if view is None:
            return mapped(node, self._rewritten)
        name = property_name(node)
        known = f"{len(base.name)}:{base.name}.{name}"
        if known not in self._columns:
            self._columns[known] = replace(self._property(node, view, kind), name=known)
        return tree.Name(node.at, known)

    def _property(self, node: tree.Member | tree.Index, view: View, kind: str) -> Column:
        column = view.property(property_name(node))
        if column is None:
            self._graph.unknown(self._context, self._place(node), kind, property_name(node))
        return column

    def _place(self, node: tree.Member | tree.Index) -> int:
        """Where the property's name stands: a path begins at its dot."""
        found = self._context.text.find(node.name, node.at) if isinstance(node, tree.Member) else -1
        return node.at if found < 0 else found

    def _element(self, name: tree.Name) -> tuple[View | None, str]:
        """The view that a name stands for; None: the name is none of the pattern's."""
        place = self._pattern.node(name.name)
        if place is not None:
            self._use(place)
            return self._nodes[place], "node"
        step = self._pattern.step(name.name)
        if step is None:
            self._check_known(name)
            return None, ""
        if step in self._walks:
            self._fail_walk(name)
        self._use(~step)
        return self._edges[step], "edge"

    def _fail_walk(self, name: tree.Name) -> NoReturn:
        self._context.fail(
            name.at, f"{name.name!r} is several edges: their properties are no single value here.", _NO_WALK
        )

    def _check_known(self, name: tree.Name) -> None:
        from ..tabular import function_of

        context = self._context
        if name.name in context.tables or context.scope.find(name.name) is not None:
            return
        if function_of(context, name) is None:
            at, names = name.at, self._pattern.names
            elements = (*self._graph.nodes.columns, *self._graph.edges.columns)
            if name.name not in names and any(column.name == name.name for column in elements):
                context.fail(
                    at,
                    f"There is no name {name.name!r} in the pattern.",
                    f"A property is read by way of a node or an edge, such as {min(names)}.{name.name}."
                    if names
                    else "Give the node or the edge a name.",
                )
            context.unknown(at, "node or edge of the pattern called", name.name, names)

    def _named(self, node: tree.Name) -> Expression:
        """A whole node or edge: a bag of its properties."""
        view, kind = self._element(node)
        if view is None:
            return node
        elements = self._graph.nodes if kind == "node" else self._graph.edges
        columns = [view.column(column) for column in elements.visible]
        return self._column(node.at, node.name, Value(bag_sql(columns), "dynamic"))

    # --- functions -----------------------------------------------------------------------------

    def _called(self, node: tree.Call) -> Expression:
        if self._context.function(node.name) is not None:
            return mapped(node, self._rewritten)
        if node.name in WALK_FUNCTIONS:
            return self._walk_function(node)
        if node.name == "inner_nodes":
            self._context.fail(node.at, "inner_nodes() stands inside of map(), all() or any(), first.")
        if node.name in ELEMENT_FUNCTIONS:
            return self._element_function(node)
        if node.name == "array_length" and len(node.args) == 1 and isinstance(node.args[0], tree.Name):
            place = self._walk_place(node.args[0].name)
            if place is not None:
                self._use(~place)
                return self._column(node.at, f"{node.args[0].name}: length", self._walks[place].length())
        return mapped(node, self._rewritten)

    def walk_call(self, node: Expression) -> tuple[Walk, Expression, bool, str] | None:
        """``all(e, …)`` and kin: the walk, the expression, whether it is about the inner nodes, and the function."""
        if not isinstance(node, tree.Call) or node.name not in WALK_FUNCTIONS or not node.args:
            return None
        if self._context.function(node.name) is not None:
            return None
        first = node.args[0]
        inner = isinstance(first, tree.Call) and first.name == "inner_nodes" and len(first.args) == 1
        name = first.args[0] if isinstance(first, tree.Call) and inner else first
        place = self._walk_place(name.name) if isinstance(name, tree.Name) else None
        if place is None:
            self._context.fail(
                first.at,
                f"{node.name}() takes an edge of variable length first, such as e of (a)-[e*1..3]->(b).",
                "inner_nodes(e) stands for the nodes between its edges.",
            )
        if len(node.args) != 2:
            self._context.fail(node.at, f"{node.name}() takes an edge and an expression.")
        self._use(~place, walked=True)
        return self._walks[place], node.args[1], inner, node.name

    def walk_value(self, walk: Walk, body: Expression, *, inner: bool, test: bool) -> Value:
        """An expression over each edge of a walk, or each of its inner nodes."""
        return self._inside.value(walk.inner if inner else walk.edges, body, inner=inner, test=test)

    def _walk_function(self, node: tree.Call) -> Expression:
        found = self.walk_call(node)
        if found is None:
            raise AssertionError
        walk, body, inner, function = found
        value = self.walk_value(walk, body, inner=inner, test=function != "map")
        return self._column(node.at, f"{function}()", walk.collected(function, value, inner=inner))

    def _element_function(self, node: tree.Call) -> Expression:
        if len(node.args) != 1 or not isinstance(node.args[0], tree.Name):
            self._context.fail(
                node.at,
                f"{node.name}() takes a node{' or an edge' * (node.name == 'labels')} of the pattern.",
                f"Without one it stands inside of map(), all() or any(): map(inner_nodes(e), {node.name}()).",
            )
        name = node.args[0]
        if self._walk_place(name.name) is not None and node.name == "labels":
            self._context.refuse(node.at, "labels() of several edges", f"Write map({name.name}, labels()).")
        view, kind = self._element(name)
        if view is None:
            self._context.unknown(name.at, "node or edge of the pattern called", name.name, self._pattern.names)
        if node.name == "labels":
            return tree.Literal(node.at, "dynamic", "[]")
        if kind != "node":
            self._context.fail(name.at, f"{node.name}() takes a node, and {name.name!r} is an edge.")
        return self._column(node.at, f"{node.name}({name.name})", self._node_function(node, view))

    def _node_function(self, node: tree.Call, view: View) -> Value:
        graph = self._graph
        if node.name != "node_id":
            ref = graph.degree_in if node.name == "node_degree_in" else graph.degree_out
            return Value(view.column(Column("", "long", ref)).ref, "long")
        check_id(self._context, graph, node.at)
        column = view.column(graph.id)
        return to_string(Value(column.ref, column.type))
