"""``make-series``: arrays of aggregates along an axis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .....kql import tree
from .....kql.constants import EPOCH_TICKS
from ...computed.series.bins import rows_beside
from ...conversion import literal
from ...python_functions import python_call, register
from ..aggregates import is_aggregate
from ..casts import to_number, typed_json_sql
from ..expressions import bind
from ..names import Namer, own_name
from ..relations import Column, Relation
from ..values import NUMERIC, WHOLE, Value, constant
from .columns import compute, plain_items
from .registry import operator

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context

_MOST = 1_048_576
_TOO_LONG = literal(f"make-series: an array would have more than {_MOST:,} elements")
_UNEVEN = literal(
    "make-series … in range( ): it is not documented how many elements there are where the start lies further in its "
    "bin than the stop; write from … to … step"
)
_BOUNDS = 3
_AXES = {"datetime": "timespan", "timespan": "timespan", "long": "long", "real": "real"}


register("series_beside", rows_beside, ("BIGINT",), "BIGINT")


@dataclass(frozen=True, slots=True)
class _Axis:
    """The axis and its bins; a bin is a whole number, counted from ``origin``.

    :param first: SQL of the first bin; empty: the first that a series has.
    :param end: SQL of the bin after the last; empty: the one after the last that a series has.
    :param start: SQL of the value that all rows are from; empty: none.
    :param stop: SQL of the value that all rows are below; empty: none.
    :param whole: whether it is not documented that rows outside of ``start`` and ``stop`` do not count in the
        bins that these values lie in.
    """

    name: str
    value: Value
    step: int | float
    origin: str
    first: str
    end: str
    start: str
    stop: str
    whole: bool = False

    def bin(self, ref: str) -> str:
        """The bin of a value."""
        return self.steps(f"{ref} - ({self.origin})")

    def steps(self, distance: str) -> str:
        """How many whole steps are in a distance, rounded down."""
        if self.value.type == "real":
            return f"CAST(floor(({distance}) / CAST({self.step!r} AS DOUBLE)) AS BIGINT)"
        return f"kql_floor({distance}, {self.step})"

    def shown(self, bin_ref: str) -> Value:
        """The value at which a bin begins."""
        step = f"CAST({self.step!r} AS DOUBLE)" if self.value.type == "real" else self.step
        return Value(f"({self.origin} + {bin_ref} * {step})", self.value.type)


@operator("make-series")
def make_series(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """One row a group, or one row: arrays of what the aggregates give, then the axis."""
    axis = _axis(context, node, rows)
    keys = [key for key in node.by if not isinstance(key, tree.SortKey)]
    items = [_defaulted(item) for item in plain_items(node)]
    spelled = [own_name(each) for each in (*keys, *(item for item, _ in items)) if isinstance(each, tree.Named)]
    namer = Namer([*(name for name in spelled if name), axis.name])
    grouped = [(namer.name(key), bind(context, key, rows)) for key in keys]
    in_range, bin_ref, key_refs = _in_range(context, rows, axis, [value for _, value in grouped])
    measures = [(namer.name(item), *_measured(context, in_range, item, default)) for item, default in items]
    refs = [context.ctes.new_ref() for _ in measures]
    listed = "".join(f", {value.sql} AS {ref}" for (_, value, _), ref in zip(measures, refs, strict=True))
    by = [*key_refs, bin_ref]
    made = context.ctes.add(f"SELECT {', '.join(by)}{listed} FROM {in_range.source} GROUP BY {', '.join(by)}")
    grid, outer_keys, place = _grid(context, made, axis, key_refs, bin_ref, nonempty=_nonempty(context, node, axis))
    same = "".join(f" AND a.{a} IS NOT DISTINCT FROM b.{b}" for a, b in zip(outer_keys, key_refs, strict=True))
    cells = [
        f"CASE WHEN b.{bin_ref} IS NULL THEN {typed_json_sql(default)} "
        f"ELSE {typed_json_sql(Value(f'b.{ref}', value.type))} END"
        for (_, value, default), ref in zip(measures, refs, strict=True)
    ]
    cells.append(typed_json_sql(axis.shown(f"a.{place}")))
    names = [*(name for name, _, _ in measures), namer.take(axis.name)]
    outputs = [Column(name, "dynamic", context.ctes.new_ref()) for name in names]
    arrays = ", ".join(
        f"CAST(to_json(coalesce(list({cell} ORDER BY a.{place}), [])) AS VARCHAR) AS {column.ref}"
        for cell, column in zip(cells, outputs, strict=True)
    )
    columns = [Column(name, value.type, ref) for (name, value), ref in zip(grouped, outer_keys, strict=True)]
    outer = "".join(f"a.{ref}, " for ref in outer_keys)
    grouping = f" GROUP BY {', '.join(f'a.{ref}' for ref in outer_keys)}" if outer_keys else " HAVING count(*) > 0"
    source = context.ctes.add(
        f"SELECT {outer}{arrays} FROM {grid} AS a LEFT JOIN {made} AS b ON a.{place} = b.{bin_ref}{same}{grouping}"
    )
    return Relation(source, (*columns, *outputs))


def _defaulted(item: Expression) -> tuple[Expression, Expression | None]:
    if isinstance(item, tree.Binary) and item.op == "default":
        return item.left, item.right
    return item, None


def _axis(context: Context, node: tree.Operator, rows: Relation) -> _Axis:
    on, settings = node.parameters["on"], node.parameters
    start, end, step = settings.get("from"), settings.get("to"), settings.get("step")
    ranged = _ranged(context, on)
    if ranged is not None:
        on, (start, end, step) = ranged
    value = bind(context, on, rows)
    if value.type == "int":
        value = to_number(value, "long")
    if value.type not in _AXES:
        context.fail(on.at, f"The axis of make-series is a datetime, a timespan or a number, not a {value.type}.")
    if step is None:
        context.fail(node.at, "make-series needs a step.", "Write: on column from start to end step 1h.")
    size = bind(context, step, None)
    _check(context, step, size, _AXES[value.type])
    width = size.number
    if width is None or width <= 0:
        context.fail(step.at, "The step of make-series has to be a constant above zero.")
    bounds = [None if each is None else _bound(context, each, value.type) for each in (start, end)]
    # Without a start, bins are those of bin(): counted from the year 1, or from zero.
    zero = f"(-{EPOCH_TICKS})" if value.type == "datetime" else "0"
    name = own_name(on) or "Column1"
    first, stop = bounds
    if ranged is not None and first is not None and stop is not None:
        if value.type == "real":
            context.refuse(on.at, "make-series over an axis of type real in range( )", "Write from … to … step.")
        return _in_bins(_Axis(name, value, width, zero, "", "", first, f"({stop} + 1)", whole=True), stop)
    origin = zero if first is None else first
    axis = _Axis(name, value, width, origin, "" if first is None else "0", "", first or "", stop or "")
    return axis if stop is None else replace(axis, end=f"(-{axis.steps(f'({origin}) - ({stop})')})")


def _ranged(context: Context, on: Expression) -> tuple[Expression, tuple[Expression, Expression, Expression]] | None:
    """``on axis in range(start, stop, step)`` as the axis and its bounds."""
    named = on if isinstance(on, tree.Named) else None
    test = named.value if named is not None else on
    if not isinstance(test, tree.Membership):
        return None
    call = test.items[0] if test.op == "in" and len(test.items) == 1 else None
    if not isinstance(call, tree.Call) or call.name != "range" or len(call.args) != _BOUNDS:
        context.fail(test.at, "make-series takes an axis in range(start, stop, step).")
    axis = test.left if named is None else tree.Named(named.at, named.names, test.left)
    return axis, (call.args[0], call.args[1], call.args[2])


def _in_bins(axis: _Axis, stop: str) -> _Axis:
    """The axis over the bins of bin() from that of the start to that of ``stop``.

    range() and the bins agree on how many there are unless the start lies further in its bin than the stop in its own.
    """
    first, last = axis.bin(axis.start), axis.bin(stop)
    count = f"kql_floor(({stop}) - ({axis.start}), {axis.step})"
    checked = f"CASE WHEN {count} = {last} - {first} THEN {last} + 1 ELSE error({_UNEVEN}) END"
    return replace(axis, first=first, end=checked)


def _check(context: Context, node: Expression, value: Value, kind: str) -> None:
    if value.type != kind and not (kind in ("long", "real") and value.type in WHOLE):
        context.fail(node.at, f"make-series takes a {kind} here, and this is a {value.type}.")


def _bound(context: Context, node: Expression, kind: str) -> str:
    value = bind(context, node, None)
    _check(context, node, value, kind)
    if value.is_null:
        context.fail(node.at, "A bound of make-series is null.")
    return value.sql


def _nonempty(context: Context, node: tree.Operator, axis: _Axis) -> bool:
    kind = node.parameters.get("kind")
    if kind is None:
        return False
    if not isinstance(kind, tree.Name) or kind.name != "nonempty":
        context.fail(kind.at, "The only kind of make-series is nonempty.")
    if node.by or not (axis.first and axis.end):
        context.refuse(kind.at, "make-series kind=nonempty with by, or without from and to", "Leave kind=nonempty out.")
    return True


def _in_range(context: Context, rows: Relation, axis: _Axis, keys: list[Value]) -> tuple[Relation, str, list[str]]:
    """The rows whose bin is asked for; the identifiers of the bin and of the keys."""
    located, added = compute(context, rows, [("", axis.value), *(("", key) for key in keys)])
    ref, bin_ref = added[0].ref, context.ctes.new_ref()
    tests = [f"{ref} IS NOT NULL"]
    if axis.start:
        tests.append(f"{ref} >= {axis.start}")
    if axis.stop:
        tests.append(f"{ref} < {axis.stop}")
    if axis.whole:
        inside = f"{axis.bin(ref)} BETWEEN {axis.first} AND {axis.end} - 1"
        outside = f"({ref} < {axis.start} OR {ref} >= {axis.stop})"
        beside = f"SELECT count(*) FROM {located.source} WHERE {inside} AND {outside}"
        tests.append(f"{python_call('series_beside', f'({beside})')} >= 0")
    binned = context.ctes.add(
        f"SELECT *, {axis.bin(ref)} AS {bin_ref} FROM {located.source} WHERE {' AND '.join(tests)}"
    )
    return replace(located, source=binned, order=()), bin_ref, [column.ref for column in added[1:]]


def _measured(context: Context, rows: Relation, item: Expression, default: Expression | None) -> tuple[Value, Value]:
    """The aggregate, and what stands where there are no rows, of the same type."""
    call = item.value if isinstance(item, tree.Named) else item
    if (
        isinstance(call, tree.Call)
        and not is_aggregate(call.name)
        and call.name in ("percentiles", "arg_max", "arg_min")
    ):
        context.fail(call.at, f"make-series takes no {call.name}().", "Use an aggregate that gives one number.")
    context.aggregated = rows
    try:
        value = bind(context, call, None)
    finally:
        context.aggregated = None
    if value.type not in NUMERIC:
        context.fail(item.at, f"make-series takes aggregates that give numbers, and this gives a {value.type}.")
    if default is None:
        return value, to_number(constant(0, "long"), value.type)
    given = bind(context, default, None)
    if given.is_null:
        return value, constant(None, value.type)
    if given.type not in NUMERIC or given.number is None:
        context.fail(default.at, "The default of make-series has to be a constant number, or a null.")
    converted = to_number(given, value.type)
    if value.type in WHOLE and converted.number != given.number:
        context.fail(default.at, f"The default is no {value.type}, which the aggregate gives.", "Wrap it in toreal( ).")
    return value, converted


def _grid(
    context: Context, made: str, axis: _Axis, keys: list[str], bin_ref: str, *, nonempty: bool
) -> tuple[str, list[str], str]:
    """A row for each series and bin; the identifiers of its keys and of the bin."""
    low, high, place = (context.ctes.new_ref() for _ in range(3))
    fresh = [context.ctes.new_ref() for _ in keys]
    first = axis.first or f"min({bin_ref})"
    end = axis.end or f"max({bin_ref}) + 1"
    listed = "".join(f"{old} AS {new}, " for old, new in zip(keys, fresh, strict=True))
    spans = f"SELECT {listed}{first} AS {low}, {end} AS {high}"
    if not nonempty:
        grouping = f" GROUP BY {', '.join(keys)}" if keys else " HAVING count(*) > 0"
        spans += f" FROM {made}{grouping}"
    limits = context.ctes.add(spans)
    bins = f"CASE WHEN {high} - {low} > {_MOST} THEN error({_TOO_LONG}) ELSE range({low}, {high}) END"
    names = "".join(f"{ref}, " for ref in fresh)
    return context.ctes.add(f"SELECT {names}unnest({bins}) AS {place} FROM {limits}"), fresh, place
