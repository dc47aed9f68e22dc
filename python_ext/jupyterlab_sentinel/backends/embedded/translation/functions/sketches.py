"""``dcount_hll`` and ``hll_merge`` of what the aggregates ``hll`` and ``hll_merge`` keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..count_states import counted_state, merged_states
from .registry import Arguments, function

if TYPE_CHECKING:
    from ..values import Value


@function("dcount_hll", takes=("dynamic",))
def _dcount_hll(arguments: Arguments) -> Value:
    return counted_state(arguments[0])


@function("hll_merge", takes=("dynamic", "dynamic", "..."), required=2)
def _hll_merge(arguments: Arguments) -> Value:
    return merged_states(list(arguments.values))
