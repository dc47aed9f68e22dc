"""Columns out of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..expressions import parse_expression, parse_name
from .parts import at_end, parameters, type_name, typed_columns
from .registry import reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..cursor import Cursor
    from ..tree import Capture, Expression, Operator


def _parse(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        settings = parameters(cursor, "kind", "flags")
        source = parse_expression(cursor)
        cursor.expect("with", "after the expression to parse")
        parts: list[Expression | Capture] = [source]
        while not at_end(cursor):
            parts.append(_pattern_part(cursor))
        return tree.Operator(at, kind, tuple(parts), (), settings)

    return read


def _pattern_part(cursor: Cursor) -> Expression | Capture:
    token = cursor.peek()
    if cursor.accept("*"):
        return tree.Star(token.start)
    if token.kind == "string":
        return tree.Literal(token.start, "string", cursor.next().value)
    name = parse_name(cursor, "a string, a column or * in the pattern")
    return tree.Capture(token.start, name, type_name(cursor) if cursor.accept(":") else "string")


@reader("parse-kv")
def _parse_kv(cursor: Cursor, at: int) -> Operator:
    source = parse_expression(cursor)
    cursor.expect("as", "after the expression to parse")
    columns = tuple(tree.Capture(at, name, kind) for name, kind in typed_columns(cursor))
    settings = _key_value_properties(cursor)
    return tree.Operator(at, "parse-kv", (source, *columns), (), settings)


def _key_value_properties(cursor: Cursor) -> dict[str, Expression]:
    """``with (name=value, …)``, or nothing; a name that comes again is kept as ``name#2``."""
    settings: dict[str, Expression] = {}
    if not cursor.accept("with"):
        return settings
    cursor.expect("(", "after with")
    while not cursor.at(")"):
        name = parse_name(cursor, "a property such as pair_delimiter")
        cursor.expect("=", "after the property")
        again = sum(each.split("#", 1)[0] == name for each in settings)
        settings[f"{name}#{again + 1}" if again else name] = parse_expression(cursor)
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the properties")
    return settings


reader("parse")(_parse("parse"))
reader("parse-where")(_parse("parse-where"))
