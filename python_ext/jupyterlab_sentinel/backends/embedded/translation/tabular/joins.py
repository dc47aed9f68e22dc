"""``join`` and ``lookup``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ..casts import to_string
from ..comparisons import aligned
from ..expressions import bind
from ..relations import GROUP, Column, Relation
from ..values import Value
from .grouping import in_every_group, within
from .registry import operator

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context

_KINDS = {
    "innerunique": "INNER",
    "inner": "INNER",
    "leftouter": "LEFT",
    "rightouter": "RIGHT",
    "fullouter": "FULL",
    "leftsemi": "SEMI",
    "rightsemi": "SEMI",
    "leftanti": "ANTI",
    "anti": "ANTI",
    "leftantisemi": "ANTI",
    "rightanti": "ANTI",
    "rightantisemi": "ANTI",
}

# Kinds that show rows of the right side which have no partner.
_RIGHT = frozenset({"rightouter", "fullouter", "rightsemi", "rightanti", "rightantisemi"})

Pair = tuple[Value, Value]


@operator("join")
def join(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Rows of both sides whose keys are equal."""
    kind = _kind(context, node, "innerunique", _KINDS)
    left, right = _together(context, rows, _right_side(context, node), every_right=kind in _RIGHT)
    pairs = [*_conditions(context, node, left, right), *_same_group(left, right)]
    if kind in ("rightsemi", "rightanti", "rightantisemi"):
        return _filtered(context, right, left, [(b, a) for a, b in pairs], _KINDS[kind])
    if _KINDS[kind] in ("SEMI", "ANTI"):
        return _filtered(context, left, right, pairs, _KINDS[kind])
    if kind == "innerunique":
        left = _unique_by(context, left, [*(a for a, _ in pairs), *([Value(left.group, "long")] if left.group else [])])
    if left.group and kind in _RIGHT:
        return _of_either_group(context, left, right, pairs, _KINDS[kind])
    return _joined(context, left, right, pairs, _KINDS[kind], drop=set())


_REF = re.compile(r"\bx\d+\b")


