"""The backend that answers KQL from a Log Analytics workspace."""

from __future__ import annotations

import difflib
import fnmatch
import re
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from ...errors import KqlSemanticError, NotConnectedError, QueryTimeoutError, SentinelError, UsageError
from ...kql.parser import parse_query
from ...kql.slicing import NotSliceable, plan_slices
from ...models.tables import QueryResult, Table
from ...models.workspace import WorkspaceInfo
from .bodies import TooLargeError
from .decoding import Answer
from .destinations import Asked, InMemory, OnDisk
from .endpoints import endpoint_for
from .failures import reasons
from .slices import SlicedRun, TooManyError, is_cut

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Self

    from ...kql.slicing import SlicePlan
    from ...models.parquet_files import TableWriter
    from ...models.workspace import FunctionInfo, TableInfo
    from ...ports import QueryRequest
    from ...settings.model import Cloud
    from ..azure.tries import Tries
    from .client import Client
    from .destinations import Destination
    from .endpoints import Endpoint
    from .metadata import Metadata
    from .slices import Job
    from .tokens import TokenSource

KIND = "Log Analytics"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RESOURCE = re.compile(r"/subscriptions/[^/\s?#]+(/[^/\s?#]+)*", re.IGNORECASE)
_UNRESOLVED = re.compile(r"named '([^']{1,200})'")
_METADATA_GOOD_FOR_S = 3600.0
# Rows of an answer whose body was too large to be read.
_GUESSED_CAPACITY = 100_000
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Found:
    tables: tuple[Table, ...]
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]


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
            from .tokens import TokenSource

            self._client = self._connect(TokenSource(self._credential(), self._endpoint.scope))
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
        ends = began + request.timeout_s
        counted = client.requests
        found, answer = await self._found(request, into, ends)
        statistics: dict[str, object] = dict(answer.statistics)
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
            render=answer.render,
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

    # --- answers ------------------------------------------------------------------------------

    @abstractmethod
    async def _ask(self, request: QueryRequest, kql: str, ends: float) -> Answer:
        """One question to the service; ``kql`` is the request's or a slice of it, ``ends`` by the monotonic clock."""

    def _left(self, request: QueryRequest, ends: float) -> float:
        """The seconds that one question may take.

        :raises QueryTimeoutError: none.
        """
        left = ends - time.monotonic()
        if left <= 0:
            raise QueryTimeoutError(
                f"The query did not finish within {request.timeout_s:g} seconds.",
                hint="Narrow the time range, filter earlier, or give a longer --timeout.",
            )
        return left if request.request_timeout_s is None else min(left, request.request_timeout_s)

    async def _found(self, request: QueryRequest, into: Destination, ends: float) -> tuple[_Found, Answer]:
        """What came, in one piece or in slices, and the answer that the statistics are of."""
        kept = await into.resume(lambda now: plan_slices(request.kql, self._has_time, now))
        if kept is not None:
            return await self._sliced(request, kept, into, ends), kept.whole
        try:
            answer = await self._ask(request, request.kql, ends)
        except KqlSemanticError as error:
            raise self._with_near_names(error) from None
        except TooLargeError:
            plan = await self._plan(request, 1)
            if isinstance(plan, NotSliceable):
                raise
            answer = Answer((_nothing(),))
            job = into.job(plan, answer, _GUESSED_CAPACITY, self._now())
            return await self._sliced(request, job, into, ends), answer
        if not is_cut(answer):
            return _Found(await into.whole(answer.tables or (_nothing(),)), _reasons(answer), answer.remarks), answer
        plan = await self._plan(request, len(answer.tables))
        if isinstance(plan, NotSliceable):
            told = _reasons(answer) or (f"the answer has {answer.tables[0].rows:,} rows, the service's limit",)
            return _Found(await into.whole(answer.tables), (*told, plan.reason), answer.remarks), answer
        job = into.job(plan, answer, max(1, answer.tables[0].rows), self._now())
        return await self._sliced(request, job, into, ends), answer

    async def _sliced(self, request: QueryRequest, job: Job, into: Destination, ends: float) -> _Found:
        def ask(kql: str) -> Awaitable[Answer]:
            return self._ask(request, kql, ends)

        run = SlicedRun(job, ask, _bounds(request), request.progress, request.most_requests)
        try:
            sliced = await run.fetch()
            tables = await into.gather(job, sliced.timeless)
        except TooManyError as error:
            return _Found(into.too_many(job, str(error)), (*_reasons(job.whole), str(error)), job.whole.remarks)
        except BaseException:
            into.leave(job)
            raise
        return _Found(tables, sliced.reasons, sliced.remarks)

    async def _plan(self, request: QueryRequest, tables: int) -> SlicePlan | NotSliceable:
        """How to ask in slices, or why not, as a whole reason."""
        if self.unsliced:
            return NotSliceable(f"it is not fetched in slices: {self.unsliced}")
        await self._schema()
        plan = plan_slices(request.kql, self._has_time, self._now())
        if isinstance(plan, NotSliceable):
            return NotSliceable(f"it cannot be fetched in slices: {plan.reason}")
        return NotSliceable("it cannot be fetched in slices: it has several tables") if tables != 1 else plan

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
                error.hint = f"Did you mean {' or '.join(near)}?"
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


