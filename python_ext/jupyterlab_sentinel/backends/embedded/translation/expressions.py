"""Scalar expressions: names, paths, operators and calls, each to SQL with its KQL type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ....kql import tree
from . import arithmetic, comparisons, refusals, text
from .casts import to_bool, to_number, to_string
from .context import Context, Deferred, LetFunction, Scope
from .functions import call_function, is_function, several_outputs
from .relations import Relation
from .values import WHOLE, Value, constant

if TYPE_CHECKING:
    from ....errors import KqlError
    from ....kql.tree import Expression
    from .graphs.graph import Graph

_MAX_SQL = 4_000_000
_PLAIN_KEY = re.compile(r'[^"\\*#\x00-\x1f]+')


def bind(context: Context, node: Expression, row: Relation | None) -> Value:
    """The value of a scalar expression.

    :param row: the table whose columns it may read; None: no columns.
    :raises KqlError: it means nothing, or is not run here.
    """
    value = _bind(context, node, row)
    if len(value.sql) > _MAX_SQL:
        context.refuse(_at(node), "an expression that large", "Split the query, or store parts with materialize().")
    return value


def _at(node: Expression) -> int:
    return node.at


def _bind(  # noqa: C901, PLR0911, PLR0912  # one branch a kind of node
    context: Context, node: Expression, row: Relation | None
) -> Value:
    match node:
        case tree.Literal():
            return constant(node.value, node.type)
        case tree.Name():
            return _name(context, node, row)
        case tree.Member():
            return _member(context, node, row)
        case tree.Index():
            return _index(context, node, row)
        case tree.Call():
            return call(context, node, row)
        case tree.Unary():
            return arithmetic.unary(context, node, bind(context, node.operand, row))
        case tree.Binary():
            return _binary(context, node, row)
        case tree.Logic():
            return _logic(context, node, row)
        case tree.Membership():
            return _membership(context, node, row)
        case tree.Between():
            parts = [bind(context, part, row) for part in (node.left, node.low, node.high)]
            return comparisons.between(context, node, *parts)
        case tree.Pipe() | tree.Operator() | tree.DataTable() | tree.ExternalData():
            context.fail(node.at, "A table cannot stand where a single value is expected.", "Use toscalar( … ).")
        case tree.Star():
            context.fail(node.at, "'*' cannot stand here.")
        case tree.Named():
            return bind(context, node.value, row)
    raise context.mistake(_at(node), "This cannot stand where a value is expected.")


# --- names ---------------------------------------------------------------------------------


def _name(context: Context, node: tree.Name, row: Relation | None) -> Value:
    column = row.find(node.name) if row is not None else None
    if row is not None and column is not None:
        text = context.ctes.documents.get(row.source, {}).get(column.ref)
        if text is not None:
            return Value(column.ref, column.type, root=f"kql_json_or_null({text})", path="'$'")
        _, parts = context.ctes.splits.get(row.source, {}).get(column.ref, ("", ""))
        return Value(column.ref, column.type, parts=parts)
    value = lookup_scalar(context, node.name)
    if value is not None:
        return value
    from .tabular import function_of

    if function_of(context, node) is not None:
        # A function that needs no argument may be read like a name.
        return call(context, tree.Call(node.at, node.name, ()), row)
    if node.name == "null":
        context.fail(
            node.at,
            "A bare null has no type.",
            "Ask with isnull() or isempty(); as a value write for instance dynamic(null) or long(null).",
        )
    if context.aggregated is not None and context.aggregated.find(node.name) is not None:
        context.fail(
            node.at,
            f"The column {node.name!r} is read outside an aggregate function.",
            "Put it into one (take_any, max …), or after 'by'.",
        )
    if row is not None and (typed := _named_by_type(row, node.name)):
        context.fail(
            node.at,
            f"There is no column {node.name!r}: the tables of the union have it in several types.",
            f"They are called {', '.join(typed)}.",
        )
    if context.scope.find(node.name) is not None or node.name in context.tables:
        context.fail(node.at, f"{node.name!r} is a table, and a single value is expected.", "Use toscalar( … ).")
    known = {column.name for column in row.columns} if row is not None else set()
    _refuse_bare_function(context, node, known)
    raise context.stranger(node.at, "column", node.name, known | context.scope.all_names())


def _refuse_bare_function(context: Context, node: tree.Name, known: set[str]) -> None:
    """``count`` or ``now`` without its parentheses, where no column is called nearly so."""
    from .aggregates import AGGREGATES

    named = node.name in AGGREGATES or is_function(node.name)
    if named and node.name.casefold() not in {name.casefold() for name in known}:
        context.fail(node.at, f"There is no column {node.name!r}.", f"The function is written {node.name}( … ).")


def _named_by_type(row: Relation, name: str) -> list[str]:
    """The columns that a union made of one name and several types."""
    typed = [column.name for column in row.columns if column.name == f"{name}_{column.type}"]
    return typed if len(typed) > 1 else []


def lookup_scalar(context: Context, name: str) -> Value | None:
    """The scalar that ``let`` or a parameter binds ``name`` to, or None."""
    bound = settled(context, name)
    return bound if isinstance(bound, Value) else None


def _settle(context: Context, name: str, deferred: Deferred) -> Value | Relation | Graph:
    from .tabular import bind_either

    if deferred.busy:
        context.fail(_at(deferred.node), f"{name!r} is defined by itself.")
    deferred.busy = True
    outer, context.scope = context.scope, deferred.scope
    saved = (context.aggregated, context.windowed)
    context.aggregated = context.windowed = None
    try:
        bound = bind_either(context, deferred.node)
    finally:
        context.scope = outer
        context.aggregated, context.windowed = saved
        deferred.busy = False
    scope: Scope | None = outer
    while scope is not None:
        if scope.names.get(name) is deferred:
            scope.names[name] = bound
        scope = scope.outer
    return bound


def settled(context: Context, name: str) -> Value | Relation | Graph | LetFunction | None:
    """What a name in scope is bound to, translated if it was not yet; None for no such name."""
    bound = context.scope.find(name)
    return _settle(context, name, bound) if isinstance(bound, Deferred) else bound


# --- properties of dynamics -------------------------------------------------------------------


def _member(context: Context, node: tree.Member, row: Relation | None) -> Value:
    if isinstance(node.base, tree.Name) and node.base.name in ("$left", "$right"):
        side = context.left if node.base.name == "$left" else context.right
        if side is None:
            context.fail(node.at, f"{node.base.name} has a meaning only after 'on' of a join.")
        column = side.find(node.name)
        if column is None:
            context.unknown(node.at, "column", node.name, (column.name for column in side.columns))
        return Value(column.ref, column.type)
    base = bind(context, node.base, row)
    return property_of(context, node.at, base, node.name)


def property_of(context: Context, at: int, base: Value, key: str) -> Value:
    """``base.key``; null where there is none."""
    if base.type != "dynamic":
        context.fail(
            at, f"A {base.type} has no properties such as {key!r}.", "Use parse_json() on text that holds JSON."
        )
    if key in base.fields:
        return _text(base.fields[key])
    if _PLAIN_KEY.fullmatch(key):
        return _extended(base, f'."{key}"')
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    return _at_path(base.sql, pointer)


def _extended(base: Value, step: str) -> Value:
    if base.root and base.path.startswith("'$"):
        return _at_path(base.root, base.path[1:-1].replace("''", "'") + step)
    return _at_path(base.sql, f"${step}")


def _at_path(root: str, path: str) -> Value:
    quoted = "'" + path.replace("'", "''") + "'"
    return Value(f"nullif(CAST(json_extract({root}, {quoted}) AS VARCHAR), 'null')", "dynamic", root=root, path=quoted)


def _index(context: Context, node: tree.Index, row: Relation | None) -> Value:
    index = bind(context, node.index, row)
    outputs = several_outputs(context, node.base, row)
    if outputs and isinstance(index.constant, int) and 0 <= index.constant < len(outputs):
        return outputs[index.constant][1]
    base = bind(context, node.base, row)
    if index.text is not None:
        return property_of(context, node.at, base, index.text)
    if base.type != "dynamic":
        context.fail(node.at, f"A {base.type} cannot be indexed.", "Use parse_json() or split() first.")
    if index.type == "bool":
        index = to_number(index, "long")
    if index.type in WHOLE and isinstance(index.constant, int):
        if base.parts:
            return _part(base, index.constant)
        place = f"#{index.constant}" if index.constant < 0 else str(index.constant)
        return _extended(base, f"[{place}]")
    if index.type in WHOLE:
        path = f"CASE WHEN {index.sql} < 0 THEN '$[#' ELSE '$[' END || CAST({index.sql} AS VARCHAR) || ']'"
    else:
        key = to_string(index).sql
        path = f"'/' || replace(replace({key}, '~', '~0'), '/', '~1')"
    return Value(f"nullif(CAST(json_extract({base.sql}, {path}) AS VARCHAR), 'null')", "dynamic")


def _part(base: Value, place: int) -> Value:
    """One of the texts that an array is made of, without making the array."""
    return _text(f"({base.parts})[{place + 1 if place >= 0 else place}]")


def _text(text: str) -> Value:
    """A text or null as a dynamic."""
    return Value(f"CAST(to_json({text}) AS VARCHAR)", "dynamic", shown=f"concat({text})")


# --- operators -----------------------------------------------------------------------------


def _binary(context: Context, node: tree.Binary, row: Relation | None) -> Value:
    if isinstance(node.left, tree.Star):
        return _any_column(context, node, row)
    left, right = bind(context, node.left, row), bind(context, node.right, row)
    return binary(context, node, left, right)


def binary(context: Context, node: tree.Binary, left: Value, right: Value) -> Value:
    """``left op right``."""
    if node.op in ("+", "-", "*", "/", "%"):
        return arithmetic.binary(context, node, left, right)
    if node.op in ("==", "!=", "<", "<=", ">", ">="):
        return comparisons.compare(context, node, node.op, left, right)
    return text.compare(context, node, node.op, left, right)


def _any_column(context: Context, node: tree.Binary, row: Relation | None) -> Value:
    """``* has "x"``: true where it is for any column that the operator can read."""
    if row is None:
        context.fail(node.at, "'*' has no columns here.")
    right = bind(context, node.right, row)
    negated = node.op.startswith("!")
    kinds = text.searchable_types(node.op, right)
    terms = [
        binary(context, node, Value(column.ref, column.type), right).sql
        for column in row.visible
        if column.type in kinds
    ]
    if not terms:
        return constant(negated, "bool")
    return Value(f"({' AND '.join(terms) if negated else ' OR '.join(terms)})", "bool")


def _logic(context: Context, node: tree.Logic, row: Relation | None) -> Value:
    parts = [condition(context, operand, row) for operand in node.operands]
    joiner = f" {node.op.upper()} "
    passing = joiner.join(part.passing or part.sql for part in parts)
    return Value(f"({joiner.join(part.sql for part in parts)})", "bool", passing=f"({passing})")


def condition(context: Context, node: Expression, row: Relation | None) -> Value:
    """An expression that must be a bool."""
    value = bind(context, node, row)
    if value.type == "dynamic" or value.type in WHOLE:
        return to_bool(value)
    if value.type != "bool":
        context.fail(_at(node), f"A condition is expected here, and this is a {value.type}.")
    return value


def _membership(context: Context, node: tree.Membership, row: Relation | None) -> Value:
    from .tabular import as_relation

    if isinstance(node.left, tree.Star):
        return _any_member(context, node, row)
    left = bind(context, node.left, row)
    items: list[Value] = []
    for item in node.items:
        relation = as_relation(context, item, row)
        if relation is not None:
            if relation.group:
                inside = f"{node.op} with a table of mv-apply or partition"
                context.refuse(node.at, inside, "Use join kind=leftsemi.")
            return comparisons.in_table(context, node, left, relation)
        items.append(bind(context, item, row))
    if node.op in ("has_any", "has_all", "!has_any", "!has_all"):
        return text.has_list(context, node, left, items)
    return comparisons.in_list(context, node, left, items)


def _any_member(context: Context, node: tree.Membership, row: Relation | None) -> Value:
    if row is None:
        context.fail(node.at, "'*' has no columns here.")
    names = [column.name for column in row.visible if column.type in ("string", "dynamic", "guid")]
    if not names:
        return constant(value=False, kind="bool")
    alternatives = [
        _membership(context, tree.Membership(node.at, node.op, tree.Name(node.at, name), node.items), row).sql
        for name in names
    ]
    joiner = " AND " if node.op.startswith("!") else " OR "
    return Value(f"({joiner.join(alternatives)})", "bool")


# --- calls ---------------------------------------------------------------------------------


def call(context: Context, node: tree.Call, row: Relation | None) -> Value:
    """A function of the query, of KQL, or an aggregate where those may stand."""
    from .aggregates import call_aggregate, is_aggregate
    from .tabular import call_function as call_user_function
    from .tabular import function_of

    function = function_of(context, node)
    if function is not None:
        result = call_user_function(context, function, node, row)
        if not isinstance(result, Value):
            kind = "table" if isinstance(result, Relation) else "graph"
            hint = "Use toscalar( … )." if kind == "table" else ""
            context.fail(node.at, f"{node.name}() gives a {kind}, and a single value is expected.", hint)
        return result
    if node.name == "toscalar":
        return _toscalar(context, node, row)
    if context.aggregated is not None and is_aggregate(node.name):
        return call_aggregate(context, node)
    if is_function(node.name):
        return call_function(context, node, row)
    if is_aggregate(node.name):
        context.fail(node.at, f"{node.name}() is an aggregate function.", "Use it in summarize.")
    raise function_refusal(context, node)


def _toscalar(context: Context, node: tree.Call, row: Relation | None) -> Value:
    """The first value of a table's first row; a scalar is itself."""
    from .tabular import as_relation

    if len(node.args) != 1:
        context.fail(node.at, "toscalar() takes one table.")
    relation = as_relation(context, node.args[0], row)
    if relation is not None and relation.group:
        return _of_group(context, node, relation, row)
    if relation is None:
        key = _key_of_group(node.args[0], row)
        if key is not None:
            return key
        value = bind(context, node.args[0], None)
        if value.is_constant:
            return value
        ref = context.ctes.new_ref()
        source = context.ctes.add(f"SELECT {value.sql} AS {ref}", materialized=True)
        return Value(f"(SELECT {ref} FROM {source})", value.type)
    column = relation.visible[0]
    inner = f"(SELECT {column.ref} FROM {relation.source}{relation.order_sql} LIMIT 1)"
    return Value(f"coalesce({inner}, '')" if column.type == "string" else inner, column.type)


