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

    import duckdb

    from .scans import ScanColumn

_TICKS = {"s": "* 10000000", "ms": "* 10000", "us": "* 10", "ns": "// 100"}
_GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What each text must look like to be used where it lies, in every query, without being read first.
_CHECKS = {
    "dynamic": "coalesce(TRY(CAST(json({0}) AS VARCHAR)) = {0}, false)",
    "guid": f"regexp_full_match({{0}}, '{_GUID}')",
}


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

    def typed(
        self, connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[ScanColumn], *, checked: bool
    ) -> tuple[ScanColumn, ...]:
        """The columns with the types that the file gives them.

        :param checked: whether their texts are known to be of those types.
        """
        texts = [column for column in columns if column.stored == "VARCHAR" and self.types.get(column.name) in _CHECKS]
        good = {column.name for column in texts} if checked else self._good(connection, relation, texts)
        return tuple(self._typed(column, in_place=column.name in good) for column in columns)

    def _typed(self, column: ScanColumn, *, in_place: bool) -> ScanColumn:
        unit = self.spans.get(column.name)
        if unit and column.stored.upper() == "BIGINT":
            return replace(column, hint="timespan/file", reads={"timespan": f"({column.value} {_TICKS[unit]})"})
        kind = self.types.get(column.name, "")
        if not kind:
            return column
        if in_place:
            value = f"nullif({column.value}, 'null')" if kind == "dynamic" else column.value
            return replace(column, hint=f"{kind}/file", stored="KQL", reads={kind: value})
        return replace(column, hint=f"{kind}/file")

    def _good(self, connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[ScanColumn]) -> set[str]:
        if not columns:
            return set()
        tests = ", ".join(
            f"count(*) FILTER (WHERE {column.value} IS NOT NULL AND NOT "
            f"{_CHECKS[self.types[column.name]].replace('{0}', column.value)})"
            for column in columns
        )
        row = connection.execute(f"SELECT {tests} FROM {relation}").fetchall()[0]
        return {column.name for column, count in zip(columns, row, strict=True) if not count}


def read_schema(path: Path) -> TypedSchema:
    """What a Parquet file that Arrow wrote says of itself.

    :raises OSError: it cannot be read.
    """
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
    listed = [str(reason) for reason in reasons] if isinstance(reasons, list) else []
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
