"""Types of files with many columns: what a column cannot be is not asked of its every value."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from jupyterlab_sentinel.backends.embedded.database import open_database
from jupyterlab_sentinel.backends.embedded.inference import Inferred, infer_types
from jupyterlab_sentinel.backends.embedded.scans import Scan, ScanColumn

VALUES = {
    "text": "x",
    "flag": "TRUE",
    "number": "-5",
    "fraction": "1.5e3",
    "time": " 2026-11-29T08:01:02.345Z",
    "id": "74be27de-1e4e-49d9-b579-fe0b331d3642",
    "bag": ' {"a": 1}',
    "slashes": "11/29/2026, 8:01:02.345 AM",
    "dots": "29.11.2026, 08:01:02,345",
    "year": "2026/11/29 08:01:02",
    "offset": "2026-11-29 08:01:02.345 +01:00",
    "shell": "/Date(1764403262345)/",
    "month": "Nov 29, 2026 8:01:02 AM",
    "empty": " ",
}


@dataclass
class _Recording:
    """A connection that remembers what it was asked."""

    connection: duckdb.DuckDBPyConnection
    asked: list[str] = field(default_factory=list)

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        self.asked.append(sql)
        return self.connection.execute(sql)


def _inferred(values: dict[str, str], tmp_path: object) -> tuple[dict[str, Inferred], str]:
    connection = open_database(tmp_path, None)  # type: ignore[arg-type]
    listed = ", ".join(
        f"'{value.replace(chr(39), chr(39) * 2)}' AS c{place}" for place, value in enumerate(values.values())
    )
    columns = tuple(ScanColumn(name, f"c{place}") for place, name in enumerate(values))
    recording = _Recording(connection)
    found = infer_types(recording, Scan(f"(SELECT {listed})", columns), columns)  # type: ignore[arg-type]
    connection.close()
    return found, " ".join(recording.asked)


def test_each_kind_of_value_is_still_told(tmp_path: object) -> None:
    found, _ = _inferred(VALUES, tmp_path)
    assert {name: each.type for name, each in found.items()} == {
        "text": "string",
        "flag": "bool",
        "number": "long",
        "fraction": "real",
        **dict.fromkeys(("time", "slashes", "dots", "year", "offset", "shell", "month"), "datetime"),
        "id": "guid",
        "bag": "dynamic",
        "empty": "string",
    }


def test_two_hundred_columns_of_text_are_asked_nothing_that_costs(tmp_path: object) -> None:
    _, asked = _inferred({f"column {place}": "plain text" for place in range(200)}, tmp_path)
    # Planning a test of a date's form takes DuckDB milliseconds, and grows with their number.
    assert "strptime" not in asked
    assert "json_valid" not in asked


def test_the_last_value_counts_as_the_first(tmp_path: object) -> None:
    connection = open_database(tmp_path, None)  # type: ignore[arg-type]
    columns = (ScanColumn("a", "a"), ScanColumn("b", "b"))
    scan = Scan("(VALUES ('1', 'true'), ('2', 'maybe'), ('z', 'false')) v(a, b)", columns)
    found = infer_types(connection, scan, columns)
    connection.close()
    assert {name: each.type for name, each in found.items()} == {"a": "string", "b": "string"}
