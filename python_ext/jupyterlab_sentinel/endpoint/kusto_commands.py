"""The few ``.show`` commands that clients need before they ask: versions, databases, tables, schemas.

Outputs: the commands' own pages in Microsoft's documentation ("management"). Everything else is refused by name.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from ..errors import KqlError
from ..kql.cursor import Cursor
from ..kql.lexer import tokenize
from ..kql.parser import parse_parameters, parse_tabular
from .kusto_refusals import no_command

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..kql.tree import Parameter
    from ..models.workspace import FunctionInfo, TableInfo


Columns = tuple[tuple[str, str], ...]
_SYSTEM = {
    "bool": "System.SByte",
    "int": "System.Int32",
    "long": "System.Int64",
    "real": "System.Double",
    "decimal": "System.Data.SqlTypes.SqlDecimal",
    "datetime": "System.DateTime",
    "timespan": "System.TimeSpan",
    "guid": "System.Guid",
    "dynamic": "System.Object",
    "string": "System.String",
}
_DOTNET = {"string": "String", "bool": "Boolean", "datetime": "DateTime", "dynamic": "Object"}
_VERSION = (
    ("BuildVersion", "string"),
    ("BuildTime", "datetime"),
    ("ServiceType", "string"),
    ("ProductVersion", "string"),
)
_DATABASES = (("DatabaseName", "string"), ("PersistentStorage", "string"), ("Version", "string"), ("IsCurrent", "bool"))
_TABLES = (("TableName", "string"), ("DatabaseName", "string"), ("Folder", "string"), ("DocString", "string"))
_ENTITIES = (
    ("DatabaseName", "string"),
    ("EntityType", "string"),
    ("EntityName", "string"),
    ("DocString", "string"),
    ("Folder", "string"),
    ("CslInputSchema", "string"),
    ("Content", "string"),
    ("CslOutputSchema", "string"),
    ("Properties", "dynamic"),
)
_FLAT = (
    ("DatabaseName", "string"),
    ("TableName", "string"),
    ("ColumnName", "string"),
    ("ColumnType", "string"),
    ("IsDefaultTable", "bool"),
    ("IsDefaultColumn", "bool"),
    ("PrettyName", "string"),
    ("Version", "string"),
)


class Told(NamedTuple):
    """What the commands tell of."""

    database: str
    tables: Sequence[TableInfo]
    functions: Sequence[FunctionInfo] = ()


def command_body(command: str, told: Told) -> bytes:
    """The JSON of a command's answer, in Kusto's "v1" shape.

    :raises Refusal: 400 for a command that is not served.
    """
    words = _words(command)
    for form, answer in _ANSWERS:
        if form.fullmatch(words):
            columns, rows = answer(told)
            described = [{"ColumnName": name, "DataType": _DOTNET[kind], "ColumnType": kind} for name, kind in columns]
            return json.dumps({"Tables": [{"TableName": "Table_0", "Columns": described, "Rows": rows}]}).encode()
    raise no_command(words)


def _words(command: str) -> str:
    """The command's words in small letters; a name in brackets, or of a database, stands as ``NAME``."""
    tokens = tokenize(command.strip())
    words = ["NAME" if token.kind in ("quoted_name", "string") else token.text.lower() for token in tokens]
    text = " ".join(words)
    text = re.sub(r"^(\. show database) (?!schema\b|NAME\b)\S+(?: - \S+)*", r"\1 NAME", text)
    return re.sub(r"^(\. show databases \() (?!NAME\b)\S+(?: - \S+)* \)", r"\1 NAME )", text)


def _version(_told: Told) -> tuple[Columns, list[list[object]]]:
    return _VERSION, [["1.0.0.0", "2024-01-01T00:00:00Z", "Engine", "Local"]]


def _databases(told: Told) -> tuple[Columns, list[list[object]]]:
    return _DATABASES, [[told.database, "", "v1.0", True]]


def _table_list(told: Told) -> tuple[Columns, list[list[object]]]:
    return _TABLES, [[table.name, told.database, "", table.description] for table in told.tables]


def _entities(told: Told) -> tuple[Columns, list[list[object]]]:
    rows: list[list[object]] = []
    for table in told.tables:
        columns = ", ".join(f"['{column.name}']:{column.type}" for column in table.columns)
        rows.append([told.database, "Table", table.name, table.description, "", "", "", columns, {}])
    rows += [
        [told.database, "Function", each.name, each.description, "", each.parameters, "", "", {}]
        for each in told.functions
    ]
    return _ENTITIES, rows


def _schema(told: Told) -> tuple[Columns, list[list[object]]]:
    rows: list[list[object]] = [[told.database, "", "", "", False, False, "", "v.1.0"]]
    for table in told.tables:
        rows.append([told.database, table.name, "", "", True, False, "", ""])
        rows += [
            [told.database, table.name, column.name, _SYSTEM[column.type], True, False, "", ""]
            for column in table.columns
        ]
    return _FLAT, rows


def _schema_as_json(told: Told) -> tuple[Columns, list[list[object]]]:
    described = {
        table.name: {
            "Name": table.name,
            "DocString": table.description,
            "OrderedColumns": [
                {"Name": column.name, "Type": _SYSTEM[column.type], "CslType": column.type} for column in table.columns
            ],
        }
        for table in told.tables
    }
    found = {
        "Name": told.database,
        "Tables": described,
        "MajorVersion": 1,
        "MinorVersion": 0,
        "Functions": {function.name: _function(function) for function in told.functions},
    }
    return (("DatabaseSchema", "string"),), [[json.dumps({"Databases": {told.database: found}})]]


def _function(function: FunctionInfo) -> dict[str, object]:
    """A function as the schema tells of it; its body stays here."""
    return {
        "Name": function.name,
        "InputParameters": [_parameter(item) for item in _parameters(function.parameters)],
        "Body": "",
        "Folder": "",
        "DocString": function.description,
        "FunctionKind": "Unknown",
        "OutputColumns": [],
    }


def _parameters(text: str) -> tuple[Parameter, ...]:
    try:
        return parse_parameters(Cursor(text, parse_tabular))
    except KqlError:
        return ()


def _parameter(parameter: Parameter) -> dict[str, object]:
    if parameter.type != "table":
        return {"Name": parameter.name, "Type": _SYSTEM[parameter.type], "CslType": parameter.type}
    columns = [{"Name": name, "Type": _SYSTEM[kind], "CslType": kind} for name, kind in parameter.columns or ()]
    return {"Name": parameter.name, "Columns": columns}


_ANSWERS: tuple[tuple[re.Pattern[str], Callable[[Told], tuple[Columns, list[list[object]]]]], ...] = (
    (re.compile(r"\. show version"), _version),
    (re.compile(r"\. show (?:databases|database)"), _databases),
    (re.compile(r"\. show tables"), _table_list),
    (re.compile(r"\. show databases entities"), _entities),
    (re.compile(r"\. show database(?: NAME)? schema"), _schema),
    (re.compile(r"\. show database(?: NAME)? schema as json"), _schema_as_json),
    (re.compile(r"\. show databases \( NAME \) schema as json"), _schema_as_json),
)
