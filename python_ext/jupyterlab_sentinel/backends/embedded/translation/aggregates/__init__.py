"""Aggregate functions: one registry, one file a family."""

from __future__ import annotations

from .registry import AGGREGATES, call_aggregate, is_aggregate

__all__ = ["AGGREGATES", "call_aggregate", "is_aggregate"]

from . import collections, measures, percentiles, sketches  # noqa: F401  # each fills the registry
