"""SQL that turns stored values into the engine's own form of each KQL type, and back.

The engine's physical types, chosen so that no digit is lost and no null appears where Kusto has none:

==========  ==================================================================
datetime    BIGINT, 100 ns ticks since 1970-01-01 UTC (Kusto's own precision)
timespan    BIGINT, 100 ns ticks
string      VARCHAR, never null
guid        VARCHAR in lower case, or null
dynamic     VARCHAR with JSON text, or null
long, int   BIGINT, INTEGER
real        DOUBLE
decimal     DECIMAL(38, 18) or what a file has
bool        BOOLEAN
==========  ==================================================================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PHYSICAL = {
    "bool": "BOOLEAN",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "decimal": "DECIMAL(38,18)",
    "datetime": "BIGINT",
    "timespan": "BIGINT",
    "string": "VARCHAR",
    "guid": "VARCHAR",
    "dynamic": "VARCHAR",
}

_WILD = re.compile(r"[*?\[]")
TICKS_PER_SECOND = 10_000_000
BEYOND = "A datetime lies outside the years 1 to 9999."
"""What is said of a time that none can be."""

ISO_DATETIME = r"\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?\s*"
TIMESPAN = r"\s*-?(\d+\.)?\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?\s*"


def quoted(name: str) -> str:
    """A name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a SQL literal."""
    if "\0" in text:
        return " || chr(0) || ".join("'" + part.replace("'", "''") + "'" for part in text.split("\0"))
    return "'" + text.replace("'", "''") + "'"


def file_literal(path: Path | str) -> str:
    """A path as a SQL literal that means this file alone: DuckDB takes ``*``, ``?`` and ``[`` for wildcards."""
    return literal(_WILD.sub(r"[\g<0>]", str(path)))


def lowered(text: str) -> str:
    """A text in small letters, as the database makes them: letter by letter, whatever stands beside it."""
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in text)


def from_text(value: str, kql_type: str) -> str:
    """SQL for ``value``, an expression of type VARCHAR, as ``kql_type``; null where it is not one."""
    return _FROM_TEXT[kql_type].format(f"({value})")


_INTEGER = r"\s*[+-]?\d+(\.0+)?\s*"
_FROM_TEXT = {
    "string": "coalesce({0}, '')",
    "bool": "CASE lower(trim({0})) WHEN 'true' THEN true WHEN '1' THEN true"
    " WHEN 'false' THEN false WHEN '0' THEN false END",
    "int": "CASE WHEN regexp_full_match({0}, '"
    + _INTEGER.replace("{", "{{").replace("}", "}}")
    + "') THEN TRY_CAST({0} AS INTEGER) END",
    "long": "CASE WHEN regexp_full_match({0}, '"
    + _INTEGER.replace("{", "{{").replace("}", "}}")
    + "') THEN TRY_CAST({0} AS BIGINT) END",
    "real": "TRY_CAST({0} AS DOUBLE)",
    "decimal": "TRY_CAST({0} AS DECIMAL(38,18))",
    "datetime": "kql_datetime({0})",
    "timespan": "kql_timespan({0})",
    "guid": "lower(CAST(TRY_CAST(trim({0}) AS UUID) AS VARCHAR))",
    "dynamic": "kql_json({0})",
}


def stored_type(duckdb_type: str) -> str:
    """The KQL type that a stored DuckDB type comes closest to."""
    name = duckdb_type.upper()
    if name in _STORED:
        return _STORED[name]
    if name.startswith("DECIMAL("):
        return "decimal"
    if name.endswith("]") or name.startswith(("STRUCT", "MAP", "UNION", "VARIANT")):
        return "dynamic"
    return "string"


_STORED = {
    "BOOLEAN": "bool",
    **dict.fromkeys(("TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER"), "int"),
    **dict.fromkeys(("UINTEGER", "BIGINT"), "long"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "real"),
    "UUID": "guid",
    "JSON": "dynamic",
    "DATE": "datetime",
    **dict.fromkeys(
        ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMPTZ_NS"),
        "datetime",
    ),
    **dict.fromkeys(("TIME", "TIME_NS", "INTERVAL"), "timespan"),
}


def from_stored(value: str, duckdb_type: str, kql_type: str) -> str | None:
    """SQL for a stored value as ``kql_type`` in the engine's form, or None where that needs reading text."""
    name = duckdb_type.upper()
    natural = stored_type(name)
    if natural == kql_type or (natural, kql_type) in _WIDENINGS:
        return _same_kind(value, name, kql_type)
    if kql_type == "string" and natural in {"bool", "int", "long", "guid"}:
        return f"coalesce(CAST({value} AS VARCHAR), '')"
    return None


_SPANS = {
    "TIME": "(epoch_us({0}) * 10)",
    "TIME_NS": "(epoch_ns({0}) // 100)",
    "INTERVAL": "(epoch_us(CAST({0} AS INTERVAL)) * 10)",
}
_WIDENINGS = {("int", "long"), ("int", "real"), ("long", "real"), ("int", "decimal"), ("long", "decimal")}


def _same_kind(value: str, duckdb_type: str, kql_type: str) -> str:
    if kql_type == "datetime":
        if duckdb_type in ("TIMESTAMP_NS", "TIMESTAMPTZ_NS"):
            # Whole ticks only: a Parquet file may hold single nanoseconds, Kusto does not.
            return f"(epoch_ns({value}) // 100)"
        return f"(epoch_us(CAST({value} AS TIMESTAMP)) * 10)"
    if kql_type == "timespan":
        return _SPANS[duckdb_type].format(value)
    if kql_type == "guid":
        return f"CAST({value} AS VARCHAR)"
    if kql_type == "dynamic":
        return f"CAST({value} AS VARCHAR)" if duckdb_type == "JSON" else f"CAST(to_json({value}) AS VARCHAR)"
    if kql_type == "string":
        return f"coalesce(CAST({value} AS VARCHAR), '')"
    if kql_type == "decimal":
        return value
    return f"CAST({value} AS {PHYSICAL[kql_type]})"
