"""Short ways to ask a backend."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from jupyterlab_sentinel.backends.embedded import EmbeddedBackend
from jupyterlab_sentinel.ports import QueryRequest
from tests.contract.answers import plain_rows

Opener = Callable[..., Awaitable[EmbeddedBackend]]
NOW = datetime(2019, 2, 18, 15, 29, 22, tzinfo=UTC)


async def rows(
    backend: EmbeddedBackend, kql: str, start: datetime | None = None, end: datetime | None = None
) -> list[tuple[object, ...]]:
    """The first table's rows as plain values."""
    return plain_rows((await backend.run(QueryRequest(kql, start, end, now=NOW))).tables[0])


async def columns(backend: EmbeddedBackend, kql: str) -> dict[str, str]:
    """The first table's columns: KQL type by name."""
    return {column.name: column.type for column in (await backend.run(QueryRequest(kql, now=NOW))).columns}
