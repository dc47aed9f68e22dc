"""Functions as files hold them: a command that creates them, a body with its parameters, or a body alone."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import KqlSyntaxError, Position
from . import tree
from .cursor import MAX_LENGTH, Cursor
from .expressions import parse_name
from .operators.parts import with_properties
from .parser import at_function, parse_function, parse_parameters, parse_statements, parse_tabular

if TYPE_CHECKING:
    from collections.abc import Callable

    from .tree import Function

_VERBS = frozenset({"create", "alter", "create-or-alter"})


@dataclass(frozen=True, slots=True)
class Definition:
    """A function of a file.

    :param name: empty where the file does not say.
    :param parameters: as they are written, with their parentheses.
    """

    name: str
    function: Function
    parameters: str
    description: str = ""


@functools.lru_cache(maxsize=512)
def read_definitions(text: str) -> tuple[Definition, ...]:
    """The functions that a text defines.

    Read are ``.create-or-alter function with (…) Name(parameters) { body }``, once or more; ``(parameters) { body }``;
    ``let Name = (parameters) { body };`` and no more than such; and a plain query, whose parameters are those of a
    leading ``declare query_parameters (…);``. Offsets in the trees are those of ``text``.

    :raises KqlSyntaxError: it is none of these, or its body is not KQL.
    """
    if len(text) > MAX_LENGTH:
        raise KqlSyntaxError(f"It has {len(text):,} characters; at most {MAX_LENGTH:,} are read.")
    cursor = Cursor(text, parse_tabular)
    try:
        return _definitions(cursor)
    except RecursionError:
        raise KqlSyntaxError("It is nested too deeply.", position=Position(1, 0), query=text) from None


def _definitions(cursor: Cursor) -> tuple[Definition, ...]:
    if cursor.at("."):
        found: list[Definition] = []
        while not cursor.done:
            found.append(_command(cursor))
            while cursor.accept(";"):
                pass
        return tuple(found)
    if at_function(cursor):
        function, parameters = _with_text(cursor, parse_function)
        while cursor.accept(";"):
            pass
        if not cursor.done:
            cursor.fail(f"Expected the end of the function but found {cursor.found()}")
        return (Definition("", function, parameters),)
    return _query(cursor)


def _command(cursor: Cursor) -> Definition:
    """``.create-or-alter function with (…) Name(parameters) { body }``."""
    cursor.expect(".")
    verb = parse_name(cursor, "a command")
    while cursor.accept("-"):
        verb += f"-{parse_name(cursor, 'a command')}"
    if verb not in _VERBS or not cursor.accept("function"):
        cursor.fail(f"Expected .create-or-alter function but found .{verb}")
    cursor.accept("ifnotexists")
    properties = with_properties(cursor)
    name = parse_name(cursor, "the function's name")
    function, parameters = _with_text(cursor, parse_function)
    said = next((value for key, value in properties.items() if key.casefold() == "docstring"), None)
    description = str(said.value) if isinstance(said, tree.Literal) and said.value else ""
    return Definition(name, function, parameters, description)


def _with_text(cursor: Cursor, read: Callable[[Cursor], Function]) -> tuple[Function, str]:
    """A function, and its parameters as they are written."""
    mark = cursor.mark()
    cursor.accept("view")
    start = cursor.peek().start
    parse_parameters(cursor)
    written = cursor.text[start : cursor.peek(-1).end]
    cursor.reset(mark)
    return read(cursor), written


def _query(cursor: Cursor) -> tuple[Definition, ...]:
    parameters: tuple[tree.Parameter, ...] = ()
    written = "()"
    if cursor.at("declare") and cursor.at("query_parameters", ahead=1):
        cursor.next()
        cursor.next()
        start = cursor.peek().start
        parameters = parse_parameters(cursor)
        written = cursor.text[start : cursor.peek(-1).end]
        cursor.expect(";", "after the parameters")
    body = parse_statements(cursor, "")
    if not body.statements:
        cursor.fail("The function is empty")
    lets = [each for each in body.statements if isinstance(each, tree.Let)]
    if len(lets) == len(body.statements) and not parameters:
        return tuple(_of_let(cursor, each) for each in lets)
    return (Definition("", tree.Function(0, parameters, body), written),)


def _of_let(cursor: Cursor, let: tree.Let) -> Definition:
    if not isinstance(let.value, tree.Function):
        raise cursor.mistake(f"It ends without a table: {let.name} is only bound")
    written = ", ".join(f"{each.name}:{_kind(each)}" for each in let.value.parameters)
    return Definition(let.name, let.value, f"({written})")


def _kind(parameter: tree.Parameter) -> str:
    if parameter.type != "table":
        return parameter.type
    return f"({', '.join(f'{name}:{kind}' for name, kind in parameter.columns)})" if parameter.columns else "(*)"
