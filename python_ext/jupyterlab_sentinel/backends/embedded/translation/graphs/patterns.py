"""What ``graph-match`` looks for: nodes, and steps from one to another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .....kql import tree
from ..values import WHOLE

if TYPE_CHECKING:
    from ..context import Context


_MOST_STEPS = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One edge of the pattern.

    :param left: the place of the node on its left, among those of the pattern.
    :param direction: ``>`` from left to right, ``<`` from right to left, empty for either.
    :param low: for an edge of variable length: the least number of edges.
    :param high: and the most; None: it is one edge.
    """

    at: int
    name: str
    left: int
    right: int
    direction: str
    low: int = 1
    high: int | None = None


@dataclass(slots=True)
class Pattern:
    """The nodes by their place, named ones once, and the steps between them.

    :param nodes: the name of each, or empty.
    :param cyclic: whether its steps lead back to a node.
    """

    nodes: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    cyclic: bool = False

    @property
    def names(self) -> set[str]:
        """What the query may read."""
        return {name for name in (*self.nodes, *(step.name for step in self.steps)) if name}

    def node(self, name: str) -> int | None:
        """The place of the node called ``name``."""
        return self.nodes.index(name) if name and name in self.nodes else None

    def step(self, name: str) -> int | None:
        """The place of the step called ``name``."""
        return next((place for place, step in enumerate(self.steps) if name and step.name == name), None)


def read_pattern(context: Context, node: tree.Operator) -> Pattern:
    """The pattern of an operator.

    :raises KqlSemanticError: parts that no node joins, a name used twice, bounds that are no numbers.
    """
    pattern = Pattern()
    for sequence in node.patterns:
        _read_sequence(context, pattern, sequence)
    if len(pattern.steps) > _MOST_STEPS:
        # No edge may come twice: DuckDB plans a condition for each two of them, and heeds no interrupt meanwhile.
        context.refuse(
            pattern.steps[_MOST_STEPS].at,
            f"a pattern of more than {_MOST_STEPS} edges",
            f"One edge of variable length stands for many: -[e*{_MOST_STEPS}..{_MOST_STEPS}]->.",
        )
    _connect(context, node, pattern)
    return pattern


def _read_sequence(
    context: Context, pattern: Pattern, sequence: tuple[tree.PatternNode | tree.PatternEdge, ...]
) -> None:
    left: int | None = None
    edge: tree.PatternEdge | None = None
    for element in sequence:
        if isinstance(element, tree.PatternEdge):
            edge = element
            continue
        place = pattern.node(element.name)
        if place is None:
            if pattern.step(element.name) is not None:
                _refuse_twice(context, element.at, element.name)
            pattern.nodes.append(element.name)
            place = len(pattern.nodes) - 1
        if left is not None and edge is not None:
            pattern.steps.append(_step(context, pattern, edge, left, place))
        left = place


def _refuse_twice(context: Context, at: int, name: str) -> None:
    context.refuse(
        at, f"a pattern that uses the name {name!r} for two things", "Only the name of a node may be repeated."
    )


def _step(context: Context, pattern: Pattern, edge: tree.PatternEdge, left: int, right: int) -> Step:
    if edge.name and edge.name in pattern.names:
        _refuse_twice(context, edge.at, edge.name)
    if edge.direction == "<>":
        context.fail(edge.at, "An edge has one direction, or either: -->, <-- or --.")
    if edge.low is None or edge.high is None:
        return Step(edge.at, edge.name, left, right, edge.direction)
    low, high = _bound(context, edge.low), _bound(context, edge.high)
    if low > high:
        context.fail(
            edge.low.at, f"An edge of {low} to {high} edges: the first number is the least, the second the most."
        )
    return Step(edge.at, edge.name, left, right, edge.direction, low, high)


def _bound(context: Context, node: tree.Expression) -> int:
    from ..expressions import bind

    value = bind(context, node, None)
    if value.type not in WHOLE or not isinstance(value.constant, int) or value.constant < 0:
        context.fail(
            node.at,
            "The bounds of an edge are whole numbers, known before the query runs: *1..3.",
            "A let may name them; what toscalar() gives is not known before.",
        )
    return value.constant


def _connect(context: Context, node: tree.Operator, pattern: Pattern) -> None:
    """Look whether all parts of the pattern hang together, and whether steps lead back to a node."""
    groups = list(range(len(pattern.nodes)))
    for step in pattern.steps:
        one, other = groups[step.left], groups[step.right]
        if one == other:
            pattern.cyclic = True
        groups = [one if group == other else group for group in groups]
    if len(set(groups)) > 1:
        context.fail(
            node.patterns[-1][0].at,
            "The parts of the pattern share no node.",
            "Give a node of one part the name of a node of another.",
        )