class LogAnalyticsBackend(AzureBackend):
    """A Log Analytics workspace, by its GUID, or an Azure resource's logs, by its id."""

    kind: ClassVar[str] = KIND

    @classmethod
    def claims(cls, name: str) -> bool:
        """Whether ``name`` is a workspace's GUID or an Azure resource's id."""
        return _GUID.fullmatch(name) is not None or _RESOURCE.fullmatch(name) is not None

    @classmethod
    def create(cls, name: str, options: Mapping[str, object]) -> Self:
        """A workspace, not yet opened.

        :param options: ``workspace_id``, ``tenant_id``, ``cloud``, ``also`` (more workspaces), ``sign_in``
            (names of credentials), ``credential`` (an object), ``endpoint`` (an address), ``ca_file``,
            ``plain_text_cache`` (tokens may lie on disk unencrypted).
        :raises UsageError: an endpoint that may not be used.
        """
        endpoint = endpoint_for(cloud_of(options), text_of(options, "endpoint"), text_of(options, "ca_file"))
        source = credential_source(options, endpoint)
        return cls(name, text_of(options, "workspace_id") or name, endpoint, source, texts_of(options, "also"))

    async def _ask(self, request: QueryRequest, kql: str, ends: float) -> Answer:
        from .client import WireQuestion

        question = WireQuestion(self._target, kql, self._info.name, _timespan(request), self._others)
        return await cast("Client", self._ready()).ask(question, self._left(request, ends), request.progress)

    async def _read_schema(self) -> Metadata:
        from .metadata import read_metadata

        body = await cast("Client", self._ready()).metadata(self._target, self._info.name)
        return read_metadata(body, self._target)

    def _connect(self, tokens: TokenSource) -> Client:
        from .client import Client

        return Client(self._endpoint, tokens)


def _reasons(answer: Answer) -> tuple[str, ...]:
    return reasons(answer.error) if answer.error else ()


def _timespan(request: QueryRequest) -> tuple[datetime, datetime] | None:
    if request.start is None and request.end is None:
        return None
    return request.start or _EARLIEST, request.end or _LATEST


def _bounds(request: QueryRequest) -> tuple[int | None, int | None]:
    return ticks_of(request.start), ticks_of(request.end)


def ticks_of(moment: datetime | None) -> int | None:
    """A moment in ticks of 100 ns since 1970; None for None."""
    if moment is None:
        return None
    since = moment - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 10


def _same(credential: object) -> object:
    return credential


def _nothing() -> Table:
    """What status 204 brings: a workspace that holds no data yet."""
    import pyarrow as pa

    return Table("PrimaryResult", (), pa.table({}))


def credential_source(options: Mapping[str, object], endpoint: Endpoint) -> Callable[[], object]:
    """What gives the credential, from ``credential`` or from ``sign_in``, ``tenant_id`` and ``plain_text_cache``.

    :raises UsageError: a credential that is none.
    """
    credential = options.get("credential")
    if credential is None:
        from .credentials import Wish, authority_of, credential_for

        plain_text = options.get("plain_text_cache") is True
        wish = Wish(authority_of(endpoint), text_of(options, "tenant_id"), plain_text)
        return partial(credential_for, texts_of(options, "sign_in"), wish)
    if not (hasattr(credential, "get_token") or hasattr(credential, "get_token_info")):
        raise UsageError(
            "The credential has no get_token().",
            hint="Pass an object of azure.identity, such as AzureCliCredential().",
        )
    return partial(_same, credential)


def cloud_of(options: Mapping[str, object]) -> Cloud:
    """The cloud that is asked for.

    :raises UsageError: there is none of that name.
    """
    match options.get("cloud"):
        case "usgov":
            return "usgov"
        case "china":
            return "china"
        case None | "public":
            return "public"
        case other:
            raise UsageError(f"“{other}” is no cloud.", hint="Clouds are public, usgov and china.")


def text_of(options: Mapping[str, object], key: str) -> str | None:
    """An option that is a text, or None."""
    found = options.get(key)
    return str(found) if found is not None else None


def texts_of(options: Mapping[str, object], key: str) -> tuple[str, ...]:
    """An option that is one text or several."""
    found = options.get(key)
    if isinstance(found, str):
        return (found,)
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()
