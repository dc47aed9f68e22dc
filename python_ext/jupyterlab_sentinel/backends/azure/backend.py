"""Workspaces that one of Azure's services answers for: what they have in common."""

from __future__ import annotations

import difflib
import fnmatch
import math
import re
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from ...errors import KqlSemanticError, NotConnectedError, QueryTimeoutError, SentinelError
from ...kql.parser import parse_query
from ...kql.slicing import NotSliceable, plan_slices
from ...models.indicators import visible
from ...models.tables import QueryResult
from ...models.workspace import WorkspaceInfo
from ..log_analytics.destinations import Asked, InMemory, OnDisk
from .retrieval import Retrieval, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...kql.slicing import SlicePlan
    from ...models.parquet_files import TableWriter
    from ...models.workspace import FunctionInfo, TableInfo
    from ...ports import QueryRequest
    from ..log_analytics.decoding import Answer
    from ..log_analytics.destinations import Destination
    from ..log_analytics.endpoints import Endpoint
    from ..log_analytics.jobs import Job
    from ..log_analytics.metadata import Metadata
    from ..log_analytics.tokens import TokenSource
    from .tries import Tries

_UNRESOLVED = re.compile(r"named '([^']{1,200})'")
_METADATA_GOOD_FOR_S = 3600.0


