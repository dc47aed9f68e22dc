"""Sign-ins that a person made, remembered so that the next process need not ask again.

Tokens lie in azure.identity's own cache, encrypted by the system (libsecret, Keychain, DPAPI), or in
memory only. What we write is the record of who signed in, which holds no secret.
"""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...device_codes import attempt_here, board_here
from ...errors import SettingsError, SignInNeededError
from ...settings.files import check_private_file, private_folder, write_atomically
from ...settings.secrets import default_folder
from .tokens import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.identity import AuthenticationRecord, TokenCachePersistenceOptions

_CACHE = "jupyterlab-sentinel"
_HOW_TO_SIGN_IN = (
    "Sign in with a code in the Sentinel sidebar, connect in a notebook once (%sentinel connect NAME), "
    "or sign in with `az login`."
)


class Wished(Protocol):
    """For whom: see :class:`.credentials.Wish`."""

    @property
    def authority(self) -> str:
        """The host that signs in."""

    @property
    def tenant_id(self) -> str | None:
        """GUID or domain, or None."""


class Remembered:
    """A credential that asks a person, and remembers who that was.

    :param make: makes one that asks only when told to, given more options.
    :param cache: None: tokens and record stay in memory, for this process.
    """

    def __init__(
        self, make: Callable[[dict[str, Any]], Any], wish: Wished, cache: TokenCachePersistenceOptions | None
    ) -> None:
        self._make = make
        self._wish = wish
        self._cache = cache
        self._path = _record_path(wish)
        self._inner: Any = None

    def get_token(self, *scopes: str, **options: Any) -> Any:  # noqa: ANN401  # as azure.core's protocol
        """A token: silently if somebody signed in before, else by asking, where somebody may be asked."""
        from azure.identity import AuthenticationRequiredError

        if self._inner is None:
            self._inner = self.made()
        try:
            return self._inner.get_token(*scopes, **options)
        except AuthenticationRequiredError:
            if not may_ask():
                raise
        asked = {name: options[name] for name in ("claims", "tenant_id", "enable_cae") if options.get(name)}
        record = self._inner.authenticate(scopes=list(scopes), **asked)
        _held[_digest(self._wish)] = self
        if self._cache is not None:
            self._write(record)
        return self._inner.get_token(*scopes, **options)

    def made(self) -> Any:  # noqa: ANN401  # as above
        """The credential inside, for who signed in before if that is known."""
        record = _read(self._path) if self._cache is not None else None
        return self._make({**persistence(self._cache, record), "disable_automatic_authentication": True})

    def _write(self, record: AuthenticationRecord) -> None:
        with suppress(OSError, SettingsError):  # without it, the next process asks again
            private_folder(self._path.parent)
            write_atomically(self._path, record.serialize().encode(), mode=0o600)


class Unasked:
    """Credentials that ask nobody, where a person could sign in with a code.

    :param inner: a credential; None: there is none.
    """

    def __init__(self, inner: Any | None) -> None:  # noqa: ANN401  # azure.identity's classes have no common base
        self._inner = inner

    def get_token(self, *scopes: str, **options: Any) -> Any:  # noqa: ANN401  # as azure.core's protocol
        """A token.

        :raises SignInNeededError: nobody is signed in.
        """
        from azure.core.exceptions import ClientAuthenticationError

        if self._inner is None:
            raise SignInNeededError("Nobody is signed in to Azure.", hint=_HOW_TO_SIGN_IN)
        try:
            return self._inner.get_token(*scopes, **options)
        except ClientAuthenticationError as error:
            raise SignInNeededError(refused(error).message, hint=_HOW_TO_SIGN_IN) from None


def may_ask() -> bool:
    """Whether the work that runs here may ask a person."""
    attempt = attempt_here()
    return (board_here() if attempt is None else attempt.board) is not None


_held: dict[str, Remembered] = {}


def held(wish: Wished) -> Remembered | None:
    """Who signed in to this tenant in this process; their tokens may be nowhere but in its memory."""
    return _held.get(_digest(wish))


def silent(options: dict[str, Any], wish: Wished, *, plain_text: bool) -> object | None:
    """A credential for who signed in before, in whatever process, that asks nobody; None if nobody did."""
    path = _record_path(wish)
    if not path.exists():
        return None
    record, cache = _read(path), cache_options(plain_text=plain_text)
    if record is None or cache is None:
        return None
    from azure.identity import InteractiveBrowserCredential

    more = persistence(cache, record)
    return InteractiveBrowserCredential(**merged(options, more), disable_automatic_authentication=True)


def persistence(cache: TokenCachePersistenceOptions | None, record: AuthenticationRecord | None) -> dict[str, Any]:
    """Options of azure.identity's constructors for where tokens are kept and whose they are."""
    found = {"cache_persistence_options": cache, "authentication_record": record}
    return {key: value for key, value in found.items() if value is not None}


def merged(options: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Both; a record knows its authority, and must not be told another."""
    known = "authentication_record" in more
    return {**{key: value for key, value in options.items() if not (known and key == "authority")}, **more}


def cache_options(*, plain_text: bool) -> TokenCachePersistenceOptions | None:
    """Where tokens outlive the process: None where they could not be encrypted, unless the user allows that."""
    from azure.identity import TokenCachePersistenceOptions

    if not plain_text and not can_encrypt():
        return None
    return TokenCachePersistenceOptions(name=_CACHE, allow_unencrypted_storage=plain_text)


def can_encrypt() -> bool:
    """Whether the system encrypts files for us here (on Linux that takes libsecret and an unlocked keyring)."""
    try:
        from msal_extensions import build_encrypted_persistence

        with tempfile.TemporaryDirectory() as folder:
            build_encrypted_persistence(str(Path(folder) / "trial"))
    except Exception:  # noqa: BLE001  # each system fails in its own way, and every failure means: no
        return False
    return True


def _read(path: Path) -> AuthenticationRecord | None:
    from azure.identity import AuthenticationRecord

    with suppress(OSError, ValueError, KeyError, SettingsError):
        check_private_file(path)
        return AuthenticationRecord.deserialize(path.read_text(encoding="utf-8"))
    return None


def _record_path(wish: Wished) -> Path:
    return default_folder() / f"azure-{_digest(wish)}.json"


def _digest(wish: Wished) -> str:
    return hashlib.sha256(f"{wish.authority}\n{wish.tenant_id or ''}".encode()).hexdigest()[:16]
