"""What is asked of the states that the aggregates ``hll`` and ``tdigest`` keep."""

from __future__ import annotations

from decimal import Decimal

from .....kql import tree
from ..casts import typed_json_sql
from ..count_states import counted_state, merged_states
from ..digests import KEPT, percentile_of, rank_in, weight_of
from ..digests import merged_states as merged_digests
from ..values import Value
from .registry import Arguments, function
from .strings import type_argument


@function("dcount_hll", takes=("dynamic",))
def _dcount_hll(arguments: Arguments) -> Value:
    return counted_state(arguments[0])


@function("hll_merge", takes=("dynamic", "dynamic", "..."), required=2)
def _hll_merge(arguments: Arguments) -> Value:
    return merged_states(list(arguments.values))


# --- tdigest -------------------------------------------------------------------------------


@function("merge_tdigest", "tdigest_merge", takes=("dynamic", "..."), required=1)
def _merge_tdigest(arguments: Arguments) -> Value:
    return merged_digests(f"[{', '.join(value.sql for value in arguments.values)}]")


@function("percentile_tdigest", takes=("dynamic", "any", "node"), required=2)
def _percentile_tdigest(arguments: Arguments) -> Value:
    return percentile_of(arguments[0], _percent(arguments, arguments[1]), _kind(arguments, 2))


@function("percentiles_array_tdigest", "percentile_array_tdigest", takes=("dynamic", "node", "node", "..."), required=2)
def _percentiles_array_tdigest(arguments: Arguments) -> Value:
    from ..expressions import bind

    nodes = arguments.node.args[1:]
    kind = _kind(arguments, len(nodes)) if isinstance(nodes[-1], tree.TypeOf) else None
    parts = [
        _percentiles(arguments, bind(arguments.context, node, arguments.row), kind)
        for node in nodes
        if not isinstance(node, tree.TypeOf)
    ]
    cells = f"flatten([{', '.join(parts)}])"
    return Value(f"CASE WHEN {arguments.sql(0)} IS NOT NULL THEN CAST(to_json({cells}) AS VARCHAR) END", "dynamic")


def _percentiles(arguments: Arguments, given: Value, kind: str | None) -> str:
    """SQL: a list of the percentiles, as JSON, that a number or an array of numbers asks for."""
    if given.type != "dynamic":
        return f"[{typed_json_sql(percentile_of(arguments[0], _percent(arguments, given), kind))}]"
    wrong = f"error('{arguments.node.name}(): a percentage has to be a number from 0 to 100')"
    cell = typed_json_sql(percentile_of(arguments[0], "q", kind))
    checked = f"CASE WHEN TRY_CAST(q AS DOUBLE) BETWEEN 0 AND 100 THEN {cell} ELSE {wrong} END"
    return f"list_transform(kql_elements({given.sql}), lambda q: {checked})"


def _percent(arguments: Arguments, value: Value) -> str:
    number = value.number
    if number is None or not 0 <= number <= 100:
        arguments.fail("the percentage has to be a constant from 0 to 100.")
    return f"{Decimal(str(number)):f}"


def _kind(arguments: Arguments, place: int) -> str | None:
    kind = type_argument(arguments, place)
    if kind is not None and kind not in KEPT:
        arguments.fail(f"a state of tdigest() holds numbers or times, and never a {kind}.")
    return kind


def _comparable(arguments: Arguments) -> Value:
    value = arguments[1]
    if value.type not in KEPT:
        arguments.fail(f"a number or a time has a rank, and this is a {value.type}.", "Convert with tolong() first.")
    return value


@function("rank_tdigest", takes=("dynamic", "any"))
def _rank_tdigest(arguments: Arguments) -> Value:
    return rank_in(arguments[0], _comparable(arguments))


@function("percentrank_tdigest", takes=("dynamic", "any"))
def _percentrank_tdigest(arguments: Arguments) -> Value:
    rank = rank_in(arguments[0], _comparable(arguments)).sql
    return Value(f"({rank} / {weight_of(arguments[0])} * 100.0)", "real")
