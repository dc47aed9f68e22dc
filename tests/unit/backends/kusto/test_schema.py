"""Schemas as commands give them; the shapes are those of the commands' pages in Microsoft's documentation."""

from __future__ import annotations

import json

import pyarrow as pa

from jupyterlab_sentinel.backends.kusto.schema import command_for, read_entities, read_schema
from jupyterlab_sentinel.models.tables import Column, Table

EVENTS = {
    "Name": "Events",
    "DefaultColumn": None,
    "OrderedColumns": [
        {"Name": "StartTime", "Type": "System.DateTime"},
        {"Name": "SessionId", "Type": "System.Int32", "CslType": "int"},
        {"Name": "Price", "Type": "System.Data.SqlTypes.SqlDecimal"},
    ],
}

PARAMETERS = [
    {"Name": "x", "Type": "System.Int64"},
    {"Name": "y"},
    {"Name": "T", "Columns": [{"Name": "a", "CslType": "string"}]},
]


def told(text: str) -> tuple[Table, ...]:
    return (Table("Table_0", (Column("DatabaseSchema", "string"),), pa.table({"DatabaseSchema": [text]})),)


def test_a_schema_as_json() -> None:
    functions = {"F": {"Name": "F", "DocString": "Does.", "InputParameters": PARAMETERS}}
    database = {"Name": "TestDB", "Tables": {"Events": EVENTS}, "Functions": functions, "MaterializedViews": {"V": {}}}
    found = read_schema(told(json.dumps({"Databases": {"TestDB": database}})), "TestDB")
    assert found is not None
    assert list(found.tables) == ["Events", "V"]
    assert [(column.name, column.type) for column in found.tables["Events"].columns] == [
        ("StartTime", "datetime"),
        ("SessionId", "int"),
        ("Price", "decimal"),
    ]
    (function,) = found.functions
    assert (function.name, function.description) == ("F", "Does.")
    assert function.parameters == "(x:long, y:dynamic, T:(a:string))"


def test_what_is_no_schema() -> None:
    for text in ("", "{}", "[]", "{" * 5000, '{"Databases": []}', '{"Databases": {"x": null}}'):
        found = read_schema(told(text), "TestDB")
        assert found is None or not found.tables
    assert read_schema((), "TestDB") is None


def test_entities_of_one_database() -> None:
    names = ("DatabaseName", "EntityType", "EntityName", "DocString", "CslOutputSchema")
    rows = [
        ("TestDB", "Table", "GeoIP", "Locations", "['network']:string, locale_code:string, n:long"),
        ("testdb", "ExternalTable", "Lake", "", "TimeGenerated:datetime"),
        ("TestDB", "Function", "F", "", ""),
        ("Other", "Table", "T", "", "a:long"),
    ]
    data = pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    table = Table("Table_0", tuple(Column(name, "string") for name in names), data)
    found = read_entities((table,), "TestDB")
    assert found is not None
    assert list(found.tables) == ["GeoIP", "Lake"]
    assert [(column.name, column.type) for column in found.tables["GeoIP"].columns] == [
        ("network", "string"),
        ("locale_code", "string"),
        ("n", "long"),
    ]
    assert read_entities((table,), "Nowhere") is None
    assert read_entities(told("x"), "TestDB") is None


def test_names_are_quoted_in_commands() -> None:
    assert command_for("My'] | .drop") == ".show database ['My\\'] | .drop'] schema as json"
