"""Plugins that follow activity along a timeline: ``activity_counts_metrics``, ``rolling_percentile``, ``rows_near``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from .....kql.constants import EPOCH_TICKS
from ...computed.series.bins import windows_without_rows
from ...python_functions import python_call, register
from ..casts import to_number
from ..expressions import bind, condition
from ..relations import Column, OrderKey, Relation
from ..values import NUMERIC, WHOLE, Value
from .columns import compute
from .evaluate import PluginCall, plugin
from .rows import filtered

if TYPE_CHECKING:
    from .....kql.tree import Expression

_STEPS = {"datetime": ("timespan",), "timespan": ("timespan",), "long": ("long", "int"), "int": ("long", "int")}

register("windows_without_rows", windows_without_rows, ("BIGINT", "BIGINT"), "BIGINT")


@dataclass(frozen=True, slots=True)
class Timeline:
    """The column of a timeline, and the constant size of its bins."""

    column: Column
    step: int

    def bin(self, origin: str) -> str:
        """SQL of the number of the bin that a row is in, counted from a value."""
        return f"kql_floor({self.column.ref} - ({origin}), {self.step})"


def timeline_of(call: PluginCall, place: int, step_place: int) -> Timeline:
    """The column of the timeline, and the size of its bins."""
    column = call.column(place)
    if column.type not in _STEPS:
        call.fail(f"a timeline is a datetime, a timespan or a whole number, and {column.name} is a {column.type}.")
    step = bind(call.context, call.args[step_place], None)
    if step.text is not None:
        call.context.refuse(call.node.at, f"{call.node.name} by {step.text}", "Give the step as a timespan.")
    if step.type not in _STEPS[column.type] or not isinstance(step.constant, int) or step.constant <= 0:
        call.fail(f"the step has to be a constant {_STEPS[column.type][0]} above zero.")
    return Timeline(column, step.constant)


def bound(call: PluginCall, place: int, timeline: Timeline) -> str:
    """SQL of an end of the timeline."""
    value = bind(call.context, call.args[place], None)
    if value.type != timeline.column.type and not {value.type, timeline.column.type} <= WHOLE:
        call.fail(f"its bounds are of the timeline's type, {timeline.column.type}, and this is a {value.type}.")
    return value.sql


def dimensions_from(call: PluginCall, first: int) -> list[Column]:
    """The columns that the last arguments name."""
    return [call.column(place) for place in range(first, len(call.args))]


@plugin("activity_counts_metrics")
def _activity_counts_metrics(call: PluginCall) -> Relation:
    """A row a window and combination of dimensions: rows, different IDs, new ones, and all so far."""
    if len(call.args) < 5:
        call.fail("it takes an ID column, a timeline column, the start, the end and the step.")
    context, key = call.context, call.column(0)
    timeline = timeline_of(call, 1, 4)
    start, end = bound(call, 2, timeline), bound(call, 3, timeline)
    dimensions = dimensions_from(call, 5)
    ref, window, first, fresh = timeline.column.ref, *(context.ctes.new_ref() for _ in range(3))
    by = [column.ref for column in dimensions]
    listed = "".join(f"{each}, " for each in by)
    binned = context.ctes.add(
        f"SELECT {listed}{key.ref}, {timeline.bin(start)} AS {window} FROM {call.rows.source} "
        f"WHERE {ref} >= {start} AND {ref} <= {end}"
    )
    firsts = context.ctes.add(
        f"SELECT {listed}{key.ref}, min({window}) AS {first} FROM {binned} WHERE {key.ref} IS NOT NULL "
        f"GROUP BY {listed}{key.ref}"
    )
    news = context.ctes.add(f"SELECT {listed}{first}, count(*) AS {fresh} FROM {firsts} GROUP BY {listed}{first}")
    return _metrics(call, timeline, dimensions, start, end, (binned, key.ref, window), (news, first, fresh))


def _metrics(
    call: PluginCall,
    timeline: Timeline,
    dimensions: list[Column],
    start: str,
    end: str,
    binned: tuple[str, str, str],
    news: tuple[str, str, str],
) -> Relation:
    context, (source, key, window), (newcomers, first, fresh) = call.context, binned, news
    rows, ids = context.ctes.new_ref(), context.ctes.new_ref()
    by = [column.ref for column in dimensions]
    listed = "".join(f"{each}, " for each in by)
    counted = context.ctes.add(
        f"SELECT {listed}{window}, count(*) AS {rows}, count(DISTINCT {key}) AS {ids} FROM {source} "
        f"GROUP BY {listed}{window}"
    )
    same = "".join(f" AND a.{each} IS NOT DISTINCT FROM b.{each}" for each in by)
    newly = f"coalesce(b.{fresh}, 0)"
    partition = f"PARTITION BY {', '.join(f'a.{each}' for each in by)} " if by else ""
    columns = [
        Column(timeline.column.name, timeline.column.type, context.ctes.new_ref()),
        *(Column(column.name, column.type, context.ctes.new_ref()) for column in dimensions),
        *(Column(name, "long", context.ctes.new_ref()) for name in ("count", "dcount", "new_dcount")),
        Column("aggregated_dcount", "long", context.ctes.new_ref()),
    ]
    values = [
        f"{start} + a.{window} * {timeline.step}",
        *(f"a.{each}" for each in by),
        *(f"a.{rows}", f"a.{ids}", newly),
        f"CAST(sum({newly}) OVER ({partition}ORDER BY a.{window}) AS BIGINT)",
    ]
    items = ", ".join(f"{value} AS {column.ref}" for value, column in zip(values, columns, strict=True))
    wanted = f"kql_floor({end} - {start}, {timeline.step}) + 1"
    told = python_call("windows_without_rows", wanted, f"(SELECT count(DISTINCT {window}) FROM {counted})")
    made = context.ctes.add(
        f"SELECT {items} FROM {counted} AS a LEFT JOIN {newcomers} AS b ON a.{window} = b.{first}{same} "
        f"WHERE {told} >= 0"
    )
    return Relation(made, tuple(columns), (OrderKey(columns[0].ref),))


@plugin("rolling_percentile")
def _rolling_percentile(call: PluginCall) -> Relation:
    """A row a bin and combination of dimensions: the percentile over the bin and those before it in the window."""
    if len(call.args) < 5:
        call.fail("it takes a value column, a percentage, an index column, the size of a bin and bins a window.")
    context, value, timeline = call.context, call.column(0), timeline_of(call, 2, 3)
    percent = bind(context, call.args[1], None).number
    length = bind(context, call.args[4], None).constant
    if percent is None or not isinstance(length, int) or length < 1:
        call.fail("the percentage and the number of bins have to be constant numbers.")
    zero = f"(-{EPOCH_TICKS})" if timeline.column.type == "datetime" else "0"
    dimensions = dimensions_from(call, 5)
    by = "".join(f"{column.ref}, " for column in dimensions)
    place = context.ctes.new_ref()
    binned = context.ctes.add(
        f"SELECT {by}{value.ref}, {timeline.bin(zero)} AS {place} FROM {call.rows.source} "
        f"WHERE {timeline.column.ref} IS NOT NULL"
    )
    bins = context.ctes.add(f"SELECT DISTINCT {by}{place} FROM {binned}")
    name = f"rolling_{length}_percentile_{value.name}_{percent:g}"
    columns = [
        Column(timeline.column.name, timeline.column.type, context.ctes.new_ref()),
        *(Column(column.name, column.type, context.ctes.new_ref()) for column in dimensions),
    ]
    result = _percentile(call, Value(f"b.{value.ref}", value.type), percent)
    columns.append(Column(name, result.type, context.ctes.new_ref()))
    values = [f"{zero} + a.{place} * {timeline.step}", *(f"a.{column.ref}" for column in dimensions), result.sql]
    items = ", ".join(f"{sql} AS {column.ref}" for sql, column in zip(values, columns, strict=True))
    same = "".join(f" AND a.{column.ref} IS NOT DISTINCT FROM b.{column.ref}" for column in dimensions)
    grouped = ", ".join([f"a.{place}", *(f"a.{column.ref}" for column in dimensions)])
    whole = f"(SELECT max({place}) - min({place}) + 1 FROM {bins})"
    told = python_call("windows_without_rows", whole, f"(SELECT count(DISTINCT {place}) FROM {bins})")
    made = context.ctes.add(
        f"SELECT {items} FROM {bins} AS a JOIN {binned} AS b ON b.{place} BETWEEN a.{place} - {length - 1} "
        f"AND a.{place}{same} WHERE {told} >= 0 GROUP BY {grouped}"
    )
    return Relation(made, tuple(columns), (OrderKey(columns[0].ref),))


def _percentile(call: PluginCall, value: Value, percent: float) -> Value:
    """By nearest rank, as percentile() has it."""
    if value.type not in NUMERIC and value.type not in ("datetime", "timespan"):
        call.fail(f"it takes numbers or times, and this is a {value.type}.", "Convert with tolong() or toreal() first.")
    if value.type in ("int", "decimal"):
        value = to_number(value, "long" if value.type == "int" else "real")
    return Value(f"quantile_disc({value.sql}, CAST({Decimal(str(percent)) / 100} AS DECIMAL(38,18)))", value.type)


@plugin("rows_near")
def _rows_near(call: PluginCall) -> Relation:
    """The rows that are near to one for which the condition is true, in their order."""
    if len(call.args) not in (2, 3):
        call.fail("it takes a condition and a number of rows.")
    if not call.rows.order:
        call.fail("it needs rows in an order.", "Put 'sort by' or 'serialize' before it.")
    test = condition(call.context, call.args[0], call.rows)
    before = _rows(call, call.args[1])
    after = _rows(call, call.args[2]) if len(call.args) > 2 else before
    rows, columns = compute(call.context, call.rows, [("", test)])
    near = (
        f"coalesce(bool_or({columns[0].ref}) OVER ({rows.order_sql.strip()} "
        f"ROWS BETWEEN {after} PRECEDING AND {before} FOLLOWING), false)"
    )
    return replace(filtered(call.context, rows, Value(near, "bool")), columns=call.rows.columns)


def _rows(call: PluginCall, node: Expression) -> int:
    number = bind(call.context, node, None).constant
    if not isinstance(number, int) or number < 0:
        call.context.fail(node.at, "rows_near takes a constant number of rows.")
    return number
