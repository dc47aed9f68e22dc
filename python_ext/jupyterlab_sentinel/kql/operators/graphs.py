"""Graphs: how one is made of tables, and the operators that read one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..expressions import comma_list, parse_expression, parse_name
from .parts import inner_pipe, operand, parameters
from .registry import reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..cursor import Cursor
    from ..tree import Expression, Operator, PatternEdge, PatternNode, Pipe

_IDS = ("with_node_id", "with_source_id", "with_target_id")


@reader("make-graph")
def _make_graph(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor)
    ends = [_named(cursor, "the column of the edges' sources")]
    cursor.expect("-", "in the arrow -->")
    cursor.expect("-", "in the arrow -->")
    if not cursor.accept(">"):
        settings["undirected"] = tree.Literal(ends[0].at, "bool", value=True)
    ends.append(_named(cursor, "the column of the edges' targets"))
    tables: tuple[Pipe, ...] = ()
    keys: tuple[Expression, ...] = ()
    if cursor.accept("with"):
        tables, keys = _node_tables(cursor)
    else:
        settings.update(parameters(cursor, "with_node_id"))
    inside = None
    if cursor.at("partitioned"):
        for word in ("partitioned", "-", "by"):
            cursor.expect(word, "in partitioned-by")
        settings["partitioned-by"] = _named(cursor, "the column of the partitions")
        inside = inner_pipe(cursor)
    return tree.Operator(at, "make-graph", tuple(ends), keys, settings, inside, tables)


def _named(cursor: Cursor, what: str) -> tree.Name:
    at = cursor.peek().start
    return tree.Name(at, parse_name(cursor, what))


def _node_tables(cursor: Cursor) -> tuple[tuple[Pipe, ...], tuple[Expression, ...]]:
    tables: list[Pipe] = []
    keys: list[Expression] = []
    while True:
        tables.append(operand(cursor))
        cursor.expect("on", "after the table of nodes")
        keys.append(_named(cursor, "the column of the nodes' ids"))
        if not cursor.accept(","):
            return tuple(tables), tuple(keys)


def _pattern_operator(kind: str, *names: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        settings = parameters(cursor, *names)
        patterns = [_sequence(cursor)]
        while cursor.accept(","):
            patterns.append(_sequence(cursor))
        where = (parse_expression(cursor),) if cursor.accept("where") else ()
        items = comma_list(cursor) if cursor.accept("project") else ()
        return tree.Operator(at, kind, items, where, settings, patterns=tuple(patterns))

    return read


reader("graph-match")(_pattern_operator("graph-match", "cycles"))
reader("graph-shortest-paths")(_pattern_operator("graph-shortest-paths", "output", "cycles"))


def _sequence(cursor: Cursor) -> tuple[PatternNode | PatternEdge, ...]:
    elements: list[PatternNode | PatternEdge] = [_node(cursor)]
    while cursor.at("-", "<"):
        elements.append(_edge(cursor))
        elements.append(_node(cursor))
    return tuple(elements)


def _node(cursor: Cursor) -> PatternNode:
    at = cursor.expect("(", "before a node of the pattern").start
    name = "" if cursor.at(")") else parse_name(cursor, "a node's name")
    cursor.expect(")", "after the node")
    return tree.PatternNode(at, name)


def _edge(cursor: Cursor) -> PatternEdge:
    """``-[name*low..high]->`` and kin; ``-->``, ``<--`` and ``--``."""
    at = cursor.peek().start
    backwards = cursor.accept("<")
    cursor.expect("-", "in the edge")
    name, low, high = "", None, None
    if cursor.accept("["):
        if not cursor.at("]", "*"):
            name = parse_name(cursor, "an edge's name")
        if cursor.accept("*"):
            low = parse_expression(cursor)
            cursor.expect("..", "between the least and the most edges")
            high = parse_expression(cursor)
        cursor.expect("]", "after the edge")
    cursor.expect("-", "in the edge")
    forwards = cursor.accept(">")
    return tree.PatternEdge(at, name, ("<" if backwards else "") + (">" if forwards else ""), low, high)


@reader("graph-mark-components")
def _mark_components(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "graph-mark-components", (), (), parameters(cursor, "kind", "with_component_id"))


@reader("graph-to-table")
def _to_table(cursor: Cursor, at: int) -> Operator:
    outputs = [_output(cursor)]
    while cursor.accept(","):
        outputs.append(_output(cursor))
    return tree.Operator(at, "graph-to-table", tuple(outputs))


def _output(cursor: Cursor) -> Operator:
    token = cursor.peek()
    if not cursor.at("nodes", "edges"):
        cursor.fail(f"Expected 'nodes' or 'edges' but found {cursor.found()}")
    cursor.next()
    settings: dict[str, Expression] = {}
    while cursor.at("as", *_IDS):
        word = cursor.next().text
        if word != "as":
            cursor.expect("=", f"after {word}")
        settings[word] = _named(cursor, "a name")
    return tree.Operator(token.start, token.text, (), (), settings)
