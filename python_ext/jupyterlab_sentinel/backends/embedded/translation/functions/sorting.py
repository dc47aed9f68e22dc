"""``array_sort_asc`` and ``array_sort_desc``: one array in order, or several in the order of the first one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .....kql import tree
from ..names import own_name
from ..values import Value
from .registry import Arguments, bound_arguments, function
from .several import SEVERAL

if TYPE_CHECKING:
    from .....kql.tree import Call
    from ..context import Context
    from ..relations import Relation

_DIRECTIONS = {"array_sort_asc": "ASC", "array_sort_desc": "DESC"}
_NUMBERS = "('BIGINT', 'UBIGINT', 'DOUBLE')"
# First the numbers, then the texts, then all others; a place keeps those as they were.
_KEY = (
    f"'c': CASE WHEN json_type({{e}}) IN {_NUMBERS} THEN 0 WHEN json_type({{e}}) = 'VARCHAR' THEN 1 ELSE 2 END, "
    "'n': CASE WHEN json_type({e}) <> 'VARCHAR' THEN TRY_CAST({e} AS DOUBLE) END, "
    "'t': CASE WHEN json_type({e}) = 'VARCHAR' THEN json_extract_string({e}, '$') END"
)
_MIXED = "error('array_sort_desc(): whether numbers and texts in one array are put in order is not documented')"


def _arrays(arguments: Arguments) -> tuple[tuple[Value, ...], str]:
    """The arrays of a call, and whether nulls come last."""
    last = arguments.values[-1]
    arrays = arguments.values[:-1] if len(arguments) > 1 and last.type == "bool" else arguments.values
    for place, array in enumerate(arrays):
        if array.type != "dynamic":
            arguments.fail(
                f"it takes arrays, and the argument {place + 1} is a {array.type}.",
                "split(), make_list() and pack_array() make arrays; only the last argument may be true or false.",
            )
    return arrays, last.sql if len(arrays) < len(arguments) else "true"


def _sorted(arguments: Arguments) -> Value:
    arrays, nulls_last = _arrays(arguments)
    if len(arrays) > 1:
        arguments.fail(
            f"of {len(arrays)} arrays it gives {len(arrays)} columns: it cannot stand inside of an expression.",
            f"Take one of them, as {arguments.node.name}( … )[1] does; or name them first, in extend or project: "
            f"(a, b) = {arguments.node.name}( … ).",
        )
    whole = f"kql_elements({arrays[0].sql})"
    keyed = f"list_transform(list_filter({whole}, lambda e: e <> 'null'), lambda e: {{{_KEY.format(e='e')}, 'v': e}})"
    ordered = _ordered(arguments.node.name, keyed, "p.v")
    # A null list beside another one counts as an empty one.
    return _as_array(f"CASE WHEN {whole} IS NOT NULL THEN {_with_nulls(ordered, _nulls(whole), nulls_last)} END")


def _ordered(name: str, keyed: str, taken: str) -> str:
    """SQL: of each of the elements with their keys, in order, what ``taken`` takes."""
    direction = _DIRECTIONS[name]
    ordered = f"list_transform(list_sort({keyed}, '{direction}', 'NULLS LAST'), lambda p: {taken})"
    if direction == "ASC":
        return ordered
    kinds = f"list_distinct(list_transform({keyed}, lambda p: p.c))"
    return f"CASE WHEN len({kinds}) > 1 THEN {_MIXED} ELSE {ordered} END"


def _nulls(whole: str) -> str:
    return f"list_filter({whole}, lambda e: e = 'null')"


def _with_nulls(ordered: str, nulls: str, last: str) -> str:
    behind, before = f"list_concat({ordered}, {nulls})", f"list_concat({nulls}, {ordered})"
    if last in ("true", "false"):
        return behind if last == "true" else before
    return f"CASE WHEN {last} THEN {behind} ELSE {before} END"


def _as_array(sql: str) -> Value:
    return Value(f"CAST(to_json({sql}) AS VARCHAR)", "dynamic")


for _name in _DIRECTIONS:
    function(_name, takes=("dynamic", "any", "..."), required=1)(_sorted)


# --- several arrays ------------------------------------------------------------------------


def sorted_arrays(context: Context, call: Call, row: Relation | None) -> list[tuple[str, Value]]:
    """The arrays of a call that has several, each in the order of the first; of a call with one array, none.

    One that is no array, or not as long as the first, is null.
    """
    from .registry import FUNCTIONS

    arguments = bound_arguments(context, call, row, FUNCTIONS[call.name])
    arrays, nulls_last = _arrays(arguments)
    if len(arrays) < 2:
        return []
    places = _places(call.name, f"kql_elements({arrays[0].sql})", nulls_last)
    return [
        (f"{_stem(node) or f'array{place}'}_sorted", _in_order(array, arrays[0], places))
        for place, (node, array) in enumerate(zip(call.args, arrays, strict=False))
    ]


def _stem(node: tree.Expression) -> str | None:
    return None if isinstance(node, tree.Literal) else own_name(node)


def _places(name: str, whole: str, nulls_last: str) -> str:
    """SQL: where the elements of the first array have to go, as the places, from 1, that they come from.

    Elements that sort alike keep their order.
    """
    numbered = f"list_transform({whole}, lambda e, i: {{'e': e, 'i': i}})"
    kept = f"list_filter({numbered}, lambda p: p.e <> 'null')"
    sign = "" if _DIRECTIONS[name] == "ASC" else "-"
    keyed = f"list_transform({kept}, lambda p: {{{_KEY.format(e='p.e')}, 'i': {sign}p.i}})"
    nulls = f"list_transform(list_filter({numbered}, lambda p: p.e = 'null'), lambda p: p.i)"
    return _with_nulls(_ordered(name, keyed, f"{sign}p.i"), nulls, nulls_last)


def _in_order(array: Value, first: Value, places: str) -> Value:
    elements = f"kql_elements({array.sql})"
    fits = f"json_type({array.sql}) = 'ARRAY' AND len({elements}) = len(kql_elements({first.sql}))"
    return _as_array(f"CASE WHEN {fits} THEN list_transform({places}, lambda i: ({elements})[i]) END")


for _name in _DIRECTIONS:
    SEVERAL[_name] = sorted_arrays
