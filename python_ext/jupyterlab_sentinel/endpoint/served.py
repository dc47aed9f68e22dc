"""A local workspace that answers wire queries."""

from __future__ import annotations

import asyncio
import gzip
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..errors import SentinelError
from ..ports import FunctionsBackend, QueryRequest
from ..settings.validating import is_guid
from .answers import answer_body
from .limits import Limits, Queue
from .metadata import metadata_body
from .refusals import no_access, path_not_found, refused_query, resource_not_found
from .timespans import moment_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from ..models.tables import QueryResult
    from ..models.workspace import FunctionInfo
    from ..ports import QueryBackend
    from .identity import Identity
    from .requests import WireQuery

_SMALL = 1024
_FASTEST = 1


@dataclass
class ServedWorkspace:
    """An open backend under its wire names. Belongs to one event loop."""

    identity: Identity
    backend: QueryBackend
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self._queue = Queue(self.limits)

    def find(self, workspace_id: str) -> None:
        """Accept the workspace's GUID.

        :raises Refusal: 404 for what is no GUID, 403 for another's.
        """
        if not is_guid(workspace_id):
            raise path_not_found()
        if workspace_id.lower() != self.identity.workspace_id:
            raise no_access()

    def find_resource(self, resource: str) -> None:
        """Accept the resource id of the workspace, in any case; subscription and group may be any.

        :raises Refusal: 404.
        """
        parts = unquote(resource).strip("/").lower().split("/")
        mine = self.identity.resource_id.strip("/").lower().split("/")
        fixed = (0, 2, 4, 5, 6, 7)
        if len(parts) != len(mine) or not all(parts) or any(parts[at] != mine[at] for at in fixed):
            raise resource_not_found(resource)

    def wait_s(self, query: WireQuery) -> float:
        """A query's deadline in seconds."""
        asked = query.preferences.wait_s
        return min(self.limits.longest_wait_s, self.limits.wait_s if asked is None else max(1, asked))

    async def answer(self, query: WireQuery) -> bytes:
        """The body for a query, as JSON.

        :raises Refusal: anything but an answer.
        """
        for other in query.workspaces:
            self._find_other(other)
        async with self._queue.turn():
            try:
                result = await self.backend.run(self._request(query))
                return await _beside_loop(result, query, self.limits)
            except SentinelError as error:
                raise refused_query(error) from error

    def turn(self) -> AbstractAsyncContextManager[None]:
        """A turn to run a query, for requests of other protocols.

        :raises Refusal: 429 on entering it, as too many wait.
        """
        return self._queue.turn()

    async def metadata(self) -> dict[str, object]:
        """Tables, columns and saved functions.

        :raises Refusal: they cannot be told.
        """
        try:
            tables, functions = await self.backend.tables(), await self.functions()
        except SentinelError as error:
            raise refused_query(error) from error
        return metadata_body(self.identity, self.backend.info, tables, functions)

    async def functions(self) -> Sequence[FunctionInfo]:
        """The workspace's saved functions.

        :raises SentinelError: they cannot be told.
        """
        return await self.backend.functions() if isinstance(self.backend, FunctionsBackend) else ()

    def _find_other(self, name: str) -> None:
        if "/" in name:
            self.find_resource(name)
        elif name.lower() not in {
            self.identity.workspace_id,
            self.identity.name.lower(),
            self.identity.resource_name.lower(),
        }:
            raise resource_not_found(name)

    def _request(self, query: WireQuery) -> QueryRequest:
        return QueryRequest(
            kql=query.kql,
            start=moment_of(query.bounds.start),
            end=moment_of(query.bounds.end),
            timeout_s=self.wait_s(query),
            now=query.now,
        )


async def packed(body: bytes, accepted: str) -> tuple[bytes, bool]:
    """``body`` gzipped where the client takes that and it is worth it; whether it is."""
    if len(body) < _SMALL or not _takes_gzip(accepted):
        return body, False
    return await asyncio.to_thread(gzip.compress, body, _FASTEST), True


def _takes_gzip(accepted: str) -> bool:
    for item in accepted.lower().split(","):
        name, _, quality = item.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def _beside_loop(result: QueryResult, query: WireQuery, limits: Limits) -> bytes:
    """Write the answer on a thread, which stops soon after nobody waits any more."""
    gone = threading.Event()
    try:
        return await asyncio.to_thread(answer_body, result, query.preferences, limits, gone.is_set)
    finally:
        gone.set()
