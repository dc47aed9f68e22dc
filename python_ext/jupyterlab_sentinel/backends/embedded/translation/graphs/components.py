"""``graph-mark-components``: each node with the number of the component that it is part of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....kql import tree
from ...computed.components import strong_components, weak_components
from ...conversion import literal
from ...python_functions import python_call, register
from ..relations import Column
from .matching import option

if TYPE_CHECKING:
    from ..context import Context
    from .graph import Graph

_MOST = 5_000_000
_TOO_MANY = literal(f"graph-mark-components: more than {_MOST:,} nodes or edges, which it takes into memory")
_TAKES = ("BIGINT", "BIGINT[]", "BIGINT[]")

register("weak_components", weak_components, _TAKES, "BIGINT[]")
register("strong_components", strong_components, _TAKES, "BIGINT[]")


def mark_components(context: Context, node: tree.Operator, graph: Graph) -> Graph:
    """The graph with one property of its nodes more.

    :raises KqlSemanticError: the nodes have one of that name.
    """
    kind = option(context, node, "kind", ("weak", "strong"), "weak")
    named = node.parameters.get("with_component_id")
    name = named.name if isinstance(named, tree.Name) else "ComponentId"
    if graph.nodes.find(name) is not None or name in graph.split:
        context.fail(
            named.at if named is not None else node.at,
            f"The nodes have a property {name!r} already.",
            "Choose another name: graph-mark-components with_component_id=Component.",
        )
    marks, ref = _marked(context, graph, kind)
    number = graph.nodes.number
    source = context.ctes.add(
        f"SELECT n.*, m.{ref} FROM {graph.nodes.source} AS n JOIN {marks} AS m ON m.number = n.{number}",
        materialized=True,
    )
    return graph.with_nodes(source, (*graph.nodes.columns, Column(name, "long", ref)))


def _marked(context: Context, graph: Graph, kind: str) -> tuple[str, str]:
    """A CTE with the number of each node and that of its component, and the identifier of the latter."""
    ctes = context.ctes
    ref = ctes.new_ref()
    nodes = f"(SELECT count(*) FROM {graph.nodes.source})"
    counted = f"greatest({nodes}, count(*))"
    call = python_call(f"{kind}_components", nodes, *(f"coalesce(list({end}), [])" for end in (graph.start, graph.end)))
    found = ctes.add(
        f"SELECT CASE WHEN {counted} > {_MOST} THEN error({_TOO_MANY}) ELSE {call} END AS marks "
        f"FROM {graph.edges.source}"
    )
    marks = ctes.add(
        f"SELECT unnest(marks) AS {ref}, generate_subscripts(marks, 1) AS number FROM {found}", materialized=True
    )
    return marks, ref
