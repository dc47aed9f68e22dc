"""Arguments that are subqueries: DuckDB takes none inside a lambda or TRY, so that they become a column first."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ..values import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from .registry import Arguments

# What takes no subquery, or may not; and what would mean something else when it ran over one row.
_TAKES_NONE = re.compile(r"\blambda\b|\bTRY\(|\bkql_")
_NEEDS_ROWS = re.compile(r"\bOVER\b|\brandom\(|\buuid\(")


def has_subquery(value: Value) -> bool:
    """Whether a value is computed by a query of its own, as ``toscalar`` is."""
    return not value.is_constant and "(SELECT " in value.sql


def answered(arguments: Arguments, implementation: Callable[[Arguments], Value]) -> Value:
    """What a function answers, with its arguments as columns where they must be."""
    result = implementation(arguments)
    if not any(map(has_subquery, arguments.values)) or not _TAKES_NONE.search(result.sql):
        return result
    if arguments.context.aggregated is not None or _NEEDS_ROWS.search(result.sql):
        return result
    columns: list[str] = []
    values: list[Value] = []
    for value in arguments.values:
        if not has_subquery(value):
            values.append(value)
            continue
        ref = arguments.context.ctes.new_ref()
        columns.append(f"{value.sql} AS {ref}")
        values.append(Value(ref, value.type))
    result = implementation(replace(arguments, values=tuple(values)))
    return Value(f"(SELECT {result.sql} FROM (SELECT {', '.join(columns)}) AS held)", result.type, result.constant)
