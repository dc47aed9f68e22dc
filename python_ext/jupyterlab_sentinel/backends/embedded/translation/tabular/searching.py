"""``search`` and ``find``: a predicate over the columns of many tables, each table by its own columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ...conversion import literal
from .. import text
from ..casts import cast_to
from ..comparisons import compare
from ..discovery import filled
from ..expressions import bind, condition
from ..functions.bags import bag_sql
from ..relations import Column
from ..values import Value, constant, null
from .registry import operator
from .rows import filtered
from .unions import Leg, table_legs, united

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context
    from ..relations import Relation

_TEXT = ("string", "dynamic", "guid")


@operator("search")
def search_after_pipe(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The rows before the pipe that the predicate finds."""
    return search(context, node, rows)


def search(context: Context, node: tree.Operator, rows: Relation | None) -> Relation:
    """The rows that the predicate finds, with ``$table``."""
    predicate = next(item for item in node.items if not isinstance(item, tree.SortKey | tree.Expansion | tree.Capture))
    exact = _is_exact(context, node)
    tables = [item for item in node.by if not isinstance(item, tree.SortKey)]
    if rows is not None:
        return _search_rows(context, (predicate, tables), rows, exact=exact)
    legs = table_legs(context, tables or [tree.Star(node.at)])
    _refuse_unknown_columns(context, predicate, legs)
    kept: list[Leg] = []
    for leg in legs:
        test = _predicate(context, predicate, leg.relation, exact=exact)
        if test.sql != "false":
            kept.append(replace(leg, relation=replace(filtered(context, leg.relation, test), label=leg.label)))
    if not kept:
        return united(context, legs, "$table", filled=[False] * len(legs))
    return united(context, kept, "$table", filled=_filled(context, kept))


def _filled(context: Context, legs: list[Leg]) -> list[bool]:
    """Which legs have rows, as far as that is worth a question."""
    return filled(context, [leg.relation.source for leg in legs])


def _search_rows(
    context: Context, sought: tuple[Expression, list[Expression]], rows: Relation, *, exact: bool
) -> Relation:
    """The rows before a pipe that the predicate finds, with the name of their table."""
    predicate, tables = sought
    if tables:
        context.fail(tables[0].at, "search after a pipe searches the rows before it.", "Leave 'in ( … )' out.")
    _refuse_unknown_columns(context, predicate, [Leg(rows, "")])
    found = filtered(context, rows, _predicate(context, predicate, rows, exact=exact))
    if found.find("$table") is not None:
        return found
    label = context.ctes.new_ref()
    source = context.ctes.add(f"SELECT *, {literal(rows.label or 'union_arg0')} AS {label} FROM {found.source}")
    return replace(found, source=source, columns=(Column("$table", "string", label), *found.columns))


def _is_exact(context: Context, node: tree.Operator) -> bool:
    kind = node.parameters.get("kind")
    if kind is None:
        return False
    name = kind.name if isinstance(kind, tree.Name) else ""
    if name not in ("case_sensitive", "case_insensitive", "default"):
        context.fail(kind.at, f"There is no search of kind {name!r}.", "Kinds are case_sensitive and case_insensitive.")
    return name == "case_sensitive"


def _refuse_unknown_columns(context: Context, predicate: Expression, legs: list[Leg]) -> None:
    """A column that no table has is a mistake; one that some lack is not."""
    known = {column.name for leg in legs for column in leg.relation.columns} | context.scope.all_names()
    for name in _columns(predicate):
        if name.name not in known:
            context.unknown(name.at, "column", name.name, known)


def _columns(node: Expression) -> list[tree.Name]:
    match node:
        case tree.Name():
            return [] if node.name.startswith("$") else [node]
        case tree.Binary():
            return [*_columns(node.left), *_columns(node.right)]
        case tree.Logic():
            return [name for operand in node.operands for name in _columns(operand)]
        case tree.Call():
            return [name for argument in node.args for name in _columns(argument)]
        case tree.Membership():
            return [name for part in (node.left, *node.items) for name in _columns(part)]
        case tree.Between():
            return [name for part in (node.left, node.low, node.high) for name in _columns(part)]
        case tree.Member() | tree.Index():
            return _columns(node.base)
    return []


