"""``sliding_window_counts``: rows and different IDs in a window that slides along a timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...computed.series.bins import windows_reaching_back
from ...python_functions import python_call, register
from ..expressions import bind
from ..relations import Column, OrderKey, Relation
from .activities import bound, dimensions_from, timeline_of
from .evaluate import PluginCall, plugin

if TYPE_CHECKING:
    from .activities import Timeline

_MOST_BINS = 10_000

register("windows_reaching_back", windows_reaching_back, ("BIGINT", "BIGINT"), "BIGINT")


@plugin("sliding_window_counts")
def _sliding_window_counts(call: PluginCall) -> Relation:
    """A row a bin and combination of dimensions: what the bins of the lookback window hold.

    As the article's technique: each row counts in its own bin and in those after it whose window reaches back to it.
    """
    if len(call.args) < 6:
        call.fail("it takes an ID column, a timeline column, the start, the end, the lookback window and the bin.")
    context, key, timeline = call.context, call.column(0), timeline_of(call, 1, 5)
    start, end = bound(call, 2, timeline), bound(call, 3, timeline)
    bins = _bins(call, timeline)
    dimensions = dimensions_from(call, 6)
    by = "".join(f"{column.ref}, " for column in dimensions)
    time, own, window, rows = timeline.column.ref, *(context.ctes.new_ref() for _ in range(3))
    binned = context.ctes.add(
        f"SELECT {by}{key.ref}, {timeline.bin(start)} AS {own}, count(*) AS {rows} FROM {call.rows.source} "
        f"WHERE {time} >= {start} AND {time} <= {end} GROUP BY ALL"
    )
    last = f"kql_floor({end} - {start}, {timeline.step})"
    spread = context.ctes.add(
        f"SELECT * EXCLUDE ({own}), unnest(range({own}, least({own} + {bins}, {last} + 1))) AS {window} FROM {binned}"
    )
    columns = [
        Column(timeline.column.name, timeline.column.type, context.ctes.new_ref()),
        *(Column(column.name, column.type, context.ctes.new_ref()) for column in dimensions),
        Column("Count", "long", context.ctes.new_ref()),
        Column("Dcount", "long", context.ctes.new_ref()),
    ]
    values = [
        f"{start} + {window} * {timeline.step}",
        *(column.ref for column in dimensions),
        f"CAST(sum({rows}) AS BIGINT)",
        f"count(DISTINCT {key.ref})",
    ]
    items = ", ".join(f"{value} AS {column.ref}" for value, column in zip(values, columns, strict=True))
    earlier = (
        f"(SELECT count(*) FROM {call.rows.source} WHERE {time} < {start} "
        f"AND {time} >= {start} - {(bins - 1) * timeline.step})"
    )
    told = python_call("windows_reaching_back", earlier, str(bins - 1))
    made = context.ctes.add(f"SELECT {items} FROM {spread} WHERE {window} >= {told} GROUP BY {by}{window}")
    return Relation(made, tuple(columns), (OrderKey(columns[0].ref),))


def _bins(call: PluginCall, timeline: Timeline) -> int:
    """How many bins a window has: it is rounded down to whole ones."""
    lookback = bind(call.context, call.args[4], None)
    if lookback.text is not None or not isinstance(lookback.constant, int):
        call.fail("the lookback window has to be a constant.")
    if (lookback.type == "timespan") != (timeline.column.type in ("datetime", "timespan")):
        call.fail(f"the lookback window is a {lookback.type}, and the timeline a {timeline.column.type}.")
    bins = lookback.constant // timeline.step
    if not 1 <= bins <= _MOST_BINS:
        call.fail(f"the lookback window has to be of 1 to {_MOST_BINS:,} bins.")
    return bins
