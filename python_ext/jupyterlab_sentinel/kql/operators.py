"""The grammar of each tabular operator: one small reader each, found by the operator's name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from . import tree
from .constants import TYPE_NAMES
from .expressions import comma_list, parse_expression, parse_name, parse_named

if TYPE_CHECKING:
    from collections.abc import Callable

    from .cursor import Cursor
    from .tree import Capture, Expansion, Expression, Operator, Pipe, SortKey

Reader = "Callable[[Cursor, int], Operator]"


def parse_operators(cursor: Cursor) -> tuple[Operator, ...]:
    """``| operator`` as often as it comes."""
    operators: list[Operator] = []
    while cursor.accept("|"):
        operators.append(parse_operator(cursor))
    return tuple(operators)


def parse_operator(cursor: Cursor) -> Operator:
    """One operator, from its name on."""
    at = cursor.peek().start
    token = cursor.peek()
    if token.kind != "name":
        cursor.fail(f"Expected an operator after '|' but found {cursor.found()}")
    name = _dashed_name(cursor)
    reader = _READERS.get(name)
    if reader is None:
        near = difflib.get_close_matches(name, _READERS, 1)
        cursor.fail(f"There is no operator {name!r}", token, hint=f"Did you mean {near[0]!r}?" if near else "")
    return reader(cursor, at)


def _dashed_name(cursor: Cursor) -> str:
    name = cursor.next().text
    while cursor.at("-") and cursor.adjacent(0) and cursor.peek(1).kind == "name" and cursor.adjacent(1):
        longer = f"{name}-{cursor.peek(1).text}"
        if not any(known == longer or known.startswith(f"{longer}-") for known in _READERS):
            break
        cursor.next()
        cursor.next()
        name = longer
    return name


# --- parts that operators share ---------------------------------------------------------------


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
        return (
            tree.Literal(token.start, "bool", text == "true")
            if text in ("true", "false")
            else tree.Name(token.start, text)
        )
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
    keys = [_sort_key(cursor)]
    while cursor.accept(","):
        keys.append(_sort_key(cursor))
    return tuple(keys)


def _sort_key(cursor: Cursor) -> SortKey:
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


def _operand(cursor: Cursor) -> Pipe:
    """The right side of a join: a name, a call, or anything in parentheses."""
    at = cursor.peek().start
    if cursor.at("("):
        cursor.next()
        value = cursor.nested(cursor)
        cursor.expect(")", "after the table")
    else:
        value = parse_expression(cursor)
    return value if isinstance(value, tree.Pipe) else tree.Pipe(at, value, ())


def _inner_pipe(cursor: Cursor) -> Pipe:
    """``( operator | operator )``: a pipe whose source is whatever stands around it."""
    at = cursor.expect("(", "before the inner query").start
    cursor.enter()
    first: Expression = tree.Name(at, "")
    operators = [] if cursor.at(")") else [parse_operator(cursor)]
    operators.extend(parse_operators(cursor))
    cursor.leave()
    cursor.expect(")", "after the inner query")
    return tree.Pipe(at, first, tuple(operators))


# --- one reader an operator --------------------------------------------------------------------


def _where(cursor: Cursor, at: int) -> Operator:
    parameters(cursor)
    return tree.Operator(at, "where", (parse_expression(cursor),))


def _take(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "take", (parse_expression(cursor),))


def _sample(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "sample", (parse_expression(cursor),))


def _sample_distinct(cursor: Cursor, at: int) -> Operator:
    count = parse_expression(cursor)
    cursor.expect("of", "after the number")
    return tree.Operator(at, "sample-distinct", (count, parse_expression(cursor)))


def _top(cursor: Cursor, at: int) -> Operator:
    count = parse_expression(cursor)
    cursor.expect("by", "after the number")
    return tree.Operator(at, "top", (count,), sort_keys(cursor))


def _sort(cursor: Cursor, at: int) -> Operator:
    parameters(cursor)
    cursor.expect("by", "after sort")
    return tree.Operator(at, "sort", (), sort_keys(cursor))


def _list_of(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        parameters(cursor)
        return tree.Operator(at, kind, comma_list(cursor))

    return read


def _project(cursor: Cursor, at: int) -> Operator:
    if _at_end(cursor):
        return tree.Operator(at, "project")
    return tree.Operator(at, "project", comma_list(cursor))


def _patterns(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        return tree.Operator(at, kind, name_patterns(cursor))

    return read


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


def _distinct(cursor: Cursor, at: int) -> Operator:
    parameters(cursor)
    return tree.Operator(at, "distinct", comma_list(cursor))


def _at_end(cursor: Cursor) -> bool:
    return cursor.done or cursor.at("|", ")", ";", "}")


def _count(cursor: Cursor, at: int) -> Operator:
    items: tuple[Expression, ...] = ()
    if cursor.accept("as"):
        items = (tree.Name(at, parse_name(cursor)),)
    return tree.Operator(at, "count", items)


def _summarize(cursor: Cursor, at: int) -> Operator:
    hints = parameters(cursor)
    items: tuple[Expression, ...] = () if cursor.at("by") or _at_end(cursor) else comma_list(cursor)
    by: tuple[Expression, ...] = ()
    if cursor.accept("by"):
        by = comma_list(cursor)
    return tree.Operator(at, "summarize", items, by, hints)


def _join(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        settings = parameters(cursor, "kind")
        right = _operand(cursor)
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


def parse_union(cursor: Cursor, at: int) -> Operator:
    """``union`` at the start of a query or after a pipe; the cursor is behind the word."""
    settings = parameters(cursor, "kind", "withsource", "isfuzzy", "with_source")
    return tree.Operator(at, "union", _table_items(cursor), (), settings)


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


def _mv_expand(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "bagexpansion", "kind", "with_itemindex")
    items = _expansions(cursor)
    if cursor.accept("limit"):
        settings["limit"] = parse_expression(cursor)
    return tree.Operator(at, "mv-expand", items, (), settings)


def _mv_apply(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "with_itemindex", "bagexpansion", "kind")
    items = _expansions(cursor)
    if cursor.accept("limit"):
        settings["limit"] = parse_expression(cursor)
    cursor.expect("on", "before the inner query")
    return tree.Operator(at, "mv-apply", items, (), settings, _inner_pipe(cursor))


def _parse(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(cursor: Cursor, at: int) -> Operator:
        settings = parameters(cursor, "kind", "flags")
        source = parse_expression(cursor)
        cursor.expect("with", "after the expression to parse")
        parts: list[Expression | Capture] = [source]
        while not _at_end(cursor):
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


def _parse_kv(cursor: Cursor, at: int) -> Operator:
    source = parse_expression(cursor)
    cursor.expect("as", "after the expression to parse")
    columns = tuple(tree.Capture(at, name, kind) for name, kind in typed_columns(cursor))
    settings = with_properties(cursor)
    return tree.Operator(at, "parse-kv", (source, *columns), (), settings)


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
    if token.kind == "name" and not cursor.at("(", ahead=1) and token.text not in ("true", "false"):
        # xcolumn=A, ycolumns=B,C: names, as far as the next property.
        names = [cursor.next().text]
        while cursor.at(",") and cursor.peek(1).kind == "name" and not cursor.at("=", ahead=2):
            cursor.next()
            names.append(cursor.next().text)
        return tree.Literal(token.start, "string", ",".join(names))
    return parse_expression(cursor)


def _render(cursor: Cursor, at: int) -> Operator:
    if cursor.peek().kind not in ("name", "string"):
        cursor.fail(f"Expected the name of a chart but found {cursor.found()}")
    kind = cursor.next().value
    settings = parameters(cursor, "kind", "title", "xtitle", "ytitle", "accumulate", "xcolumn", "ycolumns", "series")
    settings.update(with_properties(cursor))
    return tree.Operator(at, "render", (tree.Name(at, kind),), (), settings)


def _serialize(cursor: Cursor, at: int) -> Operator:
    items: tuple[Expression, ...] = () if _at_end(cursor) else comma_list(cursor)
    return tree.Operator(at, "serialize", items)


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


def _as(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "hint.materialized")
    return tree.Operator(at, "as", (tree.Name(at, parse_name(cursor)),), (), settings)


def _invoke(cursor: Cursor, at: int) -> Operator:
    return tree.Operator(at, "invoke", (parse_expression(cursor),))


def _fork(cursor: Cursor, at: int) -> Operator:
    names: list[Expression] = []
    pipes: list[Pipe] = []
    while cursor.at("(") or (cursor.peek().kind == "name" and cursor.at("=", ahead=1)):
        name = ""
        if not cursor.at("("):
            name = parse_name(cursor)
            cursor.expect("=")
        names.append(tree.Name(cursor.peek().start, name))
        pipes.append(_inner_pipe(cursor))
    if not pipes:
        cursor.fail(f"Expected '(' after fork but found {cursor.found()}")
    return tree.Operator(at, "fork", tuple(names), pipes=tuple(pipes))


def _facet(cursor: Cursor, at: int) -> Operator:
    cursor.expect("by", "after facet")
    by = comma_list(cursor)
    pipe = _inner_pipe(cursor) if cursor.accept("with") else None
    return tree.Operator(at, "facet", (), by, pipe=pipe)


def _partition(cursor: Cursor, at: int) -> Operator:
    settings = parameters(cursor, "kind")
    cursor.accept("by")
    # Only a name: `by State (…)` would read as a call.
    by = (name_pattern(cursor),)
    settings.update(parameters(cursor, "kind"))
    pipe = _inner_pipe(cursor) if cursor.at("(") else None
    if pipe is None:
        _skip(cursor)
    return tree.Operator(at, "partition", (), by, settings, pipe)


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
        key = _sort_key(cursor)
        arguments = (count, of, key.value, others or tree.Literal(at, "string", None))
        ascending = tree.Literal(at, "bool", value=key.descending is False)
        items.append(tree.Call(at, "top-nested", (*arguments, ascending)))
        if not (cursor.accept(",") and cursor.accept("top")):
            break
        cursor.expect("-")
        cursor.expect("nested")
    return tree.Operator(at, "top-nested", tuple(items))


def _bare(kind: str) -> Callable[[Cursor, int], Operator]:
    def read(_cursor: Cursor, at: int) -> Operator:
        return tree.Operator(at, kind)

    return read


def _unread(kind: str) -> Callable[[Cursor, int], Operator]:
    """An operator that exists, whose grammar is not read here: skipped to its end."""

    def read(cursor: Cursor, at: int) -> Operator:
        _skip(cursor)
        return tree.Operator(at, kind)

    return read


def _skip(cursor: Cursor) -> None:
    depth = 0
    while not cursor.done:
        if depth == 0 and _at_end(cursor):
            return
        if cursor.at("(", "[", "{"):
            depth += 1
        elif cursor.at(")", "]", "}"):
            depth -= 1
        cursor.next()


_READERS: dict[str, Callable[[Cursor, int], Operator]] = {
    "where": _where,
    "filter": _where,
    "take": _take,
    "limit": _take,
    "sample": _sample,
    "sample-distinct": _sample_distinct,
    "top": _top,
    "sort": _sort,
    "order": _sort,
    "project": _project,
    "extend": _list_of("extend"),
    "project-rename": _list_of("project-rename"),
    "project-away": _patterns("project-away"),
    "project-keep": _patterns("project-keep"),
    "project-reorder": _reorder,
    "project-by-names": _unread("project-by-names"),
    "distinct": _distinct,
    "count": _count,
    "summarize": _summarize,
    "join": _join("join"),
    "lookup": _join("lookup"),
    "union": parse_union,
    "search": parse_search,
    "find": parse_find,
    "mv-expand": _mv_expand,
    "mvexpand": _mv_expand,
    "mv-apply": _mv_apply,
    "mvapply": _mv_apply,
    "parse": _parse("parse"),
    "parse-where": _parse("parse-where"),
    "parse-kv": _parse_kv,
    "render": _render,
    "serialize": _serialize,
    "evaluate": _evaluate,
    "make-series": _make_series,
    "as": _as,
    "invoke": _invoke,
    "fork": _fork,
    "facet": _facet,
    "partition": _partition,
    "top-nested": _top_nested,
    "getschema": _bare("getschema"),
    "consume": _unread("consume"),
    "reduce": _unread("reduce"),
    "top-hitters": _unread("top-hitters"),
    "scan": _unread("scan"),
    "assert-schema": _unread("assert-schema"),
    "execute-and-cache": _unread("execute-and-cache"),
    "graph-match": _unread("graph-match"),
    "graph-mark-components": _unread("graph-mark-components"),
    "graph-shortest-paths": _unread("graph-shortest-paths"),
    "graph-to-table": _unread("graph-to-table"),
    "make-graph": _unread("make-graph"),
    "macro-expand": _unread("macro-expand"),
    "__partitionby": _unread("__partitionby"),
    "__projectbynames": _unread("__projectbynames"),
}

OPERATOR_NAMES = frozenset(_READERS)
"""Every tabular operator of KQL, whether or not a backend runs it."""
