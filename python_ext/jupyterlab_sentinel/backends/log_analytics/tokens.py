"""Access tokens from a credential, blocking or async, kept until they are about to expire."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import logging
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, cast

from ...device_codes import Attempt
from ...errors import AccessError, SentinelError
from ...models.indicators import visible
from .bodies import without_secrets
from .threads import beside_loop

if TYPE_CHECKING:
    from collections.abc import Callable

_EARLY_S = 300.0
_GRACE_S = 5.0
# What may stand in a header (RFC 9110, "token68" and a little more); no line can end in it.
_TOKEN = re.compile(r"[!-~]+")
_CODE = re.compile(r"AADSTS\d{4,7}")
_ADVICE = {
    "AADSTS7000222": "The application's client secret has expired: create a new one in Entra, then set it.",
    "AADSTS7000215": "The client secret is wrong: copy the secret's value, not its id.",
    "AADSTS700016": "The application is not known in this tenant: check the tenant id and the client id.",
    "AADSTS90002": "The tenant is not known: check the tenant id, and the cloud (public, usgov, china).",
    "AADSTS900023": "The tenant id is no GUID or domain name: check it.",
    "AADSTS50076": "The tenant wants a second factor: sign in again, interactively or with a device code.",
    "AADSTS50079": "The tenant wants a second factor: sign in again, interactively or with a device code.",
    "AADSTS50058": "Nobody is signed in any more: sign in again.",
    "AADSTS700082": "The sign-in has expired: sign in again.",
    "AADSTS65001": "The application has no consent for Log Analytics: ask an administrator of the tenant.",
}
_LOGGERS = ("azure", "msal", "msal_extensions")
_SIGN_IN = "Sign in with `az login`, set AZURE_CLIENT_ID and its companions, or choose a credential; see docs/azure.md."


class Token(Protocol):
    """What a credential gives."""

    @property
    def token(self) -> str:
        """The secret."""

    @property
    def expires_on(self) -> int:
        """Seconds since 1970, by this machine's clock."""


