r"""Halves of surrogate pairs, which no UTF-8 text can hold and no message to a notebook can carry."""

from __future__ import annotations

import json

import pyarrow as pa

from jupyterlab_sentinel.backends.kusto.schema import read_schema
from jupyterlab_sentinel.backends.log_analytics.decoding import decode
from jupyterlab_sentinel.backends.log_analytics.metadata import read_metadata
from jupyterlab_sentinel.models.tables import Column, Table

HALF = "a\ud800"
WRITTEN = "a\\ud800"


def test_in_names_of_a_workspace() -> None:
    columns = [{"name": HALF, "type": "string"}]
    body = json.dumps({"tables": [{"name": HALF, "columns": columns}], "functions": [{"name": HALF}]}).encode()
    found = read_metadata(body)
    assert list(found.tables) == [WRITTEN]
    assert [column.name for column in found.tables[WRITTEN].columns] == [WRITTEN]
    assert [function.name for function in found.functions] == [WRITTEN]


def test_in_names_of_a_database() -> None:
    table = {"Name": HALF, "OrderedColumns": [{"Name": HALF, "CslType": "long"}]}
    text = json.dumps({"Databases": {"db": {"Tables": {HALF: table}}}})
    found = read_schema((Table("T", (Column("S", "string"),), pa.table({"S": [text]})),), "db")
    assert found is not None
    assert [column.name for column in found.tables[WRITTEN].columns] == [WRITTEN]


def test_in_what_comes_with_an_answer() -> None:
    answer = {"tables": [], "render": {"visualization": "piechart", "title": HALF}, "statistics": {"query": {HALF: 1}}}
    found = decode(json.dumps(answer).encode())
    for told in (found.render, found.statistics):
        json.dumps(told, ensure_ascii=False).encode()


def test_a_whole_pair_is_kept() -> None:
    body = json.dumps({"tables": [{"name": "\U0001f600", "columns": []}]}).encode()
    assert list(read_metadata(body).tables) == ["\U0001f600"]
