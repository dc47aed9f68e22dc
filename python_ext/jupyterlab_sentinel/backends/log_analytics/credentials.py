"""Who asks: the credentials of azure.identity by name, as a chain that suits where this runs.

Nothing here opens a browser on a server, and nothing asks a person where no person can see it.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...device_codes import PROCESS, DeviceCode, attempt_here, board_here, print_code
from ...errors import AccessError, UsageError
from ...models.indicators import visible
from .sign_ins import Remembered, Unasked, cache_options, held, merged, silent
from .tokens import quiet_loggers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .endpoints import Endpoint

_HUB = ("JUPYTERHUB_API_TOKEN", "JUPYTERHUB_USER", "JUPYTERHUB_SERVICE_PREFIX")
_REMOTE = ("SSH_CONNECTION", "SSH_TTY", "KUBERNETES_SERVICE_HOST", "CODESPACES")
_AUTHORITIES = frozenset({"login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn"})
_UNLISTED = {"disable_instance_discovery": True}
_MANAGED = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides which credentials can work here.

    :param environ: the environment's variables.
    :param person: somebody sees what this process prints: a kernel, or a terminal.
    :param browser: a browser of that person can be opened from here.
    """

    environ: Mapping[str, str]
    person: bool
    browser: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """For whom and how.

    :param authority: the host that signs in.
    :param tenant_id: GUID or domain; None: the account's own.
    :param plain_text: the user allows tokens on disk unencrypted, where they cannot be encrypted.
    """

    authority: str
    tenant_id: str | None = None
    plain_text: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """For constructors of azure.identity."""
        found = self.host
        return found if self.tenant_id is None else {**found, "tenant_id": self.tenant_id}

    @property
    def host(self) -> dict[str, Any]:
        """The part of ``options`` that says where to sign in; Microsoft's directory of hosts knows only its own."""
        known = self.authority in _AUTHORITIES
        return {"authority": self.authority} if known else {"authority": self.authority, **_UNLISTED}


def authority_of(endpoint: Endpoint, environ: Mapping[str, str] | None = None) -> str:
    """The host that signs in: ``AZURE_AUTHORITY_HOST``, as in all of Azure's clients, or that of the cloud."""
    found = (os.environ if environ is None else environ).get("AZURE_AUTHORITY_HOST", "").strip()
    return found.removeprefix("https://").rstrip("/") or endpoint.authority


def here() -> Surroundings:
    """Where this process runs, and whom the work at hand may ask.

    Only for the person at this process itself is a browser opened: whoever watches another board may sit
    elsewhere.
    """
    board = board_here()
    if board is not PROCESS:
        return Surroundings(os.environ, person=board is not None, browser=False)
    person = _in_kernel() or bool(sys.stdin and sys.stdin.isatty())
    return Surroundings(os.environ, person, person and _browser(os.environ))


def credential_for(names: tuple[str, ...], wish: Wish, at: Surroundings | None = None) -> object:
    """The credential of that name, or the first of several that works; without names, the chain for this place.

    That chain begins with who signed in before: in this process, in another kernel or for the server. Where
    nobody is to be asked and a code would help, its ``get_token()`` raises ``SignInNeededError``.

    :raises UsageError: there is no credential of that name.
    :raises AccessError: the named one cannot work here.
    """
    quiet_loggers()
    at = here() if at is None else at
    wanted = names or chain_names(at)
    for name in wanted:
        _check(name, at)
    found = [_make(name, wish) for name in wanted if at.person or name != "device_code"]
    personal = not names or "device_code" in names or "interactive" in names
    if personal and (before := _before(wish, read_record=not names or not at.person)) is not None:
        found.insert(0, before)
    askable = not at.person and (not names or "device_code" in names)
    return Unasked(_chain(found)) if askable else _chain(found)


def _before(wish: Wish, *, read_record: bool) -> object | None:
    """Who signed in before: in this process, or, if ``read_record``, in another."""
    mine = held(wish)
    if mine is not None or not read_record:
        return mine
    return silent(wish.options, wish, plain_text=wish.plain_text)


def _check(name: str, at: Surroundings) -> None:
    if name not in _MAKERS:
        known = ", ".join(_MAKERS)
        raise UsageError(f"There is no sign-in “{visible(name, limit=60)}”.", hint=f"Known: {known}.")
    if name == "interactive" and not at.browser:
        raise AccessError("No browser of yours can be opened from here.", hint="Use the sign-in device_code.")