class TokenSource:
    """Tokens for one service.

    :param credential: an ``azure.core`` token credential, blocking or async.
    :param scope: such as ``https://api.loganalytics.io/.default``.
    :param anew: gives the credential as it was at first: one may remember a token that the service refuses. Given, the
        credential was made for this source, which closes it.
    :ivar number: of the token that is held, or was last: the first is 1.
    """

    def __init__(
        self,
        credential: object,
        scope: str,
        *,
        anew: Callable[[], object] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._credential: Any = credential
        self._scope = scope
        self._anew = anew
        self._clock = clock
        self.number = 0
        self._held: Token | None = None
        self._refused = ""
        self._claims: str | None = None
        self._satisfied: str | None = None
        self._lock = asyncio.Lock()
        self._limits: set[asyncio.Timeout] = set()
        self._asking_s = 0.0
        self._just_made = False
        quiet_loggers()

    async def token(self, *, server_ahead_s: float = 0.0) -> str:
        """A token that is good for some minutes yet.

        :param server_ahead_s: how far the service's clock is ahead of ours.
        :raises AccessError: nobody is signed in.
        """
        async with self._lock:
            held, just_made = self._held, self._just_made
            self._just_made = False
            # One just made cannot be had any better, however soon it expires.
            good = held is not None and (just_made or self._is_good(held, server_ahead_s))
            if held is None or not good:
                held = self._held = await self._renewed()
                self.number += 1
            return held.token

    async def ready(self, timeout_s: float, *, server_ahead_s: float = 0.0) -> float:
        """Have a token, within ``timeout_s`` seconds and as long as a person takes to enter a code.

        Returns the seconds that the person took.

        :raises AccessError: nobody is signed in.
        :raises TimeoutError: there is none yet.
        """
        if self._held is not None and self._is_good(self._held, server_ahead_s):
            return 0.0
        before = self._asking_s
        async with asyncio.timeout(timeout_s) as limit:
            self._limits.add(limit)
            try:
                await self.token(server_ahead_s=server_ahead_s)
                self._just_made = True
            finally:
                self._limits.discard(limit)
        return self._asking_s - before

    def _is_good(self, held: Token, server_ahead_s: float) -> bool:
        return held.expires_on - _EARLY_S > self._clock() + max(0.0, server_ahead_s)

    @property
    def identity(self) -> str | None:
        """Who is signed in, as the token says; None if it does not, or there is none."""
        return _identity(self._held.token) if self._held is not None else None

    def refused(self, number: int, claims: str | None = None) -> None:
        """The service does not accept a token: have another one next time, if there is no later one already.

        :param number: of that token.
        :param claims: what the service wants to see in it, as it said itself.
        """
        unseen = claims is not None and claims not in (self._claims, self._satisfied)
        if unseen:
            self._claims = claims
        if self._held is not None and (number == self.number or unseen):
            self._refused, self._held = self._held.token, None

    def close(self) -> None:
        """Close the connections of a credential that is nobody else's; one that asks a person outlives a workspace."""
        if self._anew is not None:
            _close(self._credential)

    async def _renewed(self) -> Token:
        """Another token; if the credential remembers the refused one, from a credential made anew."""
        # What cannot be had now is not insisted on: perhaps somebody signs in meanwhile.
        claims, self._claims = self._claims, None
        found = await self._fresh(claims)
        if found.token == self._refused and self._anew is not None:
            self._credential, before = self._anew(), self._credential
            if self._credential is not before:
                _close(before)
                found = await self._fresh(claims)
        self._refused, self._satisfied = "", claims
        return found

    async def _fresh(self, claims: str | None) -> Token:
        options = {} if claims is None else {"claims": claims, "enable_cae": True}
        get = getattr(self._credential, "get_token", None) or getattr(self._credential, "get_token_info", None)
        if get is None:
            raise AccessError("The credential has no get_token().", hint="Pass a credential of azure.identity.")
        try:
            if inspect.iscoroutinefunction(get):
                found = await get(self._scope, **options)
            else:
                found = await self._asked(lambda: get(self._scope, **options))
            if inspect.isawaitable(found):
                found = await found
        except SentinelError:
            raise
        except Exception as error:  # noqa: BLE001  # a stranger's credential; whatever it raises means: no token
            raise refused(error) from None
        return _checked(found)

    async def _asked(self, get: Callable[[], object]) -> object:
        """``get()`` beside the loop; cancelling also takes away the code that it may be showing."""
        loop = asyncio.get_running_loop()
        asked_at: list[float] = []

        def wait_for_person(seconds: float) -> None:
            asked_at.append(loop.time())
            for limit in self._limits:
                when = limit.when()
                if when is not None and not limit.expired():
                    limit.reschedule(when + seconds + _GRACE_S)

        attempt = Attempt(lambda code: loop.call_soon_threadsafe(wait_for_person, code.seconds_left()))
        try:
            return await beside_loop(lambda: attempt.run(get), "sign-in")
        except asyncio.CancelledError:
            attempt.cancel()
            raise
        finally:
            if asked_at:
                self._asking_s += loop.time() - asked_at[0]


def quiet_loggers() -> None:
    """Without a handler of anybody's, Python prints what Microsoft's libraries warn of, whole answers among it."""
    for logger in map(logging.getLogger, _LOGGERS):
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def _close(credential: object) -> None:
    close = getattr(credential, "close", None)
    if callable(close):
        with suppress(Exception):
            close()


def _checked(found: object) -> Token:
    token, expires = getattr(found, "token", None), getattr(found, "expires_on", None)
    usable = isinstance(token, str) and _TOKEN.fullmatch(token) is not None
    if not usable or not isinstance(expires, int | float):
        raise AccessError(
            "Signing in did not work: what the credential gave is no token.",
            hint="Pass a credential of azure.identity, or one whose get_token() gives an AccessToken.",
        )
    return cast("Token", found)


def _identity(token: str) -> str | None:
    """A name out of a JSON web token (RFC 7519), which is not verified: it is shown, and decides nothing."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    if not isinstance(claims, dict):
        return None
    names = ("upn", "preferred_username", "unique_name", "app_displayname", "appid", "oid")
    found = next((claims[name] for name in names if isinstance(claims.get(name), str)), None)
    return visible(found, limit=100) if found else None


def refused(error: BaseException) -> AccessError:
    """The error for a credential that gave no token."""
    text = without_secrets(str(error))
    code = _CODE.search(text)
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [type(error).__name__]
    # A chain tells of each that it tried, on a line of its own: "\tAzureCliCredential: not found on path".
    tried = [line.strip() for line in text.splitlines() if line.startswith("\t") and ": " in line]
    first = "; ".join(line.rstrip(".") for line in tried) if tried else lines[0]
    hint = _ADVICE.get(code[0], _SIGN_IN) if code else _SIGN_IN
    return AccessError(f"Signing in did not work: {visible(first, limit=500)}", hint=hint)
