"""Functions on arrays, which are JSON; what is no array gives null."""

from __future__ import annotations

from ..casts import json_sql, packed_sql, typed_json_sql
from ..values import Value, constant
from .registry import Arguments, function, template

# Kusto gives no longer ones either.
_LONGEST = 1_048_576

_AS_TEXT = "CAST(to_json({}) AS VARCHAR)"

template("array_reverse", "dynamic", _AS_TEXT.format("list_reverse(kql_elements({0}))"), "dynamic")
_NUMBERS = "('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE', 'NULL')"
template(
    "array_sum",
    "real",
    f"CASE WHEN len(list_filter(kql_elements({{0}}), lambda e: json_type(e) NOT IN {_NUMBERS})) = 0 THEN "
    "CAST(list_sum(list_transform(kql_elements({0}), lambda e: TRY_CAST(e AS DOUBLE))) AS DOUBLE) END",
    "dynamic",
)


@function("array_length", takes=("dynamic",))
def _array_length(arguments: Arguments) -> Value:
    array = arguments[0]
    if array.parts:
        return Value(f"CAST(len({array.parts}) AS BIGINT)", "long")
    size = f"CAST(json_array_length({array.sql}) AS BIGINT)"
    return Value(f"CASE WHEN json_type({array.sql}) = 'ARRAY' THEN {size} END", "long")


def _array(sql: str) -> Value:
    return Value(_AS_TEXT.format(sql), "dynamic")


@function("pack_array", takes=("any", "..."), required=0)
def _pack_array(arguments: Arguments) -> Value:
    if len(arguments.node.args) == 1 and getattr(arguments.node.args[0], "name", "") == "*":
        arguments.context.refuse(arguments.node.at, "pack_array(*)")
    if not len(arguments):
        return constant("[]", "dynamic")
    listed = ", ".join(packed_sql(value) for value in arguments.values)
    return Value(f"CAST(json_array({listed}) AS VARCHAR)", "dynamic")


@function("array_concat", takes=("dynamic", "..."), required=1)
def _array_concat(arguments: Arguments) -> Value:
    return _array(f"flatten([{', '.join(f'kql_elements({value.sql})' for value in arguments.values)}])")


@function("array_index_of", takes=("dynamic", "any", "whole", "whole", "whole"), required=2)
def _array_index_of(arguments: Arguments) -> Value:
    array, wanted = arguments.sql(0), typed_json_sql(arguments[1])
    elements = f"kql_elements({array})"
    if len(arguments) == 2:
        found = f"coalesce(list_position({elements}, {wanted}), 0) - 1"
        return Value(f"CASE WHEN json_type({array}) = 'ARRAY' THEN CAST({found} AS BIGINT) END", "long")
    start, length, occurrence = (
        f"CAST({arguments.sql(place)} AS BIGINT)" if len(arguments) > place else default
        for place, default in ((2, "0"), (3, "-1"), (4, "1"))
    )
    size = f"CAST(json_array_length({array}) AS BIGINT)"
    first = f"greatest(CASE WHEN {start} < 0 THEN {size} + {start} ELSE {start} END, 0)"
    last = f"CASE WHEN {length} < 0 THEN {size} ELSE {first} + {length} END"
    places = f"list_filter(range({first}, least({last}, {size})), lambda i: {elements}[i + 1] = {wanted})"
    found = f"CASE WHEN {occurrence} BETWEEN 1 AND len({places}) THEN ({places})[{occurrence}] ELSE -1 END"
    valid = f"json_type({array}) = 'ARRAY' AND {length} >= -1 AND {occurrence} >= 0"
    return Value(f"CASE WHEN {valid} THEN CAST({found} AS BIGINT) END", "long")


@function("array_slice", takes=("dynamic", "whole", "whole"))
def _array_slice(arguments: Arguments) -> Value:
    elements = f"kql_elements({arguments.sql(0)})"
    first, last = arguments.sql(1), arguments.sql(2)
    size = f"len({elements})"
    begin = f"greatest(CASE WHEN {first} < 0 THEN {size} + {first} ELSE {first} END, 0)"
    end = f"CASE WHEN {last} < 0 THEN {size} + {last} ELSE {last} END"
    return _array(f"list_slice({elements}, {begin} + 1, {end} + 1)")


