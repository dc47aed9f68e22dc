"""``evaluate bag_unpack`` and ``evaluate narrow``: columns from bags, and rows from columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...conversion import literal
from ..casts import cast_to, to_string
from ..comparisons import constant_elements
from ..discovery import MOST_COLUMNS, answers, steady
from ..expressions import bind, property_of
from ..relations import Column, OrderKey, Relation
from ..values import Value
from .columns import compute
from .evaluate import PluginCall, plugin

if TYPE_CHECKING:
    from ..context import Context

_KINDS = {"BIGINT": "long", "UBIGINT": "long", "DOUBLE": "real", "VARCHAR": "string", "BOOLEAN": "bool"}
_CONFLICTS = ("error", "replace_source", "keep_source")


@plugin("bag_unpack", "OutputColumnPrefix", "columnsConflict", "ignoredProperties")
def _bag_unpack(call: PluginCall) -> Relation:
    """A column for each key of a column's bags, behind the others and in the order of their names."""
    if not 1 <= len(call.args) <= 4:
        call.fail("it takes a column, then a prefix, columnsConflict and ignoredProperties.")
    bag = call.column(0)
    if bag.type != "dynamic":
        call.fail(f"it takes a property bag, and {bag.name} is a {bag.type}.", "Use parse_json() first.")
    prefix = call.text("OutputColumnPrefix", 1) or ""
    conflict = call.text("columnsConflict", 2) or "error"
    if conflict not in _CONFLICTS:
        call.fail(f"there is no columnsConflict {conflict!r}.", f"There are {', '.join(_CONFLICTS)}.")
    kept = [column for column in call.rows.columns if column.ref != bag.ref or column.name != bag.name]
    rows, slots = _slots(call, bag, kept, prefix)
    clashes = {column.name for column in kept} & set(slots)
    if clashes and conflict == "error":
        names = ", ".join(sorted(clashes))
        call.fail(
            f"the table has columns that the bags would give too: {names}.",
            "Give a prefix, or columnsConflict='keep_source' or 'replace_source'.",
        )
    if conflict == "keep_source":
        slots = {name: kind for name, kind in slots.items() if name not in clashes}
    items = [(name, _slot(call.context, bag, name.removeprefix(prefix), kind)) for name, kind in slots.items()]
    result, columns = compute(call.context, rows, items)
    return result.with_columns(_arranged(call, kept, columns))


def _arranged(call: PluginCall, kept: list[Column], new: list[Column]) -> list[Column]:
    from .columns import merged

    arranged = merged(kept, new)
    if call.schema is None or call.all_columns:
        return arranged
    by_name = {column.name: column for column in arranged}
    return [by_name[name] for name, _ in call.schema]


def _slots(call: PluginCall, bag: Column, kept: list[Column], prefix: str) -> tuple[Relation, dict[str, str]]:
    """The rows, and the columns that their bags give: KQL type by name."""
    ignored = _ignored(call)
    if call.schema is not None:
        source = {column.name: column.type for column in kept}
        declared = {
            name: kind
            for name, kind in call.schema
            if name.startswith(prefix) and name.removeprefix(prefix) not in ignored
        }
        if not source.keys() & dict(call.schema).keys() and len(declared) == len(call.schema):
            return call.rows, declared
        # Only the data tells whether such a column is of the table alone.
        rows, found = _found(call, bag, prefix, ignored)
        slots = {name: kind for name, kind in declared.items() if name in found or name not in source}
        for name, kind in call.schema:
            if name not in slots and source.get(name) != kind:
                call.fail(f"the column {name!r} that the schema says comes out as {kind} does not.")
        return rows, slots
    return _found(call, bag, prefix, ignored)


def _ignored(call: PluginCall) -> set[str]:
    argument = call.named.get("ignoredProperties") or (call.args[3] if len(call.args) > 3 else None)
    if argument is None:
        return set()
    elements = constant_elements(bind(call.context, argument, None))
    if elements is None:
        call.fail("ignoredProperties has to be a constant array of texts.")
    return {element.text for element in elements if element.text is not None}


