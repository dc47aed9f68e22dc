"""Deciding the KQL type of text columns that nobody described, from their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .conversion import ISO_DATETIME, from_text, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from .scans import Scan, ScanColumn

_SAMPLE_ROWS = 20_000

# Numbers with leading zeros, signs or more digits than a long are names of things, not quantities.
_LONG = r"-?(0|[1-9]\d{0,18})"
_REAL = r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?([eE][+-]?\d{1,3})?"
_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PORTAL_TIME = r"\d{1,2}/\d{1,2}/\d{4},? \d{1,2}:\d{2}(:\d{2}(\.\d{1,3})?)?( [AP]M)?"

_TESTS = {
    "bool": "lower({0}) IN ('true', 'false')",
    "long": f"(regexp_full_match({{0}}, {literal(_LONG)}) AND TRY_CAST({{0}} AS BIGINT) IS NOT NULL)",
    "real": f"regexp_full_match({{0}}, {literal(_REAL)})",
    "datetime": f"(regexp_full_match({{0}}, {literal(ISO_DATETIME)})"
    f" OR regexp_full_match({{0}}, {literal(_PORTAL_TIME)}))",
    "guid": f"regexp_full_match({{0}}, {literal(_GUID)})",
    "dynamic": "((starts_with(ltrim({0}), '{') OR starts_with(ltrim({0}), '[')) AND json_valid({0}))",
}


def _test(kind: str, value: str) -> str:
    return _TESTS[kind].replace("{0}", value)


def infer_types(connection: duckdb.DuckDBPyConnection, scan: Scan, columns: Sequence[ScanColumn]) -> dict[str, str]:
    """KQL type of each of ``columns`` by name, string where values disagree or there are none.

    A sample proposes, the whole column confirms.
    """
    if not columns:
        return {}
    sample = f"(SELECT * FROM {scan.relation} LIMIT {_SAMPLE_ROWS})"
    kinds = list(_TESTS)
    found = _fractions(connection, sample, [(column, kinds) for column in columns])
    proposed = {
        column.name: next((kind for kind, holds in zip(kinds, flags, strict=True) if holds), "string")
        for column, flags in zip(columns, found, strict=True)
    }
    to_confirm = [(column, [proposed[column.name]]) for column in columns if proposed[column.name] != "string"]
    if to_confirm:
        confirmed = _fractions(connection, scan.relation, to_confirm)
        for (column, _), flags in zip(to_confirm, confirmed, strict=True):
            if not flags[0]:
                proposed[column.name] = "string"
    return proposed


def _fractions(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    wanted: Sequence[tuple[ScanColumn, Sequence[str]]],
) -> list[list[bool]]:
    """For each column, whether every value that is not empty passes each test (and there is one)."""
    terms: list[str] = []
    for column, kinds in wanted:
        value = column.value
        terms.extend(
            f"coalesce(bool_and({_test(kind, value)}) FILTER (WHERE trim({value}) <> ''), false)" for kind in kinds
        )
    row = connection.execute(f"SELECT {', '.join(terms)} FROM {relation}").fetchall()[0]
    flags = iter(row)
    return [[bool(next(flags)) for _ in kinds] for _, kinds in wanted]


def columns_that_fail(
    connection: duckdb.DuckDBPyConnection, scan: Scan, typed: Sequence[tuple[ScanColumn, str]]
) -> dict[str, int]:
    """How many values of each text column are not of its declared type; columns without any are left out."""
    checked = [(column, kind) for column, kind in typed if column.stored == "VARCHAR" and kind not in _ALWAYS]
    if not checked:
        return {}
    terms = [
        f"count(*) FILTER (WHERE trim({column.value}) <> '' AND {from_text(column.value, kind)} IS NULL)"
        for column, kind in checked
    ]
    row = connection.execute(f"SELECT {', '.join(terms)} FROM {scan.relation}").fetchall()[0]
    return {column.name: int(count) for (column, _), count in zip(checked, row, strict=True) if count}


_ALWAYS = frozenset({"string", "dynamic"})
