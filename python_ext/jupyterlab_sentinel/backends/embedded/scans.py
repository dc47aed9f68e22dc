"""Reading the columns of one file as text, whatever its format: the step before types are decided."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import DataError
from .conversion import literal, quoted

if TYPE_CHECKING:
    import duckdb

    from .sources import SourceFile

_MAX_JSON_OBJECT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ScanColumn:
    """A column of a file.

    :param value: SQL over the scan, of type ``stored``.
    :param stored: DuckDB's type of it; VARCHAR for text formats.
    :param hint: KQL type that the file itself tells, or an empty string.
    """

    name: str
    value: str
    stored: str = "VARCHAR"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """A FROM item and what can be read from it."""

    relation: str
    columns: tuple[ScanColumn, ...]


def scan_file(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Scan:
    """Look into a file.

    :raises DataError: an empty file, or one without columns.
    :raises duckdb.Error: a file that DuckDB cannot read.
    """
    if source.path.stat().st_size == 0:
        raise DataError("the file is empty")
    if source.format == "parquet":
        return _parquet(connection, source)
    if source.format == "json":
        return _json(connection, source)
    return _delimited(connection, source)


def _parquet(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Scan:
    relation = f"read_parquet({literal(str(source.path))})"
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    names = _parquet_names(connection, source, [str(row[0]) for row in described])
    columns = tuple(
        ScanColumn(name, quoted(str(row[0])), str(row[1])) for name, row in zip(names, described, strict=True)
    )
    if not columns:
        raise DataError("the file has no columns")
    return Scan(relation, columns)


def _parquet_names(connection: duckdb.DuckDBPyConnection, source: SourceFile, read: list[str]) -> list[str]:
    """The names as the file has them: DuckDB renames those that differ only in case."""
    if len({name.casefold() for name in read}) == len(read) and not any("_1" in name for name in read):
        return read
    rows = connection.execute(f"SELECT name, num_children FROM parquet_schema({literal(str(source.path))})").fetchall()
    return _top_level([(str(name), int(children or 0)) for name, children in rows]) or read


def _top_level(nodes: list[tuple[str, int]]) -> list[str]:
    names: list[str] = []
    position = 1
    for _ in range(nodes[0][1] if nodes else 0):
        names.append(nodes[position][0])
        pending = 1
        while pending:
            pending += nodes[position][1] - 1
            position += 1
    return names


def _json(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Scan:
    relation = (
        f"read_json_objects({literal(str(source.path))}, format='auto', "
        f"compression='{source.compression}', maximum_object_size={_MAX_JSON_OBJECT})"
    )
    kinds = connection.execute(
        f"SELECT key, list(DISTINCT json_type(json, '/' || replace(replace(key, '~', '~0'), '/', '~1'))) "
        f"FROM (SELECT json, unnest(json_keys(json)) AS key FROM {relation} WHERE json_type(json) = 'OBJECT') "
        f"GROUP BY key ORDER BY min(0)"
    ).fetchall()
    odd = connection.execute(f"SELECT count(*) FROM {relation} WHERE json_type(json) <> 'OBJECT'").fetchall()[0][0]
    if odd:
        raise DataError(f"{odd} of its values are not JSON objects")
    types = {str(key): {str(kind) for kind in found} for key, found in kinds}
    if not types:
        raise DataError("the file holds no JSON objects")
    order = _key_order(connection, relation, set(types))
    return Scan(relation, tuple(_json_column(key, types[key]) for key in order))


def _key_order(connection: duckdb.DuckDBPyConnection, relation: str, keys: set[str]) -> list[str]:
    """Keys in the order of the first objects, then the rest by name."""
    order: dict[str, None] = {}
    for row in connection.execute(f"SELECT json_keys(json) FROM {relation} LIMIT 100").fetchall():
        order.update(dict.fromkeys(str(key) for key in row[0]))
    return [*order, *sorted(keys - order.keys())]


def _json_column(key: str, kinds: set[str]) -> ScanColumn:
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    text = f"(json->>{literal(pointer)})"
    kinds = kinds - {"NULL"}
    if kinds <= {"BIGINT", "UBIGINT"} and kinds:
        hint = "long"
    elif kinds <= {"BIGINT", "UBIGINT", "DOUBLE"} and kinds:
        hint = "real"
    elif kinds == {"BOOLEAN"}:
        hint = "bool"
    elif kinds & {"OBJECT", "ARRAY"}:
        # Texts among objects must stay texts: the JSON itself, not its unquoted form.
        return ScanColumn(key, f"CAST(json->{literal(pointer)} AS VARCHAR)", "VARCHAR", "dynamic")
    elif "VARCHAR" in kinds and len(kinds) > 1:
        hint = "string"
    else:
        hint = ""
    return ScanColumn(key, text, "VARCHAR", hint)


_UTC = re.compile(r"\s*\[UTC\]$", re.IGNORECASE)


def _delimited(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Scan:
    options = f"header=false, all_varchar=true, compression='{source.compression}', encoding='{_encoding(source)}'"
    options += ", auto_detect=false, max_line_size=67108864"
    delimiter, header = _header(connection, source, options)
    names = [_column_name(name, position) for position, name in enumerate(header)]
    columns = ", ".join(f"'c{position}': 'VARCHAR'" for position in range(len(names)))
    relation = (
        f"read_csv({literal(str(source.path))}, {options}, delim='{delimiter}', quote='\"', escape='\"', "
        f"skip=1, columns={{{columns}}}, null_padding=false, strict_mode=true)"
    )
    return Scan(
        relation,
        tuple(
            ScanColumn(_UTC.sub("", name), f"c{position}", "VARCHAR", "datetime" if _UTC.search(name) else "")
            for position, name in enumerate(names)
        ),
    )


def _column_name(name: str, position: int) -> str:
    return name.strip() or f"Column{position + 1}"


def _encoding(source: SourceFile) -> str:
    """PowerShell writes UTF-16 with a mark; everything else has to be UTF-8."""
    if source.compression != "none":
        return "utf-8"
    with source.path.open("rb") as stream:
        return "utf-16" if stream.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8"


def _header(connection: duckdb.DuckDBPyConnection, source: SourceFile, options: str) -> tuple[str, list[str]]:
    """The delimiter and the names of the first line."""
    row = connection.execute(
        f"SELECT line FROM read_csv({literal(str(source.path))}, {options}, delim='\x01', quote='', escape='', "
        "columns={'line': 'VARCHAR'}, null_padding=true, strict_mode=false) LIMIT 1"
    ).fetchone()
    line = str(row[0]).lstrip("\ufeff") if row and row[0] else ""
    if not line.strip():
        raise DataError("the file has no header")
    delimiters = ("\t",) if source.format == "tsv" else (",", ";", "\t")
    split = {delimiter: next(csv.reader([line], delimiter=delimiter)) for delimiter in delimiters}
    best = max(delimiters, key=lambda delimiter: len(split[delimiter]))
    return best, split[best]
