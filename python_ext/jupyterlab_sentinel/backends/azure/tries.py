"""Requests to one of Azure's services: within a total deadline, with careful retries, one typed error a fault."""

from __future__ import annotations

import asyncio
import base64
import email.utils
import random
import re
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

from ...errors import QueryTimeoutError, SentinelError
from ...http.waiting import backoff, retry_after
from ..log_analytics.failures import Place, failure, took_too_long
from .faults import TRIES, AgainError, NoAnswerError, bare, layer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ...ports import Progress
    from ..log_analytics.endpoints import Endpoint
    from ..log_analytics.pipeline import RefusedError
    from ..log_analytics.tokens import TokenSource

T = TypeVar("T")
Once = Callable[[float, str], Awaitable[T]]

_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_JITTER = 0.1
_SKEW_S = 300.0
# Ten years: no clock is as wrong, and a date that is breaks the calendar.
_UNBELIEVABLE_S = 10 * 366 * 86_400.0
_CLAIMS = re.compile(r'claims="([A-Za-z0-9+/_=-]+)"')
_APP = "jupyterlab-sentinel"


@dataclass(frozen=True, slots=True)
class Rules:
    """What requests may cost. ``sleep``, ``clock`` (seconds) and ``dice`` (0 to 1) are given by tests.

    :param largest_body: bytes, unpacked. The service gives up to 64 MB packed, about 100 MB unpacked, and
        JSON adds to that.
    """

    tries: int = TRIES
    largest_body: int = 256 << 20
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    dice: Callable[[], float] = random.random


