"""``union``: rows of several tables, columns by name and type."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .....errors import KqlError
from .....kql import tree
from ...conversion import PHYSICAL, literal
from ..context import MissingNameError
from ..names import free_name
from ..relations import Column, Relation
from .grouping import in_every_group
from .registry import operator
from .workspaces import matching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .....kql.tree import Expression
    from ...saved_functions import SavedFunction
    from ..context import Context


@dataclass(frozen=True, slots=True)
class Leg:
    """A table that takes part, and the name that says where a row is from."""

    relation: Relation
    label: str


@operator("union")
def union_after_pipe(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The rows before the pipe and those of the tables."""
    return union(context, node, rows)


def union(context: Context, node: tree.Operator, rows: Relation | None) -> Relation:
    """The rows of all legs."""
    fuzzy = _flag(node, "isfuzzy")
    legs = [] if rows is None else [Leg(rows, rows.label or "union_arg0")]
    legs.extend(
        table_legs(
            context,
            [item for item in node.items if not isinstance(item, tree.SortKey | tree.Expansion | tree.Capture)],
            fuzzy=fuzzy,
            first=len(legs),
        )
    )
    if not legs:
        context.fail(node.at, "No table of this union exists.")
    if any(leg.relation.group for leg in legs):
        legs = [replace(leg, relation=in_every_group(context, leg.relation)) for leg in legs]
    kind = _word(node, "kind")
    if kind not in ("", "inner", "outer"):
        context.fail(node.parameters["kind"].at, f"There is no union of kind {kind!r}.", "Kinds are inner and outer.")
    inner = kind == "inner"
    source_column = _word(node, "withsource") or _word(node, "with_source")
    return united(context, legs, source_column, inner=inner)


def _word(node: tree.Operator, name: str) -> str:
    value = node.parameters.get(name)
    return value.name if isinstance(value, tree.Name) else ""


def _flag(node: tree.Operator, name: str) -> bool:
    value = node.parameters.get(name)
    return isinstance(value, tree.Literal) and value.value is True


def table_legs(context: Context, items: Sequence[Expression], *, fuzzy: bool = False, first: int = 0) -> list[Leg]:
    """The tables that a list of names, wildcards and queries means."""
    legs: list[Leg] = []
    for item in items:
        if isinstance(item, tree.Star | tree.Pattern):
            legs.extend(_matching(context, item, fuzzy=fuzzy))
            continue
        wild = matching(context, item)
        if wild is not None:
            legs.extend(Leg(relation, name) for name, relation in wild)
            continue
        place = first + len(legs)
        leg = _fuzzy_leg(context, item, place) if fuzzy else _leg(context, item, place)
        if leg is not None:
            legs.append(leg)
    return legs


def _fuzzy_leg(context: Context, item: Expression, place: int) -> Leg | None:
    """A leg, or None where a table or function is missing.

    What else is wrong inside a function of the workspace (a column that an export lacks, something that is not run
    here) leaves its leg out as well, and the answer is partial then.
    """
    reasons, warnings = dict(context.reasons), dict(context.warnings)
    try:
        return _leg(context, item, place)
    except MissingNameError as error:
        context.reasons, context.warnings = reasons, warnings
        context.warnings[f"A leg of a fuzzy union is left out. {error.message}"] = None
    except KqlError as error:
        if _saved_call(context, item) is None:
            raise
        context.reasons, context.warnings = reasons, warnings
        context.reasons[f"A leg of a fuzzy union is left out. {error.message}"] = None
    return None


def _saved_call(context: Context, item: Expression) -> SavedFunction | None:
    """The function of the workspace that a leg begins with."""
    source = item
    while isinstance(source, tree.Pipe):
        source = source.source
    function = context.function(source.name) if isinstance(source, tree.Name | tree.Call) else None
    return None if function is None else function.saved


def _matching(context: Context, item: tree.Star | tree.Pattern, *, fuzzy: bool) -> list[Leg]:
    from .sources import bind_table, scan

    pattern = item.text if isinstance(item, tree.Pattern) else "*"
    names = sorted(name for name in context.tables if fnmatch.fnmatchcase(name, pattern))
    views = [name for name in context.scope.views() if fnmatch.fnmatchcase(name, pattern)]
    if not names and not views and not fuzzy:
        context.fail(item.at, f"No table is called {pattern}.", "Wildcards are case-sensitive.")
    legs = [Leg(scan(context, context.tables[name]), name) for name in names if name not in views]
    return [*legs, *(Leg(bind_table(context, tree.Name(item.at, name)), name) for name in views)]


def _leg(context: Context, item: Expression, place: int) -> Leg:
    from .sources import bind_table

    relation = bind_table(context, item)
    if isinstance(item, tree.Name) and item.name in context.scope.views():
        return Leg(relation, item.name)
    return Leg(relation, relation.label or f"union_arg{place}")


