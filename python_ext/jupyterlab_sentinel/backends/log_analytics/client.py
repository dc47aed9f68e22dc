"""Questions to the query service, within a total deadline, with careful retries, one typed error for each fault."""

from __future__ import annotations

import asyncio
import base64
import email.utils
import random
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import QueryTimeoutError, SentinelError, ServiceError
from ...http.waiting import backoff, retry_after
from .decoding import Answer, decode
from .failures import Place, failed_answer, failure, refusal
from .threads import beside_loop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from azure.monitor.query.aio import LogsQueryClient

    from ...ports import Progress
    from .endpoints import Endpoint
    from .pipeline import Inbox, RefusedError
    from .tokens import TokenSource

    T = TypeVar("T")

_TRIES = 4
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_JITTER = 0.1
# The service stops a query after 10 minutes, whatever it is asked for.
_LONGEST_WAIT_S = 600
_SKEW_S = 300.0
_CLAIMS = re.compile(r'claims="([A-Za-z0-9+/_=-]+)"')
_APP = "jupyterlab-sentinel"
_TRUST = "If a proxy of yours looks into connections, put its certificates into SSL_CERT_FILE or REQUESTS_CA_BUNDLE."
_PROXY = "Check HTTPS_PROXY and NO_PROXY in the environment of the kernel."
_OFFLINE = "Check the connection, the endpoint and HTTPS_PROXY; the demo and exported logs work without any."


@dataclass(frozen=True, slots=True)
class Rules:
    """What requests may cost. ``sleep``, ``clock`` (seconds) and ``dice`` (0 to 1) are given by tests.

    :param largest_body: bytes, unpacked. The service gives up to 64 MB packed, about 100 MB unpacked, and
        JSON adds to that.
    """

    tries: int = _TRIES
    largest_body: int = 256 << 20
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    dice: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class WireQuestion:
    """A query as it is sent.

    :param target: the workspace's GUID, or an Azure resource's id (``/subscriptions/…``).
    :param timespan: start and end, UTC, or None.
    :param others: more workspaces to ask in the same query.
    :param name: the workspace, as the user calls it.
    """

    target: str
    kql: str
    name: str
    timespan: tuple[datetime, datetime] | None = None
    others: tuple[str, ...] = ()


