"""Reading the columns of a source as text, whatever its format: the step before types are decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import DataError
from .conversion import file_literal, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from .heads import Head
    from .sources import SourceFile


FILE_ROW = "file_row_number"
"""What DuckDB calls the number of a row in a Parquet file, in a scan of one."""


@dataclass(frozen=True, slots=True)
class ScanColumn:
    """A column of a source.

    :param value: SQL over the scan, of type ``stored``.
    :param stored: DuckDB's type of it; VARCHAR for text formats.
    :param hint: KQL type that the source itself tells, or an empty string; with ``/…`` behind it, it is certain.
    :param reads: SQL that gives the column in the engine's form of a KQL type, where the usual one would not.
    :param raw: SQL of the text as it is, where ``value`` leaves out what stands for null.
    """

    name: str
    value: str
    stored: str = "VARCHAR"
    hint: str = ""
    reads: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """A FROM item and what can be read from it.

    :param label: what the table's name gets added, where a source holds several; or the name itself (``named``).
    :param notices: what the user should know.
    :param gaps: what is missing from every answer.
    :param time: the column that is the time of an event, where the format says so.
    :param origin: where the rows came from, where the source says so.
    :param typed: whether the source has types of its own, so that its texts are texts.
    :param number: SQL of the number that each row always has; empty: they have none.
    """

    relation: str
    columns: tuple[ScanColumn, ...]
    label: str = ""
    named: bool = False
    notices: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    time: str = ""
    origin: str = ""
    typed: bool = False
    number: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A source made ready to be read: what DuckDB opens, and how the first file begins."""

    source: SourceFile
    files: tuple[Path, ...]
    compression: str
    head: Head

    @property
    def listed(self) -> str:
        """The files as a SQL list."""
        return f"[{', '.join(file_literal(path) for path in self.files)}]"


def scan_reading(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Sequence[Scan]:
    """Look into a source of JSON or delimited text: one scan a table.

    :raises DataError: nothing in it, or nothing that is a table.
    :raises duckdb.Error: a file that DuckDB cannot read.
    """
    if reading.source.format == "json":
        from .json_scans import scan_json

        return scan_json(connection, reading)
    from .delimited_scans import scan_delimited

    return [scan_delimited(connection, reading)]


def scan_parquet(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> Scan:
    """Look into a Parquet file, or a tree of them (their folders may be named ``column=value``).

    :raises DataError: no columns.
    """
    relation = _parquet_relation(source)
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    read = [str(row[0]) for row in described]
    names = read if source.parts else _parquet_names(connection, source, read)
    columns = [
        ScanColumn(name, quoted(key), str(row[1])) for name, key, row in zip(names, read, described, strict=True)
    ]
    if not columns:
        raise DataError("the file has no columns")
    number = "" if source.parts or not _is_numbered(read) else FILE_ROW
    if source.parts or not _written_by_arrow(connection, source):
        return Scan(relation, tuple(columns), typed=True, number=number)
    from .typed_parquet import read_schema

    schema = read_schema(source.path)
    return Scan(relation, schema.typed(columns), gaps=schema.gaps, origin=schema.origin, typed=True, number=number)


def _is_numbered(columns: list[str]) -> bool:
    """Whether DuckDB's number of a row is that: not where a column is called so."""
    return all(name.casefold() != FILE_ROW for name in columns)


def _parquet_relation(source: SourceFile) -> str:
    if not source.parts:
        return f"read_parquet({file_literal(source.path)})"
    listed = ", ".join(file_literal(path) for path in source.parts)
    return f"read_parquet([{listed}], union_by_name=true, {hive(source)})"


def hive(source: SourceFile) -> str:
    """Whether the names of a tree's folders are columns, as an option of DuckDB's readers."""
    return f"hive_partitioning={'true' if source.keys else 'false'}, hive_types_autocast=false"


def _written_by_arrow(connection: duckdb.DuckDBPyConnection, source: SourceFile) -> bool:
    sql = f"SELECT count(*) FROM parquet_kv_metadata({file_literal(source.path)}) WHERE key = 'ARROW:schema'"
    return bool(connection.execute(sql).fetchall()[0][0])


def _parquet_names(connection: duckdb.DuckDBPyConnection, source: SourceFile, read: list[str]) -> list[str]:
    """The names as the file has them: DuckDB renames those that differ only in case."""
    if len({name.casefold() for name in read}) == len(read) and not any("_1" in name for name in read):
        return read
    rows = connection.execute(f"SELECT name, num_children FROM parquet_schema({file_literal(source.path)})").fetchall()
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
