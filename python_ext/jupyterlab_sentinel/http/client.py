"""Requests for JSON, with a total deadline, careful retries and pacing."""

from __future__ import annotations

import asyncio
import base64
import random
import time
import urllib.request
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urljoin, urlsplit

from ..errors import AccessError, QueryTimeoutError, SentinelError, ServiceError, ThrottledError
from .addresses import is_public
from .bodies import LARGEST_BODY, parse_json, read_body, write_body
from .waiting import Circuit, Pace, backoff, retry_after

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from pathlib import Path

    import httpx

_TRIES = 4
_HOPS = 3
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_AGENT = "jupyterlab-sentinel"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that means something: ``data`` is its JSON, None for 404 (``found`` is false then)."""

    found: bool
    data: object
    host: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What requests may do; tests on loopback pass their own.

    :param address_allowed: None: public addresses only.
    :param use_proxies: honour HTTPS_PROXY and NO_PROXY of the environment.
    """

    schemes: frozenset[str] = frozenset({"https"})
    address_allowed: Callable[[str], bool] | None = None
    use_proxies: bool = True
    deadline_s: float = 15.0
    largest_body: int = LARGEST_BODY


@dataclass
class Memory:
    """What outlives a client: how fast each provider may be asked, and which ones fail."""

    paces: dict[str, Pace] = field(default_factory=dict)
    circuits: dict[str, Circuit] = field(default_factory=dict)