def united(
    context: Context,
    legs: Sequence[Leg],
    source_column: str,
    *,
    inner: bool = False,
    filled: Sequence[bool] | None = None,
) -> Relation:
    """One table of all legs; columns of one name and different types are kept apart by their type.

    :param filled: which of the legs may have rows; None: all.
    """
    outputs = _output_columns(context, legs, inner=inner)
    columns = list(outputs.values())
    label = Column(source_column, "string", context.ctes.new_ref()) if source_column else None
    if label is not None:
        columns.insert(0, label)
    selects = [
        (leg, _matched(leg.relation, outputs))
        for leg, is_filled in zip(legs, filled or [True] * len(legs), strict=True)
        if is_filled
    ]

    def body(needed: frozenset[str]) -> str:
        kept = [column for column in columns if column.ref in needed]
        if not kept:
            ones = (f"SELECT 1 AS x0 FROM {leg.relation.source}" for leg, _ in selects)
            return _in_blocks(["SELECT 1 AS x0 WHERE false", *ones], " UNION ALL ")
        by_ref = {column.ref: column for column in kept}
        legs_sql = _in_blocks(
            [_typed_nothing(kept), *(_select(leg, matched, by_ref, label) for leg, matched in selects)],
            " UNION ALL BY NAME ",
        )
        # DuckDB fills what a leg lacks with nulls; texts have none.
        shown = ", ".join(
            f"coalesce({column.ref}, '') AS {column.ref}" if column.type == "string" else column.ref for column in kept
        )
        return f"SELECT {shown} FROM ({legs_sql})"

    return Relation(context.ctes.add(body), tuple(_distinctly_named(columns)))


def _in_blocks(parts: list[str], between: str) -> str:
    """All parts, in blocks of blocks: each that follows another is one level deeper for DuckDB, which takes 1,000."""
    while len(parts) > _BLOCK:
        blocks = [parts[start : start + _BLOCK] for start in range(0, len(parts), _BLOCK)]
        parts = [f"SELECT * FROM ({between.join(block)})" for block in blocks]
    return between.join(parts)


_BLOCK = 50


def _output_columns(context: Context, legs: Sequence[Leg], *, inner: bool) -> dict[tuple[str, str], Column]:
    """The union's columns by the name and type that the legs have them under."""
    kinds: dict[str, dict[str, None]] = {}
    shown: set[str] = set()
    for leg in legs:
        for column in leg.relation.columns:
            kinds.setdefault(column.name, {})[column.type] = None
        shown.update(column.name for column in leg.relation.visible)
    if inner:
        everywhere = [name for name in kinds if all(leg.relation.find(name) is not None for leg in legs)]
        kinds = {name: kinds[name] for name in everywhere}
    # A name that a leg has comes before one that is made of a name and a type.
    taken = {name for name, types in kinds.items() if len(types) == 1}
    outputs: dict[tuple[str, str], Column] = {}
    for name, types in kinds.items():
        for kind in types:
            called = name if len(types) == 1 else free_name(f"{name}_{kind}", taken)
            taken.add(called)
            outputs[name, kind] = Column(called, kind, context.ctes.new_ref(), hidden=name not in shown)
    return outputs


def _distinctly_named(columns: list[Column]) -> list[Column]:
    taken: set[str] = set()
    result: list[Column] = []
    for column in columns:
        name, copy = column.name, 0
        while name in taken:
            copy += 1
            name = f"{column.name}{copy}"
        taken.add(name)
        result.append(replace(column, name=name))
    return result


def _matched(relation: Relation, outputs: dict[tuple[str, str], Column]) -> dict[str, str]:
    """For each output column that the leg has, the leg's identifier."""
    found: dict[str, str] = {}
    for column in relation.columns:
        output = outputs.get((column.name, column.type))
        if output is not None:
            found.setdefault(output.ref, column.ref)
    return found


def _typed_nothing(columns: Sequence[Column]) -> str:
    """No rows, but every column and its type."""
    items = ", ".join(f"CAST(NULL AS {PHYSICAL[column.type]}) AS {column.ref}" for column in columns)
    return f"SELECT {items} WHERE false"


def _select(leg: Leg, matched: dict[str, str], columns: dict[str, Column], label: Column | None) -> str:
    """The columns that a leg has, by their identifiers in the union."""
    items = [f"{own} AS {ref}" for ref, own in matched.items() if ref in columns]
    if label is not None and label.ref in columns:
        items.insert(0, f"{literal(leg.label)} AS {label.ref}")
    # A leg without any of them still gives its rows.
    if not items:
        first = next(iter(columns.values()))
        items = [f"CAST(NULL AS {PHYSICAL[first.type]}) AS {first.ref}"]
    return f"SELECT {', '.join(items)} FROM {leg.relation.source}"
