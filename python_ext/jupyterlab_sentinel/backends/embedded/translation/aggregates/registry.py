"""How aggregate functions are declared, found and called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from ...macros import holds_lambda
from ..values import Value
from ..wording import counted, there_are

if TYPE_CHECKING:
    from .....kql.tree import Call
    from ..context import Context
    from ..relations import Relation


@dataclass(frozen=True, slots=True)
class AggregateCall:
    """One call of an aggregate.

    :param rows: the rows that are summarized.
    :param condition: SQL of the rows that count, for the ``…if`` functions; empty: all.
    """

    context: Context
    node: Call
    rows: Relation
    values: tuple[Value, ...]
    condition: str = ""

    def __getitem__(self, position: int) -> Value:
        return self.values[position]

    def __len__(self) -> int:
        return len(self.values)

    def filtered(self, *conditions: str) -> str:
        """The FILTER clause of this call, with further conditions."""
        parts = [part for part in (self.condition, *conditions) if part]
        return f" FILTER (WHERE {' AND '.join(parts)})" if parts else ""

    @property
    def order(self) -> str:
        """The rows' order, for aggregates that keep it."""
        return self.rows.order_sql

    def fail(self, message: str, hint: str = "") -> NoReturn:
        """Raise at the call."""
        self.context.fail(self.node.at, f"{self.node.name}(): {message}", hint)


Implementation = Callable[[AggregateCall], Value]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate function.

    :param least: fewest arguments, the condition not counted.
    :param most: most arguments, the condition not counted.
    :param conditional: whether the last required argument is a condition.
    :param prefix: what the name of an unnamed column begins with; None: the argument's own name.
    """

    name: str
    least: int
    most: int
    conditional: bool
    prefix: str | None
    implementation: Implementation


AGGREGATES: dict[str, Aggregate] = {}
"""Every aggregate function that runs, by its KQL name."""


REFUSED: Final = {
    "buildschema": "Look at the types with gettype(), or at the keys with bag_keys() and make_set().",
}
"""Aggregates that exist and are not run here, with what serves instead."""


def aggregate(
    name: str,
    least: int = 1,
    most: int | None = None,
    prefix: str | None = "",
    also: tuple[str, ...] = (),
    conditional: str = "",
) -> Callable[[Implementation], Implementation]:
    """Declare an aggregate; ``conditional`` is the name of its form with a condition."""

    def declare(implementation: Implementation) -> Implementation:
        upper = least if most is None else most
        for each in (name, *also):
            AGGREGATES[each] = Aggregate(
                each,
                least,
                upper,
                conditional=False,
                prefix=name if prefix == "" else prefix,
                implementation=implementation,
            )
        if conditional:
            stem = conditional if prefix == "" else prefix
            AGGREGATES[conditional] = Aggregate(
                conditional, least, upper, conditional=True, prefix=stem, implementation=implementation
            )
        return implementation

    return declare


def is_aggregate(name: str) -> bool:
    """Whether an aggregate function of that name runs."""
    return name in AGGREGATES


def call_aggregate(context: Context, node: Call) -> Value:
    """Translate a call inside ``summarize``.

    :raises KqlSemanticError: arguments that do not fit.
    """
    from ..expressions import bind, condition

    spec = AGGREGATES[node.name]
    rows, context.aggregated = context.aggregated, None
    if rows is None:
        raise AssertionError
    arguments = list(node.args)
    extra = 1 if spec.conditional else 0
    if not spec.least + extra <= len(arguments) <= spec.most + extra:
        context.fail(
            node.at,
            f"{node.name}() takes {counted(str(spec.least + extra))}, and here {there_are(len(arguments))}.",
        )
    test = ""
    try:
        if spec.conditional:
            asked = condition(context, arguments.pop(spec.least), rows)
            test = prepared(context, Value(asked.passing or asked.sql, "bool")).sql
        values = tuple(prepared(context, bind(context, argument, rows)) for argument in arguments)
    finally:
        context.aggregated = rows
    return spec.implementation(AggregateCall(context, node, rows, values, test))


def prepared(context: Context, value: Value) -> Value:
    """An argument as a column of its own where DuckDB takes its like in no aggregate function: a lambda."""
    if context.prepared is None or not holds_lambda(value.sql) or value.is_constant:
        return value
    ref = next((known for known, sql in context.prepared.items() if sql == value.sql), None)
    if ref is None:
        ref = context.ctes.new_ref()
        context.prepared[ref] = value.sql
    return Value(ref, value.type)
