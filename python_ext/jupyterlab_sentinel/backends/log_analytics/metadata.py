"""What a workspace says of itself: tables with columns, saved functions, its own name.

Format: ``GET /v1/workspaces/{id}/metadata`` of the query service (Azure's REST specification,
``operationalinsights/data-plane``). Anything in it may be missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...kql.constants import TYPE_NAMES
from ...kql.slicing import TIME
from ...models.indicators import visible
from ...models.workspace import ColumnInfo, FunctionInfo, TableInfo
from .bodies import acceptable, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Metadata:
    """A workspace's schema.

    :param tables: by name, in alphabetical order.
    :param name: the workspace's own name in Azure; empty if it does not say.
    """

    tables: Mapping[str, TableInfo]
    functions: tuple[FunctionInfo, ...] = ()
    name: str = ""

    def has_time(self, table: str) -> bool:
        """Whether there is such a table, with a time that rows can be chosen by, and no function of that name."""
        found = None if any(function.name == table for function in self.functions) else self.tables.get(table)
        return found is not None and any(column.name == TIME and column.type == "datetime" for column in found.columns)


def read_metadata(body: bytes, workspace_id: str = "") -> Metadata:
    """The schema in an answer of the service.

    :param workspace_id: whose own name to look for.
    :raises ServiceError: not such an answer.
    """
    try:
        data = json.loads(acceptable(body))
    except (ValueError, RecursionError):
        refuse(body)
    if not isinstance(data, dict) or not isinstance(data.get("tables"), list):
        refuse(body)
    tables = {_text(item, "name"): _table(item) for item in _items(data, "tables") if _text(item, "name")}
    functions = tuple(_function(item) for item in _items(data, "functions") if _text(item, "name"))
    own = next((item for item in _items(data, "workspaces") if _text(item, "id") == workspace_id), {})
    return Metadata(dict(sorted(tables.items())), functions, visible(_text(own, "name"), limit=_SHOWN))


def _table(item: Mapping[str, object]) -> TableInfo:
    columns = tuple(
        ColumnInfo(_text(column, "name"), TYPE_NAMES.get(_text(column, "type"), "string"))
        for column in _items(item, "columns")
        if _text(column, "name")
    )
    return TableInfo(_text(item, "name"), columns, description=visible(_text(item, "description"), limit=_SHOWN))


def _function(item: Mapping[str, object]) -> FunctionInfo:
    described = _text(item, "description") or _text(item, "displayName")
    parameters = _text(item, "parameters").strip()
    if not parameters.startswith("("):
        parameters = f"({parameters})"
    return FunctionInfo(_text(item, "name"), parameters, visible(described, limit=_SHOWN))


def _items(data: Mapping[str, object], key: str) -> Iterator[Mapping[str, object]]:
    found = data.get(key)
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, dict))


def _text(data: Mapping[str, object], key: str) -> str:
    found = data.get(key)
    return found if isinstance(found, str) else ""
