"""The embedded workspace: KQL over local files or the demo, on DuckDB, with no network."""

from __future__ import annotations

from .backend import EmbeddedBackend

__all__ = ["EmbeddedBackend"]
