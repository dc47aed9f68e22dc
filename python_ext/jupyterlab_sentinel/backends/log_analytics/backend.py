"""The backend that answers KQL from a Log Analytics workspace."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, cast

from ...kql.constants import EPOCH_TICKS
from ...kql.ticks import datetime_text
from ..azure.backend import AzureBackend
from ..azure.options import cloud_of, credential_source, text_of, texts_of
from ..azure.ranges import bounds
from .endpoints import endpoint_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from ...ports import QueryRequest
    from .client import Client
    from .decoding import Answer
    from .metadata import Metadata
    from .tokens import TokenSource

KIND = "Log Analytics"
ROW_LIMIT = 500_000
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RESOURCE = re.compile(r"/subscriptions/[^/\s?#]+(/[^/\s?#]+)*", re.IGNORECASE)
_EARLIEST = "0001-01-01T00:00:00Z"
_LATEST = "9999-12-31T23:59:59.9999999Z"


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

    @property
    def _most_rows(self) -> float:
        """An answer with as many rows may be cut without a word."""
        return ROW_LIMIT

    async def _ask(self, request: QueryRequest, kql: str, timeout_s: float, *, insist: bool) -> Answer:
        from .client import WireQuestion

        question = WireQuestion(self._target, kql, self._info.name, _timespan(request), self._others, insist)
        return await cast("Client", self._ready()).ask(question, timeout_s, request.progress)

    async def _read_schema(self) -> Metadata:
        from .metadata import read_metadata

        body = await cast("Client", self._ready()).metadata(self._target, self._info.name)
        return read_metadata(body, self._target)

    def _connect(self, tokens: TokenSource) -> Client:
        from .client import Client

        return Client(self._endpoint, tokens)


def _timespan(request: QueryRequest) -> str | None:
    """The range as ISO 8601, to the tick."""
    start, end = bounds(request)
    if start is None and end is None:
        return None
    first = _EARLIEST if start is None else datetime_text(start + EPOCH_TICKS)
    last = _LATEST if end is None else datetime_text(end + EPOCH_TICKS)
    return f"{first}/{last}"
