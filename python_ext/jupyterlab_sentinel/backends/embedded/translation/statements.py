"""A whole query: its statements in order, each table of the answer as SQL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ....kql import tree
from ....kql.check import parsed
from ..program import Program, Statement
from ..resources import Resources
from .context import Context, Scope
from .expressions import bind, settled
from .graphs.graph import Graph
from .graphs.outputs import name_tables
from .tabular import apply_operator
from .tabular.sources import as_either, as_relation, bind_let, bind_parameters, bind_pipe, bind_table
from .values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....kql.tree import Expression
    from ..tables import StoredTable
    from .discovery import Ask
    from .relations import Ctes, Relation

_QUIET_SETTINGS = frozenset(
    {"notruncation", "truncationmaxrecords", "truncationmaxsize", "servertimeout", "norequesttimeout", "query_language"}
)
_READ_SETTINGS = frozenset({"query_bin_auto_size", "query_bin_auto_at"})


def translate(
    text: str,
    tables: Mapping[str, StoredTable],
    start: int | None,
    end: int | None,
    now: int,
    ask: Ask | None = None,
    resources: Resources | None = None,
) -> Program:
    """The SQL of a query.

    :param start: ticks since 1970 that bound TimeGenerated, inclusive; None: no bound.
    :param end: the same, exclusive.
    :param now: what ``now()`` means, in ticks.
    :param ask: runs a statement of SQL where only the data tells the columns of the answer.
    :param resources: what the workspace has beside its tables.
    :raises KqlError: the query is at fault, or not run here.
    :raises UndiscoveredError: such a query, and no ``ask``.
    """
    query = parsed(text)
    context = Context(text, tables, start, end, now, ask=ask, resources=resources or Resources())
    statements: list[Statement] = []
    render: dict[str, object] | None = None
    for statement in query.statements:
        match statement:
            case tree.Let():
                bind_let(context, statement)
            case tree.Setting():
                _setting(context, statement)
            case _:
                shown = _without_render(statement)
                if shown is not statement:
                    render = _render(statement)
                statements.extend(_tables(context, shown))
    if not statements:
        context.fail(
            len(text), "The query gives no table.", "End it with a table, for instance the name that let binds."
        )
    named = tuple(
        replace(each, name="PrimaryResult" if place == 0 else f"PrimaryResult_{place}")
        for place, each in enumerate(statements)
    )
    return Program(named, render, tuple(context.reasons), tuple(context.warnings), lasting=not context.asked)


def _setting(context: Context, statement: tree.Setting) -> None:
    if statement.kind == "set" and statement.name in _READ_SETTINGS:
        if statement.value is None:
            context.fail(statement.at, f"The setting {statement.name} needs a value.")
        context.settings[statement.name] = bind(context, statement.value, None)
        return
    if statement.kind == "set":
        if statement.name not in _QUIET_SETTINGS:
            context.warnings[f"The setting {statement.name} has no effect here."] = None
        return
    if (statement.kind, statement.name) == ("declare", "query_parameters"):
        context.scope = Scope(context.scope)
        bind_parameters(context, statement.parameters, "The query", statement.at)
        return
    hint = "Bind values with {{name}} or let." if statement.kind == "declare" else ""
    raise context.refusal(statement.at, f"the statement {statement.kind} {statement.name}".strip(), hint)


def _without_render(node: Expression) -> Expression:
    if isinstance(node, tree.Pipe) and node.operators and node.operators[-1].kind == "render":
        return replace(node, operators=node.operators[:-1])
    return node


def _render(node: Expression) -> dict[str, object] | None:
    if not isinstance(node, tree.Pipe):
        return None
    operator = node.operators[-1]
    chart = operator.items[0]
    settings: dict[str, object] = {"visualization": chart.name if isinstance(chart, tree.Name) else ""}
    for name, value in operator.parameters.items():
        settings[name] = (
            value.value if isinstance(value, tree.Literal) else value.name if isinstance(value, tree.Name) else None
        )
    return settings


def _tables(context: Context, node: Expression) -> list[Statement]:
    """The tables of one statement: one, or several where it ends in ``fork`` or ``facet``."""
    if _names_two(node):
        _name_two(context, node)
        return []
    if isinstance(node, tree.Pipe) and node.operators and node.operators[-1].kind in ("fork", "facet"):
        return _branches(context, node)
    bound = as_relation(context, node)
    if bound is None and (not isinstance(node, tree.Name) or isinstance(settled(context, node.name), Value)):
        bind(context, node, None)
        context.fail(node.at, "A query gives a table, and this is a single value.", "Write print before it.")
    return [_statement(context, bound if bound is not None else bind_table(context, node))]


def _names_two(node: Expression) -> bool:
    """Whether it ends in ``graph-to-table nodes as N, edges as E``, which shows nothing yet."""
    last = node.operators[-1] if isinstance(node, tree.Pipe) and node.operators else None
    return last is not None and last.kind == "graph-to-table" and len(last.items) > 1


def _name_two(context: Context, node: Expression) -> None:
    if not isinstance(node, tree.Pipe):
        raise TypeError
    graph = as_either(context, replace(node, operators=node.operators[:-1]))
    if isinstance(graph, Graph):
        name_tables(context, node.operators[-1], graph)
    elif graph is not None:
        apply_operator(context, node.operators[-1], graph)


def _branches(context: Context, node: tree.Pipe) -> list[Statement]:
    last = node.operators[-1]
    rows = bind_pipe(context, replace(node, operators=node.operators[:-1]))
    statements: list[Statement] = []
    if last.kind == "facet":
        for by in last.by:
            if isinstance(by, tree.SortKey):
                continue
            item = tree.Named(by.at, ("count_",), tree.Call(by.at, "count", ()))
            counted = apply_operator(context, tree.Operator(by.at, "summarize", (item,), (by,)), rows)
            statements.append(_statement(context, counted))
    for pipe in (*last.pipes, *([last.pipe] if last.pipe is not None else [])):
        branch = rows
        for each in pipe.operators:
            branch = apply_operator(context, each, branch)
        statements.append(_statement(context, branch))
    return statements


def _statement(context: Context, rows: Relation) -> Statement:
    shown = rows.visible
    items = ", ".join(f"{column.ref} AS c{place}" for place, column in enumerate(shown)) or "1 AS c0"
    sql = _whole(context.ctes, f"SELECT {items} FROM {rows.source}{rows.order_sql}")
    return Statement(sql, tuple((column.name, column.type) for column in shown))


def _whole(ctes: Ctes, final: str) -> str:
    return ctes.statement(final)
