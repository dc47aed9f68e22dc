"""``hll`` and its kin: what was counted, to be counted on. Kusto keeps an estimate, and here the values are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..casts import json_sql
from ..count_states import state_of, values_of_state
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
