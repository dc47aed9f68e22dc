"""Parquet files that say their KQL types and where their rows came from.

See :mod:`jupyterlab_sentinel.models.parquet_files`, which writes them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...kql.constants import TYPE_NAMES
from ...models.indicators import visible
from ...models.parquet_files import read_provenance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .scans import ScanColumn

_MOST_REASONS = 20
_TICKS = {"s": "* 10000000", "ms": "* 10000", "us": "* 10", "ns": "// 100"}


@dataclass(frozen=True, slots=True)
class TypedSchema:
    """What a file says of itself.

    :param types: KQL type by column.
    :param spans: the unit of each timespan, which are whole numbers to any reader but Arrow.
    :param gaps: why its rows are not all there were.
    :param origin: the query that made it; empty if it does not say.
    """

    types: Mapping[str, str]
    spans: Mapping[str, str]
    gaps: tuple[str, ...]
    origin: str

    def typed(self, columns: Sequence[ScanColumn]) -> tuple[ScanColumn, ...]:
        """The columns with the types that the file gives them."""
        return tuple(map(self._typed, columns))

    def _typed(self, column: ScanColumn) -> ScanColumn:
        unit = self.spans.get(column.name)
        if unit and column.stored.upper() == "BIGINT":
            return replace(column, hint="timespan/file", reads={"timespan": f"({column.value} {_TICKS[unit]})"})
        kind = self.types.get(column.name, "")
        return replace(column, hint=f"{kind}/file") if kind else column


def read_schema(path: Path) -> TypedSchema:
    """What a Parquet file that Arrow wrote says of itself; nothing where that cannot be understood."""
    import pyarrow as pa

    try:
        return _read(path)
    except (pa.ArrowException, OSError, RecursionError, ValueError):
        return TypedSchema({}, {}, (), "")


def _read(path: Path) -> TypedSchema:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types: dict[str, str] = {}
    spans: dict[str, str] = {}
    for each in pq.read_schema(path):
        kind = TYPE_NAMES.get((each.metadata or {}).get(b"kql_type", b"").decode("utf-8", "replace"), "")
        if kind:
            types[each.name] = kind
        if pa.types.is_duration(each.type):
            spans[each.name] = each.type.unit
    told = read_provenance(path)
    return TypedSchema(types, spans, _gaps(told), _origin(told))


def _gaps(told: Mapping[str, object]) -> tuple[str, ...]:
    if told.get("status") != "partial":
        return ()
    reasons = told.get("reasons")
    listed = [str(reason) for reason in reasons[:_MOST_REASONS]] if isinstance(reasons, list) else []
    return tuple(f"the saved answer was partial: {visible(reason, limit=500)}" for reason in listed) or (
        "the saved answer was partial",
    )


def _origin(told: Mapping[str, object]) -> str:
    if not told.get("query"):
        return "saved from Python" if told.get("saved_at") else ""
    query = " ".join(str(told["query"]).split())
    changed = ", changed in Python since," if told.get("changed") else ""
    return (
        f"answer of {visible(str(told.get('workspace', '')), limit=60)}{changed} to {visible(query, limit=300)}"
        f"{_range(told)}"
    )


def _range(told: Mapping[str, object]) -> str:
    start, end = told.get("start"), told.get("end")
    if not start and not end:
        return ""
    return f" ({visible(str(start or '…'), limit=40)} → {visible(str(end or '…'), limit=40)})"
