"""CSV, TSV and Zeek's logs.

A line that does not fit does not hide the others: it is counted, and every answer from the table says so.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from ...errors import DataError
from ...models.indicators import visible
from .conversion import literal, quoted
from .event_logs import added_columns, epoch_reads, remark
from .heads import read_head
from .scans import Reading, Scan, ScanColumn, hive
from .sources import shown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .heads import Head

_UTC = re.compile(r"\s*\[UTC\]$", re.IGNORECASE)
# Times of a zone that the file does not tell well enough: they must not be taken for UTC.
_ELSEWHERE = re.compile(r"\[(Local Time|(UTC|GMT)\s*[+-].*)\]$", re.IGNORECASE)
# Times, addresses, hashes and their kin; bare numbers may be the headings of a pivot.
_NO_HEADING = re.compile(
    r"\d{4}-\d\d-\d\d[T ].*|\d{1,3}(\.\d{1,3}){3}(/\d+)?|[0-9a-fA-F:]*::[0-9a-fA-F:]*|([0-9a-fA-F]{2}){16,64}|https?://.*"
    r"|[^@\s]+@[^@\s]+\.\w+|\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"
)
_LINE = 64 * 1024 * 1024
_MOST_BUFFERS = 16
_ZEEK_TYPES = {
    "time": "datetime",
    "interval": "real",
    "double": "real",
    "count": "long",
    "int": "long",
    "port": "int",
    "bool": "bool",
}


@dataclass(frozen=True, slots=True)
class _Layout:
    """How a delimited file is laid out.

    :param skip: lines before the first row.
    :param hints: KQL type by name, where the file tells it.
    :param unset: what stands for no value, where the format has a word for that.
    """

    delimiter: str
    names: tuple[str, ...]
    skip: int
    hints: Mapping[str, str]
    quote: str = '"'
    unset: str = ""
    comment: str = ""


def scan_delimited(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Scan:
    """The columns of a delimited file, all as text.

    :raises DataError: no header, or no line that fits it.
    :raises duckdb.Error: not text.
    """
    layout = _zeek(reading) or _headed(reading)
    _refuse_other_headers(reading)
    relation = _relation(reading, layout)
    gaps: tuple[str, ...] = ()
    try:
        _read_all(connection, relation, layout)
    except duckdb.Error as strict:
        if isinstance(strict, duckdb.InterruptException):
            raise
        relation, gaps = _forgiven(connection, reading, layout, strict)
    columns = [_column(layout, name, f"c{place}") for place, name in enumerate(layout.names)]
    columns += [ScanColumn(key, quoted(key)) for key in reading.source.keys if key not in layout.names]
    added, tool = added_columns(columns)
    told = (*remark(tool, [column.name for column in added]), *_doubted(layout))
    return Scan(relation, (*columns, *added), notices=told, gaps=gaps, time="ts" if layout.comment else "")


def _doubted(layout: _Layout) -> tuple[str, ...]:
    """A remark on a file whose first line looks like a row: a list of addresses would lose its first one unseen."""
    values = [] if layout.comment else [name for name in layout.names if _NO_HEADING.fullmatch(name)]
    if not values:
        return ()
    shown = visible(values[0], limit=80)
    return (
        f"Its first line is taken for headings, though it holds a value ({shown}): that line is not among the rows.",
    )


def _refuse_other_headers(reading: Reading) -> None:
    """The columns of several files are read by their place: they have to be the same, in the same order.

    :raises DataError: a file whose header differs from the first's.
    """
    first, *others = reading.files
    expected = _header(reading.head)
    for path in others:
        if _header(read_head(path, reading.compression)) != expected:
            raise DataError(
                f"the columns of {shown_name(path)} are not those of {shown_name(first)}: open them as single files"
            )


def _header(head: Head) -> list[str]:
    """The lines before the rows: Zeek's directives but for its times, or the first line."""
    lines = head.text.splitlines()
    if lines and lines[0].startswith("#separator"):
        return [line for line in lines if line.startswith(("#fields", "#types", "#unset_field"))]
    return lines[:1]


def _read_all(connection: duckdb.DuckDBPyConnection, relation: str, layout: _Layout) -> int:
    """How many rows there are; every value is read, since one that is no UTF-8 shows only then."""
    columns = ", ".join(f"c{place}" for place in range(len(layout.names)))
    return int(connection.execute(f"SELECT count(*), bit_xor(hash({columns})) FROM {relation}").fetchall()[0][0])


def _relation(
    reading: Reading, layout: _Layout, *, forgiving: bool = False, rejects: str = "", buffers: int = 1
) -> str:
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(layout.names)))
    options = [
        "header=false, all_varchar=true, auto_detect=false, null_padding=false, strict_mode=true",
        f"compression='{reading.compression}', max_line_size={_LINE}, buffer_size={buffers * _LINE}",
        f"skip={layout.skip}",
        hive(reading.source),
        f"delim='{layout.delimiter}', quote='{layout.quote}', escape='{layout.quote}', columns={{{columns}}}",
    ]
    if layout.comment:
        options.append(f"comment='{layout.comment}'")
    if forgiving:
        options.append("ignore_errors=true")
    if rejects:
        options.append(f"store_rejects=true, rejects_table='{rejects}', rejects_scan='{rejects}_scan', rejects_limit=0")
    return f"read_csv({reading.listed}, {', '.join(options)})"


