"""Saved answers: JSON documents that hold whole tables with their types, as query services and their tools write them.

====================================================  ===============================================================
``{"tables": [{"name", "columns", "rows"}]}``         Log Analytics' query API (and what passes it on unchanged)
``{"Tables": [{"TableName", "Columns", "Rows"}]}``    Kusto's first protocol, which old Log Analytics clients save too
``[{"FrameType": "DataSetHeader"}, …]``               Kusto's second protocol
``{"schema": [{"name", "type"}], "results": [{…}]}``  Microsoft Graph's runHuntingQuery; capitalized: Defender's own API
``{"responses": [{"body": {"tables"}}]}``             a batch of Log Analytics queries
``{"results": {"A": {"frames": [{…}]}}}``             Grafana's data frames
``{"Results": [{…}]}``, ``{"value": [{…}]}``          PowerShell's Invoke-AzOperationalInsightsQuery; OData
``{"Records": [{…}]}``, ``{"records": [{…}]}``        AWS CloudTrail; Azure's diagnostic settings
====================================================  ===============================================================

The last hold plain objects; every typed one is put into the first form, which the Log Analytics backend reads without
losing anything.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from ...errors import DataError, SentinelError
from ...models.indicators import visible
from .heads import open_unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ...models.tables import Table
    from .scans import Reading

_BLOCK = 1024 * 1024
# The service's answers end at 100 MB; a larger document is hardly one of them, and would not fit into memory.
_MOST_BYTES = 1024 * 1024 * 1024
_SIGN = re.compile(r'\s*\{.*?"([tT]ables|[sS]chema|[rR]esults|responses|value|[rR]ecords)"\s*:', re.DOTALL)
_FRAMES = re.compile(r'\s*\[\s*\{\s*"FrameType"\s*:')
_LOST_REASON = "the service marked the saved answer as incomplete"
_MOST_NAMED = 10
_Members = dict[str, msgspec.Raw]


@dataclass(frozen=True, slots=True)
class SavedTable:
    """A table of a saved answer.

    :param gaps: why the service said that it is not the whole answer.
    """

    table: Table
    gaps: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a saved answer holds: typed tables, or a file of plain objects to go on with."""

    tables: tuple[SavedTable, ...] = ()
    objects: Path | None = None


def read_document(reading: Reading, scratch: Path, check: Callable[[], None]) -> Document | None:
    """The saved answer in a file; None: it is none.

    :param scratch: where plain objects are put, one a line.
    :raises DataError: it is one, and cannot be read.
    """
    if reading.source.parts or reading.source.format != "json":
        return None
    framed = _FRAMES.match(reading.head.text) is not None
    if not framed and not _SIGN.match(reading.head.text):
        return None
    content = _content(reading, check)
    members = None if framed else _members(content)
    if members is None and not (framed and content):
        return None
    try:
        return _framed(content) if members is None else _typed(members) or _plain(members, scratch)
    except SentinelError as error:
        raise DataError(f"it looks like a saved answer but cannot be read as one: {error.message}") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DataError("it looks like a saved answer but is nested too deeply or damaged") from error


def _content(reading: Reading, check: Callable[[], None]) -> bytes:
    """The whole file; empty where it is too large to be one document."""
    parts: list[bytes] = []
    size = 0
    with open_unpacked(reading.files[0], reading.compression) as stream:
        while block := stream.read(_BLOCK):
            check()
            size += len(block)
            if size > _MOST_BYTES:
                return b""
            parts.append(block)
    return b"".join(parts).removeprefix(b"\xef\xbb\xbf")


def _members(content: bytes) -> _Members | None:
    try:
        return msgspec.json.decode(content, type=_Members)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _as(value: msgspec.Raw, kind: type[object]) -> object | None:
    """A value as ``kind``, or None where it is something else."""
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        return None


# --- documents with types -----------------------------------------------------------------------


def _typed(members: _Members) -> Document | None:
    for form in (_log_analytics, _kusto, _hunting, _batch, _grafana):
        found = form(members)
        if found:
            return Document(tuple(found))
    return None


