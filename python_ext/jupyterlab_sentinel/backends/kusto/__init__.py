"""Services that speak Kusto's protocol: Azure Data Explorer's clusters, and the Sentinel data lake."""

from __future__ import annotations

from .backend import DataExplorerBackend, DataLakeBackend

__all__ = ["DataExplorerBackend", "DataLakeBackend"]
