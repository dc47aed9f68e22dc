"""Tabular operators: one registry, one file a family; and how a tree becomes a table."""

from __future__ import annotations

from .calls import call_function, function_of
from .registry import OPERATORS, apply_operator
from .sources import as_relation, bind_either, bind_pipe, bind_table

__all__ = [
    "OPERATORS",
    "apply_operator",
    "as_relation",
    "bind_either",
    "bind_pipe",
    "bind_table",
    "call_function",
    "function_of",
]

from . import (  # noqa: F401  # each fills the registry
    activities,
    applying,
    columns,
    evaluate,
    expansions,
    geo_lookups,
    intersections,
    ip_lookups,
    joins,
    key_values,
    nesting,
    parsing,
    pivoting,
    rows,
    scan,
    schemas,
    searching,
    series,
    sliding,
    summaries,
    unions,
    unpacking,
)
