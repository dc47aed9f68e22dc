"""States of ``hll``: the different values that were counted, as JSON, so that they can be counted on."""

from __future__ import annotations

from .values import Value

_FOREIGN = "'this is no result of hll() or hll_merge() of this engine, and those of Kusto cannot be read here'"
_ITEMS = "'$.hll_values[*]'"


def merged_states(states: list[Value]) -> Value:
    """One state of several."""
    return state_of(f"list_distinct(flatten([{', '.join(values_of_state(state) for state in states)}]))")


def counted_state(state: Value) -> Value:
    """How many values a state holds; null for a null."""
    return Value(f"CASE WHEN {state.sql} IS NOT NULL THEN CAST(len({values_of_state(state)}) AS BIGINT) END", "long")


def common_counts(states: list[Value]) -> list[Value]:
    """How many values the first state holds, how many of those the second holds, too, and so on."""
    counts, common = [], ""
    for state in states:
        held = values_of_state(state)
        common = f"list_intersect({common}, {held})" if common else held
        counts.append(Value(f"CAST(len({common}) AS BIGINT)", "long"))
    return counts


def values_of_state(state: Value) -> str:
    """SQL: a list of the values of a state as JSON texts; an error for what is none."""
    held = f"CAST(json_extract({state.sql}, {_ITEMS}) AS VARCHAR[])"
    is_state = f"json_type({state.sql}, '$.hll_values') = 'ARRAY'"
    foreign = f"CAST([error({_FOREIGN})] AS VARCHAR[])"
    return f"CASE WHEN {state.sql} IS NULL THEN CAST([] AS VARCHAR[]) WHEN {is_state} THEN {held} ELSE {foreign} END"


def state_of(values: str) -> Value:
    """The state of a list of JSON texts that are different from one another."""
    listed = f"array_to_string(list_sort(coalesce({values}, [])), ',')"
    return Value(f"('{{\"hll_values\":[' || coalesce({listed}, '') || ']}}')", "dynamic")