def _found(call: PluginCall, bag: Column, prefix: str, ignored: set[str]) -> tuple[Relation, dict[str, str]]:
    """The keys that the data has; a type where all values of a key have it."""
    rows = steady(call.context, call.rows)
    value = "json_extract(b, kql_pointer(k))"
    sql = call.context.ctes.statement(
        "SELECT k, list_sort(list(DISTINCT t)) FROM (SELECT k, CASE WHEN json_type(v) = 'UBIGINT' AND "
        "TRY_CAST(CAST(v AS VARCHAR) AS BIGINT) IS NULL THEN 'HUGE' ELSE json_type(v) END AS t FROM "
        f"(SELECT k, {value} AS v FROM (SELECT b, unnest(json_keys(b)) AS k FROM "
        f"(SELECT DISTINCT {bag.ref} AS b FROM {rows.source}) WHERE json_type(b) = 'OBJECT'))) "
        f"GROUP BY k ORDER BY k LIMIT {MOST_COLUMNS + len(ignored) + 1}"
    )
    slots: dict[str, str] = {}
    for key, kinds in answers(call.context, sql):
        if isinstance(key, str) and isinstance(kinds, list) and key not in ignored:
            slots[prefix + key] = _kind({str(kind) for kind in kinds} - {"NULL"})
    if "" in slots:
        call.fail("a bag has an empty key, which names no column.", "Give a prefix, or ignoredProperties.")
    if len(slots) > MOST_COLUMNS:
        call.fail(f"the bags have more than {MOST_COLUMNS:,} keys.", "Say which come out: bag_unpack(…) : (name:type).")
    return rows, slots


def _kind(stored: set[str]) -> str:
    kinds = {_KINDS.get(each, "dynamic") for each in stored}
    return kinds.pop() if len(kinds) == 1 else "dynamic"


def _slot(context: Context, bag: Column, key: str, kind: str) -> Value:
    """The value of a key as a type; an error in the run where that would lose what the bag has."""
    value = property_of(context, 0, Value(bag.ref, "dynamic"), key)
    converted = cast_to(value, kind)
    if kind in ("string", "dynamic"):
        return converted
    whole = f" OR ({converted.sql}) <> TRY_CAST(({to_string(value).sql}) AS DOUBLE)" if kind in ("int", "long") else ""
    message = literal(f"bag_unpack: a value of {key!r} is not a {kind}, as its column is")
    return Value(
        f"CASE WHEN ({value.sql}) IS NOT NULL AND (({converted.sql}) IS NULL{whole}) "
        f"THEN error({message}) ELSE {converted.sql} END",
        kind,
    )


@plugin("narrow")
def _narrow(call: PluginCall) -> Relation:
    """A row for each cell: the row's number from 0, the column's name, the value as text."""
    if call.args:
        call.fail("it takes no arguments.")
    context, rows = call.context, call.rows
    shown = rows.visible
    row, place = context.ctes.new_ref(), context.ctes.new_ref()
    name, value = context.ctes.new_ref(), context.ctes.new_ref()
    names = ", ".join(literal(column.name) for column in shown)
    texts = ", ".join(to_string(Value(column.ref, column.type)).sql for column in shown)
    numbered = context.ctes.add(
        f"SELECT row_number() OVER ({rows.order_sql.strip()}) - 1 AS {row}, [{names}] AS {name}, [{texts}] AS {value} "
        f"FROM {rows.source}"
    )
    source = context.ctes.add(
        f"SELECT {row}, unnest({name}) AS {name}, unnest({value}) AS {value}, unnest(range({len(shown)})) AS {place} "
        f"FROM {numbered}"
    )
    columns = (Column("Row", "long", row), Column("Column", "string", name), Column("Value", "string", value))
    return Relation(source, columns, (OrderKey(row), OrderKey(place)))
