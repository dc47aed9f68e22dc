"""Which columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from ..expressions import comma_list
from .parts import at_end, name_pattern, name_patterns, parameters, typed_columns
from .registry import reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..cursor import Cursor
    from ..tree import Operator, SortKey


def _list_of(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        parameters(cursor)
        return tree.Operator(at, kind, comma_list(cursor))

    return read


@reader("project")
def _project(cursor: Cursor, at: int) -> Operator:
    if at_end(cursor):
        return tree.Operator(at, "project")
    return tree.Operator(at, "project", comma_list(cursor))


def _patterns(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        return tree.Operator(at, kind, name_patterns(cursor))

    return read


@reader("project-reorder")
def _reorder(cursor: Cursor, at: int) -> Operator:
    items: list[SortKey] = []
    while True:
        place = cursor.peek().start
        pattern = name_pattern(cursor)
        descending = None
        granny = False
        if cursor.peek().kind == "name" and cursor.at("asc", "desc", "granny"):
            granny = cursor.at("granny")
            if granny:
                cursor.next()
                cursor.expect("-")
            descending = cursor.next().text == "desc"
        items.append(tree.SortKey(place, pattern, descending, granny))
        if not cursor.accept(","):
            return tree.Operator(at, "project-reorder", tuple(items))


reader("extend")(_list_of("extend"))
reader("project-rename")(_list_of("project-rename"))
reader("project-away")(_patterns("project-away"))
reader("project-keep")(_patterns("project-keep"))


@reader("project-by-names")
def _by_names(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "project-by-names", comma_list(cursor))


@reader("assert-schema")
def _assert_schema(cursor: Cursor, at: int) -> Operator:
    columns = tuple(tree.Capture(at, name, kind) for name, kind in typed_columns(cursor))
    return tree.Operator(at, "assert-schema", columns)
