"""What the readers of operators share: settings, columns, sort keys, inner queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..constants import BOOLEANS, TYPE_NAMES
from ..expressions import parse_expression, parse_name, parse_named
from .registry import parse_operator, parse_operators

if TYPE_CHECKING:
    from ..cursor import Cursor
    from ..tree import Expression, Pipe, SortKey


def parameters(cursor: Cursor, *names: str) -> dict[str, Expression]:
    """``name=value`` pairs, ``hint.strategy=…`` among them, as far as they go.

    :param names: the parameters that the operator has; a column may have any other name.
    """
    found: dict[str, Expression] = {}
    while True:
        name = _parameter_name(cursor, names)
        if name is None:
            return found
        found[name] = _parameter_value(cursor)
        cursor.accept(",")


def _parameter_name(cursor: Cursor, names: tuple[str, ...]) -> str | None:
    token = cursor.peek()
    if token.kind != "name":
        return None
    if cursor.at("=", ahead=1) and token.text in names:
        cursor.next()
        cursor.next()
        return token.text
    if token.text == "hint" and cursor.at(".", ahead=1):
        cursor.next()
        cursor.next()
        name = f"hint.{parse_name(cursor)}"
        cursor.expect("=", "after the hint")
        return name
    return None


def _parameter_value(cursor: Cursor) -> Expression:
    token = cursor.peek()
    if token.kind == "name":
        cursor.next()
        text = token.text
        while cursor.at("-") and cursor.adjacent(0) and cursor.peek(1).kind == "name":
            cursor.next()
            text += f"-{cursor.next().text}"
        truth = BOOLEANS.get(text)
        return tree.Name(token.start, text) if truth is None else tree.Literal(token.start, "bool", truth)
    if token.kind == "quoted_name":
        return tree.Name(token.start, cursor.next().value)
    return parse_expression(cursor)


def name_patterns(cursor: Cursor) -> tuple[Expression, ...]:
    """Names with wildcards between commas."""
    items = [name_pattern(cursor)]
    while cursor.accept(","):
        items.append(name_pattern(cursor))
    return tuple(items)


def name_pattern(cursor: Cursor) -> Expression:
    """A name, which may hold wildcards."""
    token = cursor.peek()
    if token.kind == "quoted_name":
        value = cursor.next().value
        return tree.Name(token.start, value)
    text = ""
    while (cursor.peek().kind in ("name", "number") or cursor.at("*")) and (not text or cursor.adjacent(0)):
        text += cursor.next().text
    if not text:
        cursor.fail(f"Expected a column but found {cursor.found()}")
    return tree.Pattern(token.start, text) if "*" in text else tree.Name(token.start, text)


def sort_keys(cursor: Cursor) -> tuple[SortKey, ...]:
    """``expression asc nulls last`` between commas."""
    keys = [sort_key(cursor)]
    while cursor.accept(","):
        keys.append(sort_key(cursor))
    return tuple(keys)


def sort_key(cursor: Cursor) -> SortKey:
    """``expression asc nulls last``."""
    at = cursor.peek().start
    value = parse_named(cursor)
    descending = None
    if cursor.at("asc", "desc"):
        descending = cursor.next().text == "desc"
    nulls_first = None
    if cursor.accept("nulls"):
        if not cursor.at("first", "last"):
            cursor.fail(f"Expected 'first' or 'last' but found {cursor.found()}")
        nulls_first = cursor.next().text == "first"
    return tree.SortKey(at, value, descending, nulls_first)


def typed_columns(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """``(name: type, …)``."""
    cursor.expect("(", "before the columns")
    columns: list[tuple[str, str]] = []
    while not cursor.at(")"):
        name = parse_name(cursor, "a column")
        cursor.expect(":", "after the column")
        columns.append((name, type_name(cursor)))
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the columns")
    return tuple(columns)


def type_name(cursor: Cursor) -> str:
    """A KQL type, by any of its names."""
    token = cursor.next()
    kind = TYPE_NAMES.get(token.text)
    if kind is None:
        cursor.fail(
            f"{token.text!r} is not a type", token, hint=f"Types are {', '.join(sorted(set(TYPE_NAMES.values())))}."
        )
    return kind


def with_properties(cursor: Cursor) -> dict[str, Expression]:
    """``with (name=value, …)``, or nothing."""
    settings: dict[str, Expression] = {}
    if not cursor.accept("with"):
        return settings
    cursor.expect("(", "after with")
    while not cursor.at(")"):
        name = parse_name(cursor, "a property")
        cursor.expect("=", "after the property")
        settings[name] = _property_value(cursor)
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the properties")
    return settings


def _property_value(cursor: Cursor) -> Expression:
    token = cursor.peek()
    if token.kind == "name" and not cursor.at("(", ahead=1) and token.text not in BOOLEANS:
        # xcolumn=A, ycolumns=B,C: names, as far as the next property.
        names = [cursor.next().text]
        while cursor.at(",") and cursor.peek(1).kind == "name" and not cursor.at("=", ahead=2):
            cursor.next()
            names.append(cursor.next().text)
        return tree.Literal(token.start, "string", ",".join(names))
    return parse_expression(cursor)


def operand(cursor: Cursor) -> Pipe:
    """The right side of a join: a name, a call, or anything in parentheses."""
    at = cursor.peek().start
    if cursor.at("("):
        cursor.next()
        value = cursor.nested(cursor)
        cursor.expect(")", "after the table")
    else:
        value = parse_expression(cursor)
    return value if isinstance(value, tree.Pipe) else tree.Pipe(at, value, ())


def inner_pipe(cursor: Cursor) -> Pipe:
    """``( operator | operator )``: a pipe whose source is whatever stands around it."""
    at = cursor.expect("(", "before the inner query").start
    cursor.enter()
    first: Expression = tree.Name(at, "")
    operators = [] if cursor.at(")") else [parse_operator(cursor)]
    operators.extend(parse_operators(cursor))
    cursor.leave()
    cursor.expect(")", "after the inner query")
    return tree.Pipe(at, first, tuple(operators))


def at_end(cursor: Cursor) -> bool:
    """Whether the operator ends here."""
    return cursor.done or cursor.at("|", ")", ";", "}")


def skip(cursor: Cursor) -> None:
    """Go to the operator's end."""
    depth = 0
    while not cursor.done:
        if depth == 0 and at_end(cursor):
            return
        if cursor.at("(", "[", "{"):
            depth += 1
        elif cursor.at(")", "]", "}"):
            depth -= 1
        cursor.next()
