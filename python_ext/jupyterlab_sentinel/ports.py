"""What a workspace and a provider must do, whoever wrote them.

Adapters are found by entry points (see :mod:`jupyterlab_sentinel.plugins`):
``jupyterlab_sentinel.backends`` names classes of :class:`QueryBackend`,
``jupyterlab_sentinel.enrichers`` names factories of :class:`Enricher`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime

    from .http import HttpClient
    from .models.enrichment import EnrichmentRecord, ProviderInfo
    from .models.indicators import Indicator
    from .models.parquet_files import TableWriter
    from .models.tables import QueryResult
    from .models.workspace import FunctionInfo, TableInfo, WorkspaceInfo
    from .settings import SecretVault, Settings
    from .store import Store

Progress = Callable[[float | None, str], None]
"""Called with a fraction from 0 to 1, or None if unknown, and a short text; from any thread."""


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A query ready to be sent.

    :param kql: the text, with every value bound as a literal.
    :param start: UTC, inclusive; bounds ``TimeGenerated`` of every table. None: no bound. It and ``end`` may be an
        :class:`~jupyterlab_sentinel.models.instants.Instant`, which has a seventh digit.
    :param end: UTC, exclusive. None: no bound.
    :param timeout_s: total deadline in seconds.
    :param now: what ``now()`` and ``ago()`` mean, UTC; None: the clock of whoever answers. Backends whose service
        has a clock of its own leave ``now`` aside: there it is the service's.
    :param request_timeout_s: deadline of each request, in seconds, where an answer takes several; None: the total only.
    :param most_requests: how many an answer may take where it takes several.
    """

    kql: str
    start: datetime | None = None
    end: datetime | None = None
    timeout_s: float = 180.0
    now: datetime | None = None
    progress: Progress | None = field(default=None, compare=False)
    request_timeout_s: float | None = None
    most_requests: int = 500


@runtime_checkable
class QueryBackend(Protocol):
    """A workspace that answers KQL. Every method is called on one event loop and never blocks it."""

    @property
    def info(self) -> WorkspaceInfo:
        """Who and what this is; cheap, no I/O."""

    async def open(self) -> None:
        """Get ready to answer.

        :raises UnknownWorkspaceError: nothing there.
        :raises DataError: there, but unusable.
        :raises AccessError: not signed in, or not allowed.
        """

    async def run(self, request: QueryRequest) -> QueryResult:
        """Answer ``request``. Cancelling the task stops the work in under a second.

        :raises KqlError: the query is at fault.
        :raises SentinelError: anything else that went wrong; no other class escapes.
        """

    async def tables(self, pattern: str | None = None) -> Sequence[TableInfo]:
        """Tables of the workspace with their columns; ``pattern`` is a case-insensitive wildcard over names.

        Row counts and times are None where finding out would cost a query.
        """

    def check(self, kql: str) -> None:
        """Refuse what cannot run, before anything is sent; no I/O.

        :raises KqlSyntaxError: not KQL.
        :raises KqlError: known not to run here.
        """

    async def close(self) -> None:
        """Release files, connections and threads."""


@runtime_checkable
class FunctionsBackend(QueryBackend, Protocol):
    """A backend whose workspaces have functions of their own, which queries may call."""

    async def functions(self) -> Sequence[FunctionInfo]:
        """Those that are saved there; no query is run to find out."""


@runtime_checkable
class SavingBackend(QueryBackend, Protocol):
    """A backend that also brings answers which do not fit into memory."""

    async def save(self, request: QueryRequest, writer: TableWriter) -> QueryResult:
        """Like :meth:`run`, but the rows go to ``writer``, in their order, a part at a time.

        The writer is neither finished nor abandoned here. What came of a run that failed or was cancelled may be
        kept beside the writer's path, for the next of the same query.

        :returns: the answer with one table, which has no rows.
        :raises UsageError: the answer has several tables, or what is kept there belongs to another query.
        """


@runtime_checkable
class ClockedBackend(QueryBackend, Protocol):
    """A backend whose service has a clock of its own."""

    @property
    def clock_ahead_s(self) -> float:
        """How far the service's clock was ahead of this machine's at its last answer, in seconds."""


class BackendFactory(Protocol):
    """The class that an entry point of ``jupyterlab_sentinel.backends`` names."""

    def claims(self, name: str) -> bool:
        """Whether ``name`` (a path, GUID or word) is this backend's to open; cheap, no network."""

    def create(self, name: str, options: Mapping[str, object]) -> QueryBackend:
        """A backend for ``name``; nothing is opened yet."""


@runtime_checkable
class Enricher(Protocol):
    """Something that knows about indicators: a location file, a registry, a reputation service."""

    @property
    def info(self) -> ProviderInfo:
        """Name, kinds, offline or the host contacted, key needed, limits."""

    async def look_up(self, indicators: Sequence[Indicator]) -> Sequence[EnrichmentRecord]:
        """One record or more an indicator, in order.

        A failure is a record with status ``error``, never an exception.
        """

    async def close(self) -> None:
        """Release files and connections."""


@dataclass(frozen=True, slots=True)
class EnricherContext:
    """What an enricher may use.

    :param http: the only way out to other hosts.
    :param store: where what is sent is written down.
    :param vault: keys of providers.
    :param backend: the connected workspace, or None.
    """

    settings: Settings
    http: HttpClient
    store: Store
    vault: SecretVault
    backend: QueryBackend | None = None


class EnricherFactory(Protocol):
    """What an entry point of ``jupyterlab_sentinel.enrichers`` names: a class or function."""

    def __call__(self, context: EnricherContext) -> Enricher:
        """An enricher; no I/O yet."""