def _chain(found: list[Any]) -> Any:  # noqa: ANN401  # azure.identity's classes have no common base
    if len(found) < 2:
        return found[0] if found else None
    from azure.identity import ChainedTokenCredential

    return ChainedTokenCredential(*found)


def chain_names(at: Surroundings) -> tuple[str, ...]:
    """What is tried, in order, where the user named nothing: whatever needs nobody first."""
    names = ["environment"] if at.environ.get("AZURE_CLIENT_ID") else []
    if at.environ.get("AZURE_FEDERATED_TOKEN_FILE"):
        names.append("workload_identity")
    if any(at.environ.get(name) for name in _MANAGED):
        names.append("managed_identity")
    names += ["azure_cli", "vscode"]
    if at.browser:
        names.append("interactive")
    elif at.person:
        names.append("device_code")
    return tuple(names)


def show_device_code(address: str, code: str, expires: datetime) -> None:
    """Tell the person where to sign in: on the board of the attempt that this thread works for.

    :raises CancelledQueryError: nobody waits any more, or nobody may be asked.
    """
    shown, attempt = DeviceCode(address, code, expires), attempt_here()
    if attempt is None:
        print_code(shown)
    else:
        attempt.show(shown)


def _go_on(_request: object) -> None:
    """Before each request of a sign-in: ask no more once nobody waits."""
    attempt = attempt_here()
    if attempt is not None:
        attempt.go_on()


def _make(name: str, wish: Wish) -> Any:  # noqa: ANN401  # azure.identity's classes have no common base
    try:
        return _MAKERS[name](wish)
    except (ValueError, TypeError) as error:
        raise AccessError(
            f"The sign-in {name} cannot be used: {visible(str(error), limit=300)}",
            hint="Check the tenant id, and the environment variables that this sign-in reads; see docs/azure.md.",
        ) from None


def _environment(wish: Wish) -> object:
    from azure.identity import EnvironmentCredential

    return EnvironmentCredential(**wish.host)


def _workload_identity(wish: Wish) -> object:
    from azure.identity import WorkloadIdentityCredential

    return WorkloadIdentityCredential(**wish.options)


def _managed_identity(_wish: Wish) -> object:
    from azure.identity import ManagedIdentityCredential

    client_id = os.environ.get("AZURE_CLIENT_ID")
    return ManagedIdentityCredential(client_id=client_id) if client_id else ManagedIdentityCredential()


def _azure_cli(wish: Wish) -> object:
    from azure.identity import AzureCliCredential

    return AzureCliCredential(tenant_id=wish.tenant_id or "")


def _vscode(wish: Wish) -> object:
    from azure.identity import VisualStudioCodeCredential

    return VisualStudioCodeCredential(**wish.options)


def _interactive(wish: Wish) -> object:
    from azure.identity import InteractiveBrowserCredential

    cache = cache_options(plain_text=wish.plain_text)
    return Remembered(lambda more: InteractiveBrowserCredential(timeout=300, **merged(wish.options, more)), wish, cache)


def _device_code(wish: Wish) -> object:
    from azure.identity import DeviceCodeCredential

    cache = cache_options(plain_text=wish.plain_text)
    return Remembered(
        lambda more: DeviceCodeCredential(
            prompt_callback=show_device_code, raw_request_hook=_go_on, **merged(wish.options, more)
        ),
        wish,
        cache,
    )


_MAKERS: dict[str, Callable[[Wish], object]] = {
    "environment": _environment,
    "workload_identity": _workload_identity,
    "managed_identity": _managed_identity,
    "azure_cli": _azure_cli,
    "vscode": _vscode,
    "interactive": _interactive,
    "device_code": _device_code,
}


def _in_kernel() -> bool:
    """Whether this process is a kernel: what it prints stands in a cell."""
    module = sys.modules.get("ipykernel.kernelapp")
    application = getattr(module, "IPKernelApp", None)
    return application is not None and bool(application.initialized())


def _browser(environ: Mapping[str, str]) -> bool:
    if any(environ.get(name) for name in (*_HUB, *_REMOTE)):
        return False
    if sys.platform.startswith("linux") and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
