"""KQL text to its syntax tree.

Written for this package: the pure-Python parsers that could be had need half a second before their
first query, refuse some queries that the service runs, and give errors that list every keyword of the
language. It follows the nesting of Microsoft's published grammar (Kql.g4, Apache 2.0).
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from ..errors import KqlSyntaxError, Position
from . import tree
from .cursor import MAX_LENGTH, Cursor
from .expressions import COMPARING_WORDS, comma_list, parse_expression, parse_name
from .habits import habit_hint
from .operators import parse_find, parse_operator, parse_operators, parse_search, parse_union
from .operators.parts import type_name, typed_columns, with_properties

if TYPE_CHECKING:
    from .tree import Expression, Function, Let, Parameter, Query, Setting

_SQL = re.compile(r"\s*select\s", re.IGNORECASE)


def parse_query(text: str) -> Query:
    """The tree of a query of one or more statements.

    :raises KqlSyntaxError: not KQL; its message says what was found and what was expected.
    """
    if len(text) > MAX_LENGTH:
        raise KqlSyntaxError(f"The query has {len(text):,} characters; at most {MAX_LENGTH:,} are read.")
    cursor = Cursor(text, parse_tabular)
    try:
        query = parse_statements(cursor, "")
    except RecursionError:
        raise KqlSyntaxError(
            "The query is nested too deeply.", hint="Split it with let statements.", position=Position(1, 0), query=text
        ) from None
    if not query.statements:
        cursor.fail("The query is empty", hint="Write for instance: SecurityAlert | take 10")
    return query


def parse_tabular(cursor: Cursor) -> Expression:
    """A tabular expression, or a scalar one where no operator follows."""
    at = cursor.peek().start
    cursor.enter()
    source = _source(cursor)
    if source is None:
        source = parse_expression(cursor)
        if not cursor.at("|"):
            cursor.leave()
            return source
    operators = parse_operators(cursor)
    cursor.leave()
    return tree.Pipe(at, source, operators)


def parse_statements(cursor: Cursor, end: str) -> Query:
    """The statements as far as ``end``, which is left to read; empty: all."""
    statements: list[Let | Setting | Expression] = []
    while not cursor.done and not (end and cursor.at(end)):
        if cursor.accept(";"):
            continue
        statements.append(_statement(cursor))
        if not (cursor.at(";") or cursor.peek().text in ("", end)):
            cursor.fail(f"Expected '|' or ';' but found {cursor.found()}", hint=_missing_pipe(cursor))
    return tree.Query(tuple(statements))


def _missing_pipe(cursor: Cursor) -> str:
    token = cursor.peek()
    if token.kind != "name":
        return ""
    if habit := habit_hint(cursor.text, token.start, token.text):
        return habit
    if _SQL.match(cursor.text):
        return "This is KQL, not SQL: begin with a table's name, then '| where …' and '| project …'."
    if near := difflib.get_close_matches(token.text, COMPARING_WORDS, 1, 0.8):
        return f"Did you mean {near[0]!r}?"
    return "Operators follow a '|'; statements end with ';'."


def _statement(cursor: Cursor) -> Let | Setting | Expression:
    token = cursor.peek()
    if cursor.at("."):
        which = f"such as .{cursor.peek(1).text}" if cursor.peek(1).kind == "name" else "(with a leading dot)"
        cursor.fail(f"Control commands {which} are not queries", hint="Only queries can run here.")
    if cursor.at("let") and cursor.peek(1).kind in ("name", "quoted_name") and cursor.at("=", ahead=2):
        return _let(cursor)
    if cursor.at("set") and cursor.peek(1).kind == "name":
        cursor.next()
        name = parse_name(cursor)
        value = parse_expression(cursor) if cursor.accept("=") else None
        return tree.Setting(token.start, "set", name, value)
    if cursor.at("declare", "alias", "restrict") and cursor.peek(1).kind == "name":
        word = cursor.next().text
        name = cursor.peek().text
        if (word, name) == ("declare", "query_parameters") and cursor.at("(", ahead=1):
            cursor.next()
            return tree.Setting(token.start, word, name, parameters=parse_parameters(cursor))
        while not cursor.done and not cursor.at(";"):
            cursor.next()
        return tree.Setting(token.start, word, name)
    return parse_tabular(cursor)


def _let(cursor: Cursor) -> Let:
    at = cursor.next().start
    name = parse_name(cursor)
    cursor.expect("=", "after the name")
    if at_function(cursor):
        return tree.Let(at, name, parse_function(cursor))
    return tree.Let(at, name, parse_tabular(cursor))


def at_function(cursor: Cursor) -> bool:
    """Whether ``(…) {`` or ``view () {`` comes next."""
    ahead = 1 if cursor.at("view") and cursor.at("(", ahead=1) else 0
    if not cursor.at("(", ahead=ahead):
        return False
    depth = 0
    while True:
        token = cursor.peek(ahead)
        if not token.text:
            return False
        if cursor.at("(", ahead=ahead):
            depth += 1
        elif cursor.at(")", ahead=ahead):
            depth -= 1
            if depth == 0:
                return cursor.at("{", ahead=ahead + 1)
        ahead += 1


def parse_function(cursor: Cursor) -> Function:
    """``view (parameters) { statements }``."""
    at = cursor.peek().start
    view = cursor.accept("view")
    parameters = parse_parameters(cursor)
    cursor.expect("{", "before the function's body")
    cursor.enter()
    body = parse_statements(cursor, "}")
    cursor.leave()
    cursor.expect("}", "after the function's body")
    return tree.Function(at, parameters, body, view)


def parse_parameters(cursor: Cursor) -> tuple[Parameter, ...]:
    """``(name: type = default, table: (column: type, …))``."""
    cursor.expect("(")
    parameters: list[Parameter] = []
    while not cursor.at(")"):
        parameters.append(_parameter(cursor))
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the parameters")
    return tuple(parameters)


def _parameter(cursor: Cursor) -> Parameter:
    at = cursor.peek().start
    name = parse_name(cursor, "a parameter")
    cursor.expect(":", "after the parameter")
    if cursor.accept("("):
        return tree.Parameter(at, name, "table", None, _table_columns(cursor))
    kind = type_name(cursor)
    default = parse_expression(cursor) if cursor.accept("=") else None
    return tree.Parameter(at, name, kind, default)


def _table_columns(cursor: Cursor) -> tuple[tuple[str, str], ...] | None:
    """The columns that an argument must have, behind the parenthesis; None: any table will do."""
    columns: list[tuple[str, str]] = []
    while not cursor.at(")"):
        if cursor.accept("*"):
            break
        name = parse_name(cursor, "a column")
        cursor.expect(":", "after the column")
        columns.append((name, type_name(cursor)))
        if not cursor.accept(","):
            break
    cursor.expect(")", "after the columns")
    return tuple(columns) or None


def _source(cursor: Cursor) -> Expression | None:
    """A source that starts with a word of its own, or None."""
    token = cursor.peek()
    if token.kind != "name":
        return None
    after = cursor.peek(1)
    match token.text:
        case "union" | "search" | "find" if not _is_plain_name(cursor):
            cursor.next()
            read = {"union": parse_union, "search": parse_search, "find": parse_find}[token.text]
            return read(cursor, token.start)
        case "print" if not _is_plain_name(cursor):
            cursor.next()
            return tree.Operator(token.start, "print", comma_list(cursor))
        case "range" if after.kind in ("name", "quoted_name") and cursor.at("from", ahead=2):
            return _range(cursor)
        case "datatable" if cursor.at("(", ahead=1) or after.kind == "name":
            return _datatable(cursor)
        case "externaldata" | "external_data" if cursor.at("(", ahead=1):
            return _external(cursor)
        case "evaluate" if after.kind == "name":
            return parse_operator(cursor)
    return None


def _is_plain_name(cursor: Cursor) -> bool:
    """Whether the word is used as a name: nothing that an operand could start with follows."""
    token = cursor.peek(1)
    if not token.text:
        return True
    return cursor.at("|", ";", ")", ",", "=", "==", ".", "!=", "}", ahead=1)


def _range(cursor: Cursor) -> Expression:
    at = cursor.next().start
    name = parse_name(cursor)
    cursor.expect("from")
    first = parse_expression(cursor)
    cursor.expect("to", "in range")
    last = parse_expression(cursor)
    cursor.expect("step", "in range")
    return tree.Operator(at, "range", (tree.Name(at, name), first, last, parse_expression(cursor)))


def _datatable(cursor: Cursor) -> Expression:
    at = cursor.next().start
    columns = typed_columns(cursor)
    return tree.DataTable(at, columns, _bracketed(cursor))


def _bracketed(cursor: Cursor) -> tuple[Expression, ...]:
    token = cursor.peek()
    if token.kind == "quoted_name":
        return (tree.Literal(token.start, "string", cursor.next().value),)
    cursor.expect("[", "before the values")
    values: list[Expression] = []
    while not cursor.at("]"):
        values.append(parse_expression(cursor))
        if not cursor.accept(","):
            break
    cursor.expect("]", "after the values")
    return tuple(values)


def _external(cursor: Cursor) -> Expression:
    at = cursor.next().start
    columns = typed_columns(cursor)
    addresses = _bracketed(cursor)
    return tree.ExternalData(at, columns, addresses, with_properties(cursor))
