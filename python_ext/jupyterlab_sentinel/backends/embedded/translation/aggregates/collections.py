"""Aggregates that gather values into arrays and bags."""

from __future__ import annotations

from ..casts import typed_json_sql
from ..values import Value
from .registry import AggregateCall, aggregate

_MOST = 1_048_576
_LEGACY = frozenset({"makelist", "makeset", "make_dictionary"})


def _limit(call: AggregateCall) -> int:
    if len(call) < 2:
        # The old spellings stop at 128 where no size is given.
        return 128 if call.node.name in _LEGACY else _MOST
    limit = call[1].constant
    if not isinstance(limit, int) or limit < 0:
        call.fail("the size has to be a constant whole number.")
    return limit


def _item(value: Value) -> str:
    """Plain values gather faster than JSON, and become JSON once at the end."""
    return value.sql if value.type in ("string", "int", "long", "bool", "guid") else typed_json_sql(value)


def _elements(value: Value) -> str:
    """The list of what a dynamic adds: an array its elements, anything else itself."""
    return (
        f"CASE WHEN json_type({value.sql}) = 'ARRAY' THEN kql_elements({value.sql}) ELSE "
        f"[CAST({value.sql} AS JSON)] END"
    )


def _cut(sql: str, limit: int) -> str:
    return sql if limit >= _MOST else f"{sql}[1:{limit}]"


def _as_dynamic(sql: str) -> Value:
    return Value(f"CAST(to_json(coalesce({sql}, [])) AS VARCHAR)", "dynamic")


@aggregate("make_list", 1, 2, prefix="list", also=("makelist",), conditional="make_list_if")
def _make_list(call: AggregateCall) -> Value:
    value = call[0]
    if value.type == "dynamic":
        # No page says so, but four examples with shapes count on it (geo_h3cell_rings, geo_point_in_polygon).
        gathered = f"flatten(list({_elements(value)}{call.order}){call.filtered(f'{value.sql} IS NOT NULL')})"
    else:
        item = _item(value)
        gathered = f"list({item}{call.order}){call.filtered(f'{item} IS NOT NULL')}"
    return _as_dynamic(_cut(gathered, _limit(call)))


@aggregate("make_list_with_nulls", 1, 1, prefix="list")
def _make_list_with_nulls(call: AggregateCall) -> Value:
    return _as_dynamic(f"list({_item(call[0])}{call.order}){call.filtered()}")


@aggregate("make_set", 1, 2, prefix="set", also=("makeset",), conditional="make_set_if")
def _make_set(call: AggregateCall) -> Value:
    value = call[0]
    if value.type == "dynamic":
        parts = _elements(value)
        gathered = f"kql_unique(flatten(list({parts}{call.order}){call.filtered(f'{value.sql} IS NOT NULL')}))"
        return _as_dynamic(_cut(f"list_distinct({gathered})" if not call.order else gathered, _limit(call)))
    item = _item(value)
    # DuckDB gathers in no order: sorted, the same query gives the same answer every time.
    gathered = f"list(DISTINCT {item}){call.filtered(f'{item} IS NOT NULL')}"
    return _as_dynamic(_cut(f"list_sort({gathered})", _limit(call)))


@aggregate("make_dictionary", 1, 2, prefix="dictionary")
@aggregate("make_bag", 1, 2, prefix="bag", conditional="make_bag_if")
def _make_bag(call: AggregateCall) -> Value:
    bag = call[0].sql
    if call[0].type != "dynamic":
        call.fail(f"it takes property bags, and this is a {call[0].type}.")
    bags_only = call.filtered(f"json_type({bag}) = 'OBJECT'")
    gathered = f"list(CAST({bag} AS JSON){call.order}){bags_only}"
    merged = f"kql_merge_bags({gathered})"
    limit = _limit(call)
    if limit >= _MOST:
        return Value(merged, "dynamic")
    pairs = (
        f"list_transform(json_keys({merged})[1:{limit}], lambda k: CAST(to_json(k) AS VARCHAR) || ':' || "
        f"CAST(json_extract({merged}, kql_pointer(k)) AS VARCHAR))"
    )
    cut = f"'{{' || array_to_string({pairs}, ',') || '}}'"
    return Value(f"CASE WHEN len(json_keys({merged})) > {limit} THEN {cut} ELSE {merged} END", "dynamic")
