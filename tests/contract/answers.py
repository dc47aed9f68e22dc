"""Answers of a backend as plain values, for comparison with what a case expects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jupyterlab_sentinel.kql.constants import EPOCH_TICKS, clock_text
from jupyterlab_sentinel.kql.ticks import datetime_text

if TYPE_CHECKING:
    from jupyterlab_sentinel.models.tables import Table


def plain_rows(table: Table) -> list[tuple[object, ...]]:
    """The rows with datetimes and timespans as KQL shows them, dynamics parsed, decimals as text."""
    columns = [
        [_plain(value, column.type) for value in _numbers(table, place)] for place, column in enumerate(table.columns)
    ]
    return list(zip(*columns, strict=True)) if columns else []


def _numbers(table: Table, place: int) -> list[object]:
    import pyarrow as pa

    data = table.data.column(place)
    if pa.types.is_timestamp(data.type) or pa.types.is_duration(data.type):
        scale = 1 if data.type.unit == "ns" else 1_000
        return [None if value is None else value * scale // 100 for value in data.cast(pa.int64()).to_pylist()]
    values: list[object] = data.to_pylist()
    return values


def _plain(value: object, kind: str) -> object:
    if value is None:
        return None
    match kind, value:
        case "datetime", int():
            text = datetime_text(value + EPOCH_TICKS)
            return text[:-1].rstrip("0").rstrip(".") + "Z"
        case "timespan", int():
            return clock_text(value)
        case "dynamic", str():
            return json.loads(value)
        case "decimal", _:
            text = format(value, "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
    return value