@dataclass
class Tries(ABC):
    """The way to one service: tries, deadlines and faults. Belongs to one event loop.

    :param requests: how many were sent.
    :param server_ahead_s: how far the service's clock was ahead of ours at its last answer.
    """

    endpoint: Endpoint
    tokens: TokenSource
    rules: Rules = field(default_factory=Rules)
    requests: int = 0
    server_ahead_s: float = 0.0

    @property
    def clock_warning(self) -> str:
        """What to say about this machine's clock; empty while it agrees with the service's."""
        if abs(self.server_ahead_s) < _SKEW_S:
            return ""
        way = "behind" if self.server_ahead_s > 0 else "ahead of"
        return (
            f"This machine's clock is {abs(self.server_ahead_s) / 60:.0f} minutes {way} the service's: "
            "ranges that end now are reckoned by the service's."
        )

    @abstractmethod
    async def close(self) -> None:
        """Close connections; a later question opens new ones."""

    @property
    @abstractmethod
    def service(self) -> str:
        """What the service is called, in messages."""

    @property
    @abstractmethod
    def longest_s(self) -> int:
        """The service's own limit of time for a query."""

    @abstractmethod
    def refusal(self, status: int, body: bytes, place: Place) -> SentinelError:
        """The error for an answer with a status other than 200.

        :param body: as much of it as was read.
        """

    # --- tries --------------------------------------------------------------------------------

    async def tried(
        self, once: Once[T], place: Place, timeout_s: float, progress: Progress | None = None, *, insist: bool = True
    ) -> T:
        """What ``once`` gives, in as many tries as it is worth.

        :param once: makes one request; called with the seconds that are left, and the request's id.
        :param timeout_s: for all tries together.
        :param insist: try again also where the service says that the query took too long.
        :raises SentinelError: and no other class.
        """
        ends = self.rules.clock() + timeout_s + await self._sign_in(timeout_s, place)
        signed_in_anew = False
        attempt = 0
        while True:
            attempt += 1
            request_id = str(uuid.uuid4())
            place = replace(place, request_id=request_id)
            left = ends - self.rules.clock()
            try:
                async with asyncio.timeout(max(0.0, left)):
                    return await self._guarded(once, left, request_id)
            except TimeoutError:
                raise self._too_late(timeout_s, place) from None
            except SentinelError as error:
                raise bare(error) from None
            except AgainError as again:
                fault = bare(again)
            if fault.status == 401 and not signed_in_anew:
                signed_in_anew = True
                self.tokens.refused(fault.token, fault.claims)
                attempt -= 1
                continue
            if not insist and took_too_long(fault.status, fault.body):
                raise self._final(fault, place, attempt)
            await self._wait(fault, attempt, ends, place, progress)

    async def _sign_in(self, timeout_s: float, place: Place) -> float:
        """Seconds that a person took to sign in, which no deadline counts."""
        try:
            return await self.tokens.ready(timeout_s, server_ahead_s=self.server_ahead_s)
        except TimeoutError:
            raise self._too_late(timeout_s, place) from None

    async def _wait(
        self, fault: AgainError, attempt: int, ends: float, place: Place, progress: Progress | None
    ) -> None:
        """Wait for the next try, with a countdown.

        :raises SentinelError: there will be none.
        """
        if attempt >= min(self.rules.tries, fault.most_tries):
            raise self._final(fault, place, attempt)
        dice = self.rules.dice()
        asked = fault.wait_s
        wait = backoff(attempt, dice) if asked is None else asked * (1 + _JITTER * dice)
        left = ends - self.rules.clock()
        if (wait if asked is None else asked) >= left:
            raise self._final(fault, place, attempt)
        wait = min(wait, left)
        until = self.rules.clock() + wait
        while (rest := until - self.rules.clock()) > 0:
            if progress is not None:
                progress(None, f"{self._short(fault)}; try {attempt + 1} of {self.rules.tries} in {rest:.0f} s")
            await self.rules.sleep(min(1.0, rest))

    async def _guarded(self, once: Once[T], left_s: float, request_id: str) -> T:
        """One try; every fault is either final and typed, or an :class:`AgainError`."""
        import aiohttp
        from azure.core.exceptions import AzureError

        from ..log_analytics.pipeline import BrokenBodyError, RefusedError

        try:
            return await once(left_s, request_id)
        except RefusedError as error:
            raise self._refused(error) from None
        except BrokenBodyError:
            raise AgainError(f"{self.service} sent an answer that is cut short or cannot be unpacked") from None
        except (AzureError, aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError) and not isinstance(error, AzureError):
                raise
            text, tries, hint = layer(error, self.service)
            raise AgainError(text, most_tries=tries, hint=hint) from None
        except NoAnswerError as error:
            raise AgainError(error.final.message, most_tries=2, outcome=error.final) from None
        except SentinelError:
            raise
        except Exception as error:  # noqa: BLE001  # no other class escapes
            # Such as that the connections were closed meanwhile.
            raise AgainError(f"Asking {self.service} went wrong here ({type(error).__name__})", most_tries=1) from None

    def _refused(self, error: RefusedError) -> Exception:
        headers = {key.lower(): value for key, value in error.headers.items()}
        self.note_clock(headers)
        wait = retry_after(headers.get("retry-after"), now=_date(headers))
        if error.status == 401:
            claims = _claims(headers)
            return AgainError(
                "signing in anew", status=401, body=error.body, claims=claims, token=error.token, most_tries=1
            )
        if error.status in _AGAIN:
            return AgainError(
                f"{self.service} answers {error.status}", status=error.status, body=error.body, wait_s=wait
            )
        return AgainError("", status=error.status, body=error.body, most_tries=1)

    def _final(self, fault: AgainError, place: Place, attempt: int) -> SentinelError:
        """The error for the user, once no try is left."""
        if fault.outcome is not None:
            return fault.outcome
        if fault.status is not None:
            try:
                return self.refusal(fault.status, fault.body, replace(place, retry_after=fault.wait_s))
            except Exception:  # noqa: BLE001  # no other class escapes, whatever the service writes
                return failure(f"{self.service} answers with status {fault.status}", place)
        tries = f" ({attempt} tries)" if attempt > 1 else ""
        return failure(f"{fault.text}{tries}", place, fault.hint)

    def _short(self, fault: AgainError) -> str:
        """For the countdown."""
        return f"{self.service} asks to wait" if fault.status == 429 else fault.text[:80]

    def _too_late(self, timeout_s: float, place: Place) -> QueryTimeoutError:
        return QueryTimeoutError(
            f"“{place.workspace}” did not answer within {timeout_s:g} seconds{place.reference}.",
            hint="Narrow the time range, filter earlier, or give a longer --timeout "
            f"(at most {self.longest_s} seconds).",
        )

    def note_clock(self, headers: Mapping[str, str]) -> None:
        """Remember how far the service's clock is from ours, as an answer's headers tell.

        :param headers: with the attribute ``at`` where they came before now: a body may take a while.
        """
        date = _date({key.lower(): value for key, value in headers.items()})
        if date is None:
            return
        ahead_s = date.timestamp() - getattr(headers, "at", time.time())
        if abs(ahead_s) < _UNBELIEVABLE_S:
            self.server_ahead_s = ahead_s


def request_headers(request_id: str) -> dict[str, str]:
    """Headers of every request."""
    return {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "x-ms-client-request-id": request_id,
        "x-ms-app": _APP,
    }


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
        found = email.utils.parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
