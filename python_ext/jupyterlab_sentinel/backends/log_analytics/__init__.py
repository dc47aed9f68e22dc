"""Microsoft's Log Analytics query service, where Sentinel keeps its logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .backend import LogAnalyticsBackend

__all__ = ["LogAnalyticsBackend"]


def __getattr__(name: str) -> object:
    """The backend, imported at first use (PEP 562): what all of Azure's backends share imports this package, too."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from .backend import LogAnalyticsBackend

    return LogAnalyticsBackend
