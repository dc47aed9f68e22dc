"""The backends that answer KQL from a cluster of Azure Data Explorer, and from the Sentinel data lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

import msgspec

from ...errors import KqlError, Position, ServiceError, UnknownWorkspaceError, UsageError
from ...kql.constants import EPOCH_TICKS
from ...kql.lexer import line_and_column
from ...kql.ticks import datetime_text
from ...models.indicators import visible
from ..azure.backend import AzureBackend
from ..azure.options import cloud_of, credential_source, text_of
from ..azure.ranges import bounds, ticks_of
from ..log_analytics.decoding import Answer
from ..log_analytics.failures import Place
from ..log_analytics.metadata import Metadata
from .bounding import TIME, Readable, bounded
from .client import KustoClient, Query
from .failures import failed_query, was_only_cut
from .schema import command_for, read_entities, read_schema
from .services import DATA_EXPLORER, DATA_LAKE, Service, claimed, cluster_endpoint, lake_endpoint, split_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from ...models.tables import QueryResult
    from ...models.workspace import WorkspaceInfo
    from ...ports import QueryRequest
    from ..azure.tries import Tries
    from ..log_analytics.tokens import TokenSource
    from .edits import Bounded

_PROBE_S = 60.0
_LAKE = "datalake:"


class KustoBackend(AzureBackend):
    """A database of a service that speaks Kusto's protocol; which service is the subclass's."""

    service: ClassVar[Service]
    presumed: ClassVar[bool | None] = None

    async def run(self, request: QueryRequest) -> QueryResult:
        """Answer a query; see :class:`~jupyterlab_sentinel.ports.QueryBackend`.

        The range is put into the query's text, on every table that has ``TimeGenerated``; tables that have none are
        named in a warning. ``now()`` is ``request.now`` where that is given, else the service's clock.

        :raises KqlUnsupportedError: a query that reads what the range cannot be put on.
        """
        return await super().run(request)

    async def _ask(self, request: QueryRequest, kql: str, timeout_s: float, *, insist: bool) -> Answer:
        bound = self._bounded(request, kql, await self._schema())
        now = None if request.now is None else datetime_text((ticks_of(request.now) or 0) + EPOCH_TICKS)
        query = Query(bound.text, self._target, self._info.name, now, insist)
        try:
            answer = await cast("KustoClient", self._ready()).ask(query, timeout_s, request.progress)
            if answer.error and not was_only_cut(answer.error):
                raise failed_query(answer.error, Place(self._info.name, bound.text), self.service)
        except KqlError as error:
            raise _as_written(error, kql, bound) from None
        return Answer(answer.tables, answer.error, answer.statistics, answer.render, (*answer.remarks, *_told(bound)))

    def _bounded(self, request: QueryRequest, kql: str, schema: Metadata) -> Bounded:
        timed = {
            name: any(column.name == TIME and column.type == "datetime" for column in table.columns)
            for name, table in schema.tables.items()
        }
        functions = frozenset(function.name for function in schema.functions)
        readable = Readable(timed, functions, self.presumed if not timed else None)
        return bounded(kql, readable, *bounds(request))

    def _connect(self, tokens: TokenSource) -> Tries:
        return KustoClient(self._endpoint, tokens, kusto=self.service)


class DataExplorerBackend(KustoBackend):
    """A database of an Azure Data Explorer cluster, or a Log Analytics workspace behind Azure Monitor's proxy."""

    kind: ClassVar[str] = "Azure Data Explorer"
    service: ClassVar[Service] = DATA_EXPLORER

    @classmethod
    def claims(cls, name: str) -> bool:
        """Whether ``name`` is ``https://CLUSTER/DATABASE`` at a host that Microsoft documents, or on this machine."""
        return claimed(name)

    @classmethod
    def create(cls, name: str, options: Mapping[str, object]) -> Self:
        """A database, not yet opened.

        :param options: ``cluster``, ``database`` (both default to the parts of ``name``), ``endpoint`` (in the place of
            the cluster's address), ``scope`` (of tokens), ``tenant_id``, ``cloud`` (for hosts that are not
            documented), ``sign_in``, ``credential``, ``ca_file``, ``plain_text_cache``.
        :raises UsageError: an address that may not be used, or no database.
        """
        named = split_address(name) if claimed(name) else ("", "")
        address = text_of(options, "endpoint") or text_of(options, "cluster") or named[0]
        database = text_of(options, "database") or named[1]
        if not address or not database:
            raise UsageError(
                f"“{name}” names no database of a cluster.",
                hint="Write https://CLUSTER/DATABASE, or give the workspace a cluster and a database.",
            )
        endpoint = cluster_endpoint(address, cloud_of(options), text_of(options, "scope"), text_of(options, "ca_file"))
        return cls(name, database, endpoint, credential_source(options, endpoint))

    async def _read_schema(self) -> Metadata:
        client = cast("KustoClient", self._ready())
        answer = await client.command(command_for(self._target), self._target, self._info.name)
        found = read_schema(answer, self._target)
        if found is None:
            raise UnknownWorkspaceError(
                f"Azure Data Explorer says nothing of the database “{self._target}”.",
                hint="Check its name, which is case sensitive, and your role on it.",
            )
        return found


