"""States of ``tdigest``: the values with their weights, as JSON, so that percentiles of them can be asked on.

Kusto keeps an estimate, of a form that is not documented; here nothing is lost, and what is asked of a state is exact.
"""

from __future__ import annotations

from typing import Final

from .casts import json_sql, to_number
from .values import Value

KEPT: Final = {"int": "long", "long": "long", "real": "real", "decimal": "real"} | {
    kind: kind for kind in ("datetime", "timespan")
}
"""The type that a state keeps its values as, by the type of what it was made of."""

_FOREIGN = "'this is no result of tdigest() of this engine, and those of Kusto cannot be read here'"
_PHYSICAL = {"long": "BIGINT", "real": "DOUBLE", "datetime": "BIGINT", "timespan": "BIGINT"}


def state_of(kind: str, pairs: str) -> Value:
    """The state of values and their weights.

    :param pairs: SQL: a list of lists of two texts, a value in its physical form and its weight.
    """
    return Value(f'(\'{{"tdigest_type":"{kind}","tdigest_values":\' || {_as_json(pairs)} || \'}}\')', "dynamic")


def _as_json(pairs: str) -> str:
    return f"CAST(to_json(coalesce({pairs}, CAST([] AS VARCHAR[][]))) AS VARCHAR)"


def merged_states(states: str) -> Value:
    """One state of a list of states, given as SQL; those that are null do not count."""
    some = f"list_filter({states}, lambda s: s IS NOT NULL)"
    kinds = f"list_distinct(list_transform({some}, lambda s: {_kind('s')}))"
    mixed = "error('states of tdigest() of several types cannot be merged')"
    kind = f"CASE WHEN len({kinds}) > 1 THEN {mixed} ELSE ({kinds})[1] END"
    pairs = f"flatten(list_transform({some}, lambda s: {_pairs('s')}))"
    merged = f"'{{\"tdigest_type\":\"' || {kind} || '\",\"tdigest_values\":' || {_as_json(pairs)} || '}}'"
    return Value(f"CASE WHEN len({some}) > 0 THEN {merged} END", "dynamic")


def percentile_of(state: Value, percent: str, kind: str | None) -> Value:
    """The smallest value that as many percent of the weight do not exceed; null for a state without values.

    :param percent: SQL of a number from 0 to 100.
    :param kind: the type that the query names; None: a dynamic with what the state holds.
    """
    held = f"list_sort(list_transform({_pairs('s')}, lambda p: {_keyed('p')}))"
    total = "list_sum(list_transform(h, lambda e: e.w))"
    enough = f"a.v IS NOT NULL AND a.w * 100 >= CAST({percent} AS DECIMAL(18,9)) * {total}"
    step = f"{{'v': CASE WHEN {enough} THEN a.v ELSE e.v END, 'w': CASE WHEN {enough} THEN a.w ELSE a.w + e.w END}}"
    none = "{'v': CAST(NULL AS VARCHAR), 'w': CAST(0 AS HUGEINT)}"
    ranked = f"list_reduce(list_transform(h, lambda e: {{'v': e.v, 'w': e.w}}), lambda a, e: {step}, {none}).v"
    read = {each: Value(f"CAST(v AS {physical})", each) for each, physical in _PHYSICAL.items()}
    if kind is None:
        cases = " ".join(f"WHEN '{each}' THEN {json_sql(value)}" for each, value in read.items())
        shown = f"CASE WHEN v IS NOT NULL THEN CASE {_kind('s')} {cases} END END"
    else:
        numeric = kind in ("int", "long", "real", "decimal")
        fitting = [to_number(read[each], kind) for each in ("long", "real")] if numeric else [read[kind]]
        cases = " ".join(
            f"WHEN '{each}' THEN {value.sql}"
            for each, value in zip(("long", "real") if numeric else (kind,), fitting, strict=True)
        )
        wrong = f"error('the state of tdigest() holds values of another type than {kind}')"
        shown = f"CASE WHEN s IS NOT NULL THEN CASE {_kind('s')} {cases} ELSE {wrong} END END"
    sql = _once(state.sql, "s", _once(held, "h", _once(ranked, "v", shown)))
    return Value(sql, kind or "dynamic")


def _once(sql: str, name: str, body: str) -> str:
    """SQL of ``body``, in which ``name`` stands for a value that is computed once."""
    return f"list_transform([{sql}], lambda {name}: {body})[1]"


def rank_in(state: Value, value: Value) -> Value:
    """The weight of the values that are no greater than ``value``."""
    numeric = value.type in ("int", "long", "real", "decimal")
    no_greater = "e.l <= x"
    if numeric:
        no_greater = "e.d <= CAST(x AS DOUBLE)"
        if value.type in ("int", "long"):
            no_greater = f"CASE WHEN {_kind('s')} = 'long' THEN e.l <= x ELSE {no_greater} END"
    fits = f"{_kind('s')} IN ('long', 'real')" if numeric else f"{_kind('s')} = '{value.type}'"
    below = f"list_filter(list_transform({_pairs('s')}, lambda p: {_keyed('p')}), lambda e: {no_greater})"
    weight = f"CAST(coalesce(list_sum(list_transform({below}, lambda e: e.w)), 0) AS DOUBLE)"
    wrong = f"error('the state of tdigest() holds values of another type than {value.type}')"
    found = f"CASE WHEN s IS NOT NULL AND x IS NOT NULL THEN CASE WHEN {fits} THEN {weight} ELSE {wrong} END END"
    return Value(_once(state.sql, "s", _once(value.sql, "x", found)), "real")


def weight_of(state: Value) -> str:
    """SQL: the weight of all values of a state as a DOUBLE; null where it has none."""
    weight = f"CAST(list_sum(list_transform({_pairs('s')}, lambda p: CAST(p[2] AS HUGEINT))) AS DOUBLE)"
    return _once(state.sql, "s", weight)


def _kind(state: str) -> str:
    return f"json_extract_string({state}, '$.tdigest_type')"


def _pairs(state: str) -> str:
    """SQL: the values of a state as a list of lists of two texts; an error for what is no state."""
    held = f"CAST(json_extract({state}, '$.tdigest_values') AS VARCHAR[][])"
    is_state = f"json_type({state}, '$.tdigest_values') = 'ARRAY' AND {_kind(state)} IN {tuple(_PHYSICAL)}"
    foreign = f"CAST([[error({_FOREIGN})]] AS VARCHAR[][])"
    return f"CASE WHEN {state} IS NULL THEN CAST([] AS VARCHAR[][]) WHEN {is_state} THEN {held} ELSE {foreign} END"


def _keyed(pair: str) -> str:
    """SQL: a value that sorts as it should: as a number, and among great ones digit for digit."""
    number = f"CAST({pair}[1] AS DOUBLE)"
    return f"{{'d': {number}, 'l': TRY_CAST({pair}[1] AS BIGINT), 'v': {pair}[1], 'w': CAST({pair}[2] AS HUGEINT)}}"
