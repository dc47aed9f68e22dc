"""Questions and commands to a service that speaks Kusto's protocol.

Request: "Query/management HTTP request" and "Request properties" (learn.microsoft.com/kusto/api/rest).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..azure.rest import RestClient, decoded
from ..log_analytics.failures import Place
from .failures import refusal
from .frames import decode_v1, decode_v2

if TYPE_CHECKING:
    from ...errors import SentinelError
    from ...models.tables import Table
    from ...ports import Progress
    from ..log_analytics.decoding import Answer
    from .services import Service

_COMMAND_S = 60.0
_MARKS = (b'"FrameType"', b'"Tables"', b'"error"')


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it is sent.

    :param name: the workspace, as the user calls it.
    :param now: what ``now()`` means, as a KQL datetime's text; None: the service's clock.
    :param insist: see :class:`~..azure.retrieval.Ask`.
    """

    kql: str
    database: str
    name: str
    now: str | None = None
    insist: bool = True


@dataclass
class KustoClient(RestClient):
    """The way to one cluster, or to the data lake."""

    kusto: Service = field(kw_only=True)

    @property
    def service(self) -> str:
        """What the service is called, in messages."""
        return self.kusto.name

    @property
    def longest_s(self) -> int:
        """The service's own limit of time for a query."""
        return self.kusto.longest_s

    @property
    def marks(self) -> tuple[bytes, ...]:
        """How answers begin."""
        return _MARKS

    async def ask(self, query: Query, timeout_s: float, progress: Progress | None = None) -> Answer:
        """Run a query.

        :param timeout_s: for all tries together.
        :raises SentinelError: and no other class.
        """

        async def once(left_s: float, request_id: str) -> Answer:
            options: dict[str, object] = {
                "servertimeout": _clock(min(left_s, self.longest_s)),
                "queryconsistency": "strongconsistency",
                "request_readonly": True,
            }
            if query.now is not None:
                options["query_now"] = query.now
            body = await self.post("/v2/rest/query", _request(query, options), request_id)
            return await decoded(lambda stop: decode_v2(body, self.service, stop), request_id)

        return await self.tried(once, Place(query.name, query.kql), timeout_s, progress, insist=query.insist)

    async def command(self, command: str, database: str, name: str) -> tuple[Table, ...]:
        """What a ``.show`` command gives.

        :raises SentinelError: and no other class.
        """

        async def once(left_s: float, request_id: str) -> tuple[Table, ...]:
            options: dict[str, object] = {"servertimeout": _clock(left_s), "request_readonly": True}
            data = _request(Query(command, database, name), options)
            body = await self.post("/v1/rest/mgmt", data, request_id)
            return await decoded(lambda _stop: decode_v1(body, self.service), request_id)

        return await self.tried(once, Place(name), _COMMAND_S)

    def refusal(self, status: int, body: bytes, place: Place) -> SentinelError:
        """The error for an answer with a status other than 200."""
        return refusal(status, body, place, self.kusto)


def _request(query: Query, options: dict[str, object]) -> dict[str, object]:
    properties = {"Options": options, "Parameters": {}}
    return {"db": query.database, "csl": query.kql, "properties": json.dumps(properties)}


def _clock(seconds: float) -> str:
    whole = max(1, int(seconds))
    return f"{whole // 3600:02}:{whole % 3600 // 60:02}:{whole % 60:02}"
