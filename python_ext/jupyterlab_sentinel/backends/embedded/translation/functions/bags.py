"""Functions on property bags."""

from __future__ import annotations

from .....kql import tree
from ...computed.bags import path_of, with_key, without_keys
from ...conversion import literal
from ...python_functions import python_call, register
from ..casts import json_sql, packed_sql, to_string, typed_json_sql
from ..comparisons import constant_elements
from ..values import Value
from .registry import Arguments, function, template
from .strings import plain_path

template(
    "bag_keys",
    "dynamic",
    "CASE WHEN json_type({0}) = 'OBJECT' THEN CAST(to_json(json_keys({0})) AS VARCHAR) END",
    "dynamic",
)


def bag_sql(pairs: list[tuple[str, Value]]) -> str:
    """SQL of a bag of keys (SQL of texts) and values."""
    listed = ", ".join(f"{key}, {packed_sql(value)}" for key, value in pairs)
    return f"CAST(json_object({listed}) AS VARCHAR)"


@function("pack", "bag_pack", "pack_dictionary", takes=("any", "..."), required=0)
def _pack(arguments: Arguments) -> Value:
    if len(arguments) % 2:
        arguments.fail("names and values are expected in pairs.")
    values = arguments.values
    keys = [to_string(value) for value in values[::2]]
    fixed = [key.text for key in keys if key.text is not None]
    if len(set(fixed)) < len(fixed):
        arguments.fail("a key is given twice, and which value it then has is not documented.")
    pairs = [(key.sql, value) for key, value in zip(keys, values[1::2], strict=True)]
    return Value(bag_sql(pairs), "dynamic")


@function("bag_pack_columns", takes=("any", "..."), required=1)
def _bag_pack_columns(arguments: Arguments) -> Value:
    pairs = []
    for node, value in zip(arguments.node.args, arguments.values, strict=True):
        if not isinstance(node, tree.Name):
            arguments.fail("only columns can be packed.", "Use bag_pack() for computed values.")
        pairs.append((literal(node.name), value))
    return Value(bag_sql(pairs), "dynamic")


@function("pack_all", takes=("bool",), required=0)
def _pack_all(arguments: Arguments) -> Value:
    return packed_columns(arguments, ignore_empty=bool(len(arguments) and arguments[0].constant is True))


def packed_columns(arguments: Arguments, *, ignore_empty: bool) -> Value:
    """A bag of the row's columns."""
    row = arguments.row
    if row is None:
        arguments.fail("there is no row here.")
    pairs = [(literal(column.name), Value(column.ref, column.type)) for column in row.visible]
    if not ignore_empty:
        return Value(bag_sql(pairs), "dynamic")
    items = ", ".join(
        f"CASE WHEN {_is_filled(value)} THEN CAST(to_json({key}) AS VARCHAR) || ':' || "
        f"CAST({typed_json_sql(value)} AS VARCHAR) END"
        for key, value in pairs
    )
    return Value(f"('{{' || array_to_string(list_filter([{items}], lambda e: e IS NOT NULL), ',') || '}}')", "dynamic")


def _is_filled(value: Value) -> str:
    return f"{value.sql} <> ''" if value.type == "string" else f"{value.sql} IS NOT NULL"


@function("bag_merge", takes=("dynamic", "dynamic", "..."), required=2)
def _bag_merge(arguments: Arguments) -> Value:
    # The first bag to have a key keeps it; json_merge_patch lets the last win, and drops nulls.
    values = list(arguments.values)
    keys = (
        "flatten(["
        + ", ".join(
            f"coalesce(json_keys(CASE WHEN json_type({value.sql}) = 'OBJECT' THEN {value.sql} END), [])"
            for value in values
        )
        + "])"
    )
    picked = "coalesce(" + ", ".join(f"json_extract({value.sql}, kql_pointer(k))" for value in values) + ")"
    pair = f"CAST(to_json(k) AS VARCHAR) || ':' || CAST({picked} AS VARCHAR)"
    return Value(
        f"('{{' || coalesce(array_to_string(list_transform(kql_unique({keys}), lambda k: {pair}), ','), '') || '}}')",
        "dynamic",
    )


