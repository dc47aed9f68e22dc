"""How tabular operators are declared and applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import refusals
from ..relations import Relation

if TYPE_CHECKING:
    from .....kql.tree import Operator
    from ..context import Context

Implementation = Callable[["Context", "Operator", Relation], Relation]

OPERATORS: dict[str, Implementation] = {}
"""Every operator that runs after a pipe, by its KQL name."""


def operator(*names: str) -> Callable[[Implementation], Implementation]:
    """Declare the operator that the decorated function translates."""

    def declare(implementation: Implementation) -> Implementation:
        for name in names:
            OPERATORS[name] = implementation
        return implementation

    return declare


def apply_operator(context: Context, node: Operator, rows: Relation) -> Relation:
    """Translate one operator over the rows before it.

    :raises KqlUnsupportedError: an operator that is not run here.
    """
    if rows.group:
        from .grouping import apply_within_groups

        return apply_within_groups(context, node, rows)
    implementation = OPERATORS.get(node.kind)
    if implementation is None:
        context.refuse(node.at, f"the operator {node.kind}", refusals.OPERATORS.get(node.kind, ""))
    return implementation(context, node, rows)
