"""Who the endpoint is, who may ask it, and the tokens that show it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import SettingsError
from ..settings.files import check_private_file, create_private_file, write_atomically
from .refusals import expired_token, invalid_token, wrong_audience

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN_LIFE_S = 3599
# Whoever shares the machine may guess as often as he likes: locking out after wrong guesses would let him lock
# the owner out.
_SHORTEST_SECRET = 12
_LONGEST_SECRET = 4096
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:jupyterlab-sentinel:endpoint")
_SERVICE_AUDIENCES = (
    "https://api.loganalytics.io",
    "https://api.loganalytics.azure.com",
    "https://api.loganalytics.us",
    "https://api.loganalytics.azure.cn",
)


@dataclass(frozen=True, slots=True)
class Identity:
    """The names and secrets of one endpoint.

    :param name: of the workspace, as it was asked for; the ids derive from it and stay the same.
    :param client_secret: whoever has it may ask.
    """

    name: str
    client_secret: str = field(repr=False)

    @property
    def workspace_id(self) -> str:
        """The workspace's GUID."""
        return str(uuid.uuid5(_NAMESPACE, f"workspace:{self.name}"))

    @property
    def tenant_id(self) -> str:
        """The tenant's GUID; the same for every endpoint."""
        return str(uuid.uuid5(_NAMESPACE, "tenant"))

    @property
    def client_id(self) -> str:
        """The application's GUID; the same for every endpoint."""
        return str(uuid.uuid5(_NAMESPACE, "client"))

    @property
    def resource_name(self) -> str:
        """The workspace's name as Azure allows it in a resource id."""
        last = self.name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
        return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in last) or "workspace"

    @property
    def resource_id(self) -> str:
        """The workspace's Azure resource id."""
        subscription = uuid.uuid5(_NAMESPACE, "subscription")
        return (
            f"/subscriptions/{subscription}/resourceGroups/local"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.resource_name}"
        )

    @property
    def api_key(self) -> str:
        """The key for clients that cannot sign in; it does not tell the secret."""
        return hmac.new(self.client_secret.encode(), b"api key", hashlib.sha256).hexdigest()

    def knows_client(self, client_id: str, client_secret: str) -> bool:
        """Whether these are the application's; takes the same time whatever is wrong."""
        same_id = _equal(client_id.lower(), self.client_id)
        return _equal(client_secret, self.client_secret) and same_id

    def knows_key(self, key: str) -> bool:
        """Whether this is the api key."""
        return _equal(key, self.api_key)


def read_secret(path: Path | None) -> str:
    """The client secret: from the file, or a new one, which is kept there if a file is named.

    A file that others could read is closed to them.

    :raises SettingsError: the file cannot be trusted, read or written, or holds no usable secret.
    """
    if path is None:
        return secrets.token_urlsafe(32)
    try:
        if path.exists() or path.is_symlink():
            check_private_file(path)
            return _usable(path, path.read_bytes())
        create_private_file(path)
        secret = secrets.token_urlsafe(32)
        write_atomically(path, secret.encode())
    except OSError as error:
        raise SettingsError(
            f"The client secret's file {path} cannot be used: {error.strerror}.",
            hint="Check its folder and permissions.",
        ) from None
    return secret


class Tokens:
    """Access tokens in the form of a JSON Web Token, signed with a key that dies with the process.

    :param origin: the endpoint's address; a token for it, for another of its names, or for the service
        itself is accepted.
    """

    def __init__(self, identity: Identity, origins: tuple[str, ...], clock: Callable[[], float] = time.time) -> None:
        self._identity = identity
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self.audiences = (*origins, *_SERVICE_AUDIENCES)

    def issue(self, audience: str) -> str:
        """A token for ``audience`` that is good for an hour."""
        now = int(self._clock())
        claims = {
            "aud": audience,
            "iss": f"{self.audiences[0]}/{self._identity.tenant_id}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_LIFE_S,
            "appid": self._identity.client_id,
            "oid": self._identity.client_id,
            "tid": self._identity.tenant_id,
            "ver": "1.0",
        }
        text = f"{_packed({'typ': 'JWT', 'alg': 'HS256'})}.{_packed(claims)}"
        return f"{text}.{self._signature(text)}"

    def check(self, token: str) -> None:
        """Accept a token of ours that is still good, for the right audience.

        :raises Refusal: 401 or 403.
        """
        text, _, signature = token.rpartition(".")
        if not _equal(signature, self._signature(text)):
            raise invalid_token()
        # What is read from here on is what we wrote.
        try:
            claims = json.loads(_unpacked(text.partition(".")[2]))
            expires, audience = float(claims["exp"]), str(claims["aud"])
        except (ValueError, KeyError, TypeError, binascii.Error):
            raise invalid_token() from None
        if expires <= self._clock():
            raise expired_token()
        if audience.rstrip("/") not in self.audiences:
            raise wrong_audience(audience, self.audiences)

    def _signature(self, text: str) -> str:
        digest = hmac.new(self._key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _usable(path: Path, content: bytes) -> str:
    try:
        secret = content[: _LONGEST_SECRET + 1].decode("utf-8").strip()
    except UnicodeDecodeError:
        secret = ""
    if not _SHORTEST_SECRET <= len(secret) <= _LONGEST_SECRET or not secret.isprintable():
        raise SettingsError(
            f"{path} holds no usable client secret.",
            hint=f"Put {_SHORTEST_SECRET} or more printable characters on one line, or remove it to get a new one.",
        )
    return secret


def _packed(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8"))
