"""Several tables: joins, unions, searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..expressions import comma_list, parse_expression, parse_name
from .parts import name_pattern, name_patterns, operand, parameters, type_name
from .registry import reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..cursor import Cursor
    from ..tree import Expression, Operator


def _join(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        settings = parameters(cursor, "kind")
        right = operand(cursor)
        by: tuple[Expression, ...] = ()
        if cursor.accept("on"):
            by = comma_list(cursor)
        elif cursor.at("where"):
            cursor.fail("Expected 'on' after the right side of the join")
        return tree.Operator(at, kind, (), by, settings, right)

    return read


def _table_items(cursor: Cursor) -> tuple[Expression, ...]:
    items = [_table_item(cursor)]
    while cursor.accept(","):
        items.append(_table_item(cursor))
    return tuple(items)


def _table_item(cursor: Cursor) -> Expression:
    token = cursor.peek()
    if cursor.at("("):
        cursor.next()
        value = cursor.nested(cursor)
        cursor.expect(")", "after the table")
        return value
    if cursor.at("*") or (token.kind in ("name", "number") and cursor.at("*", ahead=1) and cursor.adjacent(1)):
        return name_pattern(cursor)
    return parse_expression(cursor)


@reader("union")
def parse_union(cursor: Cursor, at: int) -> Operator:
    """``union`` at the start of a query or after a pipe; the cursor is behind the word."""
    settings = parameters(cursor, "kind", "withsource", "isfuzzy", "with_source")
    return tree.Operator(at, "union", _table_items(cursor), (), settings)


@reader("search")
def parse_search(cursor: Cursor, at: int) -> Operator:
    """``search``; the cursor is behind the word."""
    settings = parameters(cursor, "kind")
    tables: tuple[Expression, ...] = ()
    if cursor.at("in") and cursor.at("(", ahead=1):
        cursor.next()
        cursor.next()
        tables = _table_items(cursor)
        cursor.expect(")", "after the tables")
    settings.update(parameters(cursor, "kind"))
    return tree.Operator(at, "search", (_predicate(cursor),), tables, settings)


@reader("find")
def parse_find(cursor: Cursor, at: int) -> Operator:
    """``find``; the cursor is behind the word."""
    settings = parameters(cursor, "withsource", "datascope")
    tables: tuple[Expression, ...] = ()
    if cursor.at("in") and cursor.at("(", ahead=1):
        cursor.next()
        cursor.next()
        tables = _table_items(cursor)
        cursor.expect(")", "after the tables")
    cursor.accept("where")
    predicate = _predicate(cursor)
    items: list[Expression] = [predicate]
    if cursor.at("project"):
        name = cursor.next()
        if cursor.at("-") and cursor.adjacent(0):
            cursor.next()
            word = cursor.next().text
            if word == "away":
                settings["project-away"] = tree.Literal(name.start, "bool", value=True)
                items.extend(name_patterns(cursor))
        else:
            settings["project"] = tree.Literal(name.start, "bool", value=True)
            items.extend(_find_columns(cursor))
    return tree.Operator(at, "find", tuple(items), tables, settings)


def _find_columns(cursor: Cursor) -> list[Expression]:
    items: list[Expression] = []
    while True:
        token = cursor.peek()
        if cursor.at("pack", "pack_all") and cursor.at("(", ahead=1):
            items.append(parse_expression(cursor))
        else:
            name = parse_name(cursor, "a column")
            if cursor.accept(":"):
                items.append(tree.Named(token.start, (name,), tree.TypeOf(token.start, type_name(cursor))))
            else:
                items.append(tree.Name(token.start, name))
        if not cursor.accept(","):
            return items


def _predicate(cursor: Cursor) -> Expression:
    searching, cursor.searching = cursor.searching, True
    try:
        return parse_expression(cursor)
    finally:
        cursor.searching = searching


reader("join")(_join("join"))
reader("lookup")(_join("lookup"))
