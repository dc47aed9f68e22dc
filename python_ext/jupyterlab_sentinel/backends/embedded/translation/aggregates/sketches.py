"""``hll``, ``tdigest`` and their kin: what was counted, to be counted on. Kusto keeps estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import digests
from ..casts import json_sql, to_number
from ..count_states import state_of, values_of_state
from ..values import WHOLE
from .registry import AggregateCall, aggregate

if TYPE_CHECKING:
    from ..values import Value

_ACCURACIES = (0, 1, 2, 3, 4)


@aggregate("hll", 1, 2, conditional="hll_if")
def _hll(call: AggregateCall) -> Value:
    if len(call) > 1 and call[1].constant not in _ACCURACIES:
        call.fail("the accuracy is a constant from 0 to 4.")
    item = json_sql(call[0]) if call[0].type != "dynamic" else f"CAST(json({call[0].sql}) AS VARCHAR)"
    return state_of(f"list(DISTINCT {item}){call.filtered(f'{item} IS NOT NULL')}")


@aggregate("hll_merge", 1, 1)
def _hll_merge(call: AggregateCall) -> Value:
    held = values_of_state(call[0])
    return state_of(f"list_distinct(flatten(list({held}){call.filtered()}))")


@aggregate("tdigest", 1, 2)
def _tdigest(call: AggregateCall) -> Value:
    value = call[0]
    if value.type not in digests.KEPT:
        call.fail(f"it takes numbers or times, and this is a {value.type}.", "Convert with tolong() or toreal() first.")
    kind = digests.KEPT[value.type]
    held = to_number(value, kind).sql if kind in ("long", "real") else value.sql
    if len(call) == 1:
        counted = f"map_entries(histogram({held}){call.filtered(f'{held} IS NOT NULL')})"
        pairs = f"list_transform({counted}, lambda e: [CAST(e.key AS VARCHAR), CAST(e.value AS VARCHAR)])"
        return digests.state_of(kind, pairs)
    weight = call[1]
    if weight.type not in WHOLE:
        call.fail(f"the weight is a whole number, and this is a {weight.type}.", "Convert with tolong() first.")
    heavy = call.filtered(f"{held} IS NOT NULL", f"{weight.sql} > 0")
    return digests.state_of(kind, f"list([CAST({held} AS VARCHAR), CAST({weight.sql} AS VARCHAR)]){heavy}")


@aggregate("tdigest_merge", 1, 1, prefix="merge_tdigests", also=("merge_tdigest",))
def _tdigest_merge(call: AggregateCall) -> Value:
    return digests.merged_states(f"list({call[0].sql}){call.filtered()}")
