"""What a graph is while a query is translated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from ..context import Context
    from ..relations import Column


@dataclass(frozen=True, slots=True)
class Elements:
    """The nodes of a graph, or its edges.

    :param source: a CTE with a row for each.
    :param number: the identifier of the column that numbers them.
    :param columns: their properties.
    """

    source: str
    number: str
    columns: tuple[Column, ...]

    @property
    def visible(self) -> tuple[Column, ...]:
        """The properties that are shown where all are."""
        return tuple(column for column in self.columns if not column.hidden)

    def find(self, name: str) -> Column | None:
        """The property called ``name``, exactly."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Partitions:
    """The graphs that ``partitioned-by`` makes of one.

    :param source: a CTE with a row for each.
    :param ref: the identifier of its column that numbers them.
    :param of_node: the identifier of the nodes' column that says which a node is part of.
    """

    source: str
    ref: str
    of_node: str


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph.

    :param start: the identifier of the edges' column that has the number of the node where an edge starts.
    :param end: the same for its end.
    :param id: the nodes' column with their ids.
    :param degree_in: the identifier of the nodes' column that counts the edges that end there.
    :param degree_out: the same for those that start there.
    :param split: properties that tables of nodes have in several types: the nodes then lack them.
    """

    nodes: Elements
    edges: Elements
    start: str
    end: str
    id: Column
    degree_in: str
    degree_out: str
    split: frozenset[str] = frozenset()
    partitions: Partitions | None = None

    def with_nodes(self, source: str, columns: tuple[Column, ...]) -> Graph:
        """The same graph with other properties of its nodes."""
        return replace(self, nodes=replace(self.nodes, source=source, columns=columns))

    def unknown(self, context: Context, at: int, kind: str, name: str) -> NoReturn:
        """Raise for a property that the nodes or the edges (``kind``) do not have."""
        if kind == "node" and name in self.split:
            context.refuse(
                at,
                f"the property {name!r} of nodes, whose tables have it in several types",
                "Convert it, or give it two names, before make-graph.",
            )
        elements = self.nodes if kind == "node" else self.edges
        if not elements.columns:
            context.fail(
                at,
                f"There is no property {name!r}: the {kind}s have none.",
                "Give them some: make-graph s --> t with Nodes on Id, or with_node_id=Id.",
            )
        context.unknown(at, f"property of {kind}s called", name, (column.name for column in elements.columns))
