"""Deciding the KQL type of text columns that nobody described, from their values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .conversion import ISO_DATETIME, from_text, literal
from .dates import FORMS, DateForm

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from .scans import Scan, ScanColumn

_SAMPLE_ROWS = 20_000
_LONGEST = 100

# Numbers with leading zeros, signs or more digits than a long are names of things, not quantities.
_LONG = r"-?(0|[1-9]\d{0,18})"
_REAL = r"-?(0|[1-9]\d{0,14})(\.\d{1,40})?([eE][+-]?\d{1,3})?"
# As many as tell every real from the next (IEEE 754), and as programs write: 0.30000000000000004.
_REAL_DIGITS = 17
_GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

_TESTS = {
    "bool": "lower({0}) IN ('true', 'false')",
    "long": f"(regexp_full_match({{0}}, {literal(_LONG)}) AND TRY_CAST({{0}} AS BIGINT) IS NOT NULL)",
    "real": f"(regexp_full_match({{0}}, {literal(_REAL)}) AND TRY_CAST({{0}} AS DOUBLE) IS NOT NULL"
    f" AND (strlen({{0}}) <= {_REAL_DIGITS} OR"
    f" strlen(regexp_replace({{0}}, '^-?0?[.]?0*|[eE].*$|[.]|-', '', 'g')) <= {_REAL_DIGITS}))",
    "datetime": f"(regexp_full_match({{0}}, {literal(ISO_DATETIME)}) AND kql_datetime({{0}}) IS NOT NULL)",
    "guid": f"regexp_full_match({{0}}, {literal(_GUID)})",
    "dynamic": "((starts_with(ltrim({0}), '{') OR starts_with(ltrim({0}), '[')) AND json_valid({0}))",
}

_SLASHES = r"^\s*\d{1,2}/\d{1,2}/"

_FORMS = {form.name: form for form in FORMS}

# What the beginning of each value of a kind has to look like; the tests say more, and only they say yes.
_LOOKS = {
    kind: re.compile(look, re.DOTALL)
    for kind, look in {
        "bool": "[TtFf]",
        "long": r"-?\d+$",
        "real": r"-?\d",
        "datetime": r"\s*\d{4}-",
        "guid": "[0-9a-fA-F]{8}-",
        "dynamic": r"\s*[\[{]",
        **{form.name: form.look for form in FORMS},
    }.items()
}


@dataclass(frozen=True, slots=True)
class Inferred:
    """The KQL type of a column, and the form of its dates where that is not ISO 8601."""

    type: str
    form: DateForm | None = None


def _test(kind: str, value: str) -> str:
    test = _FORMS[kind].fits(value) if kind in _FORMS else _TESTS[kind].replace("{0}", value)
    # A value may be megabytes long; no number or time is.
    return test if kind == "dynamic" else f"(CASE WHEN strlen({value}) <= {_LONGEST} THEN {test} ELSE false END)"


def infer_types(
    connection: duckdb.DuckDBPyConnection, scan: Scan, columns: Sequence[ScanColumn]
) -> dict[str, Inferred]:
    """What each of ``columns`` is, by name: string where values disagree or there are none.

    A sample proposes, the whole column confirms.
    """
    found = _agreed(connection, scan, columns, [*_TESTS, *_FORMS])
    return {name: _inferred(kinds) for name, kinds in found.items()}


def fitting_forms(
    connection: duckdb.DuckDBPyConnection, scan: Scan, columns: Sequence[ScanColumn]
) -> dict[str, DateForm]:
    """The form of the dates of each of ``columns``, by name; those that have none are left out."""
    found = _agreed(connection, scan, columns, list(_FORMS))
    forms = {name: _inferred(kinds).form for name, kinds in found.items()}
    return {name: form for name, form in forms.items() if form is not None}


def _inferred(kinds: list[str]) -> Inferred:
    kind = kinds[0] if kinds else "string"
    if kind not in _FORMS:
        return Inferred(kind)
    return Inferred("datetime", replace(_FORMS[kind], doubtful=len(kinds) > 1))


def _agreed(
    connection: duckdb.DuckDBPyConnection, scan: Scan, columns: Sequence[ScanColumn], kinds: list[str]
) -> dict[str, list[str]]:
    """The ``kinds`` that every value of each column is of."""
    if not columns:
        return {}
    sample = f"(SELECT * FROM {scan.relation} LIMIT {_SAMPLE_ROWS})"
    thinkable = _thinkable(connection, sample, columns, kinds)
    found = _fractions(connection, sample, thinkable)
    proposed = {
        column.name: [kind for kind, holds in zip(tried, flags, strict=True) if holds]
        for (column, tried), flags in zip(thinkable, found, strict=True)
    }
    to_confirm = [(column, proposed[column.name]) for column in columns if proposed[column.name]]
    agreed: dict[str, list[str]] = {name: [] for name in proposed}
    if to_confirm:
        confirmed = _fractions(connection, scan.relation, to_confirm)
        for (column, tried), flags in zip(to_confirm, confirmed, strict=True):
            agreed[column.name] = [kind for kind, holds in zip(tried, flags, strict=True) if holds]
    return agreed


def _thinkable(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[ScanColumn], kinds: Sequence[str]
) -> list[tuple[ScanColumn, list[str]]]:
    """The ``kinds`` that each column's least and greatest value could be of, by the look of them.

    The tests take DuckDB longer to plan than to run, as FILTER does: thirteen of each column, and a file of 200 columns
    took a minute.
    """
    terms = [
        f"{which}(CASE WHEN trim({column.value}) <> '' THEN left({column.value}, {_LONGEST}) END)"
        for column in columns
        for which in ("min", "max")
    ]
    row = connection.execute(f"SELECT {', '.join(terms)} FROM {relation}").fetchall()[0]
    bounds = zip(columns, row[::2], row[1::2], strict=True)
    return [
        (column, [] if low is None else [kind for kind in kinds if all(map(_LOOKS[kind].match, (low, high)))])
        for column, low, high in bounds
    ]


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
            f"coalesce(bool_and(CASE WHEN trim({value}) <> '' THEN {_test(kind, value)} END), false)" for kind in kinds
        )
    if not terms:
        return [[] for _ in wanted]
    row = connection.execute(f"SELECT {', '.join(terms)} FROM {relation}").fetchall()[0]
    flags = iter(row)
    return [[bool(next(flags)) for _ in kinds] for _, kinds in wanted]


def columns_that_fail(
    connection: duckdb.DuckDBPyConnection, scan: Scan, typed: Sequence[tuple[ScanColumn, str]]
) -> dict[str, int]:
    """How many values of each text column are not of its declared type; columns without any are left out.

    Dates such as 3/4/2019 count here: what they mean, :func:`fitting_forms` tells from the whole column.
    """
    checked = [(column, kind) for column, kind in typed if column.stored == "VARCHAR" and kind not in _ALWAYS]
    if not checked:
        return {}
    terms = [
        f"count(*) FILTER (WHERE trim({column.value}) <> '' AND {_fails(column.value, kind)})"
        for column, kind in checked
    ]
    row = connection.execute(f"SELECT {', '.join(terms)} FROM {scan.relation}").fetchall()[0]
    return {column.name: int(count) for (column, _), count in zip(checked, row, strict=True) if count}


def times_among(connection: duckdb.DuckDBPyConnection, scan: Scan, column: ScanColumn) -> tuple[int, int]:
    """How many values a text column has, and how many of them are written as a time."""
    value = column.value
    row = connection.execute(
        f"SELECT count_if(trim({value}) <> ''), count_if({_test('datetime', value)}) FROM {scan.relation}"
    ).fetchall()[0]
    return int(row[0]), int(row[1])


def epoch_unit(connection: duckdb.DuckDBPyConnection, scan: Scan, column: ScanColumn) -> tuple[str, str] | None:
    """What a column of numbers counts since 1970, if all of them lie in the years 1990 to 2100.

    :returns: the unit in words, and SQL that reads it as ticks; None: it counts something else.
    """
    number = f"TRY_CAST({column.value} AS DECIMAL(38, 9))"
    low, high = connection.execute(f"SELECT min({number}), max({number}) FROM {scan.relation}").fetchall()[0]
    if low is None:
        return None
    for unit, a_second in _EPOCH_UNITS.items():
        if _YEAR_1990 * a_second <= low and high < _YEAR_2100 * a_second:
            return unit, f"CAST(trunc({number} * 10000000 / {a_second}) AS BIGINT)"
    return None


_EPOCH_UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
_YEAR_1990, _YEAR_2100 = 631_152_000, 4_102_444_800


def lie_ready(connection: duckdb.DuckDBPyConnection, scan: Scan, columns: Sequence[tuple[ScanColumn, str]]) -> set[str]:
    """Names of the text columns whose every value is written as the engine writes that KQL type.

    They can be used where they lie, in every query, without being read first.
    """
    asked = [(column, kind) for column, kind in columns if kind in READY]
    if not asked:
        return set()
    tests = ", ".join(
        f"count(*) FILTER (WHERE {column.value} IS NOT NULL AND NOT ({READY[kind].replace('{0}', column.value)}))"
        for column, kind in asked
    )
    row = connection.execute(f"SELECT {tests} FROM {scan.relation}").fetchall()[0]
    return {column.name for (column, _), count in zip(asked, row, strict=True) if not count}


def _fails(value: str, kind: str) -> str:
    test = f"{from_text(value, kind)} IS NULL"
    return f"({test} OR regexp_matches({value}, {literal(_SLASHES)}))" if kind == "datetime" else test


READY = {
    "dynamic": "coalesce(TRY(CAST(json({0}) AS VARCHAR)) = {0}, false)",
    "guid": f"(regexp_full_match({{0}}, {literal(_GUID)}) AND lower({{0}}) = {{0}})",
}
_ALWAYS = frozenset({"string", "dynamic"})
