"""From type to type, as KQL's ``to…()`` functions and its implicit conversions do it."""

from __future__ import annotations

import json
import math

from ....kql.constants import EPOCH_TICKS, FIRST_TICK, LAST_TICK, clock_text, datetime_ticks, timespan_ticks
from ....kql.ticks import datetime_text
from ..conversion import PHYSICAL
from .values import NUMERIC, Value, constant, null


def to_string(value: Value) -> Value:
    """``tostring``: never null."""
    if value.type == "string":
        return value
    if value.is_constant:
        return constant(_constant_text(value), "string")
    return Value(value.shown or _text_sql(value), "string")


def _constant_text(value: Value) -> str:
    item = value.constant
    if item is None:
        return ""
    match value.type:
        case "bool":
            return "True" if item else "False"
        case "datetime" if isinstance(item, int):
            return datetime_text(item + EPOCH_TICKS)
        case "timespan" if isinstance(item, int):
            return clock_text(item)
        case "dynamic":
            return _json_text(str(item))
        case "real" if isinstance(item, float):
            return _real_text(item)
    return str(item)


def _json_text(text: str) -> str:
    parsed = json.loads(text)
    if isinstance(parsed, str):
        return parsed
    return "" if parsed is None else text


def _real_text(value: float) -> str:
    text = repr(value)
    if "e" in text:
        return text.replace("e", "E")
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text)


def _text_sql(value: Value) -> str:
    match value.type:
        case "dynamic":
            # The whole of a text that is no JSON is that text: the root holds null for it.
            if value.root and value.path != "'$'":
                return f"coalesce(json_extract_string({value.root}, {value.path}), '')"
            return f"coalesce(json_extract_string({value.sql}, '$'), '')"
        case "datetime":
            return f"kql_datetime_text({value.sql})"
        case "timespan":
            return f"kql_timespan_text({value.sql})"
        case "bool":
            return f"CASE {value.sql} WHEN true THEN 'True' WHEN false THEN 'False' ELSE '' END"
        case "real":
            return f"kql_real_text({value.sql})"
        case "decimal":
            return f"kql_decimal_text({value.sql})"
        case _:
            # Nothing for a null; unlike coalesce() it is worked out once for each value of a dictionary.
            return f"concat({value.sql})"


def to_dynamic(value: Value) -> Value:
    """The value as JSON; a null stays null."""
    if value.type == "dynamic":
        return value
    return Value(json_sql(value), "dynamic")


def json_sql(value: Value) -> str:
    """SQL of type VARCHAR with the value as JSON text, or null."""
    match value.type:
        case "dynamic":
            return value.sql
        case "string":
            return f"CAST(to_json({value.sql}) AS VARCHAR)"
        case "int" | "long" | "bool":
            return f"CAST({value.sql} AS VARCHAR)"
        case "real":
            return f"kql_real_json({value.sql})"
        case "decimal":
            return f"CASE WHEN {value.sql} IS NOT NULL THEN CAST(to_json(kql_decimal_text({value.sql})) AS VARCHAR) END"
        case "datetime" | "timespan":
            return f"CASE WHEN {value.sql} IS NOT NULL THEN CAST(to_json({_text_sql(value)}) AS VARCHAR) END"
        case _:
            return f"CAST(to_json({value.sql}) AS VARCHAR)"


def packed_sql(value: Value) -> str:
    """SQL of what ``json_object`` and ``json_array`` make the value's JSON of; a null stays null."""
    return value.sql if value.type in ("string", "int", "long", "bool") else typed_json_sql(value)


def typed_json_sql(value: Value) -> str:
    """SQL of type JSON, for use inside ``json_object`` and lists; a null stays null."""
    return f"CAST({json_sql(value)} AS JSON)"


def to_number(value: Value, kind: str) -> Value:  # noqa: PLR0911  # one a type
    """``tolong``, ``toint``, ``toreal``, ``todecimal``: null where the value is no such number."""
    if value.type == kind:
        return value
    if value.is_null:
        return null(kind)
    if value.type == "datetime":
        # A number is ticks since year 1, as it is where a time is made of one.
        return to_number(Value(f"({value.sql} + {EPOCH_TICKS})", "long"), kind)
    if value.is_constant and isinstance(value.constant, int | float | bool) and kind != "decimal":
        return _constant_number(value, kind)
    source = to_string(value) if value.type == "dynamic" else value
    if kind in ("int", "long"):
        held = value.type == "dynamic" and not value.shown
        sql = _held_whole(value, source.sql, kind) if held else _whole_sql(source, kind)
        return Value(sql, kind)
    physical = {"real": "DOUBLE", "decimal": "DECIMAL(38,18)"}[kind]
    if source.type == "timespan":
        source = Value(f"CAST({source.sql} AS BIGINT)", "long")
    if source.type == "string":
        return Value(f"kql_to_{kind}({source.sql})", kind)
    if source.type == "bool":
        return Value(f"CAST(CAST({source.sql} AS INTEGER) AS {physical})", kind)
    if source.type == "real" and kind == "decimal":
        # By way of the shortest digits that mean the number: its binary value has 20 more that mean nothing.
        return Value(f"TRY_CAST(CAST({source.sql} AS VARCHAR) AS {physical})", kind)
    return Value(f"TRY_CAST({source.sql} AS {physical})", kind)


