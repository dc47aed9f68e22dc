"""Microsoft's Log Analytics query service, where Sentinel keeps its logs."""

from __future__ import annotations

from .backend import LogAnalyticsBackend

__all__ = ["LogAnalyticsBackend"]