def _log_analytics(members: _Members) -> list[SavedTable]:
    tables = _as(members["tables"], list[_WireTable]) if "tables" in members else None
    if not tables:
        return []
    return _decoded(msgspec.json.encode(members))


class _WireTable(msgspec.Struct):
    columns: list[dict[str, object]]
    rows: list[msgspec.Raw]


class _KustoColumn(msgspec.Struct, rename="pascal"):
    column_name: str
    data_type: str = ""
    column_type: str = ""


class _KustoTable(msgspec.Struct, rename="pascal"):
    columns: list[_KustoColumn]
    rows: list[msgspec.Raw]
    table_name: str = ""


def _kusto(members: _Members) -> list[SavedTable]:
    tables = _as(members["Tables"], list[_KustoTable]) if "Tables" in members else None
    if not isinstance(tables, list) or not tables:
        return []
    return _decoded(
        _wire(
            [
                (
                    table.table_name,
                    [(column.column_name, column.column_type or column.data_type) for column in table.columns],
                    table.rows,
                )
                for table in _results(tables)
            ]
        )
    )


def _framed(content: bytes) -> Document:
    """Kusto's frames. Of a query that failed in another way than by being too large, the rows may be wrong."""
    from ..kusto.failures import was_only_cut
    from ..kusto.frames import decode_v2

    answer = decode_v2(content, "Kusto")
    if answer.error and not was_only_cut(answer.error):
        raise DataError(_gap(answer.error).replace(_LOST_REASON, "the query that it answers had failed", 1))
    gaps = (_gap(answer.error),) if answer.error else ()
    return Document(tuple(SavedTable(table, gaps, answer.remarks) for table in answer.tables))


def _results(tables: Sequence[_KustoTable]) -> Sequence[_KustoTable]:
    """The query's own tables; of more than two the last lists what each of them is."""
    names = [column.column_name for column in tables[-1].columns]
    if len(tables) <= 2 or not {"Ordinal", "Kind"} <= {*names}:
        return tables
    entries = [_as(row, list[object]) for row in tables[-1].rows]
    listed = [dict(zip(names, entry, strict=False)) for entry in entries if isinstance(entry, list)]
    wanted = {entry["Ordinal"] for entry in listed if entry.get("Kind") == "QueryResult"}
    return [table for place, table in enumerate(tables) if place in wanted] or tables


def _hunting(members: _Members) -> list[SavedTable]:
    folded = {name.casefold(): value for name, value in members.items()}
    if not {"schema", "results"} <= folded.keys():
        return []
    schema = _as(folded["schema"], list[dict[str, object]])
    results = _as(folded["results"], list[dict[str, msgspec.Raw]])
    if not isinstance(schema, list) or not isinstance(results, list):
        return []
    columns = [_hunting_column(entry) for entry in schema]
    null = msgspec.Raw(b"null")
    rows = [_row([row.get(name, null) for name, _ in columns]) for row in results]
    return _decoded(_wire([("PrimaryResult", columns, rows)]))


def _hunting_column(entry: Mapping[str, object]) -> tuple[str, str]:
    folded = {name.casefold(): value for name, value in entry.items()}
    return str(folded.get("name", "")), str(folded.get("type", ""))


class _Response(msgspec.Struct):
    body: msgspec.Raw = msgspec.Raw(b"null")
    id: str | int = ""


def _batch(members: _Members) -> list[SavedTable]:
    responses = _as(members["responses"], list[_Response]) if "responses" in members else None
    if not isinstance(responses, list):
        return []
    found: list[SavedTable] = []
    failed: list[str] = []
    for response in responses:
        body = _as(response.body, _Members)
        tables = _log_analytics(body) if isinstance(body, dict) else []
        found += [replace(each, table=replace(each.table, name=str(response.id))) for each in tables]
        if not tables:
            failed.append(visible(str(response.id), limit=40))
    if found and failed:
        listed = ", ".join(failed[:_MOST_NAMED]) + (" and more" if len(failed) > _MOST_NAMED else "")
        told = f"{len(failed):,} of the batch's queries brought no table: {listed}."
        found[0] = replace(found[0], notices=(*found[0].notices, told))
    return found


