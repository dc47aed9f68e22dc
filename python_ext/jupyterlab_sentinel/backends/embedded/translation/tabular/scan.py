"""``scan``: rows in their order through steps that follow one another."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .....kql import tree
from ...computed.steps import scan as scan_rows
from ...conversion import PHYSICAL, literal
from ...python_functions import python_call, register
from ..relations import Column, OrderKey, Relation
from .columns import compute, merged
from .grouping import keeps_groups
from .registry import operator
from .scan_programs import Compiler, Slots, as_json, default_of

if TYPE_CHECKING:
    from ..context import Context
    from ..values import Value

_MOST = 1_000_000
_TOO_MANY = literal(f"scan: more than {_MOST:,} rows, which it takes into memory; filter them, or use partition")

register("scan", scan_rows, ("VARCHAR", "BIGINT", "BIGINT[]", "DOUBLE[]", "VARCHAR[]"), "VARCHAR[]")


_Findings = tuple[Relation, str, str, str, str]
"""The numbered rows; a CTE with what came out; the identifiers of a row's number, a record, and its row's number."""


@operator("scan")
@keeps_groups("scan")
def scan(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """A row for each record that comes out of a step: its row, the declared columns, the number of the match."""
    if not rows.order:
        context.fail(node.at, "scan needs rows in an order.", "Put 'sort by' or 'serialize' before it.")
    declared = {column.name: default_of(context, column) for column in node.declared}
    slots = Slots()
    saved, context.windowed = context.windowed, rows
    try:
        steps = _steps(context, node, rows, declared, slots)
    finally:
        context.windowed = saved
    program = {
        "steps": _placed(steps, slots),
        "defaults": [as_json(default) for default in declared.values()],
    }
    return _outputs(context, node, rows, declared, _found(context, rows, slots, json.dumps(program)))


def _steps(
    context: Context, node: tree.Operator, rows: Relation, declared: dict[str, Value], slots: Slots
) -> list[dict[str, Any]]:
    names = [step.name for step in node.steps]
    steps: list[dict[str, Any]] = []
    for place, step in enumerate(node.steps):
        if step.name in names[:place]:
            context.fail(step.at, f"There are two steps {step.name!r}.")
        compiler = Compiler(context, rows, slots, tuple(names[: place + 1]), declared)
        condition = compiler.compile(step.condition)
        if condition.type != "bool":
            context.fail(step.condition.at, f"A condition is expected here, and this is a {condition.type}.")
        steps.append({"condition": condition.node, "assignments": _assigned(compiler, step), "output": step.output})
    return steps


def _assigned(compiler: Compiler, step: tree.Step) -> list[list[Any]]:
    assigned: list[list[Any]] = []
    columns = list(compiler.declared)
    for item in step.assignments:
        name = item.names[0]
        if name not in compiler.declared:
            compiler.context.unknown(item.at, "declared column", name, columns)
        value = compiler.converted(item, compiler.compile(item.value), compiler.declared[name].type)
        assigned.append([columns.index(name), value.node])
    return assigned


def _placed(steps: list[dict[str, Any]], slots: Slots) -> list[dict[str, Any]]:
    """The steps with the places of values within a whole row: whole numbers, real ones, texts, declared columns."""
    starts, total = {}, 0
    for kind, values in slots.values.items():
        starts[kind] = total
        total += len(values)
    starts["declared"] = total

    def place(node: Any) -> Any:  # noqa: ANN401  # JSON
        if not isinstance(node, list) or not node:
            return node
        if node[0] == "row":
            return ["row", starts[node[1][0]] + node[1][1], node[2]]
        if node[0] == "state":
            return ["state", node[1], starts[node[2][0]] + node[2][1], *node[3:]]
        if node[0] == "record":
            _, step, there, here, kind = node
            return ["record", step, starts[there[0]] + there[1], starts[here[0]] + here[1], kind]
        return node if node[0] == "constant" else [node[0], *(place(each) for each in node[1:])]

    return [
        {
            **step,
            "condition": place(step["condition"]),
            "assignments": [[slot, place(value)] for slot, value in step["assignments"]],
        }
        for step in steps
    ]


def _found(context: Context, rows: Relation, slots: Slots, program: str) -> _Findings:
    """Number the rows and scan them."""
    place, found, match, number = (context.ctes.new_ref() for _ in range(4))
    partition = f"PARTITION BY {rows.group} " if rows.group else ""
    counted, columns = compute(context, rows, [("", value) for held in slots.values.values() for value in held])
    numbered = context.ctes.add(
        f"SELECT *, row_number() OVER ({partition}{rows.order_sql.strip()}) - 1 AS {place} FROM {counted.source}",
        materialized=True,
    )
    given = iter(columns)
    lists = []
    for kind, sql_type in (("w", "BIGINT"), ("d", "DOUBLE"), ("t", "VARCHAR")):
        cells = ", ".join(f"CAST({next(given).ref} AS {sql_type})" for _ in slots.values[kind])
        lists.append(f"flatten(list(CAST([{cells}] AS {sql_type}[]) ORDER BY {place}))")
    call = python_call("scan", literal(program), "count(*)", *lists)
    guarded = f"CASE WHEN count(*) > {_MOST} THEN error({_TOO_MANY}) ELSE {call} END"
    group = f"{rows.group}, " if rows.group else ""
    grouping = f" GROUP BY {rows.group}" if rows.group else " HAVING count(*) > 0"
    made = context.ctes.add(f"SELECT {group}{guarded} AS {found} FROM {numbered}{grouping}")
    flat = context.ctes.add(f"SELECT {group}unnest({found}) AS {match} FROM {made}")
    parsed = context.ctes.add(f"SELECT *, CAST({match}->>'$[0]' AS BIGINT) AS {number} FROM {flat}")
    return replace(counted, source=numbered), parsed, place, match, number


def _outputs(
    context: Context,
    node: tree.Operator,
    rows: Relation,
    declared: dict[str, Value],
    found: _Findings,
) -> Relation:
    numbered, flat, place, match, number = found
    added: list[Column] = []
    items: list[str] = []
    for at, (name, default) in enumerate(declared.items(), 2):
        added.append(Column(name, default.type, context.ctes.new_ref()))
        items.append(f"CAST(b.{match}->>'$[{at}]' AS {PHYSICAL[default.type]}) AS {added[-1].ref}")
    named = node.parameters.get("with_match_id")
    if isinstance(named, tree.Name):
        added.append(Column(named.name, "long", context.ctes.new_ref()))
        items.append(f"CAST(b.{match}->>'$[1]' AS BIGINT) AS {added[-1].ref}")
    refs = list(dict.fromkeys(column.ref for column in rows.columns))
    same = f" AND a.{rows.group} IS NOT DISTINCT FROM b.{rows.group}" if rows.group else ""
    order = context.ctes.new_ref()
    kept = ", ".join([f"a.{ref}" for ref in refs] + [f"a.{place} AS {order}", *items])
    source = context.ctes.add(
        f"SELECT {kept} FROM {flat} AS b JOIN {numbered.source} AS a ON a.{place} = b.{number}{same}"
    )
    keys = ((OrderKey(rows.group),) if rows.group else ()) + (OrderKey(order),)
    return replace(rows, source=source, columns=tuple(merged(rows.columns, added)), order=keys, label="")
