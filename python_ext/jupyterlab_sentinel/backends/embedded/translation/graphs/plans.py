"""In which order the parts of a pattern are joined, and the SQL of it.

It starts at the node that the query says most of. Steps of one edge are joined in one statement, whose order DuckDB
chooses; a step of several starts from those nodes alone that were found so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .matching import Sought
    from .walks import Walk


class Plan:
    """The joins of one pattern."""

    def __init__(self, sought: Sought) -> None:
        self._sought = sought
        self._source = ""
        self._found: dict[int, str] = {}
        self._joined: list[int] = []
        self._tests = list(sought.tests)

    def source(self) -> str:
        """The name of the CTE with a row for each match."""
        sought = self._sought
        if sought.graph.partitions is not None:
            sought.nodes[0].used = True
        self._start()
        while len(self._joined) < len(sought.pattern.steps):
            place = self._next()
            if place in sought.walks:
                self._follow(place)
            else:
                self._join_edges()
        return self._source

    # --- order ---------------------------------------------------------------------------------

    def _score(self, node: int) -> float:
        view = self._sought.nodes[node]
        if view.filtered:
            return 3 if view.equal else 2
        beside = [
            edge
            for place, edge in self._sought.edges.items()
            if node in (self._sought.pattern.steps[place].left, self._sought.pattern.steps[place].right)
        ]
        return max((1.5 if edge.equal else 1 for edge in beside if edge.filtered), default=0)

    def _next(self) -> int:
        """The next step that hangs on what was found: one edge before several."""
        steps = self._sought.pattern.steps
        open_steps = [
            place
            for place, step in enumerate(steps)
            if place not in self._joined and (step.left in self._found or step.right in self._found)
        ]
        return min(open_steps, key=lambda place: (place in self._sought.walks, place))

    # --- joins ---------------------------------------------------------------------------------

    def _start(self) -> None:
        sought = self._sought
        node = max(sought.nodes, key=lambda place: (self._score(place), -place))
        view = sought.nodes[node]
        view.used = True
        self._found[node] = view.number
        self._select([view.define()], [])

    def _select(self, tables: list[str], tests: list[str]) -> None:
        """Join what was found with more, under conditions; also those that only now can be told."""
        parts = {*self._found, *(~place for place in self._joined)}
        ready = [test for test in self._tests if test[0] <= parts]
        self._tests = [test for test in self._tests if test not in ready]
        tests = [*tests, *(f"({sql})" for _, sql in ready)]
        listed = ", ".join([self._source, *tables] if self._source else tables)
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        self._source = self._sought.context.ctes.add(f"SELECT * FROM {listed}{where}", materialized=self._followed())

    def _followed(self) -> bool:
        """Whether a step of several edges comes next, which reads the rows twice."""
        if len(self._joined) == len(self._sought.pattern.steps):
            return False
        return self._next() in self._sought.walks

    def _join_edges(self) -> None:
        """All steps of one edge that hang on what was found, in one statement."""
        tables: list[str] = []
        tests: list[str] = []
        while len(self._joined) < len(self._sought.pattern.steps):
            place = self._next()
            if place in self._sought.walks:
                break
            self._join_edge(place, tables, tests)
        self._select(tables, tests)

    def _join_edge(self, place: int, tables: list[str], tests: list[str]) -> None:
        step, edge = self._sought.pattern.steps[place], self._sought.edges[place]
        tables.append(edge.define())
        for node, ref in ((step.left, edge.near), (step.right, edge.far)):
            if node in self._found:
                tests.append(f"{ref} = {self._found[node]}")
            else:
                self._find(node, ref, tables, tests)
        if self._sought.cycles == "unique_edges":
            tests.extend(self._differs(place, other) for other in self._joined)
        self._joined.append(place)

    def _find(self, node: int, ref: str, tables: list[str], tests: list[str]) -> None:
        """A node that a step has led to."""
        view = self._sought.nodes[node]
        if view.used:
            tables.append(view.define())
            tests.append(f"{ref} = {view.number}")
        if self._sought.cycles == "none":
            tests.extend(f"{ref} <> {other}" for other in self._found.values())
            for place in self._joined:
                walk = self._sought.walks.get(place)
                if walk is not None:
                    tests.append(f"NOT list_contains({walk.visited}, {ref})")
        self._found[node] = ref

    def _differs(self, place: int, other: int) -> str:
        """That two steps have no edge in common."""
        walks, edges = self._sought.walks, self._sought.edges
        if place in walks and other in walks:
            return f"NOT list_has_any({walks[place].numbers}, {walks[other].numbers})"
        if place not in walks and other not in walks:
            return f"{edges[place].number} <> {edges[other].number}"
        walk, edge = (walks[place], edges[other]) if place in walks else (walks[other], edges[place])
        return f"NOT list_contains({walk.numbers}, {edge.number})"

    # --- steps of several edges ------------------------------------------------------------------

    def _follow(self, place: int) -> None:
        sought = self._sought
        step, walk = sought.pattern.steps[place], sought.walks[place]
        backwards = step.left not in self._found
        start, goal = (step.right, step.left) if backwards else (step.left, step.right)
        tables: list[str] = []
        tests = [f"{walk.anchor} = {self._found[start]}"]
        ends = ""
        closed = goal in self._found
        known = list(self._found.items())
        if closed:
            ends = f"SELECT DISTINCT {self._found[goal]} FROM {self._source}"
            tests.append(f"{walk.end} = {self._found[goal]}")
        else:
            view = sought.nodes[goal]
            self._find(goal, walk.end, tables, tests)
            if view.filtered:
                ends = f"SELECT {view.number} FROM {tables[0]}"
        source = walk.define(
            f"SELECT DISTINCT {self._found[start]} FROM {self._source}", backwards=backwards, goal=ends
        )
        tests.extend(self._apart(place, walk, [ref for node, ref in known if node not in (start, goal)]))
        self._joined.append(place)
        self._select([source, *tables], tests)

    def _apart(self, place: int, walk: Walk, others: list[str]) -> list[str]:
        """That a walk has nothing in common with what was found so far, as far as cycles are to be left out."""
        if self._sought.cycles == "unique_edges":
            return [self._differs(place, other) for other in self._joined]
        if self._sought.cycles != "none":
            return []
        tests = [f"NOT list_contains({walk.visited}, {ref})" for ref in others]
        walks = [self._sought.walks[other] for other in self._joined if other in self._sought.walks]
        return [*tests, *(f"NOT list_has_any({walk.between}, {other.between})" for other in walks)]
