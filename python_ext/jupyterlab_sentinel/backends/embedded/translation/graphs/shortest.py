"""``graph-shortest-paths``: of the ways between two nodes those with the fewest edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .matching import CYCLES, Sought, option, projected, read_conditions, read_items, seek
from .patterns import read_pattern
from .plans import Plan

if TYPE_CHECKING:
    from .....kql import tree
    from ..context import Context
    from ..relations import Relation
    from .graph import Graph


def graph_shortest_paths(context: Context, node: tree.Operator, graph: Graph) -> Relation:
    """A row for the shortest way between each two nodes of the pattern, or for each of them.

    No way visits a node twice, as the service was measured to have it whatever ``cycles`` says.

    :raises KqlUnsupportedError: a pattern that is more than one edge of variable length.
    """
    output = option(context, node, "output", ("any", "all"), "any")
    option(context, node, "cycles", CYCLES, "unique_edges")
    pattern = read_pattern(context, node)
    if len(pattern.steps) != 1 or pattern.steps[0].high is None:
        context.refuse(
            node.at,
            "graph-shortest-paths of a pattern other than (a)-[e*1..3]->(b)",
            "Which ways compete where there is more than that one edge is not documented.",
        )
    sought = seek(context, graph, pattern, "simple")
    read_conditions(sought, node)
    _check_conditions(sought, node)
    items = read_items(sought, node)
    # A condition on a whole way, or a least length, may leave only ways that breadth first does not come by.
    if sought.tests or pattern.steps[0].low > 1:
        return projected(sought, items, _shortest(sought, Plan(sought).source(), output))
    sought.walks[0].shortest = output
    return projected(sought, items, Plan(sought).source())


def _check_conditions(sought: Sought, node: tree.Operator) -> None:
    for used, _ in sought.tests:
        if len(used) > 1:
            condition = node.by[0]
            sought.context.fail(
                condition.at,
                "graph-shortest-paths compares no two parts of the pattern in 'where'.",
                "Compare what project gives, in a where after it.",
            )


def _shortest(sought: Sought, source: str, output: str) -> str:
    """The rows of the shortest ways among those of ``source``."""
    walk = sought.walks[0]
    place = sought.context.ctes.new_ref()
    ends, length = f"{walk.anchor}, {walk.end}", walk.length().sql
    rank = "rank()" if output == "all" else "row_number()"
    ties = "" if output == "all" else f", {walk.visited}"
    ranked = f"SELECT *, {rank} OVER (PARTITION BY {ends} ORDER BY {length}{ties}) AS {place} FROM {source}"
    return sought.context.ctes.add(f"SELECT * FROM ({ranked}) WHERE {place} = 1")
