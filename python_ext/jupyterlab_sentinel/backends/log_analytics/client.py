"""Questions to the query service, within a total deadline, with careful retries, one typed error for each fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..azure.rest import decoded
from ..azure.tries import Tries, request_headers
from .decoding import Answer, decode
from .failures import Place, failed_answer, refusal

if TYPE_CHECKING:
    from azure.monitor.query.aio import LogsQueryClient

    from ...errors import SentinelError
    from ...ports import Progress

# The service stops a query after 10 minutes, whatever it is asked for.
_LONGEST_WAIT_S = 600
_WITH = "include-statistics=true,include-render=true"


@dataclass(frozen=True, slots=True)
class WireQuestion:
    """A query as it is sent.

    :param target: the workspace's GUID, or an Azure resource's id (``/subscriptions/…``).
    :param timespan: start and end as ISO 8601, with a slash between, or None.
    :param others: more workspaces to ask in the same query.
    :param name: the workspace, as the user calls it.
    :param insist: see :class:`~..azure.retrieval.Ask`.
    """

    target: str
    kql: str
    name: str
    timespan: str | None = None
    others: tuple[str, ...] = ()
    insist: bool = True


@dataclass
class Client(Tries):
    """The way to one query service. Belongs to one event loop; makes no connection before the first question."""

    _logs: LogsQueryClient | None = field(default=None, init=False, repr=False)

    @property
    def service(self) -> str:
        """What the service is called, in messages."""
        return "Log Analytics"

    @property
    def longest_s(self) -> int:
        """The service's own limit of time for a query."""
        return _LONGEST_WAIT_S

    def refusal(self, status: int, body: bytes, place: Place) -> SentinelError:
        """The error for an answer with a status other than 200."""
        return refusal(status, body, place)

    async def ask(self, question: WireQuestion, timeout_s: float, progress: Progress | None = None) -> Answer:
        """Run a query.

        :param timeout_s: for all tries together.
        :raises SentinelError: and no other class.
        """

        async def once(left_s: float, request_id: str) -> Answer:
            from .pipeline import RefusedError

            try:
                body = await self._query(question, left_s, request_id)
            except RefusedError as error:
                if error.status == 204:
                    return Answer(())
                raise
            return await _decoded(body, Place(question.name, question.kql, request_id))

        place = Place(question.name, question.kql)
        return await self.tried(once, place, timeout_s, progress, insist=question.insist)

    async def metadata(self, target: str, name: str, timeout_s: float = 60.0) -> bytes:
        """The tables, columns and functions of a workspace or resource as JSON.

        :raises SentinelError: and no other class.
        """

        async def once(_left_s: float, request_id: str) -> bytes:
            return bytes(await self._metadata(target, request_id))

        return await self.tried(once, Place(name), timeout_s, None)

    async def close(self) -> None:
        """Close connections; a later question opens new ones."""
        client, self._logs = self._logs, None
        if client is not None:
            await client.close()

    # --- requests -----------------------------------------------------------------------------

    async def _query(self, question: WireQuestion, left_s: float, request_id: str) -> bytearray:
        # The client's own query_workspace() takes times as Python's, which have no 100 ns.
        wait = max(1, min(_LONGEST_WAIT_S, int(left_s)))
        others = list(question.others) or None
        return await self._sent(
            "POST",
            question.target,
            "query",
            headers={**request_headers(request_id), "Prefer": f"wait={wait},{_WITH}"},
            json={"query": question.kql, "timespan": question.timespan, "workspaces": others},
        )

    async def _metadata(self, target: str, request_id: str) -> bytearray:
        return await self._sent("GET", target, "metadata", headers=request_headers(request_id))

    async def _sent(self, verb: str, target: str, what: str, **content: Any) -> bytearray:  # noqa: ANN401  # of a request
        from azure.core.rest import HttpRequest

        from .pipeline import Inbox

        inbox = Inbox()
        scope = target if target.startswith("/") else f"/workspaces/{target}"
        request = HttpRequest(verb, f"{self.endpoint.url}/v1{scope}/{what}", **content)
        self.requests += 1
        await self._client().send_request(request, stream=True, inbox=inbox)
        self.note_clock(inbox.headers)
        return inbox.body

    def _client(self) -> LogsQueryClient:
        if self._logs is None:
            from .pipeline import logs_client

            self._logs = logs_client(self.endpoint, self.tokens, self.rules.largest_body, lambda: self.server_ahead_s)
        return self._logs


async def _decoded(body: bytearray, place: Place) -> Answer:
    """``body`` as tables.

    :raises SentinelError: status 200 that tells of an error and brings no table.
    """
    answer = await decoded(lambda stop: decode(body, stop), place.request_id)
    if answer.error and not answer.tables:
        raise failed_answer(answer.error, place)
    return answer