def _constant_number(value: Value, kind: str) -> Value:
    number = value.constant
    if isinstance(number, bool):
        number = int(number)
    if not isinstance(number, int | float):
        return null(kind)
    if kind == "real":
        return constant(float(number), kind)
    if isinstance(number, int) and kind == "int":
        return constant((number + (1 << 31)) % (1 << 32) - (1 << 31), kind)
    if not math.isfinite(number):
        return null(kind)
    bits = 31 if kind == "int" else 63
    if not -(1 << bits) <= int(number) < 1 << bits:
        # Kusto gives another number for a constant than for a value of the data.
        return Value(f"CAST(error('{number!r} is beyond what to{kind}() can give') AS {PHYSICAL[kind]})", kind)
    return constant(int(number), kind)


def _held_whole(value: Value, text: str, kind: str) -> str:
    """What a dynamic holds as a whole number, by its own type, which is asked for only where the digits do not tell."""
    real, flag = f"kql_{kind}_of_real(TRY_CAST({text} AS DOUBLE))", f"CAST({text} = 'true' AS INTEGER)"
    other = f"CASE json_type({value.sql}) WHEN 'DOUBLE' THEN {real} WHEN 'BOOLEAN' THEN {flag} END"
    return f"coalesce(kql_to_{kind}({text}), {other})"


def _whole_sql(source: Value, kind: str) -> str:
    physical = "INTEGER" if kind == "int" else "BIGINT"
    match source.type:
        case "string":
            return f"kql_to_{kind}({source.sql})"
        case "real":
            return f"kql_{kind}_of_real({source.sql})"
        case "decimal":
            return f"TRY_CAST(trunc({source.sql}) AS {physical})"
        case "bool":
            return f"CAST({source.sql} AS {physical})"
        case "long" | "timespan" if kind == "int":
            return f"kql_int_of_long({source.sql})"
        case _:
            return f"TRY_CAST({source.sql} AS {physical})"


def to_bool(value: Value) -> Value:
    """``tobool``."""
    if value.type == "bool":
        return value
    if value.is_null:
        return null("bool")
    if value.type in NUMERIC:
        return Value(f"({value.sql} <> 0)", "bool")
    text = to_string(value).sql
    return Value(
        f"CASE lower(trim({text})) WHEN 'true' THEN true WHEN 'false' THEN false"
        f" ELSE CASE WHEN regexp_full_match({text}, '\\s*[+-]?\\d+\\s*') THEN TRY_CAST({text} AS BIGINT) <> 0 END END",
        "bool",
    )


def to_datetime(value: Value) -> Value:
    """``todatetime``: null where the text is no date."""
    if value.type == "datetime":
        return value
    if value.text is not None and (ticks := datetime_ticks(value.text)) is not None:
        return constant(ticks, "datetime")
    if value.type in ("long", "int"):
        # Kusto reads a number as ticks since year 1.
        count = f"CAST({value.sql} AS BIGINT)"
        whole = f"{count} BETWEEN 0 AND {LAST_TICK - FIRST_TICK}"
        return Value(f"CASE WHEN {whole} THEN {count} - {EPOCH_TICKS} END", "datetime")
    text = to_string(value).sql
    return Value(f"coalesce(kql_datetime({text}), kql_loose_datetime({text}))", "datetime")


def to_timespan(value: Value) -> Value:
    """``totimespan``: null where the text is no duration."""
    if value.type == "timespan":
        return value
    if value.text is not None:
        return constant(timespan_ticks(value.text), "timespan")
    if value.type in NUMERIC or value.type in ("bool", "datetime"):
        # As many ticks as it is as a number.
        return Value(to_number(value, "long").sql, "timespan")
    text = to_string(value).sql
    sql = f"coalesce(kql_timespan({text}), kql_loose_timespan({text}))"
    if value.type == "dynamic":
        ticks = _held_whole(value, text, "long")
        sql = f"CASE WHEN json_type({value.sql}) = 'VARCHAR' THEN {sql} ELSE {ticks} END"
    return Value(sql, "timespan")


def to_guid(value: Value) -> Value:
    """``toguid``: null where the text does not begin with a GUID; what follows it does not count."""
    if value.type == "guid":
        return value
    return Value(f"kql_guid({to_string(value).sql})", "guid")


def cast_to(value: Value, kind: str) -> Value:
    """The explicit conversion to any type."""
    match kind:
        case "string":
            return to_string(value)
        case "bool":
            return to_bool(value)
        case "int" | "long" | "real" | "decimal":
            return to_number(value, kind)
        case "datetime":
            return to_datetime(value)
        case "timespan":
            return to_timespan(value)
        case "guid":
            return to_guid(value)
    return to_dynamic(value)


def common_type(kinds: set[str]) -> str | None:
    """The type that values of several types can all be read as without loss, or None."""
    kinds = set(kinds)
    if len(kinds) == 1:
        return kinds.pop()
    if kinds <= NUMERIC:
        for kind in ("decimal", "real", "long"):
            if kind in kinds:
                return kind
    if "dynamic" in kinds:
        return "dynamic"
    return None