@dataclass
class HttpClient:
    """The way out. Makes no connection, and imports no httpx, before the first request.

    A client belongs to one event loop. ``memory`` may be shared by several.

    :param sleep: and ``clock`` (seconds) and ``dice`` (0 to 1) are given by tests.
    """

    rules: Rules = field(default_factory=Rules)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    dice: Callable[[], float] = random.random
    memory: Memory = field(default_factory=Memory)
    _clients: dict[bool, httpx.AsyncClient] = field(default_factory=dict, init=False, repr=False)

    async def get_json(
        self,
        provider: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        per_second: float = 5.0,
        may_move_to: Collection[str] = (),
    ) -> Answer:
        """GET ``url`` and parse its JSON.

        :param provider: names the quota, the circuit, and who is blamed in errors. No error shows the URL.
        :param headers: where a key goes; never in the URL.
        :param per_second: at most so many requests to this provider.
        :param may_move_to: hosts that a redirect may lead to, over https; all others are refused.
        :raises ThrottledError: asked to come back later than the deadline allows; ``retry_after`` in seconds.
        :raises AccessError: 401 or 403.
        :raises QueryTimeoutError: the deadline passed.
        :raises LimitError: the answer is too large.
        :raises ServiceError: anything else that is no answer.
        """
        wanted = {"Accept": "application/json", **(headers or {})}
        return await self._asked(_Request(provider, url, wanted, frozenset(may_move_to)), per_second)

    async def get_file(
        self,
        provider: str,
        url: str,
        target: Path,
        *,
        login: tuple[str, str] | None = None,
        may_move_to: Collection[str] = (),
    ) -> bool:
        """GET ``url`` into the file ``target``, as it is; whether there was anything (404: not).

        :param login: name and password, for the first host only: not sent on to where a redirect leads.
        :raises SentinelError: as :meth:`get_json`.
        """
        secret = base64.b64encode(":".join(login).encode()).decode() if login else ""
        headers = {"Authorization": f"Basic {secret}"} if login else {}
        answer = await self._asked(_Request(provider, url, headers, frozenset(may_move_to), target), 1.0)
        return answer.found

    async def _asked(self, request: _Request, per_second: float) -> Answer:
        circuit = self.memory.circuits.setdefault(request.provider, Circuit())
        circuit.check(request.provider, self.clock())
        pace = self.memory.paces.setdefault(request.provider, Pace(per_second))
        try:
            answer = await self._tried(request, pace)
        except (ServiceError, ThrottledError, QueryTimeoutError) as error:
            circuit.failed(self.clock())
            raise error from None
        circuit.succeeded()
        return answer

    async def close(self) -> None:
        """Close every connection; a later request opens new ones."""
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.aclose()

    async def _tried(self, request: _Request, pace: Pace) -> Answer:
        await self.sleep(pace.reserve(self.clock()))
        ends = self.clock() + self.rules.deadline_s
        for attempt in range(1, _TRIES + 1):
            try:
                async with asyncio.timeout(max(0.0, ends - self.clock())):
                    return await self._followed(request)
            except TimeoutError:
                raise QueryTimeoutError(
                    f"{request.provider} did not answer within {self.rules.deadline_s:g} seconds.",
                    hint="Try again later, or leave this provider out.",
                ) from None
            except _AgainError as again:
                wait = again.wait_s if again.wait_s is not None else backoff(attempt, self.dice())
                late = self.clock() + wait >= ends
                if attempt == _TRIES or late:
                    _give_up(request, again, attempt)
            await self.sleep(wait)
        raise AssertionError("the last try gives up")

    async def _followed(self, request: _Request) -> Answer:
        for _ in range(_HOPS):
            answer = await self._sent(request, request.url)
            if not isinstance(answer, str):
                return answer
            request = _moved(request, answer)
        raise ServiceError(f"{request.provider} redirects in circles.")

    async def _sent(self, request: _Request, url: str) -> Answer | str:
        """One exchange: an answer, or where a redirect leads."""
        import httpcore
        import httpx

        from .transport import ForbiddenAddressError, unlogged

        parts = urlsplit(url)
        if parts.scheme not in self.rules.schemes or not parts.hostname:
            raise ServiceError(f"{request.provider} would be asked over an unsafe connection; that was not done.")
        try:
            with unlogged():
                async with self._client(parts.hostname).stream("GET", url, headers=request.headers) as response:
                    return await self._read(request, response, parts.hostname)
        except ForbiddenAddressError:
            raise ServiceError(
                f"{request.provider}: {parts.hostname} leads to an address that is not public; it was not contacted."
            ) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise ServiceError(f"{request.provider}: the address to ask cannot be used.") from None
        except (httpx.HTTPError, httpcore.ConnectError, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _AgainError(_layer(error)) from None
        except (httpcore.TimeoutException, httpcore.ProxyError, OSError) as error:
            raise _AgainError(_layer(error)) from None

    async def _read(self, request: _Request, response: httpx.Response, host: str) -> Answer | str:
        status = response.status_code
        if status in _AGAIN:
            wait = retry_after(response.headers.get("Retry-After"))
            raise _AgainError(f"answers with status {status}", status=status, wait_s=wait)
        if 300 <= status < 400 and "Location" in response.headers:
            return str(response.headers["Location"])
        if status in (401, 403):
            raise AccessError(
                f"{request.provider} refuses access (status {status}).", hint="Check its key: jupyter sentinel check"
            )
        if status == 404:
            return Answer(found=False, data=None, host=host)
        if status != 200:
            raise ServiceError(f"{request.provider} answers with status {status}.")
        try:
            if request.target is not None:
                await write_body(response.aiter_raw(), request.target, largest=self.rules.largest_body)
                return Answer(found=True, data=None, host=host)
            encoding = response.headers.get("Content-Encoding", "").strip().lower()
            body = await read_body(response.aiter_raw(), encoding, largest=self.rules.largest_body)
            return Answer(found=True, data=parse_json(body), host=host)
        except SentinelError as error:
            error.message = f"{request.provider}: {error.message}"
            raise

    def _client(self, host: str) -> httpx.AsyncClient:
        proxy = _proxy_for(host) if self.rules.use_proxies else None
        client = self._clients.get(proxy is not None)
        if client is None:
            client = self._clients[proxy is not None] = _new_client(self.rules, proxy)
        return client


@dataclass(frozen=True, slots=True)
class _Request:
    provider: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    may_move_to: frozenset[str] = frozenset()
    target: Path | None = None


def _moved(request: _Request, location: str) -> _Request:
    """The same request where a redirect leads, without what was for the first host only."""
    url = urljoin(request.url, location)
    before, after = urlsplit(request.url), urlsplit(url)
    if after.hostname not in request.may_move_to:
        raise ServiceError(f"{request.provider} redirects to another host; that was not followed.")
    same = (before.scheme, before.netloc) == (after.scheme, after.netloc)
    kept = request.headers if same else {name: text for name, text in request.headers.items() if name == "Accept"}
    return replace(request, url=url, headers=kept)


class _AgainError(Exception):
    """Worth another try."""

    def __init__(self, reason: str, *, status: int | None = None, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.wait_s = wait_s


def _give_up(request: _Request, again: _AgainError, attempt: int) -> NoReturn:
    if again.status == 429 or (again.wait_s is not None and again.status is not None):
        wait = f" for {again.wait_s:.0f} seconds" if again.wait_s is not None else ""
        raise ThrottledError(
            f"{request.provider} asks to wait{wait} (status {again.status}).",
            hint="Ask again then; what is known already stays.",
            retry_after=again.wait_s,
        )
    tries = f" ({attempt} tries)" if attempt > 1 else ""
    raise ServiceError(f"{request.provider} {again.reason}{tries}.", hint="Try again later, or leave it out.")


def _layer(error: Exception) -> str:
    """Which layer failed, in words of ours: the originals may hold URLs."""
    name = type(error).__name__
    if "Proxy" in name:
        return "cannot be reached through the proxy that is set"
    text = str(error).lower()
    if "certificate" in text or "ssl" in text:
        return "cannot be reached safely: its certificate is not accepted here"
    if "resolve" in text or "no address" in text or "name or service" in text:
        return "cannot be found: its name does not resolve here"
    if "Connect" in name:
        return "cannot be reached"
    return "broke the connection off"


def _proxy_for(host: str) -> str | None:
    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get("https") or proxies.get("all")


def _new_client(rules: Rules, proxy: str | None) -> httpx.AsyncClient:
    import httpx

    from .transport import CONNECTIONS, GuardedTransport

    transport: httpx.AsyncBaseTransport
    if proxy is None:
        transport = GuardedTransport(rules.address_allowed or is_public)
    else:
        limits = httpx.Limits(max_connections=CONNECTIONS)
        transport = httpx.AsyncHTTPTransport(proxy=_proxy_url(proxy), limits=limits, trust_env=False)
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(rules.deadline_s),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": _AGENT, "Accept-Encoding": "gzip"},
    )


def _proxy_url(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"
