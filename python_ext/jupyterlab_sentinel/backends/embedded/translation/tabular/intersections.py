"""``evaluate dcount_intersect``: how many values sets of ``hll`` have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..count_states import common_counts
from ..values import Value
from .columns import compute, merged
from .evaluate import PluginCall, plugin

if TYPE_CHECKING:
    from ..relations import Relation

_MOST_SETS = 16


@plugin("dcount_intersect")
def _dcount_intersect(call: PluginCall) -> Relation:
    """Columns ``s0``, ``s1`` … behind the others: how many the first set holds, how many of those the second, too."""
    if not 2 <= len(call.args) <= _MOST_SETS:
        call.fail(f"it takes from 2 to {_MOST_SETS} columns that hll() made, and here are {len(call.args)}.")
    sets = [call.column(place) for place in range(len(call.args))]
    for column in sets:
        if column.type != "dynamic":
            call.fail(f"it takes what hll() made, and {column.name} is a {column.type}.")
    counts = common_counts([Value(column.ref, column.type) for column in sets])
    rows, columns = compute(call.context, call.rows, [(f"s{place}", count) for place, count in enumerate(counts)])
    return rows.with_columns(merged(call.rows.columns, columns))
