"""The backend that answers KQL from Defender's advanced hunting, through Microsoft Graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, cast

import msgspec

from ...errors import UsageError
from ...kql.constants import EPOCH_TICKS
from ...kql.ticks import datetime_text
from ...models.workspace import ColumnInfo, TableInfo
from ..azure.backend import AzureBackend
from ..azure.options import cloud_of, credential_source, text_of
from ..azure.ranges import bounds
from ..embedded.catalogue import known_tables
from ..kusto.services import checked
from ..log_analytics.endpoints import Endpoint, is_loopback
from ..log_analytics.metadata import Metadata
from .client import HuntingClient, HuntingQuestion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from ...models.workspace import WorkspaceInfo
    from ...ports import QueryRequest
    from ...settings.model import Cloud
    from ..azure.tries import Tries
    from ..log_analytics.decoding import Answer
    from ..log_analytics.tokens import TokenSource

_PREFIX = "hunting:"
# "National cloud deployments" of Microsoft Graph, and azure.identity's hosts that sign in.
_GRAPH: dict[str, tuple[str, str]] = {
    "public": ("graph.microsoft.com", "login.microsoftonline.com"),
    "usgov": ("graph.microsoft.us", "login.microsoftonline.us"),
}
_HOSTS = frozenset(host for host, _ in _GRAPH.values())
_KEPT = timedelta(days=30)
_TIME = "Timestamp"
_PROBE_S = 60.0
_NOTICE = "Tables as Microsoft documents them: the service does not list its own."
_RANGE = "the range is the service's own parameter; what it does at the range's very end is not documented"
_NO_START = "a hunting query without a start reaches back 30 days"
_OLD = "advanced hunting keeps 30 days of Defender's data: what is older cannot be in this answer"


class AdvancedHuntingBackend(AzureBackend):
    """Defender's advanced hunting in one tenant."""

    kind: ClassVar[str] = "Advanced hunting"
    unsliced: ClassVar[str] = "every slice would cost of the tenant's small share of queries; narrow the range"

    @classmethod
    def claims(cls, name: str) -> bool:
        """Whether ``name`` is ``hunting:TENANT``; without a tenant (``hunting:``) it is the account's own."""
        return name.startswith(_PREFIX)

    @classmethod
    def create(cls, name: str, options: Mapping[str, object]) -> Self:
        """A tenant's data, not yet opened.

        :param options: ``tenant_id`` (default: what follows ``hunting:``), ``cloud``, ``endpoint``, ``sign_in``,
            ``credential``, ``ca_file``, ``plain_text_cache``.
        :raises UsageError: an endpoint that may not be used, or a cloud where there is none.
        """
        tenant = text_of(options, "tenant_id") or (name.removeprefix(_PREFIX) if cls.claims(name) else "") or None
        endpoint = graph_endpoint(cloud_of(options), text_of(options, "endpoint"), text_of(options, "ca_file"))
        source = credential_source({**options, "tenant_id": tenant}, endpoint)
        return cls(name, tenant or "", endpoint, source)

    @property
    def info(self) -> WorkspaceInfo:
        """Who and what this is."""
        return msgspec.structs.replace(self._info, notices=(_NOTICE,)) if self._metadata else self._info

    async def _ask(self, request: QueryRequest, kql: str, timeout_s: float, *, insist: bool) -> Answer:
        question = HuntingQuestion(kql, self._info.name, _timespan(request))
        client = cast("HuntingClient", self._ready())
        answer = await client.ask(question, timeout_s, request.progress, insist=insist)
        return replace(answer, remarks=(*answer.remarks, *_told(request)))

    async def _read_schema(self) -> Metadata:
        """The tables that Microsoft documents; that the tenant can be asked is seen from the least of queries."""
        await cast("HuntingClient", self._ready()).ask(HuntingQuestion("print Ready=1", self._info.name), _PROBE_S)
        return Metadata(
            {
                name: TableInfo(name, tuple(ColumnInfo(column, kind) for column, kind in columns.items()))
                for name, columns in sorted(known_tables().items())
                if _TIME in columns
            }
        )

    def _connect(self, tokens: TokenSource) -> Tries:
        return HuntingClient(self._endpoint, tokens)


def graph_endpoint(cloud: Cloud, address: str | None = None, ca_file: str | None = None) -> Endpoint:
    """Microsoft Graph of a cloud, or what answers in its place at ``address``, which gets tokens for itself alone.

    :raises UsageError: no address, plain http to another machine, or a cloud without advanced hunting.
    """
    if cloud not in _GRAPH:
        raise UsageError(
            "Advanced hunting through Microsoft Graph is documented for the clouds public and usgov only.",
            hint="Set cloud to one of them.",
        )
    host, authority = _GRAPH[cloud]
    url, found = checked(address or host, f"https://{host}")
    origin = "/".join(url.split("/")[:3])
    scope = f"https://{found}/.default" if found in _HOSTS else f"{origin}/.default"
    return Endpoint(url, scope, authority, is_loopback(found), ca_file)


def _timespan(request: QueryRequest) -> str | None:
    """The range as ISO 8601, to the tick, in the forms that are documented; None for the service's own 30 days."""
    first, last = map(_text, bounds(request))
    if last is None:
        return first
    return f"P30D/{last}" if first is None else f"{first}/{last}"


def _text(ticks: int | None) -> str | None:
    return None if ticks is None else datetime_text(ticks + EPOCH_TICKS)


def _told(request: QueryRequest) -> tuple[str, ...]:
    """What a user should know of the range of this answer."""
    told = [_RANGE] if request.end is not None else []
    if request.start is None:
        told.append(_NO_START)
    elif request.start < datetime.now(UTC) - _KEPT:
        told.append(_OLD)
    return tuple(told)
