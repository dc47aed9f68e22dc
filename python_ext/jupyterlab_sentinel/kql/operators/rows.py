"""Which rows, in what order, and summed up how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..expressions import comma_list, parse_expression, parse_name, parse_named
from .parts import at_end, parameters, sort_key, sort_keys
from .registry import reader

if TYPE_CHECKING:
    from ..cursor import Cursor
    from ..tree import Expression, Operator


@reader("where", "filter")
def _where(cursor: Cursor, at: int) -> Operator:
    parameters(cursor)
    condition = parse_expression(cursor)
    if cursor.at("="):
        cursor.fail("A condition compares with '==', and here is '='", hint="Write == for equal, =~ to ignore case.")
    if cursor.at("&"):
        cursor.fail(f"Expected 'and', 'or' or '|' but found {cursor.found()}", hint="Write 'and'.")
    return tree.Operator(at, "where", (condition,))


@reader("take", "limit")
def _take(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "take", (parse_expression(cursor),))


@reader("sample")
def _sample(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "sample", (parse_expression(cursor),))


@reader("sample-distinct")
def _sample_distinct(cursor: Cursor, at: int) -> Operator:
    count = parse_expression(cursor)
    cursor.expect("of", "after the number")
    return tree.Operator(at, "sample-distinct", (count, parse_expression(cursor)))


@reader("top")
def _top(cursor: Cursor, at: int) -> Operator:
    count = parse_expression(cursor)
    cursor.expect("by", "after the number")
    return tree.Operator(at, "top", (count,), sort_keys(cursor))


@reader("sort", "order")
def _sort(cursor: Cursor, at: int) -> Operator:
    parameters(cursor)
    cursor.expect("by", "after order" if cursor.text.startswith("order", at) else "after sort")
    return tree.Operator(at, "sort", (), sort_keys(cursor))


@reader("distinct")
def _distinct(cursor: Cursor, at: int) -> Operator:
    parameters(cursor)
    return tree.Operator(at, "distinct", comma_list(cursor))


@reader("count")
def _count(cursor: Cursor, at: int) -> Operator:
    items: tuple[Expression, ...] = ()
    if cursor.at("("):
        cursor.fail("The operator count takes no parentheses", hint="count() is for summarize: summarize count().")
    if cursor.accept("as"):
        items = (tree.Name(at, parse_name(cursor)),)
    return tree.Operator(at, "count", items)


@reader("summarize")
def _summarize(cursor: Cursor, at: int) -> Operator:
    hints = parameters(cursor)
    items: tuple[Expression, ...] = () if cursor.at("by") or at_end(cursor) else comma_list(cursor)
    by: tuple[Expression, ...] = ()
    if cursor.accept("by"):
        by = comma_list(cursor)
    return tree.Operator(at, "summarize", items, by, hints)


@reader("serialize")
def _serialize(cursor: Cursor, at: int) -> Operator:
    items: tuple[Expression, ...] = () if at_end(cursor) else comma_list(cursor)
    return tree.Operator(at, "serialize", items)


@reader("top-nested")
def _top_nested(cursor: Cursor, at: int) -> Operator:
    items: list[Expression] = []
    while True:
        count: Expression = tree.Literal(at, "long", None)
        if not cursor.at("of"):
            count = parse_expression(cursor)
        cursor.expect("of", "in top-nested")
        of = parse_named(cursor)
        others: Expression | None = None
        if cursor.accept("with"):
            cursor.expect("others")
            cursor.expect("=")
            others = parse_expression(cursor)
        cursor.expect("by", "in top-nested")
        key = sort_key(cursor)
        arguments = (count, of, key.value, others or tree.Literal(at, "string", None))
        ascending = tree.Literal(at, "bool", value=key.descending is False)
        items.append(tree.Call(at, "top-nested", (*arguments, ascending)))
        if not (cursor.accept(",") and cursor.accept("top")):
            break
        cursor.expect("-")
        cursor.expect("nested")
    return tree.Operator(at, "top-nested", tuple(items))


@reader("top-hitters")
def _top_hitters(cursor: Cursor, at: int) -> Operator:
    count = parse_expression(cursor)
    cursor.expect("of", "after the number")
    of = parse_named(cursor)
    by: tuple[Expression, ...] = (parse_expression(cursor),) if cursor.accept("by") else ()
    return tree.Operator(at, "top-hitters", (count, of), by)


@reader("consume")
def _consume(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "consume", (), (), parameters(cursor, "decodeblocks"))
