"""The grammar of each tabular operator: one small reader each, one file a family, found by the operator's name."""

from __future__ import annotations

from . import columns, expansions, graphs, outputs, parsing, rows, scan, unread  # noqa: F401  # each fills the registry
from .registry import READERS, parse_operator, parse_operators
from .tables import parse_find, parse_search, parse_union

__all__ = ["READERS", "parse_find", "parse_operator", "parse_operators", "parse_search", "parse_union"]
