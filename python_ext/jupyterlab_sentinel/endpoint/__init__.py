"""A local workspace behind the wire protocols of Log Analytics, Kusto and Graph's hunting query, on this machine alone."""

from __future__ import annotations