def _key_of_group(node: Expression, row: Relation | None) -> Value | None:
    """The key of ``partition``, which is one value for all rows of a group."""
    column = row.find(node.name) if row is not None and row.group and isinstance(node, tree.Name) else None
    return Value(column.ref, column.type) if column is not None and column.hidden else None


def _of_group(context: Context, node: tree.Call, relation: Relation, row: Relation | None) -> Value:
    """The first value of the table that the row's group has."""
    if row is None or not row.group:
        context.fail(node.at, "toscalar() of a group has one value only inside that group.")
    column = relation.visible[0]
    key, first = context.ctes.new_ref(), context.ctes.new_ref()
    source = context.ctes.add(
        f"SELECT {relation.group} AS {key}, first({column.ref}{relation.order_sql}) AS {first} "
        f"FROM {relation.source} GROUP BY {relation.group}"
    )
    inner = f"(SELECT {first} FROM {source} WHERE {key} = {row.group})"
    return Value(f"coalesce({inner}, '')" if column.type == "string" else inner, column.type)


def function_refusal(context: Context, node: tree.Call) -> KqlError:
    """The error for a function that is not run here, or that does not exist."""
    from ....kql.names import SCALAR_FUNCTIONS
    from .aggregates import AGGREGATES
    from .aggregates.registry import REFUSED
    from .functions import FUNCTIONS
    from .functions.several import refuse_inside

    refuse_inside(context, node)
    if node.name.startswith("."):
        return context.refusal(node.at, f"{node.name[1:]}()", "Only the open workspace can be queried.")
    if node.name in REFUSED:
        return context.refusal(node.at, f"the aggregate {node.name}()", REFUSED[node.name])
    if node.name in SCALAR_FUNCTIONS:
        return context.refusal(node.at, f"the function {node.name}()", refusals.function_hint(node.name))
    return context.stranger(node.at, "function", node.name, {*FUNCTIONS, *AGGREGATES, *context.scope.all_names()})
