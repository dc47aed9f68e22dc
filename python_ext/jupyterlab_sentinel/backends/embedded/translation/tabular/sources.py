"""Where tables come from: the workspace's, ``let``, ``datatable``, ``print``, ``range``, functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....kql import tree
from ...catalogue import HIDDEN_COLUMNS, known_columns
from ...conversion import literal
from ...tables import TIME_COLUMN
from ..casts import cast_to
from ..context import Context, Deferred, LetFunction, Scope
from ..expressions import bind, settled
from ..graphs.graph import Graph
from ..graphs.operators import apply_to_either, fail_for_graph
from ..names import Namer
from ..relations import Column, OrderKey, Relation, Scanned
from ..values import WHOLE, Value, null

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .....kql.tree import Expression
    from ...tables import StoredTable

_MAX_DEPTH = 40
_MAX_OPERATORS = 1_000


def bind_table(context: Context, node: Expression, row: Relation | None = None) -> Relation:
    """The table that an expression gives.

    :raises KqlSemanticError: it gives none.
    """
    relation = as_relation(context, node, row)
    if relation is not None:
        return relation
    if isinstance(node, tree.Name):
        raise context.missing(node.at, "table", node.name, _names(context))
    if isinstance(node, tree.Call) and not _is_scalar_call(context, node):
        raise context.missing(node.at, "function", node.name, _names(context))
    raise context.mistake(node.at, "A table is expected here.", "Name one, or put a query in parentheses.")


def _names(context: Context) -> set[str]:
    return {*context.tables, *context.functions, *context.scope.all_names()}


def _is_scalar_call(context: Context, node: tree.Call) -> bool:
    from .....kql.names import SCALAR_FUNCTIONS
    from ..aggregates import is_aggregate
    from ..functions import is_function
    from .calls import function_of

    known = is_function(node.name) or is_aggregate(node.name) or node.name in SCALAR_FUNCTIONS
    return known or node.name.startswith(".") or function_of(context, node) is not None


def as_relation(context: Context, node: Expression, row: Relation | None = None) -> Relation | None:
    """The table that an expression gives, or None where it is a scalar or unknown.

    :raises KqlSemanticError: it gives a graph.
    """
    result = as_either(context, node, row)
    if isinstance(result, Graph):
        fail_for_graph(context, node.at, "A table is expected here, and this is a graph.")
    return result


def as_either(context: Context, node: Expression, row: Relation | None = None) -> Relation | Graph | None:
    """The table or the graph that an expression gives, or None where it is a scalar or unknown."""
    match node:
        case tree.Pipe():
            return _piped(context, node, row)
        case tree.Name():
            return _named_table(context, node)
        case tree.Call():
            return _called(context, node, row)
        case tree.DataTable():
            return _datatable(context, node)
        case tree.Operator():
            return _leading(context, node)
        case tree.ExternalData():
            from .external import external

            return external(context, node)
        case tree.Member():
            from .workspaces import elsewhere

            return elsewhere(context, node)
    return None


def bind_pipe(context: Context, node: tree.Pipe, row: Relation | None = None) -> Relation:
    """A source and its operators."""
    return bind_table(context, node, row)


def _piped(context: Context, node: tree.Pipe, row: Relation | None) -> Relation | Graph:
    context.depth += 1
    if context.depth > _MAX_DEPTH:
        context.refuse(node.at, "tables nested that deep")
    if len(node.operators) > _MAX_OPERATORS:
        # The time that DuckDB takes to plan them grows with their square, and it heeds no interrupt meanwhile.
        context.refuse(
            node.operators[_MAX_OPERATORS].at,
            f"more than {_MAX_OPERATORS:,} operators in a row",
            "Join those that follow each other: extend A=1, B=2; where C and D.",
        )
    saved = (context.aggregated, context.windowed, context.left, context.right)
    context.aggregated = context.windowed = context.left = context.right = None
    try:
        result = as_either(context, node.source, row)
        if result is None:
            result = bind_table(context, node.source, row)
        for each in node.operators:
            result = apply_to_either(context, each, result)
    finally:
        context.aggregated, context.windowed, context.left, context.right = saved
        context.depth -= 1
    return result


def bind_either(context: Context, node: Expression) -> Value | Relation | Graph:
    """What a ``let`` binds: a table or a graph where the expression gives one, else a scalar."""
    result = as_either(context, node)
    if isinstance(result, Graph):
        return result
    return bind(context, node, None) if result is None else sealed(context, result)


def sealed(context: Context, relation: Relation) -> Relation:
    """The table with its columns spelled out, so that reading it twice costs no more than it must."""
    if relation.label:
        return relation
    refs = list(dict.fromkeys([*(column.ref for column in relation.columns), *(key.ref for key in relation.order)]))
    scanned = context.ctes.scanned.get(relation.source)
    if scanned is not None:
        refs.append(scanned.ref)
    documents = context.ctes.documents.get(relation.source, {})
    splits = context.ctes.splits.get(relation.source, {})
    made_of = {text for column, (text, _) in splits.items() if column in refs}
    made_of.update(text for column, text in documents.items() if column in refs)
    refs.extend(made_of.difference(refs))

    def body(needed: frozenset[str]) -> str:
        kept = [ref for ref in refs if ref in needed] or refs[:1] or ["1"]
        return f"SELECT {', '.join(kept)} FROM {relation.source}"

    from dataclasses import replace

    return replace(relation, source=context.ctes.add(body, over=relation.source))


def _named_table(context: Context, node: tree.Name) -> Relation | Graph | None:
    """What a name means as a table: something of the query, a function of the workspace, a table of it."""
    from .calls import call_function, function_of

    bound = settled(context, node.name)
    if isinstance(bound, Relation | Graph):
        return bound
    if bound is not None and not isinstance(bound, LetFunction):
        return None
    function = function_of(context, node)
    stored = context.tables.get(node.name)
    if function is not None and (function.is_bare or stored is None):
        result = call_function(context, function, tree.Call(node.at, node.name, ()), None)
        return None if isinstance(result, Value) else result
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
    published = _published(context, table) if context.calls else {}
    columns.extend(published.values())
    sources.update({column.ref: null(column.type).sql for column in published.values()})
    if all(column.name != "Type" for column in columns):
        ref = context.ctes.new_ref()
        sources[ref] = literal(table.name)
        columns.append(Column("Type", "string", ref))
    where = _time_filter(context, table) if bounded else ""
    added = {column.ref for column in published.values()}
    own = {ref: value for ref, value in sources.items() if ref not in added}
    number = context.ctes.new_ref() if table.number else ""
    if number:
        sources[number] = table.number

    def body(needed: frozenset[str]) -> str:
        empty = [column.name for ref, column in published.items() if ref in needed]
        if empty:
            context.reasons[_read_as_empty(table.name, empty)] = None
        items = ", ".join(f"{value} AS {ref}" for ref, value in sources.items() if ref in needed)
        return f"SELECT {items or '1 AS x0'} FROM {table.view}{where}"

    source = context.ctes.add(body)
    if number:
        context.ctes.scanned[source] = Scanned(number, table.view, table.number, own)
    return Relation(source, tuple(columns), label=table.name)


def _published(context: Context, table: StoredTable) -> dict[str, Column]:
    """By their identifiers, columns that a function of the workspace may read though the table has not got them.

    Such functions are written for tables as they are published, and exports leave columns out.
    """
    known = {column.name for column in table.columns} | {"Type", TIME_COLUMN}
    missing = [(name, kind) for name, kind in known_columns(table.name).items() if name not in known]
    missing.extend((name, "string") for name in _STANDARD if name not in known)
    columns = [Column(name, kind, context.ctes.new_ref(), hidden=True) for name, kind in dict(missing).items()]
    return {column.ref: column for column in columns}


def _read_as_empty(table: str, names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED]) + (
        f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    )
    one = len(names) == 1
    return f"{table} lacks the column{'s' * (not one)} {shown}, which {'is' if one else 'are'} read as empty."


_MOST_NAMED = 8
_STANDARD = ("_ItemId", "_ResourceId", "_SubscriptionId", "TenantId")


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
    if by.number == 0:
        context.fail(node.at, "range never ends with a step of 0.", "Give a step such as 1, -1 or 1h.")
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
    falling = by.number is not None and by.number < 0
    order = (OrderKey(ref, falling, nulls_first=not falling),)
    return Relation(context.ctes.add(sql), (Column(name.name, kind, ref),), order, serialized=True)


# --- functions of the query ------------------------------------------------------------------


def _called(context: Context, node: tree.Call, row: Relation | None) -> Relation | Graph | None:
    from .calls import call_function, function_of

    function = function_of(context, node)
    if function is not None:
        result = call_function(context, function, node, row)
        return None if isinstance(result, Value) else result
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
            # It names a table even where a function has its name.
            stored = context.tables.get(name)
            return bind_table(context, tree.Name(node.at, name)) if stored is None else scan(context, stored)
        case "workspace":
            context.fail(node.at, "workspace() is followed by a table.", "Write workspace('name').Table.")
        case "database" | "cluster" | "app" | "resource" | "adx" | "arg":
            context.refuse(node.at, f"{node.name}()", "Only local workspaces can be queried: workspace('name').Table.")
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


def bind_let(context: Context, statement: tree.Let) -> None:
    """Bring a name into scope; what it stands for is translated when it is read."""
    scope = Scope(context.scope)
    if isinstance(statement.value, tree.Function):
        scope.names[statement.name] = LetFunction(statement.name, statement.value, context.scope)
    else:
        scope.names[statement.name] = Deferred(statement.value, context.scope)
    context.scope = scope


def bind_parameters(context: Context, parameters: Sequence[tree.Parameter], owner: str, at: int) -> None:
    """Bind parameters that no argument was given for to their defaults.

    :raises KqlSemanticError: one has none; ``owner`` says whose it is.
    """
    for parameter in parameters:
        if parameter.default is None:
            context.fail(at, f"{owner} lacks {parameter.name!r}, which has no default.")
        value = bind(context, parameter.default, None)
        context.scope.names[parameter.name] = value if value.type == parameter.type else cast_to(value, parameter.type)
