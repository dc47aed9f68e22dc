"""Rows to typed Arrow tables: the columns of each table in Log Analytics' order, and how each type is stored."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from .cast import TENANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Row = dict[str, object]

PHYSICAL: Final[Mapping[str, pa.DataType]] = {
    "string": pa.string(),
    "guid": pa.string(),
    "dynamic": pa.string(),
    "datetime": pa.timestamp("us", tz="UTC"),
    "long": pa.int64(),
    "int": pa.int32(),
    "real": pa.float64(),
    "bool": pa.bool_(),
}


@cache
def columns() -> Mapping[str, Mapping[str, str]]:
    """The KQL type of each column of each table of the demo, tables by name, columns in order."""
    text = files("jupyterlab_sentinel.demo").joinpath("columns.json").read_text(encoding="utf-8")
    catalogue: dict[str, dict[str, str]] = json.loads(text)
    return catalogue


def table(name: str, rows: Iterable[Row]) -> pa.Table:
    """The rows as the table `name`, in order of TimeGenerated.

    A row names only the columns that it fills: times in microseconds since 1970, dynamic values as Python objects.
    A text that is not filled is empty, as in Log Analytics; another value that is not filled is null. Raises
    `KeyError` for a column that the table lacks.
    """
    ordered = sorted(rows, key=_moment)
    kinds = columns()[name]
    filled = {column for row in ordered for column in row}
    if unknown := filled - kinds.keys():
        raise KeyError(f"{name} has no {sorted(unknown)}")
    fixed: Row = {"TenantId": TENANT, "Type": name}
    arrays = [
        _array([row.get(column) for row in ordered], kind)
        if column in filled
        else _constant(fixed.get(column), kind, len(ordered))
        for column, kind in kinds.items()
    ]
    return pa.table(arrays, names=list(kinds))


def _moment(row: Row) -> int:
    moment = row["TimeGenerated"]
    if not isinstance(moment, int):
        raise TypeError("TimeGenerated is in microseconds since 1970")
    return moment


def _array(values: Sequence[object], kind: str) -> pa.Array:
    if kind == "dynamic":
        values = [None if value is None else json.dumps(value, separators=(",", ":")) for value in values]
    elif kind == "string":
        values = ["" if value is None else value for value in values]
    return pa.array(values, PHYSICAL[kind])


def _constant(value: object, kind: str, length: int) -> pa.Array:
    if value is None and kind == "string":
        value = ""
    return pa.repeat(pa.scalar(value, PHYSICAL[kind]), length)