@function("array_split", takes=("dynamic", "any"))
def _array_split(arguments: Arguments) -> Value:
    elements, size = f"kql_elements({arguments.sql(0)})", f"CAST(json_array_length({arguments.sql(0)}) AS BIGINT)"
    given = arguments[1]
    if given.type in ("int", "long"):
        places = f"[CAST({given.sql} AS BIGINT)]"
    elif given.type == "dynamic":
        places = f"list_transform(kql_strings({given.sql}), lambda e: CAST(e AS BIGINT))"
    else:
        arguments.fail(f"it is split at a whole number or an array of them, and this is a {given.type}.")
    from_start = (
        f"list_transform({places}, lambda p: least(greatest(CASE WHEN p < 0 THEN p + {size} ELSE p END, 0), {size}))"
    )
    cuts = f"list_concat(list_concat([0], {from_start}), [{size}])"
    parts = f"list_transform(range(1, len({cuts})), lambda i: list_slice({elements}, {cuts}[i] + 1, {cuts}[i + 1]))"
    return Value(
        f"CASE WHEN json_type({arguments.sql(0)}) = 'ARRAY' THEN CAST(to_json({parts}) AS VARCHAR) END", "dynamic"
    )


@function("array_iff", "array_iif", takes=("dynamic", "any", "any"))
def _array_iff(arguments: Arguments) -> Value:
    def pick(value: Value, place: str) -> str:
        if value.type == "dynamic":
            return (
                f"CASE WHEN json_type({value.sql}) = 'ARRAY' THEN kql_elements({value.sql})[{place}] "
                f"ELSE CAST({value.sql} AS JSON) END"
            )
        return typed_json_sql(value)

    tests = f"kql_elements({arguments.sql(0)})"
    yes = (
        "json_type(t) = 'BOOLEAN' AND t = 'true' OR json_type(t) IN ('BIGINT', 'UBIGINT', 'DOUBLE') "
        "AND TRY_CAST(t AS DOUBLE) <> 0"
    )
    no = "json_type(t) IN ('BOOLEAN', 'BIGINT', 'UBIGINT', 'DOUBLE')"
    picked = f"CASE WHEN {yes} THEN {pick(arguments[1], 'i')} WHEN {no} THEN {pick(arguments[2], 'i')} END"
    return _array(f"list_transform({tests}, lambda t, i: {picked})")


@function("set_has_element", takes=("dynamic", "any"))
def _set_has_element(arguments: Arguments) -> Value:
    return Value(
        f"list_contains(coalesce(kql_elements({arguments.sql(0)}), []), {typed_json_sql(arguments[1])})", "bool"
    )


@function("set_union", takes=("dynamic", "..."), required=1)
def _set_union(arguments: Arguments) -> Value:
    return _array(f"kql_unique(flatten([{', '.join(f'kql_elements({value.sql})' for value in arguments.values)}]))")


@function("set_intersect", takes=("dynamic", "dynamic", "..."), required=2)
def _set_intersect(arguments: Arguments) -> Value:
    sql = f"kql_unique(kql_elements({arguments.sql(0)}))"
    for value in arguments.values[1:]:
        sql = f"list_filter({sql}, lambda e: list_contains(coalesce(kql_elements({value.sql}), []), e))"
    return _array(sql)


@function("set_difference", takes=("dynamic", "dynamic", "..."), required=2)
def _set_difference(arguments: Arguments) -> Value:
    sql = f"kql_unique(kql_elements({arguments.sql(0)}))"
    for value in arguments.values[1:]:
        sql = f"list_filter({sql}, lambda e: NOT list_contains(coalesce(kql_elements({value.sql}), []), e))"
    return _array(sql)


@function("set_equals", takes=("dynamic", "dynamic"))
def _set_equals(arguments: Arguments) -> Value:
    a, b = (f"list_sort(list_distinct(kql_elements({arguments.sql(place)})))" for place in (0, 1))
    return Value(f"({a} = {b})", "bool")


_STEPS = {
    "long": constant(1, "long"),
    "datetime": constant(36_000_000_000, "timespan"),
    "timespan": constant(36_000_000_000, "timespan"),
}


