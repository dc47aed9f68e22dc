"""Edges of variable length: a recursive CTE that carries what the query reads of the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..casts import json_sql
from ..values import Value
from .breadth import Field, shortest_edges
from .views import EdgeView, View

if TYPE_CHECKING:
    from ..context import Context
    from .graph import Graph
    from .patterns import Step

# Beyond as many edges, what a node is still away from the end is not kept: only whether the end can be reached.
_COUNTED = 8


@dataclass(frozen=True, slots=True)
class _Collected:
    """What is gathered along the way.

    :param function: ``map`` a list of JSON texts, ``all`` and ``any`` a bool.
    :param ref: the identifier of the column of the walk.
    :param item: the identifier of the column of the edges or the inner nodes.
    """

    function: str
    inner: bool
    ref: str
    item: str

    @property
    def start(self) -> str:
        """Before the first edge."""
        return {"map": "CAST([] AS VARCHAR[])", "all": "true", "any": "false"}[self.function]

    def further(self, *, backwards: bool, length: str) -> str:
        """SQL of the value one edge further on, of a walk ``w`` along an edge ``e`` from a node ``n``."""
        old, item = f"w.{self.ref}", f"{'n' if self.inner else 'e'}.{self.item}"
        joined = {
            "map": f"list_prepend({item}, {old})" if backwards else f"list_append({old}, {item})",
            "all": f"({old} AND {item})",
            "any": f"({old} OR {item})",
        }[self.function]
        return f"CASE WHEN w.{length} = 0 THEN {old} ELSE {joined} END" if self.inner else joined


class Walk:
    """An edge of variable length on its way to SQL.

    :ivar edges: the edges that it may follow.
    :ivar inner: the nodes between them.
    :ivar anchor: the identifier of the column with the node that a walk starts from.
    :ivar end: the same for the node that it has come to.
    :ivar numbers: the same for the list of the edges' numbers, where edges must not repeat.
    :ivar visited: the same for the list of the nodes' numbers, where nodes must not repeat.
    :ivar shortest: ``any`` or ``all``: only shortest walks, one for each two nodes or all; empty: all walks.
    """

    def __init__(self, context: Context, graph: Graph, step: Step, cycles: str) -> None:
        self._context = context
        self.step = step
        self.edges = EdgeView(context, graph, step.direction)
        self.inner = View(context, graph.nodes)
        new = context.ctes.new_ref
        self.anchor, self.end, self._length = new(), new(), new()
        self.numbers = new() if cycles == "unique_edges" else ""
        self.visited = new() if cycles in ("none", "simple") else ""
        self.shortest = ""
        self._collected: list[_Collected] = []
        self._inner_tests: list[str] = []
        self.high = step.high or 0

    # --- what the query says of it -------------------------------------------------------------

    def keep(self, test: Value, *, inner: bool) -> None:
        """Follow only edges, or pass only through inner nodes, that a condition holds for."""
        if inner:
            self._inner_tests.append(self.inner.compute(f"coalesce({test.passing or test.sql}, false)"))
        else:
            self.edges.keep(test)

    def collected(self, function: str, value: Value, *, inner: bool) -> Value:
        """What ``map``, ``all`` or ``any`` make of a value of each edge or inner node; null is not true."""
        sql = f"coalesce({json_sql(value)}, 'null')" if function == "map" else f"coalesce({value.sql}, false)"
        item = (self.inner if inner else self.edges).compute(sql)
        made = _Collected(function, inner, self._context.ctes.new_ref(), item)
        self._collected.append(made)
        if function != "map":
            return Value(made.ref, "bool")
        return Value(f"('[' || array_to_string({made.ref}, ',') || ']')", "dynamic")

    def length(self) -> Value:
        """How many edges it has."""
        return Value(self._length, "long")

    # --- SQL -----------------------------------------------------------------------------------

    @property
    def between(self) -> str:
        """SQL of the list of the inner nodes' numbers."""
        return f"list_slice({self.visited}, 2, len({self.visited}) - 1)"

    def define(self, seeds: str, *, backwards: bool, goal: str = "") -> str:
        """Add the CTE of all walks and return its name.

        :param seeds: SQL of a column with the numbers of the nodes to start from, each once.
        :param backwards: whether it starts at the right of the pattern: what is collected stays in the pattern's order.
        :param goal: the same for the nodes where it has to end; empty: anywhere.
        """
        if backwards:
            self.edges.turn()
        ctes = self._context.ctes
        edges = self.edges.define(materialized=True)
        nodes = self.inner.define(materialized=True) if self._reads_inner else ""
        reach = ctes.add(self._reach(goal, edges), materialized=True) if goal else ""
        along = ""
        if self.shortest:
            passing = f"SELECT {self.inner.number} FROM {nodes} WHERE {' AND '.join(self._inner_tests)}"
            field = Field(
                edges,
                self.edges.number,
                self.edges.near,
                self.edges.far,
                passing if self._inner_tests else "",
                reach,
                self.high,
            )
            along = shortest_edges(ctes, field, seeds, goal, every=self.shortest == "all")
        first = self._first(seeds, reach)
        further = self._further(edges, nodes, "" if along else reach, along, backwards=backwards)
        names = ", ".join(name for name, _, _ in self._carried(backwards=backwards))
        return ctes.add(
            f"WITH RECURSIVE walk({names}) AS ({first} UNION ALL {further}) "
            f"SELECT * FROM walk WHERE {self._length} >= {self.step.low}"
        )

    @property
    def _reads_inner(self) -> bool:
        return bool(self._inner_tests) or any(each.inner for each in self._collected)

    def _carried(self, *, backwards: bool) -> list[tuple[str, str, str]]:
        """The columns: identifier, SQL at the start (of a node ``s``), and SQL one edge further on."""
        carried = [
            (self.anchor, "s", f"w.{self.anchor}"),
            (self.end, "s", f"e.{self.edges.far}"),
            (self._length, "CAST(0 AS BIGINT)", f"w.{self._length} + 1"),
        ]
        if self.numbers:
            carried.append(
                (self.numbers, "CAST([] AS BIGINT[])", f"list_append(w.{self.numbers}, e.{self.edges.number})")
            )
        if self.visited:
            carried.append((self.visited, "[s]", f"list_append(w.{self.visited}, e.{self.edges.far})"))
        for each in self._collected:
            further = each.further(backwards=backwards, length=self._length)
            carried.append((each.ref, each.start, further))
        return carried

    def _first(self, seeds: str, reach: str) -> str:
        items = ", ".join(start for _, start, _ in self._carried(backwards=False))
        near = f" WHERE s IN (SELECT n FROM {reach})" if reach else ""
        return f"SELECT {items} FROM ({seeds}) AS seeds(s){near}"

    def _further(self, edges: str, nodes: str, reach: str, along: str, *, backwards: bool) -> str:
        items = ", ".join(further for _, _, further in self._carried(backwards=backwards))
        joins = f" JOIN {edges} AS e ON e.{self.edges.near} = w.{self.end}"
        if along:
            joins += (
                f" JOIN {along} AS t ON t.a = w.{self.anchor} AND t.p = w.{self.end} AND t.c = e.{self.edges.far} "
                f"AND t.e = e.{self.edges.number}"
            )
        if nodes:
            joins += f" JOIN {nodes} AS n ON n.{self.inner.number} = w.{self.end}"
        tests = [f"w.{self._length} < {self.high}"]
        if reach:
            joins += f" JOIN {reach} AS r ON r.n = e.{self.edges.far}"
            if self.high <= _COUNTED:
                tests.append(f"r.away < {self.high} - w.{self._length}")
        if self.numbers:
            tests.append(f"NOT list_contains(w.{self.numbers}, e.{self.edges.number})")
        if self.visited:
            tests.append(f"NOT list_contains(w.{self.visited}, e.{self.edges.far})")
        tests.extend(f"(w.{self._length} = 0 OR n.{test})" for test in self._inner_tests)
        return f"SELECT {items} FROM walk AS w{joins} WHERE {' AND '.join(tests)}"

    def _reach(self, goal: str, edges: str) -> str:
        """SQL of the nodes from which the goal can be reached, with how far it is where that is worth counting."""
        near, far = self.edges.near, self.edges.far
        if self.high > _COUNTED:
            return (
                f"WITH RECURSIVE reach(n) AS (SELECT g FROM ({goal}) AS goals(g) UNION "
                f"SELECT e.{near} FROM reach JOIN {edges} AS e ON e.{far} = reach.n) SELECT n FROM reach"
            )
        return (
            f"WITH RECURSIVE reach(n, away) AS (SELECT g, 0 FROM ({goal}) AS goals(g) UNION "
            f"SELECT e.{near}, away + 1 FROM reach JOIN {edges} AS e ON e.{far} = reach.n WHERE away < {self.high}) "
            "SELECT n, min(away) AS away FROM reach GROUP BY n"
        )
