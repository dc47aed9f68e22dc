"""Secrets: the environment, the system's keyring, or a file that only the user may read; no settings.

Names look like ``maxmind.license_key``; the environment variable of that one is
``JUPYTERLAB_SENTINEL_SECRET__MAXMIND__LICENSE_KEY``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from ..errors import SettingsError
from .files import check_private_file, private_folder, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyring.backend import KeyringBackend

SECRET_PREFIX = "JUPYTERLAB_SENTINEL_SECRET__"  # noqa: S105  # the name of a variable, no secret
SERVICE = "jupyterlab-sentinel"
Source = Literal["environment", "keyring", "file"]
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+")


class Secret:
    """A value that shows itself to nobody who does not call :meth:`reveal`."""

    __slots__ = ("__value", "source")

    def __init__(self, value: str, source: Source = "file") -> None:
        self.__value = value
        self.source = source

    def reveal(self) -> str:
        """The value itself; for headers of requests only."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.__value

    __hash__ = None  # type: ignore[assignment]  # a hash would tell equal secrets apart

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is never pickled or copied.")


class SecretVault:
    """Where the secrets are.

    :param folder: holds ``secrets.json``, 0600 in a 0700 folder; made when first written to.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        use_keyring: bool = True,
    ) -> None:
        self._folder = folder if folder is not None else default_folder()
        self._environ = os.environ if environ is None else environ
        self._use_keyring = use_keyring

    def get(self, name: str) -> Secret | None:
        """The secret of that name: from the environment, else the keyring, else the file.

        :raises SettingsError: the file that holds it cannot be trusted or read.
        """
        value = self._environ.get(variable(name))
        if value:
            return Secret(value, "environment")
        value = self._from_keyring(name)
        if value:
            return Secret(value, "keyring")
        value = self._read_file().get(name)
        return Secret(value, "file") if value else None

    def put(self, name: str, value: str) -> Source:
        """Keep a secret; says where.

        :raises SettingsError: a bad name, an empty value, or no place that is safe.
        """
        if _NAME.fullmatch(name) is None:
            raise SettingsError(f"“{name}” is no name of a secret.", hint="Write provider and key: maxmind.license_key")
        if not value.strip() or not value.isprintable():
            raise SettingsError("The secret is empty or holds control characters.", hint="Paste it again.")
        keyring = self._keyring()
        if keyring is not None and self._to_keyring(keyring, name, value.strip()):
            return "keyring"
        self._write_file({**self._read_file(), name: value.strip()})
        return "file"

    def forget(self, name: str) -> bool:
        """Remove a secret from keyring and file; whether there was one; the environment stays."""
        held = self._read_file()
        removed = held.pop(name, None) is not None
        if removed:
            self._write_file(held)
        return self._delete_from_keyring(name) or removed

    @property
    def path(self) -> Path:
        """The file, whether it exists or not."""
        return self._folder / "secrets.json"

    def _read_file(self) -> dict[str, str]:
        try:
            if self._folder.is_symlink() or self._folder.exists():
                private_folder(self._folder)
            check_private_file(self.path)
            held = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise SettingsError(
                f"{self.path} cannot be read: {error.strerror}.", hint="Check its permissions."
            ) from None
        except ValueError:
            held = None
        if not isinstance(held, dict) or not all(isinstance(item, str) for item in held.values()):
            raise SettingsError(
                f"{self.path} is damaged.",
                hint="Remove it, then set the secrets again: jupyter sentinel secret set NAME",
            ) from None
        return held

    def _write_file(self, held: dict[str, str]) -> None:
        try:
            private_folder(self._folder)
            write_atomically(self.path, json.dumps(held).encode(), mode=0o600)
        except OSError as error:
            raise SettingsError(
                f"The secret cannot be written to {self.path}: {error.strerror}.",
                hint="Free some room, or set it in the environment.",
            ) from None

    def _keyring(self) -> KeyringBackend | None:
        """The system's keyring, unless it is absent, a stand-in, or one that keeps plain text."""
        if not self._use_keyring:
            return None
        try:
            import keyring
            from keyring.errors import KeyringError
        except ImportError:
            return None
        try:
            backend = keyring.get_keyring()
            usable = backend.priority >= 1 and not type(backend).__module__.startswith("keyrings.alt")
        except (KeyringError, RuntimeError, OSError):
            return None
        return backend if usable else None

    def _from_keyring(self, name: str) -> str | None:
        keyring = self._keyring()
        if keyring is None:
            return None
        from keyring.errors import KeyringError

        try:
            return keyring.get_password(SERVICE, name)
        except (KeyringError, RuntimeError, OSError):
            return None

    @staticmethod
    def _to_keyring(keyring: KeyringBackend, name: str, value: str) -> bool:
        from keyring.errors import KeyringError

        try:
            keyring.set_password(SERVICE, name, value)
        except (KeyringError, RuntimeError, OSError):
            return False
        return True

    def _delete_from_keyring(self, name: str) -> bool:
        keyring = self._keyring()
        if keyring is None:
            return False
        from keyring.errors import KeyringError

        try:
            keyring.delete_password(SERVICE, name)
        except (KeyringError, RuntimeError, OSError):
            return False
        return True


def variable(name: str) -> str:
    """The environment variable of a secret: ``maxmind.license_key`` → ``…SECRET__MAXMIND__LICENSE_KEY``."""
    return SECRET_PREFIX + "__".join(re.sub(r"[^A-Z0-9]", "_", part.upper()) for part in name.split("."))


def default_folder() -> Path:
    """A folder of our own within the user's Jupyter config folder."""
    from jupyter_core.paths import jupyter_config_dir

    return Path(jupyter_config_dir()) / "jupyterlab_sentinel_secrets"
