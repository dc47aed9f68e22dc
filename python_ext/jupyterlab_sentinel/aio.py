"""The public API for async code; each name has a blocking twin in :mod:`jupyterlab_sentinel`."""

from __future__ import annotations

from .services.enrichment import enrich, locate, providers
from .session import Workspace, connect

__all__ = ["Workspace", "connect", "enrich", "locate", "providers"]