def _predicate(  # noqa: PLR0911  # one a kind of node
    context: Context, node: Expression, rows: Relation, *, exact: bool
) -> Value:
    """A search predicate over one table; a part that reads a column the table lacks is false."""
    match node:
        case tree.Logic():
            return _logic(node.op, [_predicate(context, operand, rows, exact=exact) for operand in node.operands])
        case tree.Call(name="not") if len(node.args) == 1:
            inner = _predicate(context, node.args[0], rows, exact=exact)
            return Value("true" if inner.sql == "false" else f"(NOT {inner.sql})", "bool")
        case tree.Literal(type="string"):
            return _anywhere(rows, str(node.value), exact=exact)
        case tree.Literal(type="bool"):
            return constant(node.value, "bool")
        case tree.Literal():
            return _any_equal(context, node, rows)
        case tree.Star():
            return constant(value=True, kind="bool")
        case tree.Binary(op=":"):
            return _column_term(context, node, rows, exact=exact)
    if any(rows.find(name.name) is None and context.scope.find(name.name) is None for name in _columns(node)):
        return constant(value=False, kind="bool")
    if exact and isinstance(node, tree.Binary):
        node = replace(
            node,
            op={
                "has": "has_cs",
                "contains": "contains_cs",
                "startswith": "startswith_cs",
                "endswith": "endswith_cs",
                "hasprefix": "hasprefix_cs",
                "hassuffix": "hassuffix_cs",
                "=~": "==",
            }.get(node.op, node.op),
        )
    return condition(context, node, rows)


def _logic(op: str, parts: list[Value]) -> Value:
    decisive, neutral = ("false", "true") if op == "and" else ("true", "false")
    if any(part.sql == decisive for part in parts):
        return Value(decisive, "bool")
    kept = [part.sql for part in parts if part.sql != neutral]
    return Value(f"({f' {op.upper()} '.join(kept)})" if kept else neutral, "bool")


def _anywhere(rows: Relation, term: str, *, exact: bool) -> Value:
    columns = [Value(column.ref, column.type) for column in rows.visible if column.type in _TEXT]
    if columns and term and "*" not in term:
        return Value(text.any_term_sql([_shown(column).sql for column in columns], term, exact=exact), "bool")
    tests = [_term(column, term, exact=exact) for column in columns]
    return Value(f"({' OR '.join(tests)})" if tests else "false", "bool")


def _term(hay: Value, term: str, *, exact: bool) -> str:
    """A term as ``search`` reads it, wildcards included."""
    shown = _shown(hay)
    before, after = term.startswith("*"), term.endswith("*")
    core = term[1 if before else 0 : -1 if after and len(term) > 1 else None] if term != "*" else ""
    if not core:
        return "true"
    if "*" in core:
        pattern = ".*".join(text.escaped(part) for part in core.split("*"))
        first, last = text.bounds(core, before=not before, after=not after)
        flags = "(?s)" if exact else "(?is)"
        return f"regexp_matches({shown.sql}, '{(flags + first + pattern + last).replace(chr(39), chr(39) * 2)}')"
    needle = constant(core, "string")
    if before and after:
        return text.contains_sql(shown, needle, exact=exact)
    return text.term_sql(shown, needle, exact=exact, before=not before, after=not after)


def _shown(hay: Value) -> Value:
    """A whole dynamic is searched as the text that it is; nothing in it can be unquoted."""
    return hay if hay.type == "string" else Value(f"coalesce({hay.sql}, '')", "string")


def _any_equal(context: Context, node: tree.Literal, rows: Relation) -> Value:
    """A number, date or GUID alone: any column of its type that equals it."""
    value = constant(node.value, node.type)
    kinds = text.searchable_types("==", value)
    tests = [
        compare(context, node, "==", Value(column.ref, column.type), value).sql
        for column in rows.visible
        if column.type in kinds
    ]
    return Value(f"({' OR '.join(tests)})" if tests else "false", "bool")


def _column_term(context: Context, node: tree.Binary, rows: Relation, *, exact: bool) -> Value:
    """``Column:"term"``."""
    if any(rows.find(name.name) is None for name in _columns(node.left)):
        return constant(value=False, kind="bool")
    left, right = bind(context, node.left, rows), bind(context, node.right, rows)
    if right.text is not None and left.type in _TEXT:
        return Value(_term(left, right.text, exact=exact), "bool")
    return compare(context, node, "==", left, right)


