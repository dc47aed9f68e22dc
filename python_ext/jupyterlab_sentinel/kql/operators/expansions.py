"""Operators with a query inside, and what makes rows of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..expressions import comma_list, parse_expression, parse_name, parse_named
from .parts import inner_pipe, parameters, type_name
from .registry import reader

if TYPE_CHECKING:
    from ..cursor import Cursor
    from ..tree import Expansion, Expression, Operator, Pipe


def _expansions(cursor: Cursor) -> tuple[Expansion, ...]:
    items: list[Expansion] = []
    while True:
        at = cursor.peek().start
        value = parse_named(cursor)
        name = None
        if isinstance(value, tree.Named):
            name, value = value.names[0], value.value
        kind = None
        if cursor.accept("to"):
            cursor.expect("typeof", "after to")
            cursor.expect("(")
            kind = type_name(cursor)
            cursor.expect(")")
        items.append(tree.Expansion(at, name, value, kind))
        if not cursor.accept(","):
            return tuple(items)


@reader("mv-expand")
def _mv_expand(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "bagexpansion", "kind", "with_itemindex")
    items = _expansions(cursor)
    if cursor.accept("limit"):
        settings["limit"] = parse_expression(cursor)
    return tree.Operator(at, "mv-expand", items, (), settings)


@reader("mvexpand")
def _mvexpand(cursor: Cursor, at: int) -> Operator:
    # The old spelling stops at 128 rows where no limit is given.
    operator = _mv_expand(cursor, at)
    operator.parameters.setdefault("limit", tree.Literal(at, "long", 128))
    return operator


@reader("mv-apply", "mvapply")
def _mv_apply(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "with_itemindex", "bagexpansion", "kind")
    items = _expansions(cursor)
    if cursor.accept("limit"):
        settings["limit"] = parse_expression(cursor)
    cursor.expect("on", "before the inner query")
    return tree.Operator(at, "mv-apply", items, (), settings, inner_pipe(cursor))


@reader("partition")
def _partition(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "kind")
    cursor.expect("by", "after partition")
    # Only a name: `by State (…)` would read as a call.
    by = (tree.Name(cursor.peek().start, parse_name(cursor, "a column")),)
    settings.update(parameters(cursor, "kind"))
    if cursor.at("{"):
        return tree.Operator(at, "partition", (), by, settings, _query_in_braces(cursor))
    if not cursor.at("("):
        cursor.fail(f"Expected '(' and a query, or '{{' and a query with its table, but found {cursor.found()}")
    return tree.Operator(at, "partition", (), by, settings, inner_pipe(cursor))


def _query_in_braces(cursor: Cursor) -> Pipe:
    at = cursor.expect("{", "before the inner query").start
    cursor.enter()
    query = cursor.nested(cursor)
    cursor.leave()
    cursor.expect("}", "after the inner query")
    return query if isinstance(query, tree.Pipe) else tree.Pipe(at, query, ())


@reader("fork")
def _fork(cursor: Cursor, at: int) -> Operator:
    names: list[Expression] = []
    pipes: list[Pipe] = []
    while cursor.at("(") or (cursor.peek().kind == "name" and cursor.at("=", ahead=1)):
        name = ""
        if not cursor.at("("):
            name = parse_name(cursor)
            cursor.expect("=")
        names.append(tree.Name(cursor.peek().start, name))
        pipes.append(inner_pipe(cursor))
    if not pipes:
        cursor.fail(f"Expected '(' after fork but found {cursor.found()}")
    return tree.Operator(at, "fork", tuple(names), pipes=tuple(pipes))


@reader("facet")
def _facet(cursor: Cursor, at: int) -> Operator:
    cursor.expect("by", "after facet")
    by = comma_list(cursor)
    pipe = inner_pipe(cursor) if cursor.accept("with") else None
    return tree.Operator(at, "facet", (), by, pipe=pipe)