class AzureBackend(ABC):
    """A workspace that one of Azure's services answers for; which one, and how it is asked, is the subclass's.

    :param name: as the user calls it.
    :param target: the workspace, as the service calls it.
    :param credential: gives an ``azure.core`` token credential, when the workspace is opened.
    :param others: workspaces to ask in the same queries.
    """

    kind: ClassVar[str]
    unsliced: ClassVar[str] = ""
    """Why an answer that was cut is not fetched in slices, as part of a sentence; empty if it is."""

    def __init__(
        self,
        name: str,
        target: str,
        endpoint: Endpoint,
        credential: Callable[[], object],
        others: tuple[str, ...] = (),
    ) -> None:
        self._target = target
        self._endpoint = endpoint
        self._credential = credential
        self._others = others
        self._client: Tries | None = None
        self._metadata: Metadata | None = None
        self._metadata_at = 0.0
        self._jobs: dict[str, Job] = {}
        self._info = WorkspaceInfo(name=name, kind=self.kind)

    @property
    def info(self) -> WorkspaceInfo:
        """Who and what this is."""
        return self._info

    async def functions(self) -> Sequence[FunctionInfo]:
        """The workspace's saved functions, as its metadata tells them."""
        return (await self._schema()).functions

    @property
    def clock_ahead_s(self) -> float:
        """How far the service's clock was ahead of this machine's at its last answer, in seconds."""
        return self._client.server_ahead_s if self._client else 0.0

    async def open(self) -> None:
        """Sign in and read the workspace's schema.

        :raises AccessError: not signed in, or not allowed.
        :raises UnknownWorkspaceError: Azure knows no such workspace.
        :raises SentinelError: the service cannot be reached, or fails.
        """
        if self._client is None:
            from ..log_analytics.tokens import TokenSource
            from .options import GivenCredential

            anew = None if isinstance(self._credential, GivenCredential) else self._credential
            self._client = self._connect(TokenSource(self._credential(), self._endpoint.scope, anew=anew))
        try:
            await self._schema()
        except BaseException:
            await self.close()
            raise

    async def run(self, request: QueryRequest) -> QueryResult:
        """Answer a query; see :class:`~jupyterlab_sentinel.ports.QueryBackend`.

        ``now()`` is the service's clock. An answer cut at the service's limits is fetched in slices where
        the query allows it; a stopped or failed run of those is taken up again by the next of the same query.
        """
        return await self._run(request, InMemory(self._jobs, self._asked(request)))

    async def save(self, request: QueryRequest, writer: TableWriter) -> QueryResult:
        """Answer a query into a file; see :class:`~jupyterlab_sentinel.ports.SavingBackend`.

        Not more than the slices that are on their way is in memory. Finished ones lie in a folder beside the file,
        where the next run of the same query finds them, in another process too.
        """
        return await self._run(request, OnDisk(writer, self._asked(request), request.progress))

    async def _run(self, request: QueryRequest, into: Destination) -> QueryResult:
        client = self._ready()
        sent_at = datetime.now(UTC)
        began = time.monotonic()
        counted = client.requests
        try:
            found = await Retrieval(request, into, self._way(request, began + request.timeout_s)).answer()
        except KqlSemanticError as error:
            raise self._with_near_names(error) from None
        statistics: dict[str, object] = dict(found.whole.statistics)
        warnings = [*found.remarks, *into.remarks, *filter(None, [client.clock_warning])]
        if warnings:
            statistics["warnings"] = warnings
        return QueryResult(
            tables=found.tables,
            query=request.kql,
            workspace=self._info.name,
            start=request.start,
            end=request.end,
            sent_at=sent_at,
            elapsed_s=time.monotonic() - began,
            status="partial" if found.reasons else "complete",
            reasons=found.reasons,
            statistics=statistics,
            render=found.whole.render,
            requests=client.requests - counted,
        )

    async def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        """Tables with their columns, by name; row counts would cost a query and are not known."""
        self._ready()
        found = await self._schema()
        wanted = (pattern or "*").casefold()
        return tuple(table for name, table in found.tables.items() if fnmatch.fnmatchcase(name.casefold(), wanted))

    def check(self, kql: str) -> None:
        """Refuse what is no KQL, before anything is sent.

        :raises KqlSyntaxError: with its place.
        """
        parse_query(kql)

    async def close(self) -> None:
        """Close connections, and let go of what was kept."""
        client, self._client = self._client, None
        self._jobs.clear()
        if client is not None:
            await client.close()
            client.tokens.close()

    @property
    def _most_rows(self) -> float:
        """See :class:`~.retrieval.Way`; a service that says when it cuts has none."""
        return math.inf

    # --- answers ------------------------------------------------------------------------------

    @abstractmethod
    async def _ask(self, request: QueryRequest, kql: str, timeout_s: float, *, insist: bool) -> Answer:
        """One question to the service; ``kql`` is the request's or a slice of it.

        :param insist: see :class:`~.retrieval.Way`.
        """

    def _way(self, request: QueryRequest, ends: float) -> Way:
        async def ask(kql: str, *, insist: bool) -> Answer:
            try:
                return await self._ask(request, kql, _left(request, ends), insist=insist)
            except QueryTimeoutError:
                if kql == request.kql or time.monotonic() < ends:
                    raise
                raise _late(request) from None  # which says how long all of it was given, not this one

        return Way(ask, lambda now: self._plan_at(request.kql, now), self._schema, self._now, ends, self._most_rows)

    def _plan_at(self, kql: str, now: int) -> SlicePlan | NotSliceable:
        """How to ask in slices, by what is known of the schema, or why not, as a whole reason."""
        if self.unsliced:
            return NotSliceable(f"it is not fetched in slices: {self.unsliced}")
        plan = plan_slices(kql, self._has_time, now)
        if isinstance(plan, NotSliceable):
            return NotSliceable(f"it cannot be fetched in slices: {plan.reason}")
        return plan

    def _has_time(self, table: str) -> bool:
        return self._metadata is not None and self._metadata.has_time(table)

    def _now(self) -> int:
        """The service's present, in ticks since 1970."""
        return int((time.time() + self._ready().server_ahead_s) * 10_000_000)

    def _asked(self, request: QueryRequest) -> Asked:
        return Asked(request.kql, self._target, self._others, self._endpoint.url)

    # --- schema -------------------------------------------------------------------------------

    async def _schema(self) -> Metadata:
        """The metadata, read anew after an hour; one that cannot be read anew is used on."""
        client = self._ready()
        fresh = time.monotonic() - self._metadata_at < _METADATA_GOOD_FOR_S
        if self._metadata is None or not fresh:
            self._metadata_at = time.monotonic()
            try:
                self._metadata = await self._read_schema()
            except SentinelError:
                if self._metadata is None:
                    raise
                return self._metadata
            self._info = WorkspaceInfo(
                name=self._info.name,
                kind=self.kind,
                description=self._metadata.name,
                tables=len(self._metadata.tables),
                identity=client.tokens.identity,
            )
        return self._metadata

    def _with_near_names(self, error: KqlSemanticError) -> KqlSemanticError:
        """The same error, its hint naming tables and columns that look like what was not found."""
        found = _UNRESOLVED.search(error.message)
        if found is not None and self._metadata is not None:
            tables = self._metadata.tables
            known = {*tables, *(column.name for table in tables.values() for column in table.columns)}
            near = difflib.get_close_matches(found[1], known, n=3, cutoff=0.75)
            if near:
                error.hint = f"Did you mean {' or '.join(visible(name, limit=100) for name in near)}?"
        return error

    @abstractmethod
    def _connect(self, tokens: TokenSource) -> Tries:
        """The way to the service; no I/O yet."""

    @abstractmethod
    async def _read_schema(self) -> Metadata:
        """What the service says of the workspace's tables."""

    def _ready(self) -> Tries:
        if self._client is None:
            raise NotConnectedError("The workspace is not open.", hint="Connect to it again.")
        return self._client


def _left(request: QueryRequest, ends: float) -> float:
    """The seconds that one question may take; ``ends`` by the monotonic clock.

    :raises QueryTimeoutError: none.
    """
    left = ends - time.monotonic()
    if left <= 0:
        raise _late(request)
    return left if request.request_timeout_s is None else min(left, request.request_timeout_s)


def _late(request: QueryRequest) -> QueryTimeoutError:
    return QueryTimeoutError(
        f"The query did not finish within {request.timeout_s:g} seconds.",
        hint="Narrow the time range, filter earlier, or give a longer --timeout.",
    )