@dataclass
class Client:
    """The way to one query service. Belongs to one event loop; makes no connection before the first question.

    :param requests: how many were sent.
    :param server_ahead_s: how far the service's clock was ahead of ours at its last answer.
    """

    endpoint: Endpoint
    tokens: TokenSource
    rules: Rules = field(default_factory=Rules)
    requests: int = 0
    server_ahead_s: float = 0.0
    _logs: LogsQueryClient | None = field(default=None, init=False, repr=False)

    @property
    def clock_warning(self) -> str:
        """What to say about this machine's clock; empty while it agrees with the service's."""
        if abs(self.server_ahead_s) < _SKEW_S:
            return ""
        way = "behind" if self.server_ahead_s > 0 else "ahead of"
        return (
            f"This machine's clock is {abs(self.server_ahead_s) / 60:.0f} minutes {way} the service's: "
            "ranges that end now are off by as much."
        )

    async def ask(self, question: WireQuestion, timeout_s: float, progress: Progress | None = None) -> Answer:
        """Run a query.

        :param timeout_s: for all tries together.
        :raises SentinelError: and no other class.
        """

        async def once(left_s: float, request_id: str, claims: str | None) -> Answer:
            from .pipeline import RefusedError

            try:
                body = await self._query(question, left_s, request_id, claims)
            except RefusedError as error:
                if error.status == 204:
                    return Answer(())
                raise
            return await _decoded(body, Place(question.name, question.kql, request_id))

        return await self._tried(once, Place(question.name, question.kql), timeout_s, progress)

    async def metadata(self, target: str, name: str, timeout_s: float = 60.0) -> bytes:
        """The tables, columns and functions of a workspace or resource as JSON.

        :raises SentinelError: and no other class.
        """

        async def once(_left_s: float, request_id: str, claims: str | None) -> bytes:
            return bytes(await self._metadata(target, request_id, claims))

        return await self._tried(once, Place(name), timeout_s, None)

    async def close(self) -> None:
        """Close connections; a later question opens new ones."""
        client, self._logs = self._logs, None
        if client is not None:
            await client.close()

    # --- tries --------------------------------------------------------------------------------

    async def _tried(
        self,
        once: Callable[[float, str, str | None], Awaitable[T]],
        place: Place,
        timeout_s: float,
        progress: Progress | None,
    ) -> T:
        ends = self.rules.clock() + timeout_s
        claims: str | None = None
        signed_in_anew = False
        attempt = 0
        while True:
            attempt += 1
            request_id = str(uuid.uuid4())
            place = Place(place.workspace, place.query, request_id)
            left = ends - self.rules.clock()
            try:
                async with asyncio.timeout(max(0.0, left)):
                    return await self._guarded(once, left, request_id, claims)
            except TimeoutError:
                raise _too_late(timeout_s, place) from None
            except _AgainError as again:
                fault = again
            if fault.status == 401 and not signed_in_anew:
                signed_in_anew, claims = True, fault.claims
                self.tokens.forget()
                attempt -= 1
                continue
            await self._wait(fault, attempt, ends, place, progress)

    async def _wait(
        self, fault: _AgainError, attempt: int, ends: float, place: Place, progress: Progress | None
    ) -> None:
        """Wait for the next try, with a countdown.

        :raises SentinelError: there will be none.
        """
        if attempt >= min(self.rules.tries, fault.most_tries):
            raise fault.final(place, attempt)
        dice = self.rules.dice()
        asked = fault.wait_s
        wait = backoff(attempt, dice) if asked is None else asked * (1 + _JITTER * dice)
        left = ends - self.rules.clock()
        if (wait if asked is None else asked) >= left:
            raise fault.final(place, attempt)
        wait = min(wait, left)
        until = self.rules.clock() + wait
        while (rest := until - self.rules.clock()) > 0:
            if progress is not None:
                progress(None, f"{fault.short}; try {attempt + 1} of {self.rules.tries} in {rest:.0f} s")
            await self.rules.sleep(min(1.0, rest))

    async def _guarded(
        self, once: Callable[[float, str, str | None], Awaitable[T]], left_s: float, request_id: str, claims: str | None
    ) -> T:
        """One try; every fault is either final and typed, or an :class:`_AgainError`."""
        import aiohttp
        from azure.core.exceptions import AzureError

        from .pipeline import BrokenBodyError, RefusedError

        try:
            return await once(left_s, request_id, claims)
        except RefusedError as error:
            raise self._refused(error) from None
        except BrokenBodyError:
            raise _AgainError("Log Analytics sent an answer that is cut short or cannot be unpacked") from None
        except (AzureError, aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError) and not isinstance(error, AzureError):
                raise
            text, tries, hint = _layer(error)
            raise _AgainError(text, most_tries=tries, hint=hint) from None
        except _NoAnswerError as error:
            raise _AgainError(error.final.message, most_tries=2, outcome=error.final) from None

    def _refused(self, error: RefusedError) -> Exception:
        headers = {key.lower(): value for key, value in error.headers.items()}
        self._note_clock(headers)
        wait = retry_after(headers.get("retry-after"), now=_date(headers))
        if error.status == 401:
            return _AgainError("signing in anew", status=401, body=error.body, claims=_claims(headers), most_tries=1)
        if error.status in _AGAIN:
            return _AgainError(
                f"Log Analytics answers {error.status}", status=error.status, body=error.body, wait_s=wait
            )
        return _AgainError("", status=error.status, body=error.body, most_tries=1)

    # --- requests -----------------------------------------------------------------------------

    async def _query(self, question: WireQuestion, left_s: float, request_id: str, claims: str | None) -> bytearray:
        from .pipeline import Inbox

        inbox = Inbox()
        client = self._client()
        ask = client.query_resource if question.target.startswith("/") else client.query_workspace
        self.requests += 1
        await ask(
            question.target,
            question.kql,
            timespan=question.timespan,
            server_timeout=max(1, min(_LONGEST_WAIT_S, int(left_s))),
            include_statistics=True,
            include_visualization=True,
            additional_workspaces=list(question.others) or None,
            stream=True,
            cls=lambda *_answer: {},
            headers=_headers(request_id),
            **_options(inbox, claims),
        )
        self._note_clock(inbox.headers)
        return inbox.body

    async def _metadata(self, target: str, request_id: str, claims: str | None) -> bytearray:
        from azure.core.rest import HttpRequest

        from .pipeline import Inbox

        inbox = Inbox()
        scope = target if target.startswith("/") else f"/workspaces/{target}"
        url = f"{self.endpoint.url}/v1{scope}/metadata"
        self.requests += 1
        await self._client().send_request(
            HttpRequest("GET", url, headers=_headers(request_id)), stream=True, **_options(inbox, claims)
        )
        self._note_clock(inbox.headers)
        return inbox.body

    def _client(self) -> LogsQueryClient:
        if self._logs is None:
            from .pipeline import logs_client

            self._logs = logs_client(self.endpoint, self.tokens, self.rules.largest_body, lambda: self.server_ahead_s)
        return self._logs

    def _note_clock(self, headers: Mapping[str, str]) -> None:
        date = _date({key.lower(): value for key, value in headers.items()})
        if date is not None:
            self.server_ahead_s = date.timestamp() - time.time()