@operator("lookup")
def lookup(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """The left rows with columns of the right that has their key."""
    kind = _kind(context, node, "leftouter", {"leftouter": "LEFT", "inner": "INNER"})
    rows, right = _together(context, rows, _right_side(context, node))
    pairs = _conditions(context, node, rows, right)
    # A key may be compared as another type: what it is read from goes all the same.
    keys = {ref for _, b in pairs for ref in _REF.findall(b.sql)}
    pairs.extend(_same_group(rows, right))
    return _joined(context, rows, right, pairs, "LEFT" if kind == "leftouter" else "INNER", drop=keys)


def _together(
    context: Context, left: Relation, right: Relation, *, every_right: bool = False
) -> tuple[Relation, Relation]:
    """Both sides in their groups, inside ``mv-apply`` and ``partition``; a table from outside is part of each."""
    if right.group and not left.group:
        left = in_every_group(context, left)
    if left.group and every_right:
        right = in_every_group(context, right)
    return left, right


def _same_group(left: Relation, right: Relation) -> list[Pair]:
    return [(Value(left.group, "long"), Value(right.group, "long"))] if left.group and right.group else []


def _of_either_group(context: Context, left: Relation, right: Relation, pairs: list[Pair], kind: str) -> Relation:
    """An outer join within groups: a row is of the group that either side is of."""
    marked = right.with_columns(
        replace(column, name=_OTHER_GROUP, hidden=False) if column.name == GROUP else column for column in right.columns
    )
    joined = _joined(context, left, marked, pairs, kind, drop=set())
    other = next(column for column in joined.columns if column.name == _OTHER_GROUP)
    group = context.ctes.new_ref()
    source = context.ctes.add(f"SELECT *, coalesce({joined.group}, {other.ref}) AS {group} FROM {joined.source}")
    shown = joined.with_columns(column for column in joined.columns if column != other)
    return within(replace(shown, source=source), group)


_OTHER_GROUP = f"{GROUP} of the right"


def _kind(context: Context, node: tree.Operator, default: str, kinds: dict[str, str]) -> str:
    given = node.parameters.get("kind")
    name = given.name if isinstance(given, tree.Name) else default
    if name not in kinds:
        context.fail(
            given.at if given else node.at,
            f"There is no {node.kind} of kind {name!r}.",
            f"Kinds are {', '.join(kinds)}.",
        )
    return name


def _right_side(context: Context, node: tree.Operator) -> Relation:
    from .sources import bind_pipe

    if node.pipe is None:
        raise TypeError
    relation = bind_pipe(context, node.pipe)
    # Columns of the right side get identifiers of their own: the left may be the same table.
    columns = tuple(replace(column, ref=context.ctes.new_ref()) for column in relation.columns)
    pairs = {new.ref: old.ref for new, old in zip(columns, relation.columns, strict=True)}

    def body(needed: frozenset[str]) -> str:
        items = ", ".join(f"{old} AS {new}" for new, old in pairs.items() if new in needed)
        return f"SELECT {items or '1 AS x0'} FROM {relation.source}"

    return Relation(context.ctes.add(body), columns)


def _conditions(context: Context, node: tree.Operator, left: Relation, right: Relation) -> list[Pair]:
    if not node.by:
        context.fail(node.at, f"{node.kind} needs 'on' and the columns to compare.")
    pairs: list[Pair] = []
    saved = (context.left, context.right)
    context.left, context.right = left, right
    try:
        for item in node.by:
            if isinstance(item, tree.SortKey):
                raise TypeError
            conditions = item.operands if isinstance(item, tree.Logic) and item.op == "and" else (item,)
            pairs.extend(_pair(context, condition, left, right) for condition in conditions)
    finally:
        context.left, context.right = saved
    return pairs


def _pair(context: Context, item: Expression, left: Relation, right: Relation) -> Pair:
    if isinstance(item, tree.Name):
        sides = []
        for side, relation in (("left", left), ("right", right)):
            column = relation.find(item.name)
            if column is None:
                context.unknown(
                    item.at, f"column on the {side} side called", item.name, (each.name for each in relation.columns)
                )
            sides.append(Value(column.ref, column.type))
        return _comparable(context, item, sides[0], sides[1])
    if isinstance(item, tree.Binary) and item.op == "==":
        first, second = item.left, item.right
        if _side(first) == "$right":
            first, second = second, first
        if (_side(first), _side(second)) == ("$left", "$right"):
            return _comparable(context, item, bind(context, first, None), bind(context, second, None))
    raise context.mistake(
        item.at, "A join compares columns.", "Write a name that both sides have, or $left.a == $right.b."
    )


def _side(node: Expression) -> str:
    return node.base.name if isinstance(node, tree.Member) and isinstance(node.base, tree.Name) else ""


def _comparable(context: Context, node: Expression, left: Value, right: Value) -> Pair:
    if "dynamic" in (left.type, right.type):
        left, right = to_string(left), to_string(right)
    if (
        left.type != right.type
        and {left.type, right.type} - {"int", "long", "real", "decimal"}
        and {left.type, right.type} - {"string", "guid"}
    ):
        context.fail(
            node.at,
            f"The keys have different types: {left.type} and {right.type}.",
            "Convert one with tostring() or tolong() in an extend before the join.",
        )
    return aligned(context, node, left, right)


def _test(pairs: list[Pair]) -> str:
    return " AND ".join(f"{a.sql} = {b.sql}" for a, b in pairs)


def _filtered(context: Context, kept: Relation, other: Relation, pairs: list[Pair], kind: str) -> Relation:
    source = context.ctes.add(f"SELECT * FROM {kept.source} AS a {kind} JOIN {other.source} AS b ON {_test(pairs)}")
    if kind == "SEMI":
        source = context.ctes.add(
            f"SELECT * FROM {kept.source} AS a WHERE EXISTS (SELECT 1 FROM {other.source} AS b WHERE {_test(pairs)})"
        )
    return replace(kept, source=source, label="", order=(), serialized=False)


def _unique_by(context: Context, rows: Relation, keys: list[Value]) -> Relation:
    """One row a key: the first where there is an order, else any."""
    listed = ", ".join(value.sql for value in keys)
    source = context.ctes.add(f"SELECT DISTINCT ON ({listed}) * FROM {rows.source}{rows.order_sql}")
    return replace(rows, source=source, label="")


def _joined(
    context: Context, left: Relation, right: Relation, pairs: list[Pair], kind: str, drop: set[str]
) -> Relation:
    items: dict[str, str] = {}
    columns = [_passed(context, column, items, may_miss=kind in ("RIGHT", "FULL")) for column in left.columns]
    kept = {column.name for column in left.visible}
    others = [column for column in right.visible if column.ref not in drop]
    # A name that only one side has stays; the others are numbered around it.
    taken = kept | {column.name for column in others}
    for column in others:
        passed = _passed(context, column, items, may_miss=kind in ("LEFT", "FULL"))
        name = _free(passed.name, taken) if passed.name in kept else passed.name
        columns.append(replace(passed, name=name))
        taken.add(name)
    clause = f"{left.source} AS a {kind} JOIN {right.source} AS b ON {_test(pairs)}"

    def body(needed: frozenset[str]) -> str:
        listed = ", ".join(f"{sql} AS {ref}" for ref, sql in items.items() if ref in needed)
        return f"SELECT {listed or '1 AS x0'} FROM {clause}"

    return Relation(context.ctes.add(body), tuple(columns))


def _passed(context: Context, column: Column, items: dict[str, str], *, may_miss: bool) -> Column:
    """A column through the join; a text that is missing is empty, not null."""
    ref = context.ctes.new_ref()
    items[ref] = f"coalesce({column.ref}, '')" if may_miss and column.type == "string" else column.ref
    return replace(column, ref=ref)


def _free(name: str, taken: set[str]) -> str:
    free, copy = name, 0
    while free in taken:
        copy += 1
        free = f"{name}{copy}"
    return free
