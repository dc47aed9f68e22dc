"""``graph-to-table``: the nodes or the edges as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....kql import tree
from ...python_functions import python_call
from ..relations import Column, Relation
from .matching import PARTITION
from .views import View

if TYPE_CHECKING:
    from ..context import Context
    from .graph import Graph

_IDS = {"nodes": ("with_node_id",), "edges": ("with_source_id", "with_target_id")}


def graph_to_table(context: Context, node: tree.Operator, graph: Graph) -> Relation:
    """The one table that the operator names.

    :raises KqlUnsupportedError: two tables, where one is wanted.
    """
    outputs = _outputs(node)
    if len(outputs) > 1:
        context.refuse(
            node.at,
            "graph-to-table with two tables here",
            "It stands at the end of a statement: … | graph-to-table nodes as N, edges as E; N | …",
        )
    result = _table(context, outputs[0], graph)
    named = outputs[0].parameters.get("as")
    if isinstance(named, tree.Name):
        context.scope.names[named.name] = result
    return result


def name_tables(context: Context, node: tree.Operator, graph: Graph) -> None:
    """Bring the two tables of a statement that ends so into scope, under their names."""
    outputs = _outputs(node)
    if sorted(each.kind for each in outputs) != ["edges", "nodes"]:
        context.fail(node.at, "graph-to-table gives nodes, edges, or each of them once.")
    made = {}
    for each in outputs:
        named = each.parameters.get("as")
        if not isinstance(named, tree.Name):
            context.fail(each.at, "Two tables need names.", "Write nodes as N, edges as E.")
        made[named.name] = _table(context, each, graph)
    if len(made) != len(outputs):
        context.fail(node.at, "The two tables have one name.")
    context.scope.names.update(made)


def _outputs(node: tree.Operator) -> list[tree.Operator]:
    return [item for item in node.items if isinstance(item, tree.Operator)]


def _table(context: Context, output: tree.Operator, graph: Graph) -> Relation:
    for name, given in output.parameters.items():
        if name not in (*_IDS[output.kind], "as"):
            context.fail(
                given.at, f"{name} does not go with {output.kind}.", f"They have {' and '.join(_IDS[output.kind])}."
            )
    elements = graph.nodes if output.kind == "nodes" else graph.edges
    if output.kind == "nodes" and graph.split:
        graph.unknown(context, output.at, "node", min(graph.split))
    ids = [_hash(context, graph, name, given) for name, given in output.parameters.items() if name != "as"]
    ids.sort(key=lambda made: made[0])
    if not elements.visible and not ids:
        context.refuse(
            output.at,
            "a table of nodes without properties",
            "Give them some: make-graph s --> t with Nodes on Id, or with_node_id=Id.",
        )
    return _rows(context, output, graph, [column for _, column, _ in ids], [sql for _, _, sql in ids])


def _hash(context: Context, graph: Graph, name: str, given: tree.Expression) -> tuple[str, Column, str]:
    """A column with the hash of an id: the parameter's name, the column, and SQL over the ids' alias ``i``."""
    if not isinstance(given, tree.Name):
        raise TypeError
    if graph.id.type != "string":
        context.refuse(
            given.at,
            f"{name} of a graph whose ids are of type {graph.id.type}",
            "How Kusto hashes such ids is not documented. Convert them with tostring() before make-graph.",
        )
    return (
        name,
        Column(given.name, "long", context.ctes.new_ref()),
        {"with_node_id": "n", "with_source_id": "a"}.get(name, "b"),
    )


def _rows(context: Context, output: tree.Operator, graph: Graph, ids: list[Column], aliases: list[str]) -> Relation:
    elements = graph.nodes if output.kind == "nodes" else graph.edges
    names = {column.name for column in elements.visible}
    for column in ids:
        if column.name in names:
            context.fail(output.at, f"There are two columns {column.name!r} then.", "Choose another name for the hash.")
        names.add(column.name)
    view = View(context, elements)
    shown = [view.column(column) for column in elements.visible]
    hashes = "".join(
        f", {python_call('xxhash_text', f'{alias}.{graph.id.ref}')} AS {column.ref}"
        for column, alias in zip(ids, aliases, strict=True)
    )
    group = Column(PARTITION, "long", context.ctes.new_ref(), hidden=True) if graph.partitions else None
    if output.kind == "nodes":
        source = view.define()
        joins = f" JOIN {graph.nodes.source} AS n ON n.{graph.nodes.number} = v.{view.number}"
        of_group = "n"
    else:
        start, end = view.column(Column("", "long", graph.start)).ref, view.column(Column("", "long", graph.end)).ref
        source = view.define()
        joins = "".join(
            f" JOIN {graph.nodes.source} AS {alias} ON {alias}.{graph.nodes.number} = v.{ref}"
            for alias, ref in (("a", start), ("b", end))
        )
        of_group = "a"
    part = ""
    if group is not None and graph.partitions is not None:
        part = f", {of_group}.{graph.partitions.of_node} AS {group.ref}"
    if not hashes and not part:
        return Relation(source, tuple(shown))
    joined = context.ctes.add(f"SELECT v.*{hashes}{part} FROM {source} AS v{joins}")
    return Relation(joined, (*ids, *shown, *([group] if group is not None else [])))
