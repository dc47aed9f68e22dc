"""JSON sources: objects one a line, in an array, or one after the other.

A line that is no JSON does not hide the others: it is counted, and every answer from the table says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from ...errors import DataError
from .conversion import literal, quoted
from .event_logs import added_columns, nested_fields, remark
from .scans import Reading, Scan, ScanColumn, hive

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_JSON_OBJECT = 64 * 1024 * 1024
_MOST_COLUMNS = 2_000
_MOST_TABLES = 100
_KINDS = {
    "NULL": 0,
    "VARCHAR": 1,
    "BOOLEAN": 2,
    "BIGINT": 4,
    "UBIGINT": 4,
    "DOUBLE": 8,
    "OBJECT": 16,
    "ARRAY": 32,
}
_TEXT, _BOOL, _WHOLE, _REAL, _NESTED = 1, 2, 4, 8, 48
# What az monitor log-analytics query -o json writes: every value through Python's str().
_AZ_LIST = re.compile(r'\s*\[\s*\{\s*"TableName"\s*:')
_AZ_NOTE = (
    "It was written by the az command line, which writes None for null: columns of text may hold that word "
    "where the service had nothing."
)


@dataclass(frozen=True, slots=True)
class _Objects:
    """A FROM item with one JSON object a row in ``json``, and how many values were none.

    :param folders: columns that the folders' names tell; their values are in ``k0``, ``k1`` …
    """

    relation: str
    keys: tuple[str, ...]
    good: int
    bad: int
    folders: tuple[str, ...] = ()


def pointer(*keys: str) -> str:
    """The JSON pointer to a key within keys."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def scan_json(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[Scan]:
    """One scan a table: most files hold one, exports of several tables hold several.

    :raises DataError: no JSON objects.
    :raises duckdb.Error: not JSON.
    """
    objects = _objects(connection, reading)
    if _AZ_LIST.match(reading.head.text):
        return _parted(connection, objects, "TableName", _az_scan)
    if reading.source.by_type and "Type" in objects.keys:
        return _parted(connection, objects, "Type", _typed_scan)
    return [_scan(connection, objects)]


def _objects(connection: duckdb.DuckDBPyConnection, reading: Reading) -> _Objects:
    problems: list[duckdb.Error] = []
    for form in _forms(reading):
        try:
            found = _counted(connection, reading, form)
        except duckdb.InvalidInputException as error:
            problems.append(error)
            continue
        if found.good and found.keys:
            return found
    if problems:
        raise problems[0]
    raise DataError("the file holds no JSON objects")


def _forms(reading: Reading) -> tuple[str, ...]:
    """The layouts to try, likeliest first; objects one a line can be read past a broken one."""
    if reading.source.parts:
        return ("newline_delimited",)
    text = reading.head.text.lstrip()
    if text.startswith("["):
        return ("array", "newline_delimited")
    first = text.split("\n", 1)[0].rstrip()
    return ("newline_delimited", "unstructured") if first.endswith("}") else ("unstructured", "newline_delimited")


def _counted(connection: duckdb.DuckDBPyConnection, reading: Reading, form: str) -> _Objects:
    forgiving = ", ignore_errors=true" if form == "newline_delimited" else ""
    relation = (
        f"read_json_objects({reading.listed}, format='{form}', compression='{reading.compression}', "
        f"maximum_object_size={_MAX_JSON_OBJECT}{forgiving}, "
        f"{hive(reading.source)})"
    )
    rows = connection.execute(
        "SELECT coalesce(json_type(json) = 'OBJECT', false) AS good, "
        f"CASE WHEN json_type(json) = 'OBJECT' THEN json_keys(json) END AS keys, count(*) "
        f"FROM {relation} GROUP BY ALL"
    ).fetchall()
    good = sum(int(count) for is_good, _, count in rows if is_good)
    bad = sum(int(count) for is_good, _, count in rows if not is_good)
    known: set[str] = set()
    for _, keys, _ in rows:
        known.update(keys or ())
    if len(known) > _MOST_COLUMNS:
        raise DataError(f"its objects have {len(known):,} different keys; {_MOST_COLUMNS:,} columns are the most")
    folders = tuple(key for key in reading.source.keys if key not in known)
    values = "".join(f", {quoted(key)} AS k{place}" for place, key in enumerate(folders))
    objects = f"(SELECT json{values} FROM {relation} WHERE json_type(json) = 'OBJECT')"
    return _Objects(objects, _ordered(connection, objects, known), good, bad, folders)


def _ordered(connection: duckdb.DuckDBPyConnection, relation: str, keys: set[str]) -> tuple[str, ...]:
    """Keys in the order of the first objects, then the rest by name."""
    order: dict[str, None] = {}
    for row in connection.execute(f"SELECT json_keys(json) FROM {relation} LIMIT 100").fetchall():
        order.update(dict.fromkeys(str(key) for key in row[0] or ()))
    return (*order, *sorted(keys - order.keys()))