class DataLakeBackend(KustoBackend):
    """A workspace in the Microsoft Sentinel data lake."""

    kind: ClassVar[str] = "Sentinel data lake"
    service: ClassVar[Service] = DATA_LAKE
    unsliced: ClassVar[str] = "that would take more queries than a tenant may ask in a minute"
    # Every table of the lake that is documented has it; a table that has not makes the service refuse the query.
    presumed: ClassVar[bool | None] = True

    @classmethod
    def claims(cls, name: str) -> bool:
        """Whether ``name`` is ``datalake:WORKSPACE-GUID``."""
        return name.startswith(_LAKE) and len(name) > len(_LAKE)

    @classmethod
    def create(cls, name: str, options: Mapping[str, object]) -> Self:
        """A workspace, not yet opened.

        :param options: ``database`` (the workspace's name and its id, with a hyphen between; default: what follows
            ``datalake:``), ``endpoint``, ``scope`` (of tokens), ``tenant_id``, ``sign_in``, ``credential``,
            ``ca_file``, ``plain_text_cache``.
        :raises UsageError: an address that may not be used, or no database.
        """
        database = text_of(options, "database") or (name.removeprefix(_LAKE) if cls.claims(name) else "")
        if not database:
            raise UsageError(
                f"“{name}” names no workspace of the data lake.",
                hint="Its database is the workspace's name, a hyphen, and its Workspace ID.",
            )
        endpoint = lake_endpoint(text_of(options, "endpoint"), text_of(options, "scope"), text_of(options, "ca_file"))
        return cls(name, database, endpoint, credential_source(options, endpoint))

    @property
    def info(self) -> WorkspaceInfo:
        """Who and what this is."""
        unlisted = self._metadata is not None and not self._metadata.tables
        notice = "The data lake lists no tables here: completion knows none, and every table is taken to have a time."
        return msgspec.structs.replace(self._info, notices=(notice,)) if unlisted else self._info

    async def _read_schema(self) -> Metadata:
        client = cast("KustoClient", self._ready())
        try:
            answer = await client.command(".show databases entities", self._target, self._info.name)
            found = read_entities(answer, self._target)
        except (KqlError, ServiceError, UnknownWorkspaceError):
            found = None
        if found is None:
            # Whether it can be asked at all is seen from the least of queries.
            await client.ask(Query("print Ready=1", self._target, self._info.name), _PROBE_S)
        return found or Metadata({})


def _as_written(error: KqlError, kql: str, bound: Bounded) -> KqlError:
    """The same error; its place in the query as it was before the range was put in."""
    if error.position is not None and error.query == bound.text:
        lines = bound.text.split("\n")
        offset = sum(len(line) + 1 for line in lines[: error.position.line - 1]) + error.position.column
        line, column = line_and_column(kql, min(bound.origin(offset), len(kql)))
        error.position = Position(line, column, error.position.length)
    error.query = kql
    return error


def _told(bound: Bounded) -> tuple[str, ...]:
    if not bound.unbounded:
        return ()
    names = visible(", ".join(bound.unbounded[:20]), limit=400)
    return (f"the range does not bound {names}: no {TIME} is known there",)