register("bag_without", without_keys, ("VARCHAR", "VARCHAR"), "VARCHAR")
register("bag_with", with_key, ("VARCHAR", "VARCHAR", "VARCHAR"), "VARCHAR")


@function("bag_remove_keys", takes=("dynamic", "dynamic"))
def _bag_remove_keys(arguments: Arguments) -> Value:
    bag, keys = arguments.sql(0), arguments.sql(1)
    known = constant_elements(arguments[1])
    if known is None or any(_checked_path(arguments, key).startswith("$") for key in known):
        return Value(python_call("bag_without", bag, keys), "dynamic")
    kept = f"list_filter(json_keys({bag}), lambda k: NOT list_contains(kql_strings({keys}), k))"
    pair = f"CAST(to_json(k) AS VARCHAR) || ':' || CAST(json_extract({bag}, kql_pointer(k)) AS VARCHAR)"
    return Value(
        f"CASE WHEN json_type({bag}) = 'OBJECT' THEN '{{' || "
        f"coalesce(array_to_string(list_transform({kept}, lambda k: {pair}), ','), '') || '}}' "
        "END",
        "dynamic",
    )


def _checked_path(arguments: Arguments, key: Value) -> str:
    text = key.text or ""
    try:
        path_of(text)
    except ValueError as error:
        arguments.fail(str(error))
    return text


@function("bag_has_key", takes=("dynamic", "string"))
def _bag_has_key(arguments: Arguments) -> Value:
    path, (bag, key) = arguments[1].text, (value.sql for value in arguments.values)
    has = f"coalesce(list_contains(json_keys({bag}), {key}), false)"
    if path is None:
        unread = "error('bag_has_key() reads a path that begins with $ only where it is a constant')"
        return Value(f"CASE WHEN starts_with({key}, '$') THEN {unread} ELSE {has} END", "bool")
    if not path.startswith("$"):
        return Value(has, "bool")
    plain = plain_path(path)
    if plain is None or "[" in plain:
        arguments.fail(f"{path!r} is no path to a key, such as $.a['b c'].", "It does not go into arrays.")
    return Value(f"coalesce(json_exists({bag}, {literal(plain)}), false)", "bool")


@function("bag_set_key", takes=("dynamic", "string", "any"))
def _bag_set_key(arguments: Arguments) -> Value:
    if arguments[1].is_constant:
        _checked_path(arguments, arguments[1])
    value = json_sql(arguments[2])
    return Value(python_call("bag_with", arguments.sql(0), arguments.sql(1), value), "dynamic")


@function("bag_zip", takes=("dynamic", "dynamic"))
def _bag_zip(arguments: Arguments) -> Value:
    keys, values = f"kql_elements({arguments.sql(0)})", f"kql_elements({arguments.sql(1)})"
    # Only texts are keys, and only an array has keys.
    pair = f"CAST(k AS VARCHAR) || ':' || coalesce(CAST({values}[i] AS VARCHAR), 'null')"
    pairs = f"list_transform({keys}, lambda k, i: CASE WHEN json_type(k) = 'VARCHAR' THEN {pair} END)"
    listed = f"coalesce(array_to_string(list_filter({pairs}, lambda p: p IS NOT NULL), ','), '')"
    texts = f"list_filter({keys}, lambda k: json_type(k) = 'VARCHAR')"
    twice = "error('bag_zip(): a key is given twice, and which value it then has is not documented')"
    return Value(
        f"CASE WHEN len(list_distinct({texts})) < len({texts}) THEN {twice} "
        f"WHEN {keys} IS NOT NULL THEN '{{' || {listed} || '}}' END",
        "dynamic",
    )