# --- find ----------------------------------------------------------------------------------


def find(context: Context, node: tree.Operator) -> Relation:
    """The rows that the predicate finds, as ``find`` shows them."""
    items = [item for item in node.items if not isinstance(item, tree.SortKey | tree.Expansion | tree.Capture)]
    predicate, wanted = items[0], items[1:]
    tables = [item for item in node.by if not isinstance(item, tree.SortKey)]
    legs = table_legs(context, tables or [tree.Star(node.at)])
    _refuse_unknown_columns(context, predicate, legs)
    named = list(dict.fromkeys(name.name for name in _columns(predicate)))
    kept: list[Leg] = []
    for leg in legs:
        if named and all(leg.relation.find(name) is None for name in named):
            continue
        test = _predicate(context, predicate, leg.relation, exact=False)
        kept.append(replace(leg, relation=filtered(context, leg.relation, test)))
    having = _filled(context, kept) if kept else [False] * len(legs)
    kept = kept or legs
    source = node.parameters.get("withsource")
    label = source.name if isinstance(source, tree.Name) else "source_"
    if "project" in node.parameters:
        return _find_projected(context, kept, wanted, label, having)
    if "project-away" in node.parameters:
        context.refuse(node.at, "find with project-away", "Use project.")
    return _find_smart(context, kept, named, label, having)


def _find_projected(
    context: Context, legs: list[Leg], wanted: list[Expression], label: str, having: list[bool]
) -> Relation:
    from .columns import compute

    shaped: list[Leg] = []
    types = _wanted_types(context, legs, wanted)
    for leg in legs:
        values: list[tuple[str, Value]] = []
        for item in wanted:
            if isinstance(item, tree.Call):
                shown = {name for name, _ in values}
                rest = [column for column in leg.relation.visible if column.name not in shown]
                values.append(("pack_", _packed(rest)))
                continue
            name = item.names[0] if isinstance(item, tree.Named) else item.name if isinstance(item, tree.Name) else ""
            column = leg.relation.find(name)
            kind = types[name]
            value = null(kind) if column is None else cast_to(Value(column.ref, column.type), kind)
            values.append((name, value))
        relation, columns = compute(context, leg.relation, values)
        shaped.append(replace(leg, relation=relation.with_columns(columns)))
    return united(context, shaped, label, filled=having)


def _wanted_types(context: Context, legs: list[Leg], wanted: list[Expression]) -> dict[str, str]:
    types: dict[str, str] = {}
    for item in wanted:
        if isinstance(item, tree.Named) and isinstance(item.value, tree.TypeOf):
            types[item.names[0]] = item.value.type
        elif isinstance(item, tree.Name):
            kinds = {column.type for leg in legs if (column := leg.relation.find(item.name)) is not None}
            if len(kinds) > 1:
                context.fail(
                    item.at,
                    f"The column {item.name!r} has several types: {', '.join(sorted(kinds))}.",
                    f"Write {item.name}:string, or another type.",
                )
            if not kinds:
                context.unknown(
                    item.at, "column", item.name, {column.name for leg in legs for column in leg.relation.columns}
                )
            types[item.name] = kinds.pop()
    return types


def _find_smart(context: Context, legs: list[Leg], named: list[str], label: str, having: list[bool]) -> Relation:
    """The columns of the predicate and those that all have; the others in a bag."""
    from .columns import compute

    common = [
        column.name
        for column in legs[0].relation.visible
        if all((other := leg.relation.find(column.name)) is not None and other.type == column.type for leg in legs)
    ]
    shown = list(dict.fromkeys([*common, *named]))
    if len(legs) == 1:
        shown = [column.name for column in legs[0].relation.visible]
    shaped: list[Leg] = []
    for leg in legs:
        plain = [column for name in shown if (column := leg.relation.find(name)) is not None]
        rest = [column for column in leg.relation.visible if column.name not in shown]
        relation, columns = compute(context, leg.relation, [("pack_", _packed(rest))])
        shaped.append(replace(leg, relation=relation.with_columns([*plain, *columns])))
    return united(context, shaped, label, filled=having)


def _packed(columns: list[Column]) -> Value:
    return Value(bag_sql([(literal(column.name), Value(column.ref, column.type)) for column in columns]), "dynamic")
