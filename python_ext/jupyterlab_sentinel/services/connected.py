"""The workspace that was connected last: what counts where a call names none.

``sentinel.enrich(values)`` in a notebook means the workspace of that notebook. One a process; the
session sets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..ports import QueryBackend

_held: list[QueryBackend] = []


def connected_backend() -> QueryBackend | None:
    """The backend of the workspace connected last, or None."""
    return _held[-1] if _held else None


def set_connected(backend: QueryBackend | None) -> None:
    """Let ``backend`` count from now on; None: no workspace."""
    _held[:] = [] if backend is None else [backend]


def forget(backend: QueryBackend) -> None:
    """Let ``backend``, which is being closed, count no more."""
    if connected_backend() is backend:
        set_connected(None)