@dataclass(eq=False)
class _AgainError(Exception):
    """A fault that another try may get round.

    :param most_tries: in all; 1 means none but the first.
    :param outcome: the error for the user, where it is known already.
    """

    text: str
    status: int | None = None
    body: bytes = b""
    wait_s: float | None = None
    claims: str | None = None
    most_tries: int = _TRIES
    outcome: SentinelError | None = None
    hint: str = ""

    @property
    def short(self) -> str:
        """For the countdown."""
        return "Log Analytics asks to wait" if self.status == 429 else self.text[:80]

    def final(self, place: Place, attempt: int) -> SentinelError:
        """The error for the user, once no try is left."""
        if self.outcome is not None:
            return self.outcome
        if self.status is not None:
            return refusal(self.status, self.body, Place(place.workspace, place.query, place.request_id, self.wait_s))
        tries = f" ({attempt} tries)" if attempt > 1 else ""
        return failure(f"{self.text}{tries}", place, self.hint)


class _NoAnswerError(Exception):
    def __init__(self, final: ServiceError) -> None:
        super().__init__(final.message)
        self.final = final


async def _decoded(body: bytearray, place: Place) -> Answer:
    """``body`` as tables, read on a thread that stops when nobody waits any more.

    :raises SentinelError: status 200 that tells of an error and brings no table.
    """
    stop = threading.Event()
    try:
        answer = await beside_loop(lambda: decode(body, stop.is_set), "decoding")
    except ServiceError as error:
        error.request_id = place.request_id
        raise _NoAnswerError(error) from None
    finally:
        stop.set()
    if answer.error and not answer.tables:
        raise failed_answer(answer.error, place)
    return answer


def _headers(request_id: str) -> dict[str, str]:
    return {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "x-ms-client-request-id": request_id,
        "x-ms-app": _APP,
    }


def _options(inbox: Inbox, claims: str | None) -> dict[str, Any]:
    return {"inbox": inbox} if claims is None else {"inbox": inbox, "claims": claims}


def _too_late(timeout_s: float, place: Place) -> QueryTimeoutError:
    return QueryTimeoutError(
        f"“{place.workspace}” did not answer within {timeout_s:g} seconds{place.reference}.",
        hint="Narrow the time range, filter earlier, or give a longer --timeout (at most 600 seconds).",
    )


def _claims(headers: Mapping[str, str]) -> str | None:
    """What a 401 wants to see in the next token (continuous access evaluation)."""
    found = _CLAIMS.search(headers.get("www-authenticate", ""))
    if found is None:
        return None
    try:
        return base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4)).decode()
    except ValueError:
        return None


def _date(headers: Mapping[str, str]) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None


def _layer(error: Exception) -> tuple[str, int, str]:
    """Which layer failed, in words of ours (the originals may hold addresses); how many tries it is worth; a hint."""
    import aiohttp

    cause = getattr(error, "inner_exception", None) or error
    if isinstance(cause, aiohttp.ClientSSLError):
        return "Log Analytics cannot be reached safely: its certificate is not accepted here", 1, _TRUST
    if isinstance(cause, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
        return "Log Analytics cannot be reached through the proxy that is set", 1, _PROXY
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "Log Analytics cannot be found: its name does not resolve here. Is this machine offline?", 2, _OFFLINE
    if isinstance(cause, aiohttp.ClientConnectorError):
        return "Log Analytics cannot be reached: nothing answers at its address. Is this machine offline?", 2, _OFFLINE
    if isinstance(cause, aiohttp.InvalidURL):
        return "Log Analytics cannot be asked: the address is not usable", 1, _OFFLINE
    return "The connection to Log Analytics broke off", _TRIES, ""
