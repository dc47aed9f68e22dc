"""Conversions from type to type: ``tostring``, ``todatetime``, ``gettype`` and their kin."""

from __future__ import annotations

from ..casts import cast_to, to_bool, to_datetime, to_guid, to_number, to_string, to_timespan
from ..values import Value, constant, null
from .registry import Arguments, function


@function("tostring", takes=("any",))
def _tostring(arguments: Arguments) -> Value:
    return to_string(arguments[0])


@function("tolong", takes=("any",))
def _tolong(arguments: Arguments) -> Value:
    return to_number(arguments[0], "long")


@function("toint", takes=("any",))
def _toint(arguments: Arguments) -> Value:
    return to_number(arguments[0], "int")


@function("toreal", "todouble", "tofloat", takes=("any",))
def _toreal(arguments: Arguments) -> Value:
    return to_number(arguments[0], "real")


@function("todecimal", takes=("any",))
def _todecimal(arguments: Arguments) -> Value:
    return to_number(arguments[0], "decimal")


@function("tobool", "toboolean", takes=("any",))
def _tobool(arguments: Arguments) -> Value:
    return to_bool(arguments[0])


@function("todatetime", takes=("any",))
def _todatetime(arguments: Arguments) -> Value:
    return to_datetime(arguments[0])


@function("totimespan", "totime", takes=("any",))
def _totimespan(arguments: Arguments) -> Value:
    return to_timespan(arguments[0])


@function("toguid", takes=("any",))
def _toguid(arguments: Arguments) -> Value:
    return to_guid(arguments[0])


@function("parse_json", "parsejson", "todynamic", "toobject", takes=("any",))
def _parse_json(arguments: Arguments) -> Value:
    value = arguments[0]
    if value.type == "dynamic":
        # As it is, also where it holds JSON as text: that takes tostring() first (parse_json's article).
        return value
    if value.type != "string":
        return cast_to(value, "dynamic")
    if value.is_constant and not value.constant:
        return null("dynamic")
    return Value(f"kql_json({value.sql})", "dynamic", root=f"kql_json_or_null({value.sql})", path="'$'")


@function("gettype", takes=("any",))
def _gettype(arguments: Arguments) -> Value:
    value = arguments[0]
    if value.type != "dynamic":
        return constant(value.type, "string")
    return Value(
        f"CASE json_type({value.sql}) WHEN 'ARRAY' THEN 'array' WHEN 'OBJECT' THEN 'dictionary'"
        " WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'bool' WHEN 'DOUBLE' THEN 'double'"
        " WHEN 'BIGINT' THEN 'long' WHEN 'UBIGINT' THEN 'long' ELSE 'null' END",
        "string",
    )


@function("tohex", takes=("whole", "whole"), required=1)
def _tohex(arguments: Arguments) -> Value:
    # An int has 32 bits: to_hex() takes it for a negative number of 64.
    narrow = " & 4294967295" if arguments[0].type == "int" else ""
    digits = f"lower(to_hex(CAST({arguments.sql(0)} AS BIGINT){narrow}))"
    if len(arguments) == 2:
        digits = f"lpad({digits}, CAST(greatest(least({arguments.sql(1)}, 16), length({digits})) AS INTEGER), '0')"
    return Value(f"coalesce({digits}, '')", "string")
