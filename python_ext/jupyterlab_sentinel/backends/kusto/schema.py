"""What a database says of itself.

``.show database schema as json`` (clusters) and ``.show databases entities`` (the data lake, which has few commands);
shapes from their pages in Microsoft's documentation of management commands. Anything in them may be missing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...kql.constants import TYPE_NAMES
from ...kql.lexer import tokenize
from ...models.indicators import visible
from ...models.workspace import ColumnInfo, FunctionInfo, TableInfo
from ..log_analytics.bodies import acceptable
from ..log_analytics.metadata import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...models.tables import Table

_SHOWN = 300
_DOTNET = {"sbyte": "bool", "sqldecimal": "decimal"}


def command_for(database: str) -> str:
    """The command for one database's schema."""
    return f".show database {quoted(database)} schema as json"


def quoted(name: str) -> str:
    """A name as an entity is written in commands."""
    return "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"


def read_schema(tables: tuple[Table, ...], database: str) -> Metadata | None:
    """The schema in the answer to :func:`command_for`; None if there is none."""
    for text in _first_column(tables):
        try:
            data = json.loads(acceptable(text.encode()))
        except (ValueError, RecursionError):
            continue
        databases = _mapping(_mapping(data).get("Databases"))
        found = databases.get(database) or next(iter(databases.values()), None)
        if found is not None:
            return _metadata(_mapping(found))
    return None


def read_entities(tables: tuple[Table, ...], database: str) -> Metadata | None:
    """The schema in the answer to ``.show databases entities``; None if there is none."""
    if not tables or not {"DatabaseName", "EntityType", "EntityName"} <= {column.name for column in tables[0].columns}:
        return None
    found: dict[str, TableInfo] = {}
    functions: list[FunctionInfo] = []
    for row in tables[0].data.to_pylist():
        if str(row.get("DatabaseName") or "").casefold() != database.casefold():
            continue
        name, said = str(row["EntityName"]), visible(str(row.get("DocString") or ""), limit=_SHOWN)
        if row.get("EntityType") == "Function":
            functions.append(FunctionInfo(name, str(row.get("CslInputSchema") or "()"), said))
        elif row.get("EntityType") in ("Table", "ExternalTable", "MaterializedView"):
            columns = tuple(_from_text(str(row.get("CslOutputSchema") or "")))
            found[name] = TableInfo(name, columns, description=said)
    functions.sort(key=lambda function: function.name)
    return Metadata(dict(sorted(found.items())), tuple(functions)) if found else None


def _metadata(database: Mapping[str, object]) -> Metadata:
    tables: dict[str, TableInfo] = {}
    for kind in ("Tables", "MaterializedViews"):
        for name, item in _mapping(database.get(kind)).items():
            described = _mapping(item)
            tables[name] = TableInfo(name, tuple(_from_json(described)), description=_described(described))
    functions = tuple(
        FunctionInfo(name, _parameters(_mapping(item)), _described(_mapping(item)))
        for name, item in sorted(_mapping(database.get("Functions")).items())
    )
    return Metadata(dict(sorted(tables.items())), functions, visible(str(database.get("Name") or ""), limit=_SHOWN))


def _from_json(table: Mapping[str, object]) -> Iterator[ColumnInfo]:
    columns = table.get("OrderedColumns")
    for column in columns if isinstance(columns, list) else ():
        described = _mapping(column)
        name, kind = described.get("Name"), described.get("CslType") or described.get("Type")
        if isinstance(name, str):
            yield ColumnInfo(name, _kind(str(kind or "")))


def _described(item: Mapping[str, object]) -> str:
    return visible(str(item.get("DocString") or ""), limit=_SHOWN)


def _from_text(text: str) -> Iterator[ColumnInfo]:
    """``a:long, ['b c']:string``."""
    tokens = tokenize(text)
    for place, token in enumerate(tokens[:-2]):
        if token.kind in ("name", "quoted_name") and tokens[place + 1].text == ":":
            yield ColumnInfo(token.value, _kind(tokens[place + 2].text))


def _parameters(function: Mapping[str, object]) -> str:
    """As KQL writes them; one whose type is not told is dynamic, which takes any value."""
    parameters = function.get("InputParameters")
    found = [_mapping(item) for item in (parameters if isinstance(parameters, list) else ())]
    return f"({', '.join(_parameter(item) for item in found if item.get('Name'))})"


def _parameter(item: Mapping[str, object]) -> str:
    columns = item.get("Columns")
    if isinstance(columns, list):
        described = [_mapping(column) for column in columns]
        listed = ", ".join(f"{column.get('Name')}:{_typed(column)}" for column in described) or "*"
        return f"{item['Name']}:({listed})"
    return f"{item['Name']}:{_typed(item)}"


def _typed(item: Mapping[str, object]) -> str:
    told = item.get("CslType") or item.get("Type")
    return _kind(str(told)) if told else "dynamic"


def _kind(name: str) -> str:
    last = name.rpartition(".")[2].lower()
    return _DOTNET.get(last) or TYPE_NAMES.get(last, "string")


def _first_column(tables: tuple[Table, ...]) -> list[str]:
    if not tables or not tables[0].columns:
        return []
    return [cell for cell in tables[0].data.column(0).to_pylist() if isinstance(cell, str)]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