def _parted(
    connection: duckdb.DuckDBPyConnection,
    objects: _Objects,
    key: str,
    scan: Callable[[duckdb.DuckDBPyConnection, _Objects, str], Scan],
) -> list[Scan]:
    """A scan for each value of ``key``."""
    at = literal(pointer(key))
    rows = connection.execute(
        f"SELECT coalesce(json->>{at}, ''), count(*) FROM {objects.relation} GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    if len(rows) > _MOST_TABLES:
        raise DataError(f"its column {key} names {len(rows):,} tables; {_MOST_TABLES} are the most")
    found: list[Scan] = []
    for name, count in rows:
        part = f"(SELECT * FROM {objects.relation} WHERE coalesce(json->>{at}, '') = {literal(str(name))})"
        keys = connection.execute(f"SELECT DISTINCT unnest(json_keys(json)) FROM {part}").fetchall()
        has = {str(row[0]) for row in keys}
        own = _Objects(
            part, tuple(each for each in objects.keys if each in has), int(count), objects.bad, objects.folders
        )
        found.append(scan(connection, own, str(name)))
    return found


def _typed_scan(connection: duckdb.DuckDBPyConnection, objects: _Objects, name: str) -> Scan:
    scan = _scan(connection, objects)
    return Scan(scan.relation, scan.columns, name, bool(name), scan.notices, scan.gaps, scan.time)


def _az_scan(connection: duckdb.DuckDBPyConnection, objects: _Objects, name: str) -> Scan:
    own = _Objects(
        objects.relation,
        tuple(key for key in objects.keys if key != "TableName"),
        objects.good,
        objects.bad,
        objects.folders,
    )
    scan = _scan(connection, own)
    columns = tuple(
        ScanColumn(column.name, f"nullif({column.value}, 'None')", raw=column.value) if not column.hint else column
        for column in scan.columns
    )
    return Scan(scan.relation, columns, name, named=False, notices=(_AZ_NOTE,), gaps=scan.gaps)


def _scan(connection: duckdb.DuckDBPyConnection, objects: _Objects) -> Scan:
    kinds = _kinds(connection, objects)
    tool, nested = nested_fields(objects.keys)
    extra = [each for each in nested if each.name not in objects.keys]
    pointers = [pointer(key) for key in objects.keys] + [at for each in extra for at in each.pointers]
    listed = ", ".join(map(literal, pointers))
    folders = "".join(f", k{place}" for place in range(len(objects.folders)))
    relation = f"(SELECT json_extract(json, [{listed}]) AS v{folders} FROM {objects.relation})"
    columns = [_column(key, f"v[{place + 1}]", kinds[key]) for place, key in enumerate(objects.keys)]
    place = len(objects.keys)
    for each in extra:
        columns.append(each.column([f"v[{place + 1 + offset}]" for offset in range(len(each.pointers))]))
        place += len(each.pointers)
    added, flat_tool = added_columns(columns)
    columns += added
    told = remark(tool or flat_tool, [*(each.name for each in extra), *(each.name for each in added)])
    columns += [ScanColumn(key, f"k{place}") for place, key in enumerate(objects.folders)]
    return Scan(relation, tuple(columns), notices=told, gaps=_gaps(objects))


def _gaps(objects: _Objects) -> tuple[str, ...]:
    if not objects.bad:
        return ()
    lines = f"{objects.bad:,} line{'s' if objects.bad > 1 else ''}"
    return (f"{lines} of {objects.good + objects.bad:,} could not be read as JSON objects and are missing",)


def _kinds(connection: duckdb.DuckDBPyConnection, objects: _Objects) -> dict[str, int]:
    """Which kinds of JSON values each key has, as bits."""
    if not objects.keys:
        return {}
    listed = ", ".join(literal(pointer(key)) for key in objects.keys)
    cases = " ".join(f"WHEN '{kind}' THEN {bit}" for kind, bit in _KINDS.items())
    terms = ", ".join(f"bit_or(CASE v[{place + 1}] {cases} ELSE 0 END)" for place in range(len(objects.keys)))
    row = connection.execute(
        f"SELECT {terms} FROM (SELECT json_type(json, [{listed}]) AS v FROM {objects.relation})"
    ).fetchall()[0]
    return {key: int(bits or 0) for key, bits in zip(objects.keys, row, strict=True)}


def _column(key: str, value: str, kinds: int) -> ScanColumn:
    text = f"({value}->>'$')"
    if kinds & _NESTED:
        # Texts among objects must stay texts: the JSON itself, not its unquoted form.
        return ScanColumn(key, f"nullif(CAST({value} AS VARCHAR), 'null')", "VARCHAR", "dynamic")
    if kinds == _WHOLE:
        return ScanColumn(key, text, "VARCHAR", "long")
    if kinds and not kinds & ~(_WHOLE | _REAL):
        return ScanColumn(key, text, "VARCHAR", "real")
    if kinds == _BOOL:
        return ScanColumn(key, text, "VARCHAR", "bool")
    if kinds & _TEXT and kinds != _TEXT:
        return ScanColumn(key, text, "VARCHAR", "string")
    return ScanColumn(key, text)