@function("range", takes=("scalar", "scalar", "scalar"), required=2)
def _range(arguments: Arguments) -> Value:
    first, last = arguments[0], arguments[1]
    step = arguments[2] if len(arguments) == 3 else _STEPS.get(first.type, _STEPS["long"])
    kinds = {first.type, last.type, step.type}
    if not kinds <= {"int", "long", "real"} and not (
        step.type == "timespan" and first.type == last.type and first.type in ("datetime", "timespan")
    ):
        arguments.fail(f"it takes numbers, or times and a duration, and these are {', '.join(sorted(kinds))}.")
    if step.constant == 0:
        arguments.fail("a step is not 0.")
    if "real" in kinds:
        start, stop, by = (f"CAST({value.sql} AS DOUBLE)" for value in (first, last, step))
        count = f"least(floor(({stop} - {start}) / {by}) + 1, {_LONGEST})"
        valid = f"isfinite({start}) AND NOT isnan({stop}) AND isfinite({by}) AND {by} <> 0"
        numbers = f"CASE WHEN {valid} THEN range(0, CAST(greatest({count}, 0) AS BIGINT)) END"
        return _array(f"list_transform({numbers}, lambda i: {start} + i * {by})")
    start, by = f"CAST({first.sql} AS BIGINT)", f"CAST({step.sql} AS BIGINT)"
    furthest = f"{start} + {by} * {_LONGEST - 1}"
    stop = (
        f"CASE WHEN {by} > 0 THEN least(CAST({last.sql} AS BIGINT), {furthest}) ELSE "
        f"greatest(CAST({last.sql} AS BIGINT), {furthest}) END"
    )
    series = f"generate_series({start}, {stop}, {by})"
    if first.type in ("datetime", "timespan"):
        return _array(f"list_transform({series}, lambda t: {json_text('t', first.type)})")
    return _array(series)


def json_text(sql: str, kind: str) -> str:
    """SQL of type JSON for a value that a lambda names."""
    return f"CAST({json_sql(Value(sql, kind))} AS JSON)"


@function("repeat", takes=("any", "whole"))
def _repeat(arguments: Arguments) -> Value:
    item = typed_json_sql(arguments[0])
    times = f"CAST({arguments.sql(1)} AS BIGINT)"
    items = f"CASE WHEN {times} >= 0 THEN range(0, least({times}, {_LONGEST})) END"
    return _array(f"list_transform({items}, lambda i: {item})")


@function("zip", takes=("dynamic", "dynamic", "..."), required=2)
def _zip(arguments: Arguments) -> Value:
    lists = [f"kql_elements({value.sql})" for value in arguments.values]
    longest = f"greatest({', '.join(f'len({item})' for item in lists)})"
    return _array(f"list_transform(range(1, {longest} + 1), lambda i: [{', '.join(f'{item}[i]' for item in lists)}])")


def _rotated(name: str, *, left: bool, shift: bool) -> None:
    @function(name, takes=("dynamic", "whole", "any"), required=2)
    def _turn(arguments: Arguments) -> Value:
        items = f"kql_elements({arguments.sql(0)})"
        size, by = f"len({items})", f"({'' if left else '-'}CAST({arguments.sql(1)} AS BIGINT))"
        if not shift:
            return _array(f"list_transform({items}, lambda e, i: {items}[kql_mod(i - 1 + {by}, {size}) + 1])")
        filler = typed_json_sql(arguments[2]) if len(arguments) > 2 else "CAST(NULL AS JSON)"
        return _array(
            f"list_transform({items}, lambda e, i: CASE WHEN i + {by} BETWEEN 1 AND {size} THEN "
            f"{items}[i + {by}] ELSE {filler} END)"
        )


_rotated("array_rotate_left", left=True, shift=False)
_rotated("array_rotate_right", left=False, shift=False)
_rotated("array_shift_left", left=True, shift=True)
_rotated("array_shift_right", left=False, shift=True)


@function("jaccard_index", takes=("dynamic", "dynamic"))
def _jaccard(arguments: Arguments) -> Value:
    a, b = (f"list_distinct(kql_elements({arguments.sql(position)}))" for position in (0, 1))
    return Value(
        f"kql_divide(CAST(len(list_intersect({a}, {b})) AS DOUBLE), "
        f"CAST(len(list_distinct(list_concat({a}, {b}))) AS DOUBLE))",
        "real",
    )
