"""``scan``: steps that follow one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..expressions import parse_expression, parse_name
from .parts import parameters, type_name
from .registry import reader

if TYPE_CHECKING:
    from ..cursor import Cursor
    from ..tree import Operator

_OUTPUTS = ("all", "last", "none")


@reader("scan")
def _scan(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "with_match_id")
    declared = _declared(cursor) if cursor.accept("declare") else ()
    cursor.expect("with", "before the steps")
    cursor.expect("(", "before the steps")
    steps = [_step(cursor)]
    while not cursor.at(")"):
        steps.append(_step(cursor))
    cursor.expect(")", "after the steps")
    return tree.Operator(at, "scan", parameters=settings, steps=tuple(steps), declared=declared)


def _declared(cursor: Cursor) -> tuple[tree.Parameter, ...]:
    cursor.expect("(", "before the columns")
    columns: list[tree.Parameter] = []
    while not cursor.at(")"):
        at = cursor.peek().start
        name = parse_name(cursor, "a column")
        cursor.expect(":", "after the column")
        kind = type_name(cursor)
        default = parse_expression(cursor) if cursor.accept("=") else None
        columns.append(tree.Parameter(at, name, kind, default))
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the columns")
    return tuple(columns)


def _step(cursor: Cursor) -> tree.Step:
    at = cursor.expect("step", "before the name of a step").start
    name = parse_name(cursor, "a step")
    output = "all"
    if cursor.accept("output"):
        cursor.expect("=")
        if not cursor.at(*_OUTPUTS):
            cursor.fail(f"Expected 'all', 'last' or 'none' but found {cursor.found()}")
        output = cursor.next().text
    cursor.expect(":", "before the condition of the step")
    condition = parse_expression(cursor)
    assignments: list[tree.Named] = []
    if cursor.accept("=>"):
        assignments.append(_assignment(cursor))
        while cursor.accept(","):
            assignments.append(_assignment(cursor))
    cursor.expect(";", "after the step")
    return tree.Step(at, name, output, condition, tuple(assignments))


def _assignment(cursor: Cursor) -> tree.Named:
    at = cursor.peek().start
    name = parse_name(cursor, "a column")
    cursor.expect("=", "after the column")
    return tree.Named(at, (name,), parse_expression(cursor))