class _Field(msgspec.Struct):
    name: str = ""
    type: str = ""


class _FrameSchema(msgspec.Struct):
    fields: list[_Field] = []
    name: str = ""


class _FrameData(msgspec.Struct):
    values: list[list[msgspec.Raw]] = []


class _Frame(msgspec.Struct):
    schema: _FrameSchema
    data: _FrameData


class _FrameAnswer(msgspec.Struct):
    frames: list[_Frame]


_GRAFANA_TYPES = {"time": "datetime", "number": "real", "string": "string", "boolean": "bool", "other": "dynamic"}


def _grafana(members: _Members) -> list[SavedTable]:
    answers = _as(members["results"], dict[str, _FrameAnswer]) if "results" in members else None
    if not isinstance(answers, dict):
        return []
    tables = []
    for name, answer in answers.items():
        for frame in answer.frames:
            fields = frame.schema.fields
            columns = [(field.name, _GRAFANA_TYPES.get(field.type, "string")) for field in fields]
            cells = [
                [_moment(cell) for cell in values] if kind == "datetime" else values
                for values, (_, kind) in zip(frame.data.values, columns, strict=False)
            ]
            if len(cells) != len(columns) or len({len(values) for values in cells}) > 1:
                raise DataError("a frame's columns are not of one length")
            tables.append((frame.schema.name or name, columns, [_row(row) for row in zip(*cells, strict=True)]))
    return _decoded(_wire(tables)) if tables else []


def _moment(cell: msgspec.Raw) -> msgspec.Raw:
    """Milliseconds since 1970 as a time in text."""
    from datetime import UTC, datetime, timedelta

    value = _as(cell, float)
    if not isinstance(value, float):
        return msgspec.Raw(b"null")
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)
    except (OverflowError, TypeError, ValueError) as error:
        raise DataError("a frame holds a time that is none") from error
    return msgspec.Raw(msgspec.json.encode(moment.isoformat().replace("+00:00", "Z")))


_Wire = tuple[str, "Sequence[tuple[str, str]]", "Sequence[msgspec.Raw]"]


def _row(cells: Sequence[msgspec.Raw]) -> msgspec.Raw:
    return msgspec.Raw(b"[" + b",".join(map(bytes, cells)) + b"]")


def _wire(tables: Sequence[_Wire]) -> bytes:
    """Tables as Log Analytics sends them."""
    return msgspec.json.encode(
        {
            "tables": [
                {
                    "name": name,
                    "columns": [{"name": column, "type": _kind(kind)} for column, kind in columns],
                    "rows": rows,
                }
                for name, columns, rows in tables
            ]
        }
    )


def _kind(name: str) -> str:
    """A KQL type by the names that the services have for it, such as ``DateTime``, ``SByte`` or ``System.Int64``."""
    plain = name.removeprefix("System.").lower()
    return {"sbyte": "bool", "single": "real", "sqldecimal": "decimal", "data.sqltypes.sqldecimal": "decimal"}.get(
        plain, plain
    )


def _decoded(body: bytes) -> list[SavedTable]:
    from ..log_analytics.decoding import decode

    answer = decode(body)
    gaps = (_gap(answer.error),) if answer.error else ()
    return [SavedTable(table, gaps, answer.remarks) for table in answer.tables]


def _gap(error: Mapping[str, object]) -> str:
    from ..log_analytics.failures import reasons

    told = "; ".join(reasons(error))
    return f"{_LOST_REASON}: {told}" if told else _LOST_REASON


# --- documents without types ----------------------------------------------------------------------


def _plain(members: _Members, scratch: Path) -> Document | None:
    """The list of objects within a wrapper."""
    for name in ("Results", "results", "value", "Records", "records"):
        objects = _as(members[name], list[msgspec.Raw]) if name in members else None
        if isinstance(objects, list) and objects and all(bytes(each[:1]) == b"{" for each in map(bytes, objects)):
            target = scratch / f"{secrets.token_hex(8)}.ndjson"
            with target.open("wb") as out:
                for each in objects:
                    out.write(bytes(each).replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
            return Document(objects=target)
    return None
