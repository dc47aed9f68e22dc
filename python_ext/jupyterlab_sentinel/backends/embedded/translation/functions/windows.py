"""Functions that look at other rows of a serialized table.

SQL has no window over a window: what one needs from another becomes a column of the table that is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...computed.sessions import session_starts
from ...conversion import PHYSICAL, literal
from ...python_functions import python_call, register
from ..casts import cast_to, to_bool
from ..values import Value, constant, null
from .registry import Arguments, function

if TYPE_CHECKING:
    from ..context import Context
    from ..relations import Relation


def _rows(arguments: Arguments) -> Relation:
    rows = arguments.context.windowed
    if rows is None or not rows.serialized:
        arguments.context.fail(
            arguments.node.at,
            f"{arguments.node.name}() needs rows in an order.",
            "Put 'sort by' or 'serialize' before it, and use it in extend, project or where.",
        )
    return rows


def _over(arguments: Arguments, run: str = "", frame: str = "") -> str:
    """The window over a group's rows in order, or over a run of them, which a column tells."""
    rows = _rows(arguments)
    listed = ", ".join(part for part in (rows.group, run) if part)
    partition = f"PARTITION BY {listed}" if listed else ""
    order = _order(arguments.context, rows, needed=bool(run))
    return f"OVER ({' '.join(part for part in (partition, order, frame) if part)})"


def _order(context: Context, rows: Relation, *, needed: bool) -> str:
    """The order of the rows by their numbers, so that those that sort alike have one place in every window.

    :param needed: whether the window needs one even where the rows are in no order but that of their file.
    """
    numbers = context.ctes.numbers
    if rows.source not in numbers:
        if not rows.order and not needed:
            return ""
        if len(rows.order) == 1 and rows.order[0].ref in numbers.values():
            return rows.order_sql.strip()
        numbers[rows.source] = _staged(context, rows, f"row_number() OVER ({rows.order_sql.strip()})")
    return f"ORDER BY {numbers[rows.source]}"


def _staged(context: Context, rows: Relation, sql: str, *, twice: bool = False) -> str:
    """The identifier of a new column of the table that ``rows`` reads, for a window to look at.

    :param sql: with ``{under}`` where it reads the whole table itself.
    :param twice: whether it does.
    """
    bodies = context.ctes.bodies
    place = next(place for place, (name, _) in enumerate(bodies) if name.rstrip("!") == rows.source)
    marked, body = bodies[place]
    ref = context.ctes.new_ref()
    context.ctes.names += 1
    under = f"q{context.ctes.names}"
    bodies[place : place + 1] = [
        (f"{under}!" if marked.endswith("!") or twice else under, body),
        (rows.source, f"SELECT *, {sql.replace('{under}', under) if twice else sql} AS {ref} FROM {under}"),
    ]
    return ref


def _flat(arguments: Arguments, value: Value) -> Value:
    """The value, as a column where it is a window itself."""
    if " OVER (" not in value.sql:
        return value
    return Value(_staged(arguments.context, _rows(arguments), value.sql), value.type)


def _neighbour(arguments: Arguments, sql: str) -> Value:
    value = _flat(arguments, arguments[0])
    offset = arguments[1].constant if len(arguments) > 1 else 1
    if not isinstance(offset, int) or offset < 0:
        arguments.context.refuse(arguments.node.at, f"{arguments.node.name}() with an offset that is not constant")
    default = cast_to(arguments[2], value.type) if len(arguments) > 2 else null(value.type)
    return Value(f"{sql}({value.sql}, {offset}, {default.sql}) {_over(arguments)}", value.type)


@function("prev", takes=("any", "whole", "any"), required=1)
def _prev(arguments: Arguments) -> Value:
    return _neighbour(arguments, "lag")


@function("next", takes=("any", "whole", "any"), required=1)
def _next(arguments: Arguments) -> Value:
    return _neighbour(arguments, "lead")


_SO_FAR = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"


