"""Questions to Microsoft Graph's ``security/runHuntingQuery``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..azure.tries import Tries, request_headers
from ..kusto.client import decoded
from ..log_analytics.failures import Place
from .answers import SERVICE, decode
from .failures import LONGEST_S, refusal

if TYPE_CHECKING:
    from azure.core import AsyncPipelineClient

    from ...errors import SentinelError
    from ...ports import Progress
    from ..log_analytics.decoding import Answer

_PATH = "/v1.0/security/runHuntingQuery"
_MARKS = (b'"schema"', b'"Schema"', b'"error"')


@dataclass(frozen=True, slots=True)
class HuntingQuestion:
    """A query as it is sent.

    :param name: the tenant's data, as the user calls it.
    :param timespan: ISO 8601; None: the service's own 30 days.
    """

    kql: str
    name: str
    timespan: str | None = None


@dataclass
class HuntingClient(Tries):
    """The way to Microsoft Graph."""

    _rest: AsyncPipelineClient[Any, Any] | None = field(default=None, init=False, repr=False)

    @property
    def service(self) -> str:
        """What the service is called, in messages."""
        return SERVICE

    @property
    def longest_s(self) -> int:
        """The service's own limit of time for a query."""
        return LONGEST_S

    async def ask(self, question: HuntingQuestion, timeout_s: float, progress: Progress | None = None) -> Answer:
        """Run a query.

        :param timeout_s: for all tries together.
        :raises SentinelError: and no other class.
        """

        async def once(_left_s: float, request_id: str, claims: str | None) -> Answer:
            body = await self._post(question, request_id, claims)
            return await decoded(lambda stop: decode(body, stop), request_id)

        return await self.tried(once, Place(question.name, question.kql), timeout_s, progress)

    def refusal(self, status: int, body: bytes, place: Place) -> SentinelError:
        """The error for an answer with a status other than 200."""
        return refusal(status, body, place)

    async def close(self) -> None:
        """Close connections; a later question opens new ones."""
        rest, self._rest = self._rest, None
        if rest is not None:
            await rest.close()

    async def _post(self, question: HuntingQuestion, request_id: str, claims: str | None) -> bytearray:
        from azure.core.rest import HttpRequest

        from ..log_analytics.pipeline import Begins, Inbox, rest_client

        if self._rest is None:
            begins = Begins(SERVICE, _MARKS)
            self._rest = rest_client(
                self.endpoint, self.tokens, self.rules.largest_body, lambda: self.server_ahead_s, begins
            )
        data = {"Query": question.kql}
        if question.timespan is not None:
            data["Timespan"] = question.timespan
        inbox = Inbox()
        headers = {**request_headers(request_id), "client-request-id": request_id}
        request = HttpRequest("POST", f"{self.endpoint.url}{_PATH}", headers=headers, json=data)
        options: dict[str, Any] = {"inbox": inbox} if claims is None else {"inbox": inbox, "claims": claims}
        self.requests += 1
        await self._rest.send_request(request, stream=True, **options)
        self.note_clock(inbox.headers)
        return inbox.body
