"""What can go wrong with one request, and whether another one may get round it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ...errors import SentinelError, ServiceError

E = TypeVar("E", bound=Exception)

TRIES = 4
_TRUST = "If a proxy of yours looks into connections, put its certificates into SSL_CERT_FILE or REQUESTS_CA_BUNDLE."
_PROXY = "Check HTTPS_PROXY and NO_PROXY in the environment of the kernel."
_OFFLINE = "Check the connection, the endpoint and HTTPS_PROXY; the demo and exported logs work without any."


@dataclass(eq=False)
class AgainError(Exception):
    """A fault that another try may get round.

    :param most_tries: in all; 1 means none but the first.
    :param token: the number of the token that was sent; ``claims``: what the service wants to see in one.
    :param outcome: the error for the user, where it is known already.
    """

    text: str
    status: int | None = None
    body: bytes = b""
    wait_s: float | None = None
    token: int = 0
    claims: str | None = None
    most_tries: int = TRIES
    outcome: SentinelError | None = None
    hint: str = ""


class NoAnswerError(Exception):
    """Status 200 with what is no answer; worth one more try.

    :param final: the error for the user, if that does not help.
    """

    def __init__(self, final: ServiceError) -> None:
        super().__init__(final.message)
        self.final = bare(final)


def bare(error: E) -> E:
    """The error without the frames that it came through, which hold the body of the answer."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def layer(error: Exception, service: str) -> tuple[str, int, str]:
    """Which layer failed, in words of ours (the originals may hold addresses); how many tries it is worth; a hint."""
    import aiohttp

    cause = getattr(error, "inner_exception", None) or error
    if isinstance(cause, aiohttp.ClientSSLError):
        return f"{service} cannot be reached safely: its certificate is not accepted here", 1, _TRUST
    if isinstance(cause, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
        return f"{service} cannot be reached through the proxy that is set", 1, _PROXY
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return f"{service} cannot be found: its name does not resolve here. Is this machine offline?", 2, _OFFLINE
    if isinstance(cause, aiohttp.ClientConnectorError):
        return f"{service} cannot be reached: nothing answers at its address. Is this machine offline?", 2, _OFFLINE
    if isinstance(cause, aiohttp.InvalidURL):
        return f"{service} cannot be asked: the address is not usable", 1, _OFFLINE
    return f"The connection to {service} broke off", TRIES, ""
