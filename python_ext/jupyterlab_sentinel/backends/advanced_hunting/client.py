"""Questions to Microsoft Graph's ``security/runHuntingQuery``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..azure.rest import RestClient, decoded
from ..log_analytics.failures import Place
from .answers import SERVICE, decode
from .failures import LONGEST_S, refusal

if TYPE_CHECKING:
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
class HuntingClient(RestClient):
    """The way to Microsoft Graph."""

    @property
    def service(self) -> str:
        """What the service is called, in messages."""
        return SERVICE

    @property
    def longest_s(self) -> int:
        """The service's own limit of time for a query."""
        return LONGEST_S

    @property
    def marks(self) -> tuple[bytes, ...]:
        """How answers begin."""
        return _MARKS

    async def ask(
        self, question: HuntingQuestion, timeout_s: float, progress: Progress | None = None, *, insist: bool = True
    ) -> Answer:
        """Run a query.

        :param timeout_s: for all tries together.
        :param insist: see :class:`~..azure.retrieval.Ask`.
        :raises SentinelError: and no other class.
        """

        async def once(_left_s: float, request_id: str) -> Answer:
            data = {"Query": question.kql}
            if question.timespan is not None:
                data["Timespan"] = question.timespan
            # Graph's own name for the header.
            body = await self.post(_PATH, data, request_id, **{"client-request-id": request_id})
            return await decoded(lambda stop: decode(body, stop), request_id)

        return await self.tried(once, Place(question.name, question.kql), timeout_s, progress, insist=insist)

    def refusal(self, status: int, body: bytes, place: Place) -> SentinelError:
        """The error for an answer with a status other than 200."""
        return refusal(status, body, place)
