"""A request's range in ticks of 100 ns since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ...models.instants import tick_of

if TYPE_CHECKING:
    from ...ports import QueryRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bounds(request: QueryRequest) -> tuple[int | None, int | None]:
    """The first tick of the range and the one behind its last; None for no bound."""
    return ticks_of(request.start), ticks_of(request.end)


def ticks_of(moment: datetime | None) -> int | None:
    """A moment in ticks; None for None."""
    if moment is None:
        return None
    since = moment - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 10 + tick_of(moment)
