"""Functions that look at other rows of a serialized table."""

from __future__ import annotations

from ..casts import cast_to
from ..values import Value, constant, null
from .registry import Arguments, function


def _over(arguments: Arguments) -> str:
    rows = arguments.context.windowed
    if rows is None or not rows.serialized:
        arguments.context.fail(
            arguments.node.at,
            f"{arguments.node.name}() needs rows in an order.",
            "Put 'sort by' or 'serialize' before it, and use it in extend, project or where.",
        )
    order = rows.order_sql.strip()
    partition = f"PARTITION BY {rows.group}" if rows.group else ""
    return f"OVER ({' '.join(part for part in (partition, order) if part)})"


def _neighbour(arguments: Arguments, sql: str) -> Value:
    value = arguments[0]
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


@function("row_number", takes=("whole", "bool"), required=0)
def _row_number(arguments: Arguments) -> Value:
    start = arguments[0] if len(arguments) else constant(1, "long")
    if len(arguments) > 1 and arguments[1].constant is not False:
        arguments.context.refuse(arguments.node.at, "row_number() with a restart")
    return Value(f"(row_number() {_over(arguments)} + {start.sql} - 1)", "long")


@function("row_cumsum", takes=("number", "bool"), required=1)
def _row_cumsum(arguments: Arguments) -> Value:
    if len(arguments) > 1 and arguments[1].constant is not False:
        arguments.context.refuse(arguments.node.at, "row_cumsum() with a restart")
    value = arguments[0]
    kind = "long" if value.type == "int" else value.type
    over = _over(arguments)[:-1] + " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    physical = {"long": "BIGINT", "real": "DOUBLE", "decimal": "DECIMAL(38,18)"}[kind]
    return Value(f"CAST(coalesce(sum({value.sql}) {over}, 0) AS {physical})", kind)
