"""``graph-match``: a row for each place of the graph that is like a pattern."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..casts import to_dynamic
from ..names import Namer, own_name
from ..relations import Column, Relation
from .elements import Scope
from .inside import ELEMENT_FUNCTIONS
from .patterns import Pattern, read_pattern
from .views import EdgeView, View
from .walks import Walk

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context
    from ..values import Value
    from .graph import Graph

CYCLES = ("all", "none", "unique_edges")


@dataclass(slots=True)
class Sought:
    """A pattern with what the query says of its parts.

    :param nodes: by their place, what the nodes are read from.
    :param edges: the same for steps of one edge.
    :param walks: the same for steps of several.
    :param tests: conditions over several parts: the parts' numbers (steps negative), and SQL.
    """

    context: Context
    graph: Graph
    pattern: Pattern
    cycles: str
    nodes: dict[int, View]
    edges: dict[int, EdgeView]
    walks: dict[int, Walk]
    scope: Scope
    tests: list[tuple[set[int], str]]


def graph_match(context: Context, node: tree.Operator, graph: Graph) -> Relation:
    """A row for each match: what ``project`` makes of it.

    :raises KqlSemanticError: a pattern that means nothing, names that nothing has.
    """
    cycles = option(context, node, "cycles", CYCLES, "unique_edges")
    pattern = read_pattern(context, node)
    if cycles == "none":
        _refuse_closed(context, node, pattern)
    sought = seek(context, graph, pattern, cycles)
    read_conditions(sought, node)
    items = read_items(sought, node)
    from .plans import Plan

    return projected(sought, items, Plan(sought).source())


def option(context: Context, node: tree.Operator, name: str, known: tuple[str, ...], default: str) -> str:
    """The value of ``name=…``.

    :raises KqlSemanticError: it is none of the known.
    """
    for hint in node.parameters:
        if hint.startswith("hint."):
            context.warnings[f"{hint} has no effect here."] = None
    given = node.parameters.get(name)
    if given is None:
        return default
    value = given.name if isinstance(given, tree.Name) else ""
    if value not in known:
        context.fail(given.at, f"There is no {node.kind} with {name}={value}.", f"Known are {', '.join(known)}.")
    return value


def _refuse_closed(context: Context, node: tree.Operator, pattern: Pattern) -> None:
    if pattern.cyclic:
        context.refuse(
            node.at,
            "cycles=none with a pattern that leads back to a node",
            "The articles say that none matches then, and the service was measured to match. Use unique_edges.",
        )
    for step in pattern.steps:
        if step.high is not None and step.low == 0:
            context.refuse(
                step.at,
                "cycles=none with an edge of no length",
                "Whether its ends may be one node then is not documented. Use unique_edges, or *1.. and a union.",
            )


def seek(context: Context, graph: Graph, pattern: Pattern, cycles: str) -> Sought:
    """A pattern that nothing was said of yet."""
    nodes = {place: View(context, graph.nodes) for place in range(len(pattern.nodes))}
    edges = {
        place: EdgeView(context, graph, step.direction) for place, step in enumerate(pattern.steps) if step.high is None
    }
    walks = {
        place: Walk(context, graph, step, cycles) for place, step in enumerate(pattern.steps) if step.high is not None
    }
    scope = Scope(context, graph, pattern, nodes, edges, walks)
    return Sought(context, graph, pattern, cycles, nodes, edges, walks, scope, [])


# --- where ---------------------------------------------------------------------------------------


def read_conditions(sought: Sought, node: tree.Operator) -> None:
    """Take in ``where``: each condition joined by ``and`` goes to the part that it is about."""
    for item in node.by:
        if not isinstance(item, tree.SortKey):
            for condition in _conjuncts(item):
                _read_condition(sought, condition)


def _conjuncts(node: Expression) -> list[Expression]:
    if isinstance(node, tree.Logic) and node.op == "and":
        return [each for operand in node.operands for each in _conjuncts(operand)]
    return [node]


def _read_condition(sought: Sought, node: Expression) -> None:
    from ..expressions import condition

    scope = sought.scope
    found = scope.walk_call(node)
    if found is not None and found[3] == "all":
        walk, body, inner, _ = found
        walk.keep(scope.walk_value(walk, body, inner=inner, test=True), inner=inner)
        return
    every = scope.over_edges(node)
    if every is not None:
        every[0].keep(every[1], inner=False)
        return
    rewritten = scope.rewritten(node)
    test = condition(sought.context, rewritten, scope.row())
    if len(scope.used) == 1:
        place = next(iter(scope.used))
        view = sought.nodes.get(place) if place >= 0 else sought.edges.get(~place)
        if view is not None:
            view.keep(test, equal=_is_equality(node))
            return
    sought.tests.append((set(scope.used), test.passing or test.sql))


def _is_equality(node: Expression) -> bool:
    return isinstance(node, tree.Binary) and node.op == "==" and isinstance(node.right, tree.Literal)


# --- project -------------------------------------------------------------------------------------


def read_items(sought: Sought, node: tree.Operator) -> list[tuple[str, Value]]:
    """The columns of ``project`` by name.

    :raises KqlUnsupportedError: one without a name whose name in Kusto is not known.
    """
    context, scope = sought.context, sought.scope
    items = [item for item in node.items if not isinstance(item, tree.SortKey | tree.Expansion | tree.Capture)]
    if not items:
        context.fail(node.at, f"{node.kind} needs 'project' and what to show of a match.")
    scope.projecting = True
    given = [(item, name) for item in items if isinstance(item, tree.Named) for name in item.names]
    for place, (item, name) in enumerate(given):
        if any(name == earlier for _, earlier in given[:place]):
            context.fail(item.at, f"project names two columns {name!r}.")
    namer = Namer(name for _, name in given)
    return [column for item in items for column in _read_item(sought, namer, item)]


def _read_item(sought: Sought, namer: Namer, item: Expression) -> list[tuple[str, Value]]:
    from ..functions.several import columns_of

    context, scope = sought.context, sought.scope
    plain = item.value if isinstance(item, tree.Named) else item
    if isinstance(plain, tree.Star):
        context.fail(item.at, "graph-match has no columns that '*' could mean.", "Name properties: a.name, e.kind.")
    rewritten = scope.rewritten(plain)
    walked = scope.walked
    if isinstance(item, tree.Named):
        parts = columns_of(context, replace(item, value=rewritten), scope.row(), rest=True)
        named = [(name, value) for (part, value) in parts if (name := own_name(part)) is not None]
        if len({name for name, _ in named}) != len(parts):
            context.fail(item.at, f"{', '.join(item.names)} names two columns.")
    else:
        _check_named(context, item)
        parts = columns_of(context, rewritten, scope.row(), rest=False)
        named = [(_name(item) or namer.positional(), value) for _, value in parts]
    return [(namer.take(name), to_dynamic(value) if walked else value) for name, value in named]


def _check_named(context: Context, item: Expression) -> None:
    inner = item
    while isinstance(inner, tree.Member | tree.Index):
        inner = inner.base
    if isinstance(inner, tree.Call) and _name(item) is None:
        context.refuse(
            inner.at,
            f"{inner.name}() in project without a name for its column",
            f"How Kusto would call it here is not documented. Write for instance Result = {inner.name}( … ).",
        )


def _name(item: Expression) -> str | None:
    if isinstance(item, tree.Call):
        # As the article's answer calls it.
        return item.name if item.name in ELEMENT_FUNCTIONS and item.name.startswith("node_degree") else None
    return own_name(item)


def projected(sought: Sought, items: list[tuple[str, Value]], source: str) -> Relation:
    """The rows of the matches that ``source`` has, with these columns."""
    from ..tabular.columns import compute

    rows, columns = compute(sought.context, Relation(source, ()), items)
    result = rows.with_columns(columns)
    partitions = sought.graph.partitions
    if partitions is None:
        return result
    group = sought.nodes[0].column(Column("", "long", partitions.of_node))
    return result.with_columns([*columns, replace(group, name=PARTITION, hidden=True)])


PARTITION = "\0partition"
