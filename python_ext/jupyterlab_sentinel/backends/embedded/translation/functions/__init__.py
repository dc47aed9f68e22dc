"""Scalar functions: one registry, filled by one file a family when the first function is looked up."""

from __future__ import annotations

from .registry import FUNCTIONS, call_function, is_function
from .several import several_outputs

__all__ = ["FUNCTIONS", "call_function", "is_function", "several_outputs"]

from . import (  # noqa: F401  # each fills the registry
    arrays,
    bags,
    conditions,
    conversions,
    datetimes,
    encodings,
    geo_cells,
    geo_shapes,
    geography,
    networks,
    numbers,
    schemas,
    series,
    series_numeric,
    sketches,
    sorting,
    strings,
    structures,
    surroundings,
    windows,
)
