"""Where the query service is, in each cloud, and whom a token for it is asked from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...errors import UsageError
from ...models.indicators import visible

if TYPE_CHECKING:
    from ...settings.model import Cloud

# learn.microsoft.com/azure/azure-monitor/logs/api/access-api and azure.identity's AzureAuthorityHosts.
_SERVICES: dict[str, tuple[str, str]] = {
    "public": ("https://api.loganalytics.io", "login.microsoftonline.com"),
    "usgov": ("https://api.loganalytics.us", "login.microsoftonline.us"),
    "china": ("https://api.loganalytics.azure.cn", "login.chinacloudapi.cn"),
}
# api.loganalytics.azure.com is the public service's newer name; private links end in monitor.azure.com.
_AUDIENCE = {
    "api.loganalytics.azure.com": "https://api.loganalytics.io",
    "api.loganalytics.io": "https://api.loganalytics.io",
    "api.monitor.azure.com": "https://api.loganalytics.io",
    "api.loganalytics.us": "https://api.loganalytics.us",
    "api.loganalytics.azure.cn": "https://api.loganalytics.azure.cn",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A query service.

    :param url: without a slash or version at its end.
    :param scope: of the tokens that it takes.
    :param authority: the host that signs in.
    :param loopback: this machine itself.
    :param ca_file: certificates to trust instead of the system's, or None.
    """

    url: str
    scope: str
    authority: str
    loopback: bool = False
    ca_file: str | None = None


def endpoint_for(cloud: Cloud, address: str | None = None, ca_file: str | None = None) -> Endpoint:
    """The service of a cloud, or the one at ``address``.

    A token for Azure's own service is asked for only where ``address`` is Azure's; any other gets tokens
    that are good for itself alone.

    :raises UsageError: no address, or plain http to another machine.
    """
    url, authority = _SERVICES[cloud]
    if address is None:
        return Endpoint(url, f"{url}/.default", authority, ca_file=ca_file)
    text = address.strip()
    text = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.username or parts.password or parts.query or parts.fragment:
        host = ""
    if not host or parts.path.strip("/") not in ("", "v1"):
        raise UsageError(
            f"“{visible(address, limit=100)}” is no address of a query service.",
            hint="Write for instance https://api.loganalytics.io",
        )
    loopback = is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise UsageError(
            f"“{visible(address, limit=100)}” is not https; a token would be readable on the way.",
            hint="Use https. Plain http is for this machine itself (127.0.0.1) only.",
        )
    shown = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}{f':{port}' if port else ''}"
    audience = _AUDIENCE.get(host, origin)
    return Endpoint(origin, f"{audience}/.default", authority, loopback, ca_file)


def is_loopback(host: str) -> bool:
    """Whether ``host`` can only be this machine: ``localhost`` or an address of its own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
