"""Calls of functions: those that the query defines, and those that the workspace has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....errors import KqlError, KqlSyntaxError
from .....kql import tree
from ..casts import cast_to
from ..context import Call, LetFunction, Scope
from ..expressions import bind
from ..relations import Relation
from ..values import NUMERIC, Value
from .registry import operator
from .sources import as_either, bind_let, bind_parameters, bind_table, sealed

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ...saved_functions import SavedFunction
    from ..context import Context
    from ..graphs.graph import Graph

_MAX_DEPTH = 40


def call_function(
    context: Context, function: LetFunction, node: tree.Call, row: Relation | None, piped: Relation | None = None
) -> Value | Relation | Graph:
    """The result of a function of the query or the workspace; arguments by position, by name, or by default.

    :param piped: the table that ``invoke`` gives for the first parameter.
    """
    context.spend(node.at)
    context.depth += 1
    if context.depth > _MAX_DEPTH:
        context.refuse(node.at, "functions nested that deep")
    if function.saved is not None and function.name in context.busy:
        context.fail(node.at, f"The function {function.name} calls itself, and KQL has no recursion.")
    scope = Scope(function.scope)
    given = _arguments(context, function, node, row, piped, scope)
    context.busy.append(function.name)
    try:
        if function.saved is None:
            return _result(context, function, given, scope)
        return _saved_result(context, function.saved, function, node.at, given, scope)
    finally:
        context.busy.pop()
        context.depth -= 1


def _saved_result(
    context: Context, saved: SavedFunction, function: LetFunction, at: int, given: set[str], scope: Scope
) -> Value | Relation | Graph:
    """What a function of the workspace gives: its offsets are those of its own text."""
    outer = context.text
    context.calls.append(Call(function.name, at, outer))
    context.text = saved.text
    try:
        return _result(context, function, given, scope)
    except KqlError as error:
        raise context.told_outside(error) from error
    finally:
        context.text = outer
        context.calls.pop()


def _result(context: Context, function: LetFunction, given: set[str], scope: Scope) -> Value | Relation | Graph:
    saved = (context.scope, context.aggregated, context.windowed, context.left, context.right)
    context.scope = scope
    context.aggregated = context.windowed = context.left = context.right = None
    try:
        rest = [parameter for parameter in function.node.parameters if parameter.name not in given]
        bind_parameters(context, rest, f"{function.name}()", function.node.at)
        return _body(context, function)
    finally:
        context.scope, context.aggregated, context.windowed, context.left, context.right = saved


def _arguments(
    context: Context,
    function: LetFunction,
    node: tree.Call,
    row: Relation | None,
    piped: Relation | None,
    scope: Scope,
) -> set[str]:
    """Bind the arguments that the call gives.

    :returns: the names of their parameters.
    """
    parameters = {parameter.name: parameter for parameter in function.node.parameters}
    positional = list(parameters)
    if piped is not None:
        first = next(iter(parameters.values()), None)
        if first is None or first.type != "table":
            context.fail(node.at, f"{function.name}() takes no table first.")
        scope.names[positional.pop(0)] = _with_declared_columns(context, node.at, first, piped)
    given = _matched(context, function, node, positional)
    for name, parameter in parameters.items():
        if parameter.default is None and name not in given and name not in scope.names:
            context.fail(node.at, f"{function.name}() lacks its argument {name!r}.")
    for name, value in given.items():
        scope.names[name] = _argument(context, function, parameters[name], value, row)
    return set(scope.names)


def _matched(context: Context, function: LetFunction, node: tree.Call, positional: list[str]) -> dict[str, Expression]:
    """Each argument by the name of its parameter; ``positional`` are those that arguments without a name fill."""
    given: dict[str, Expression] = {}
    for argument in node.args:
        if isinstance(argument, tree.Named):
            name, value = argument.names[0], argument.value
            if name not in positional and name not in given:
                context.unknown(argument.at, "parameter", name, positional)
        else:
            free = [name for name in positional if name not in given]
            if not free:
                most = len(function.node.parameters)
                context.fail(argument.at, f"{function.name}() takes {most} argument{'s' * (most != 1)} at most.")
            name, value = free[0], argument
        if name in given:
            context.fail(argument.at, f"{function.name}() is given {name!r} twice.")
        given[name] = value
    return given


def _argument(
    context: Context, function: LetFunction, parameter: tree.Parameter, given: Expression, row: Relation | None
) -> Value | Relation:
    if parameter.type == "table":
        table = bind_table(context, given, row)
        return _with_declared_columns(context, given.at, parameter, table)
    value = bind(context, given, row)
    if value.type == parameter.type:
        return value
    if (
        value.is_null
        or "dynamic" in (value.type, parameter.type)
        or (value.type in NUMERIC and parameter.type in NUMERIC)
    ):
        return cast_to(value, parameter.type)
    raise context.mistake(
        given.at, f"{function.name}() takes a {parameter.type} for {parameter.name!r}, and this is a {value.type}."
    )


def _with_declared_columns(context: Context, at: int, parameter: tree.Parameter, table: Relation) -> Relation:
    """The table, which must have the columns that the parameter declares; its others pass as well."""
    for name, kind in parameter.columns or ():
        column = table.find(name)
        if column is None:
            context.fail(at, f"The table for {parameter.name!r} lacks the column {name!r}.")
        if column.type != kind:
            context.fail(at, f"The column {name!r} is a {column.type}, and {parameter.name!r} wants a {kind}.")
    return table


def _body(context: Context, function: LetFunction) -> Value | Relation | Graph:
    result: Value | Relation | Graph | None = None
    for statement in function.node.body.statements:
        if isinstance(statement, tree.Let):
            bind_let(context, statement)
        elif isinstance(statement, tree.Setting):
            _setting(context, function, statement)
        else:
            if result is not None:
                context.fail(statement.at, f"The function {function.name}() gives more than one table or value.")
            table = as_either(context, statement)
            result = bind(context, statement, None) if table is None else table
    if result is None:
        context.fail(function.node.at, f"The function {function.name}() gives nothing.")
    return result


def _setting(context: Context, function: LetFunction, statement: tree.Setting) -> None:
    if (statement.kind, statement.name) == ("declare", "query_parameters"):
        bind_parameters(context, statement.parameters, function.name, statement.at)
    elif statement.kind != "set":
        context.refuse(statement.at, f"the statement {statement.kind} {statement.name} in a function")


@operator("invoke")
def invoke(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The rows through a function that takes a table first."""
    call = node.items[0]
    if not isinstance(call, tree.Call):
        context.fail(node.at, "invoke takes the call of a function, such as invoke f().")
    function = function_of(context, call)
    if function is None:
        raise context.missing(call.at, "function", call.name, {*context.functions, *context.scope.all_names()})
    result = call_function(context, function, call, None, sealed(context, rows))
    if not isinstance(result, Relation):
        context.fail(call.at, f"{call.name}() does not give a table.")
    return result


def function_of(context: Context, node: tree.Call | tree.Name) -> LetFunction | None:
    """The function that a name means.

    :raises KqlSyntaxError: one of the workspace whose body is not KQL, told where it is named.
    """
    try:
        return context.function(node.name)
    except KqlSyntaxError as error:
        saved = context.functions[node.name]
        line = f", line {max(1, error.position.line - saved.header)}" if error.position is not None else ""
        raise context.mistake(
            node.at, f"The function {node.name} ({saved.origin}{line}) cannot be read: {error.message}", error.hint
        ) from error
