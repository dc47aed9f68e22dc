"""Questions and commands to a service that speaks Kusto's protocol.

Request: "Query/management HTTP request" and "Request properties" (learn.microsoft.com/kusto/api/rest).
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...errors import ServiceError
from ..azure.tries import NoAnswerError, Tries, request_headers
from ..log_analytics.failures import Place
from ..log_analytics.threads import beside_loop
from .failures import refusal
from .frames import decode_v1, decode_v2

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from azure.core import AsyncPipelineClient

    from ...errors import SentinelError
    from ...models.tables import Table
    from ...ports import Progress
    from ..log_analytics.decoding import Answer
    from .services import Service

    T = TypeVar("T")

_COMMAND_S = 60.0
_MARKS = (b'"FrameType"', b'"Tables"', b'"error"')


@dataclass(frozen=True, slots=True)
class Query:
    """A query as it is sent.

    :param name: the workspace, as the user calls it.
    :param now: what ``now()`` means, as a KQL datetime's text; None: the service's clock.
    """

    kql: str
    database: str
    name: str
    now: str | None = None


@dataclass
class KustoClient(Tries):
    """The way to one cluster, or to the data lake."""

    kusto: Service = field(kw_only=True)
    _rest: AsyncPipelineClient[Any, Any] | None = field(default=None, init=False, repr=False)

    @property
    def service(self) -> str:
        """What the service is called, in messages."""
        return self.kusto.name

    @property
    def longest_s(self) -> int:
        """The service's own limit of time for a query."""
        return self.kusto.longest_s

    async def ask(self, query: Query, timeout_s: float, progress: Progress | None = None) -> Answer:
        """Run a query.

        :param timeout_s: for all tries together.
        :raises SentinelError: and no other class.
        """

        async def once(left_s: float, request_id: str, claims: str | None) -> Answer:
            options: dict[str, object] = {
                "servertimeout": _clock(min(left_s, self.longest_s)),
                "queryconsistency": "strongconsistency",
                "request_readonly": True,
                "results_error_reporting_placement": "end_of_dataset",
            }
            if query.now is not None:
                options["query_now"] = query.now
            body = await self._post("/v2/rest/query", _request(query, options), request_id, claims)
            return await decoded(lambda stop: decode_v2(body, self.service, stop), request_id)

        return await self.tried(once, Place(query.name, query.kql), timeout_s, progress)

    async def command(self, command: str, database: str, name: str) -> tuple[Table, ...]:
        """What a ``.show`` command gives.

        :raises SentinelError: and no other class.
        """

        async def once(left_s: float, request_id: str, claims: str | None) -> tuple[Table, ...]:
            options: dict[str, object] = {"servertimeout": _clock(left_s), "request_readonly": True}
            data = _request(Query(command, database, name), options)
            body = await self._post("/v1/rest/mgmt", data, request_id, claims)
            return await decoded(lambda _stop: decode_v1(body, self.service), request_id)

        return await self.tried(once, Place(name), _COMMAND_S)

    def refusal(self, status: int, body: bytes, place: Place) -> SentinelError:
        """The error for an answer with a status other than 200."""
        return refusal(status, body, place, self.kusto)

    async def close(self) -> None:
        """Close connections; a later question opens new ones."""
        rest, self._rest = self._rest, None
        if rest is not None:
            await rest.close()

    async def _post(self, path: str, data: dict[str, object], request_id: str, claims: str | None) -> bytearray:
        from azure.core.rest import HttpRequest

        from ..log_analytics.pipeline import Begins, Inbox, rest_client

        if self._rest is None:
            begins = Begins(self.service, _MARKS)
            self._rest = rest_client(
                self.endpoint, self.tokens, self.rules.largest_body, lambda: self.server_ahead_s, begins
            )
        inbox = Inbox()
        request = HttpRequest("POST", f"{self.endpoint.url}{path}", headers=request_headers(request_id), json=data)
        options: dict[str, Any] = {"inbox": inbox} if claims is None else {"inbox": inbox, "claims": claims}
        self.requests += 1
        await self._rest.send_request(request, stream=True, **options)
        self.note_clock(inbox.headers)
        return inbox.body


async def decoded(read: Callable[[Callable[[], bool]], T], request_id: str) -> T:
    """``read()`` on a thread that stops when nobody waits any more."""
    stop = threading.Event()
    try:
        return await beside_loop(lambda: read(stop.is_set), "decoding")
    except ServiceError as error:
        error.request_id = request_id
        raise NoAnswerError(error) from None
    finally:
        stop.set()


def _request(query: Query, options: dict[str, object]) -> dict[str, object]:
    properties = {"Options": options, "Parameters": {}}
    return {"db": query.database, "csl": query.kql, "properties": json.dumps(properties)}


def _clock(seconds: float) -> str:
    whole = max(1, int(seconds))
    return f"{whole // 3600:02}:{whole % 3600 // 60:02}:{whole % 60:02}"