def _forgiven(
    connection: duckdb.DuckDBPyConnection, reading: Reading, layout: _Layout, strict: duckdb.Error
) -> tuple[str, tuple[str, ...]]:
    """The relation without the lines that do not fit, and what is missing from it.

    A line that is longer than the buffer ends the reading; a larger buffer passes over it.
    """
    for buffers in (1, _MOST_BUFFERS):
        try:
            gaps = _missing(connection, reading, layout, strict, buffers)
        except duckdb.InterruptException:
            raise
        except duckdb.Error:
            continue
        return _relation(reading, layout, forgiving=True, buffers=buffers), gaps
    raise strict


def _missing(
    connection: duckdb.DuckDBPyConnection, reading: Reading, layout: _Layout, strict: duckdb.Error, buffers: int
) -> tuple[str, ...]:
    """How many lines do not fit; the file is refused where none does."""
    relation = _relation(reading, layout, forgiving=True, rejects="rejected", buffers=buffers)
    try:
        good = _read_all(connection, relation, layout)
        rows = connection.execute(
            "SELECT file_id, line, any_value(csv_line), any_value(error_message) FROM rejected GROUP BY ALL ORDER BY 2"
        ).fetchall()
    finally:
        connection.execute("DROP TABLE IF EXISTS rejected")
        connection.execute("DROP TABLE IF EXISTS rejected_scan")
    if not good or not rows:
        raise strict
    lost = sum(1 + str(text or "").rstrip("\n").count("\n") for _, _, text, _ in rows)
    lines, are = ("lines", "are") if lost > 1 else ("line", "is")
    return (f"{lost:,} {lines} could not be read and {are} missing (the first is line {rows[0][1]:,})",)


def _headed(reading: Reading) -> _Layout:
    """A file whose first line names the columns. PowerShell and Excel may write a line before it."""
    lines = reading.head.text.splitlines()
    skip = 0
    forced = ""
    if lines and lines[0].startswith("#TYPE "):
        skip = 1
    elif lines and re.fullmatch(r"sep=.", lines[0], re.IGNORECASE):
        skip, forced = 1, lines[0][-1]
    text = "\n".join(lines[skip:])
    if not text.strip():
        raise DataError("the file has no header")
    delimiters = ("\t",) if reading.source.format == "tsv" else (forced,) if forced else (",", ";", "\t", "|")
    split = {delimiter: _first_record(text, delimiter) for delimiter in delimiters}
    best = max(delimiters, key=lambda delimiter: len(split[delimiter]))
    if best in "'\\":
        raise DataError("its delimiter cannot be used")
    names = tuple(name.strip() or f"Column{place + 1}" for place, name in enumerate(split[best]))
    hints = {_UTC.sub("", name): "datetime" for name in names if _UTC.search(name)}
    hints.update((name, "string") for name in names if _ELSEWHERE.search(name))
    return _Layout(best, tuple(_UTC.sub("", name) for name in names), skip + 1, hints)


def _first_record(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error:
        return []


def _zeek(reading: Reading) -> _Layout | None:
    r"""Zeek's own log format: ``#separator \x09``, ``#fields``, ``#types``."""
    lines = reading.head.lines
    if not lines or not lines[0].startswith("#separator"):
        return None
    told = dict(_directive(line) for line in lines if line.startswith("#"))
    if "#fields" not in told or told.get("#separator", "") != "\\x09":
        return None
    names = told["#fields"].split("\t")
    types = told.get("#types", "").split("\t")
    if len(types) != len(names):
        types = ["string"] * len(names)
    hints = {name: _ZEEK_TYPES[kind] for name, kind in zip(names, types, strict=True) if kind in _ZEEK_TYPES}
    return _Layout("\t", tuple(names), 0, hints, "", told.get("#unset_field", "-"), "#")


def _directive(line: str) -> tuple[str, str]:
    name, _, rest = line.partition(" " if line.startswith("#separator") else "\t")
    return name, rest


def _column(layout: _Layout, name: str, physical: str) -> ScanColumn:
    hint = layout.hints.get(name, "")
    if not layout.comment:
        return ScanColumn(name, physical, "VARCHAR", hint)
    value = f"nullif(nullif({physical}, {literal(layout.unset)}), '(empty)')"
    reads = {}
    if hint == "datetime":
        reads = epoch_reads(value)
    if hint == "bool":
        reads["bool"] = f"CASE {value} WHEN 'T' THEN true WHEN 'F' THEN false END"
    return ScanColumn(name, value, "VARCHAR", hint or "string", reads)
