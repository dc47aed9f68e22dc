"""Which graph operator does what, and how a graph follows a table in a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from .....kql import tree
from ..relations import Relation
from ..tabular.registry import OPERATORS, apply_operator, operator
from .components import mark_components
from .graph import Graph
from .making import make_graph
from .matching import PARTITION, graph_match
from .outputs import graph_to_table
from .shortest import graph_shortest_paths

if TYPE_CHECKING:
    from ..context import Context

_TABLES = {
    "graph-match": graph_match,
    "graph-shortest-paths": graph_shortest_paths,
    "graph-to-table": graph_to_table,
}
NAMES = ("graph-mark-components", *_TABLES)


def apply_to_either(context: Context, node: tree.Operator, rows: Relation | Graph) -> Relation | Graph:
    """Translate one operator of a pipe over the table, or the graph, before it.

    :raises KqlSemanticError: a graph where a table is wanted, or the other way round.
    """
    if isinstance(rows, Graph):
        return _apply_to_graph(context, node, rows)
    if node.kind == "make-graph" and not rows.group:
        return _made(context, node, rows)
    return apply_operator(context, node, rows)


def _apply_to_graph(context: Context, node: tree.Operator, graph: Graph) -> Relation | Graph:
    if node.kind == "graph-mark-components":
        return mark_components(context, node, graph)
    apply = _TABLES.get(node.kind)
    if apply is not None:
        return apply(context, node, graph)
    if node.kind in OPERATORS:
        fail_for_graph(context, node.at, f"{node.kind} takes a table, and this is a graph.")
    return apply_operator(context, node, Relation("", ()))


def fail_for_graph(context: Context, at: int, message: str) -> NoReturn:
    """Raise where a table is wanted and a graph stands."""
    context.fail(at, message, f"After a graph come {', '.join(NAMES[:-1])} and {NAMES[-1]}.")


def _made(context: Context, node: tree.Operator, rows: Relation) -> Relation | Graph:
    graph = make_graph(context, node, rows)
    if node.pipe is None:
        return graph
    return _of_partitions(context, node, graph)


def _of_partitions(context: Context, node: tree.Operator, graph: Graph) -> Relation:
    """What the operators in the parentheses of ``partitioned-by`` make of each graph, all together."""
    from ..tabular.grouping import query_groups, without_group

    partitions = graph.partitions
    operators = node.pipe.operators if node.pipe is not None else ()
    if partitions is None or not operators or operators[0].kind not in _TABLES:
        context.fail(
            operators[0].at if operators else node.at,
            "The parentheses of partitioned-by begin with an operator that makes a table of each graph.",
            f"Such are {', '.join(sorted(_TABLES))}.",
        )
    _refuse_without_edges(context, operators[0])
    rows = _TABLES[operators[0].kind](context, operators[0], graph)
    group = rows.find(PARTITION)
    if len(operators) == 1 or group is None:
        return rows.with_columns(column for column in rows.columns if column is not group)
    plain = rows.with_columns(column for column in rows.columns if column is not group)
    number = graph.nodes.number
    groups = context.ctes.add(
        f"SELECT DISTINCT n.{partitions.of_node} AS {group.ref} FROM {graph.edges.source} AS e "
        f"JOIN {graph.nodes.source} AS n ON n.{number} = e.{graph.start}"
    )
    return without_group(query_groups(context, operators[1:], plain, group.ref, groups))


def _refuse_without_edges(context: Context, node: tree.Operator) -> None:
    """Raise for what a partition that has nodes but no edges would show in."""
    steps = [part for sequence in node.patterns for part in sequence if isinstance(part, tree.PatternEdge)]
    shows_nodes = any(isinstance(item, tree.Operator) and item.kind == "nodes" for item in node.items)
    lengths = [step.low for step in steps]
    can_be_none = all(isinstance(low, tree.Literal) and low.value == 0 for low in lengths)
    if shows_nodes or (node.patterns and can_be_none):
        context.refuse(
            node.at,
            "partitioned-by with what needs no edges",
            "Whether there is a graph for a value that only tables of nodes have is not documented.",
        )


@operator("make-graph")
def _make_graph(context: Context, node: tree.Operator, rows: Relation) -> NoReturn:
    del rows
    context.refuse(node.at, "make-graph here", "Write it into a pipe of its own, and name that by let.")


@operator(*NAMES)
def _without_graph(context: Context, node: tree.Operator, rows: Relation) -> NoReturn:
    del rows
    context.fail(
        node.at,
        f"{node.kind} takes a graph, and this is a table.",
        "Make one of it: | make-graph Source --> Target with Nodes on Id",
    )