def _run(arguments: Arguments, place: int) -> str:
    """A column that tells the runs apart that the argument at ``place`` begins; nothing for one run."""
    if len(arguments) <= place or arguments[place].constant is False:
        return ""
    rows, context = _rows(arguments), arguments.context
    restart = _flat(arguments, to_bool(arguments[place])).sql
    listed = f"PARTITION BY {rows.group} " if rows.group else ""
    order = _order(context, rows, needed=True)
    return _staged(context, rows, f"sum(CASE WHEN {restart} THEN 1 ELSE 0 END) OVER ({listed}{order} {_SO_FAR})")


@function("row_number", takes=("whole", "bool"), required=0)
def _row_number(arguments: Arguments) -> Value:
    start = arguments[0] if len(arguments) else constant(1, "long")
    return Value(f"(row_number() {_over(arguments, _run(arguments, 1))} + {start.sql} - 1)", "long")


@function("row_cumsum", takes=("number", "bool"), required=1)
def _row_cumsum(arguments: Arguments) -> Value:
    value = _flat(arguments, arguments[0])
    so_far = _over(arguments, _run(arguments, 1), _SO_FAR)
    return Value(f"CAST(coalesce(sum({value.sql}) {so_far}, 0) AS {PHYSICAL[value.type]})", value.type)


def _changed(arguments: Arguments, run: str) -> str:
    """A column that is 1 where a run begins or the term differs from that of the row before."""
    term, over = _flat(arguments, arguments[0]).sql, _over(arguments, run)
    test = f"row_number() {over} = 1 OR {term} IS DISTINCT FROM lag({term}) {over}"
    return _staged(arguments.context, _rows(arguments), f"CASE WHEN {test} THEN 1 ELSE 0 END")


@function("row_rank_dense", takes=("any", "bool"), required=1)
def _row_rank_dense(arguments: Arguments) -> Value:
    run = _run(arguments, 1)
    return Value(f"CAST(sum({_changed(arguments, run)}) {_over(arguments, run, _SO_FAR)} AS BIGINT)", "long")


@function("row_rank_min", takes=("any", "bool"), required=1)
def _row_rank_min(arguments: Arguments) -> Value:
    run = _run(arguments, 1)
    changed = _changed(arguments, run)
    number = _staged(arguments.context, _rows(arguments), f"row_number() {_over(arguments, run)}")
    return Value(f"max(CASE WHEN {changed} = 1 THEN {number} END) {_over(arguments, run, _SO_FAR)}", "long")


_MOST_IN_SESSIONS = 5_000_000

register("session_starts", session_starts, ("BIGINT[]", "BOOLEAN[]", "BIGINT", "BIGINT"), "BIGINT[]")


@function("row_window_session", takes=("datetime", "timespan", "timespan", "bool"), required=3)
def _row_window_session(arguments: Arguments) -> Value:
    """The first time of each row's session: a fold over all rows, which is done once for the whole table."""
    rows, context = _rows(arguments), arguments.context
    if rows.group:
        context.refuse(arguments.node.at, "row_window_session() inside mv-apply or partition")
    longest, gap = (arguments[place].constant for place in (1, 2))
    if not isinstance(longest, int) or not isinstance(gap, int) or min(longest, gap) < 0:
        arguments.fail("the distances have to be constant durations.")
    time = _flat(arguments, arguments[0]).sql
    restart = _flat(arguments, to_bool(arguments[3])).sql if len(arguments) > 3 else "false"
    # A column of its own, which has no second value in the copy that is read for the whole table.
    time, restart = (_staged(context, rows, sql) for sql in (time, restart))
    _order(context, rows, needed=True)
    number = context.ctes.numbers.get(rows.source) or rows.order[0].ref
    lists = (f"list({ref} ORDER BY {number})" for ref in (time, restart))
    many = literal(f"row_window_session: more than {_MOST_IN_SESSIONS:,} rows, which it takes into memory")
    starts = python_call("session_starts", *lists, str(longest), str(gap))
    whole = f"(SELECT CASE WHEN count(*) > {_MOST_IN_SESSIONS} THEN error({many}) ELSE {starts} END FROM {{under}})"
    place = _staged(context, rows, f"row_number() OVER (ORDER BY {number})")
    return Value(_staged(context, rows, f"({whole})[{place}]", twice=True), "datetime")
