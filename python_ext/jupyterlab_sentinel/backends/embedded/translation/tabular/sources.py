"""Where tables come from: the workspace's, ``let``, ``datatable``, ``print``, ``range``, functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....kql import tree
from ...catalogue import HIDDEN_COLUMNS
from ...conversion import literal
from ..casts import cast_to
from ..context import Context, Deferred, LetFunction, Scope
from ..expressions import bind, settled
from ..names import Namer
from ..relations import Column, OrderKey, Relation
from ..values import WHOLE, Value
from .registry import apply_operator

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ...tables import StoredTable

_MAX_DEPTH = 40


def bind_table(context: Context, node: Expression, row: Relation | None = None) -> Relation:
    """The table that an expression gives.

    :raises KqlSemanticError: it gives none.
    """
    relation = as_relation(context, node, row)
    if relation is not None:
        return relation
    if isinstance(node, tree.Name):
        known = {*context.tables, *context.scope.all_names()}
        hint_known = sorted(context.tables)
        if len(hint_known) > 30:
            hint_known = []
        context.unknown(node.at, "table", node.name, known)
    raise context.mistake(node.at, "A table is expected here.", "Name one, or put a query in parentheses.")


def as_relation(context: Context, node: Expression, row: Relation | None = None) -> Relation | None:
    """The table that an expression gives, or None where it is a scalar or unknown."""
    match node:
        case tree.Pipe():
            return bind_pipe(context, node, row)
        case tree.Name():
            return named_table(context, node.name)
        case tree.Call():
            return _called(context, node, row)
        case tree.DataTable():
            return _datatable(context, node)
        case tree.Operator():
            return _leading(context, node)
        case tree.ExternalData():
            from .external import external

            return external(context, node)
        case tree.Member(base=tree.Call(name="workspace" | "database" | "cluster" | "app" | "resource")):
            call = node.base
            context.refuse(
                node.at,
                f"{call.name if isinstance(call, tree.Call) else ''}()",
                "Only the open workspace can be queried.",
            )
    return None


def bind_pipe(context: Context, node: tree.Pipe, row: Relation | None = None) -> Relation:
    """A source and its operators."""
    context.depth += 1
    if context.depth > _MAX_DEPTH:
        context.refuse(node.at, "tables nested that deep")
    saved = (context.aggregated, context.windowed, context.left, context.right)
    context.aggregated = context.windowed = context.left = context.right = None
    try:
        relation = bind_table(context, node.source, row)
        for each in node.operators:
            relation = apply_operator(context, each, relation)
    finally:
        context.aggregated, context.windowed, context.left, context.right = saved
        context.depth -= 1
    return relation


def bind_either(context: Context, node: Expression) -> Value | Relation:
    """What a ``let`` binds: a table where the expression gives one, else a scalar."""
    relation = as_relation(context, node)
    return bind(context, node, None) if relation is None else sealed(context, relation)


def sealed(context: Context, relation: Relation) -> Relation:
    """The table with its columns spelled out, so that reading it twice costs no more than it must."""
    if relation.label:
        return relation
    refs = list(dict.fromkeys([*(column.ref for column in relation.columns), *(key.ref for key in relation.order)]))

    def body(needed: frozenset[str]) -> str:
        kept = [ref for ref in refs if ref in needed] or refs[:1] or ["1"]
        return f"SELECT {', '.join(kept)} FROM {relation.source}"

    from dataclasses import replace

    return replace(relation, source=context.ctes.add(body))


def named_table(context: Context, name: str) -> Relation | None:
    """The table called ``name``: of the query, then of the workspace."""
    bound = settled(context, name)
    if isinstance(bound, Relation):
        return bound
    if bound is not None and not isinstance(bound, LetFunction):
        return None
    stored = context.tables.get(name)
    return scan(context, stored) if stored is not None else None


def scan(context: Context, table: StoredTable, *, bounded: bool = True) -> Relation:
    """The rows of a stored table, within the bounds of time if ``bounded``."""
    for gap in table.gaps:
        context.reasons[f"{table.name}: {gap}."] = None
    columns: list[Column] = []
    sources: dict[str, str] = {}
    for stored in table.columns:
        ref = context.ctes.new_ref()
        sources[ref] = stored.physical
        columns.append(Column(stored.name, stored.type, ref, stored.name in HIDDEN_COLUMNS))
    if all(column.name != "Type" for column in columns):
        ref = context.ctes.new_ref()
        sources[ref] = literal(table.name)
        columns.append(Column("Type", "string", ref))
    where = _time_filter(context, table) if bounded else ""

    def body(needed: frozenset[str]) -> str:
        items = ", ".join(f"{value} AS {ref}" for ref, value in sources.items() if ref in needed)
        return f"SELECT {items or '1 AS x0'} FROM {table.view}{where}"

    return Relation(context.ctes.add(body), tuple(columns), label=table.name)


def _time_filter(context: Context, table: StoredTable) -> str:
    if context.start is None and context.end is None:
        return ""
    time = table.time
    if time is None:
        context.reasons[f"{table.name} has no TimeGenerated: its rows are not bounded by the time range."] = None
        return ""
    if table.timeless:
        context.reasons[f"{table.name}: {table.timeless:,} rows have no TimeGenerated, so no range holds them."] = None
    column = table.raw_time or time.physical
    tests = []
    for ticks, sign in ((context.start, ">="), (context.end, "<")):
        if ticks is not None:
            tests.append(f"{column} {sign} {_bound(ticks, raw=bool(table.raw_time))}")
    return f" WHERE {' AND '.join(tests)}"


def _bound(ticks: int, *, raw: bool) -> str:
    # A bound between two microseconds is rounded up: no whole microsecond lies between the two.
    return f"make_timestamp(CAST({-(-ticks // 10)} AS BIGINT))" if raw else str(ticks)


# --- tables that the query writes itself -----------------------------------------------------


def _datatable(context: Context, node: tree.DataTable) -> Relation:
    width = len(node.columns)
    if not width or len(node.values) % width:
        context.fail(
            node.at, f"The datatable has {width} columns and {len(node.values)} values, which does not come out even."
        )
    columns = tuple(Column(name, kind, context.ctes.new_ref()) for name, kind in node.columns)
    rows: list[str] = []
    for start in range(0, len(node.values), width):
        cells = [
            cast_to(bind(context, value, None), column.type).sql
            for value, column in zip(node.values[start : start + width], columns, strict=True)
        ]
        rows.append(f"({len(rows)}, {', '.join(cells)})")
    place = context.ctes.new_ref()
    names = ", ".join([place, *(column.ref for column in columns)])
    if not rows:
        from ...conversion import PHYSICAL

        nulls = ", ".join(f"CAST(NULL AS {PHYSICAL[column.type]}) AS {column.ref}" for column in columns)
        return Relation(context.ctes.add(f"SELECT {nulls} WHERE false"), columns)
    source = context.ctes.add(f"SELECT * FROM (VALUES {', '.join(rows)}) AS v({names})")
    return Relation(source, columns, (OrderKey(place),))


def _leading(context: Context, node: tree.Operator) -> Relation:
    """An operator that starts a query."""
    from . import searching, unions

    match node.kind:
        case "print":
            return _print(context, node)
        case "range":
            return _range(context, node)
        case "union":
            return unions.union(context, node, None)
        case "search":
            return searching.search(context, node, None)
        case "find":
            return searching.find(context, node)
    raise context.refusal(node.at, f"{node.kind} at the start of a query")


def _print(context: Context, node: tree.Operator) -> Relation:
    from ..functions.several import columns_of

    namer = Namer()
    columns: list[Column] = []
    items: list[str] = []
    for position, item in enumerate(node.items):
        if not isinstance(item, tree.SortKey | tree.Expansion | tree.Capture):
            for part, value in columns_of(context, item, None, rest=True):
                name = part.names[0] if isinstance(part, tree.Named) else f"print_{position}"
                ref = context.ctes.new_ref()
                columns.append(Column(namer.take(name), value.type, ref))
                items.append(f"{value.sql} AS {ref}")
    return Relation(context.ctes.add(f"SELECT {', '.join(items)}"), tuple(columns))


def _range(context: Context, node: tree.Operator) -> Relation:
    name, first, last, step = node.items
    if not isinstance(name, tree.Name):
        raise TypeError
    low, high, by = (
        bind(context, item, None)
        for item in (first, last, step)
        if not isinstance(item, tree.SortKey | tree.Expansion | tree.Capture)
    )
    ref = context.ctes.new_ref()
    kind = low.type
    if (kind in WHOLE and by.type == "real") or kind == "real":
        count = f"floor((CAST({high.sql} AS DOUBLE) - {low.sql}) / {by.sql})"
        sql = (
            f"SELECT CAST({low.sql} + i * {by.sql} AS DOUBLE) AS {ref} FROM range(0, CAST({count} AS "
            "BIGINT) + 1) AS r(i)"
        )
        kind = "real"
    elif kind in WHOLE or kind in ("datetime", "timespan"):
        kind = "long" if kind == "int" else kind
        sql = (
            f"SELECT CAST(i AS BIGINT) AS {ref} FROM generate_series(CAST({low.sql} AS BIGINT), "
            f"CAST({high.sql} AS BIGINT), CAST({by.sql} AS BIGINT)) AS r(i)"
        )
    else:
        context.fail(node.at, f"range does not take a {kind}.")
    column = Column(name.name, kind, ref)
    return Relation(context.ctes.add(sql), (column,), (OrderKey(ref),))


# --- functions of the query ------------------------------------------------------------------


def _called(context: Context, node: tree.Call, row: Relation | None) -> Relation | None:
    bound = context.scope.find(node.name)
    if isinstance(bound, LetFunction):
        result = call_let_function(context, bound, node, row)
        return result if isinstance(result, Relation) else None
    match node.name:
        case "materialize":
            inner = as_relation(context, node.args[0], row) if node.args else None
            if inner is None:
                context.fail(node.at, "materialize() takes a table.")
            return materialized(context, inner)
        case "view":
            return bind_table(context, node.args[0], row)
        case "table":
            name = bind(context, node.args[0], None).text if node.args else None
            if name is None:
                context.fail(node.at, "table() takes the name of a table as a constant text.")
            return bind_table(context, tree.Name(node.at, name))
        case "workspace" | "database" | "cluster" | "app" | "resource" | "adx" | "arg":
            context.refuse(node.at, f"{node.name}()", "Only the open workspace can be queried.")
        case "_GetWatchlist" | "_GetWatchlistAlias":
            from .watchlists import watchlist

            return watchlist(context, node)
    return None


def materialized(context: Context, relation: Relation) -> Relation:
    """The table, computed once however often it is read."""
    from dataclasses import replace

    refs = list(dict.fromkeys([*(column.ref for column in relation.columns), *(key.ref for key in relation.order)]))
    return replace(
        relation,
        source=context.ctes.add(f"SELECT {', '.join(refs)} FROM {relation.source}", materialized=True),
        label="",
    )


def call_let_function(
    context: Context, function: LetFunction, node: tree.Call, row: Relation | None, piped: Relation | None = None
) -> Value | Relation:
    """The result of a function that the query defines; arguments by position, by name, or by default."""
    context.depth += 1
    if context.depth > _MAX_DEPTH:
        context.refuse(node.at, "functions nested that deep")
    scope = Scope(function.scope)
    _bind_arguments(context, function, node, row, piped, scope)
    saved = (context.scope, context.aggregated, context.windowed)
    context.scope, context.aggregated, context.windowed = scope, None, None
    try:
        return _body(context, function)
    finally:
        context.scope, context.aggregated, context.windowed = saved
        context.depth -= 1


def _bind_arguments(
    context: Context,
    function: LetFunction,
    node: tree.Call,
    row: Relation | None,
    piped: Relation | None,
    scope: Scope,
) -> None:
    parameters = list(function.node.parameters)
    given: dict[str, Expression] = {}
    positional = list(parameters)
    if piped is not None and positional and positional[0].type == "table":
        scope.names[positional.pop(0).name] = piped
    for argument in node.args:
        if isinstance(argument, tree.Named):
            if argument.names[0] not in {parameter.name for parameter in parameters}:
                context.unknown(
                    argument.at, "parameter", argument.names[0], (parameter.name for parameter in parameters)
                )
            given[argument.names[0]] = argument.value
        elif positional:
            while positional and positional[0].name in given:
                positional.pop(0)
            given[positional.pop(0).name] = argument
        else:
            context.fail(argument.at, f"{function.name}() takes {len(parameters)} arguments at most.")
    for parameter in parameters:
        if parameter.name in scope.names:
            continue
        scope.names[parameter.name] = _argument(context, function, node, parameter, given.get(parameter.name), row)


def _argument(
    context: Context,
    function: LetFunction,
    node: tree.Call,
    parameter: tree.Parameter,
    given: Expression | None,
    row: Relation | None,
) -> Value | Relation:
    if given is None:
        given = parameter.default
        if given is None:
            context.fail(node.at, f"{function.name}() lacks its argument {parameter.name!r}.")
    if parameter.type == "table":
        table = bind_table(context, given, row)
        return _with_declared_columns(context, given, parameter, table)
    value = bind(context, given, row)
    if value.type != parameter.type:
        numbers = ("int", "long", "real", "decimal")
        if (
            value.is_null
            or value.type == "dynamic"
            or (value.type in numbers and parameter.type in numbers)
            or parameter.type == "dynamic"
        ):
            return cast_to(value, parameter.type)
        context.fail(
            given.at, f"{function.name}() takes a {parameter.type} for {parameter.name!r}, and this is a {value.type}."
        )
    return value


def _with_declared_columns(context: Context, given: Expression, parameter: tree.Parameter, table: Relation) -> Relation:
    if parameter.columns is None:
        return table
    columns = []
    for name, kind in parameter.columns:
        column = table.find(name)
        if column is None:
            context.fail(given.at, f"The table for {parameter.name!r} lacks the column {name!r}.")
        if column.type != kind:
            context.fail(given.at, f"The column {name!r} is a {column.type}, and {parameter.name!r} wants a {kind}.")
        columns.append(column)
    return table.with_columns(columns)


def _body(context: Context, function: LetFunction) -> Value | Relation:
    result: Value | Relation | None = None
    for statement in function.node.body.statements:
        if isinstance(statement, tree.Let):
            bind_let(context, statement)
        elif not isinstance(statement, tree.Setting):
            relation = as_relation(context, statement)
            result = bind(context, statement, None) if relation is None else relation
    if result is None:
        context.fail(function.node.at, f"The function {function.name}() gives nothing.")
    return result


def bind_let(context: Context, statement: tree.Let) -> None:
    """Bring a name into scope; what it stands for is translated when it is read."""
    scope = Scope(context.scope)
    if isinstance(statement.value, tree.Function):
        scope.names[statement.name] = LetFunction(statement.name, statement.value, context.scope)
    else:
        scope.names[statement.name] = Deferred(statement.value, context.scope)
    context.scope = scope
