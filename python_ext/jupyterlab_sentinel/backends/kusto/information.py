"""Frames of Kusto's answers, and what those that are no result tell of the query: failures, warnings, statistics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from ...models.indicators import visible
from ..log_analytics.bodies import as_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FAILURE, _WARNING = 2, 3
_SHOWN = 300
_INFORMATION = "QueryCompletionInformation"


class FrameColumn(msgspec.Struct):
    """A column as Kusto describes it: by KQL's name of its type, .NET's, or both."""

    name: str = msgspec.field(name="ColumnName")
    type: str | None = msgspec.field(name="ColumnType", default=None)
    dotnet: str | None = msgspec.field(name="DataType", default=None)


class Frame(msgspec.Struct, rename="pascal"):
    """One part of an answer; which of its fields mean something depends on ``frame_type``."""

    frame_type: str
    version: str = ""
    table_id: int = -1
    table_kind: str = ""
    table_name: str = ""
    columns: list[FrameColumn] = []
    rows: list[msgspec.Raw] = []
    table_fragment_type: str = ""
    row_count: int | None = None
    has_errors: bool = False
    cancelled: bool = False
    one_api_errors: msgspec.Raw = msgspec.Raw()


def information(frames: Iterable[Frame]) -> tuple[list[object], list[str], dict[str, object]]:
    """Every failure, every warning, and the statistics."""
    errors: list[object] = []
    warnings: list[str] = []
    statistics: dict[str, object] = {}
    for row in _rows_of(frames, _INFORMATION):
        payload = row.get("Payload")
        level = row.get("Level")
        told = _json_object(payload)
        if isinstance(level, int) and level <= _FAILURE:
            text = str(told.get("Text") or payload or row.get("StatusCodeName") or "")
            errors.append({"error": {"code": str(row.get("StatusCode")), "message": text}})
        elif level == _WARNING:
            warnings.append(visible(str(told.get("Text") or payload or ""), limit=_SHOWN))
        elif row.get("EventTypeName") == "QueryResourceConsumption":
            statistics["query"] = told
    return errors, warnings, statistics


def _rows_of(frames: Iterable[Frame], kind: str) -> Iterator[dict[str, object]]:
    for frame in frames:
        if frame.table_kind == kind:
            names = [column.name for column in frame.columns]
            for row in frame.rows:
                cells = plain(row)
                if isinstance(cells, list):
                    yield dict(zip(names, cells, strict=False))


def render(frames: Iterable[Frame]) -> dict[str, object] | None:
    """What the ``render`` operator asked for, in the words of Log Analytics; without it, every property is null."""
    for row in _rows_of(frames, "QueryProperties"):
        if row.get("Key") == "Visualization":
            found = _json_object(row.get("Value"))
            if found.get("Visualization"):
                return {_small(key): value for key, value in found.items() if value not in (None, "", "NaN")}
    return None


def _small(name: str) -> str:
    return {"Ymin": "yMin", "Ymax": "yMax"}.get(name, name[:1].lower() + name[1:])


def _json_object(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    return as_object(msgspec.Raw(value.encode("utf-8", "replace"))) if isinstance(value, str) else {}


def plain(raw: msgspec.Raw) -> object:
    """What JSON holds; None for null, and for what is no JSON."""
    try:
        return json.loads(bytes(raw))
    except (ValueError, RecursionError):
        return None
