"""Column types of the tables that Sentinel and Defender are known to have.

The data file is package data: 944 tables and 26,971 columns, from FalconForce's KQLAnalyzer
(``environments.json``, July 2026), itself made from Microsoft's published table references
(CC BY 4.0). It is read at the first look-up.
"""

from __future__ import annotations

import functools
import gzip
import json
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN_COLUMNS = frozenset({"_IsBillable", "_BilledSize", "_SubscriptionId", "_ItemId"})
"""Columns that can be queried but are not part of a table's default output."""


@functools.cache
def known_tables() -> Mapping[str, Mapping[str, str]]:
    """KQL type of each column of each known table, in the tables' own order."""
    data = resources.files(__package__).joinpath("data/table-schemas.json.gz").read_bytes()
    tables: dict[str, dict[str, str]] = json.loads(gzip.decompress(data))
    return tables


def known_columns(table: str) -> Mapping[str, str]:
    """KQL type of each column of ``table``; empty for a table that is not known."""
    return known_tables().get(table, {})
