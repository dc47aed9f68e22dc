"""Series, plugins, names and charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..expressions import comma_list, parse_expression, parse_name, parse_named
from .parts import parameters, type_name, with_properties
from .registry import reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..cursor import Cursor
    from ..tree import Expression, Operator


@reader("render")
def _render(cursor: Cursor, at: int) -> Operator:
    if cursor.peek().kind not in ("name", "string"):
        cursor.fail(f"Expected the name of a chart but found {cursor.found()}")
    kind = cursor.next().value
    settings = parameters(cursor, "kind", "title", "xtitle", "ytitle", "accumulate", "xcolumn", "ycolumns", "series")
    settings.update(with_properties(cursor))
    if cursor.accept("by"):  # the older way to name what makes the series
        settings["series"] = tree.Literal(at, "string", ",".join(_names(cursor)))
    return tree.Operator(at, "render", (tree.Name(at, kind),), (), settings)


def _names(cursor: Cursor) -> list[str]:
    names = [parse_name(cursor, "a column")]
    while cursor.accept(","):
        names.append(parse_name(cursor, "a column"))
    return names


@reader("evaluate")
def _evaluate(cursor: Cursor, at: int) -> Operator:
    hints = parameters(cursor)
    call = parse_expression(cursor)
    by: tuple[Expression, ...] = ()
    if cursor.accept(":"):
        by = _output_schema(cursor)
    return tree.Operator(at, "evaluate", (call,), by, hints)


def _output_schema(cursor: Cursor) -> tuple[Expression, ...]:
    at = cursor.expect("(", "before the columns").start
    columns: list[Expression] = []
    while not cursor.at(")"):
        if cursor.accept("*"):
            columns.append(tree.Star(at))
        else:
            name = parse_name(cursor, "a column")
            cursor.expect(":")
            columns.append(tree.Named(at, (name,), tree.TypeOf(at, type_name(cursor))))
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the columns")
    return tuple(columns)


@reader("make-series")
def _make_series(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "kind")
    items: list[Expression] = []
    while True:
        value = parse_named(cursor)
        if cursor.accept("default"):
            cursor.expect("=")
            value = tree.Binary(at, "default", value, parse_expression(cursor))
        items.append(value)
        if not cursor.accept(","):
            break
    cursor.expect("on", "before the axis")
    settings["on"] = parse_named(cursor)
    for word in ("from", "to", "step"):
        if cursor.accept(word):
            settings[word] = parse_expression(cursor)
    by: tuple[Expression, ...] = ()
    if cursor.accept("by"):
        by = comma_list(cursor)
    return tree.Operator(at, "make-series", tuple(items), by, settings)


@reader("as")
def _as(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "hint.materialized")
    return tree.Operator(at, "as", (tree.Name(at, parse_name(cursor)),), (), settings)


@reader("invoke")
def _invoke(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "invoke", (parse_expression(cursor),))


def _bare(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(_cursor: Cursor, at: int) -> Operator:
        return tree.Operator(at, kind)

    return read


reader("getschema")(_bare("getschema"))
