"""The present, by whose clock it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..ports import ClockedBackend

if TYPE_CHECKING:
    from ..ports import QueryBackend

# The service tells whole seconds, and its answer was on its way for a while.
_SAME_CLOCK_S = 5.0


def present(backend: QueryBackend) -> datetime:
    """The present, UTC: by the clock of the service that answers, where it has one and this machine's is off."""
    ahead = backend.clock_ahead_s if isinstance(backend, ClockedBackend) else 0.0
    return datetime.now(UTC) + timedelta(seconds=ahead if abs(ahead) > _SAME_CLOCK_S else 0.0)
