"""The services that speak Kusto's protocol: where they are, whom a token is asked from, what they allow.

Sources, all of Microsoft's: "Kusto connection strings" and the list of trusted hosts in its Python client (clusters);
"Authentication" (a cluster is its own resource, ``https://CLUSTER/.default``); "Query data in Azure Monitor" (the
proxy over Log Analytics); "Run KQL queries on the Microsoft Sentinel data lake using APIs" (the data lake's address and
limits). That last page does not say what scope a token needs: :data:`LAKE_SCOPE` is the one that published programs
use for it and that Microsoft names for Sentinel's other interfaces at this place; it can be set otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from ...errors import UsageError
from ...models.indicators import visible
from ..log_analytics.endpoints import Endpoint, is_loopback

if TYPE_CHECKING:
    from ...settings.model import Cloud

LAKE_ADDRESS = "https://api.securityplatform.microsoft.com/lake/kql"
LAKE_SCOPE = "4500ebfb-89b6-4b14-a480-7f749797bfcd/.default"
_LAKE_HOST = "api.securityplatform.microsoft.com"
# The resource of Kusto itself, which the documentation falls back to where a cluster does not name its own.
_KUSTO_SCOPE = "https://kusto.kusto.windows.net/.default"
_AUTHORITIES: dict[str, str] = {
    "public": "login.microsoftonline.com",
    "usgov": "login.microsoftonline.us",
    "china": "login.chinacloudapi.cn",
}
_CLUSTERS: dict[str, Cloud] = {
    ".kusto.windows.net": "public",
    ".kusto.azuresynapse.net": "public",
    ".kusto.data.microsoft.com": "public",
    ".kusto.fabric.microsoft.com": "public",
    ".kusto.usgovcloudapi.net": "usgov",
    ".kusto.chinacloudapi.cn": "china",
    ".kusto.azuresynapse.azure.cn": "china",
}
_PROXIES: dict[str, Cloud] = {
    "ade.loganalytics.io": "public",
    "ade.applicationinsights.io": "public",
    "adx.monitor.azure.com": "public",
    "adx.monitor.azure.us": "usgov",
    "adx.monitor.azure.cn": "china",
}


@dataclass(frozen=True, slots=True)
class Service:
    """What differs between services.

    :param longest_s: a query's own limit of time there.
    :param role: who may ask, for whoever may not.
    :param share: how much may be asked, for whoever asked too much.
    """

    name: str
    longest_s: int
    role: str
    share: str


DATA_EXPLORER = Service(
    "Azure Data Explorer",
    3600,
    "Ask an administrator of the database for the role Database Viewer on it, or sign in as somebody who has one.",
    "Ask again then, or fewer queries at a time: how many may run depends on the cluster's size and policies.",
)
DATA_LAKE = Service(
    "Sentinel data lake",
    240,
    "Ask for Log Analytics Reader on the workspace. Roles of Entra ID and of Defender do not count here for "
    "applications.",
    "Ask again then. A tenant may ask 30 times in a minute and have 10 queries running at once.",
)


def claimed(name: str) -> bool:
    """Whether ``name`` is the address of a database at a host that is known: ``https://CLUSTER/DATABASE``."""
    try:
        parts = urlsplit(name)
        host = (parts.hostname or "").lower()
        _ = parts.port
    except ValueError:
        return False
    if parts.username or parts.query or parts.fragment or not parts.path.strip("/"):
        return False
    if parts.scheme == "http":
        return is_loopback(host)
    return parts.scheme == "https" and (is_loopback(host) or cloud_of_host(host) is not None)


def cloud_of_host(host: str) -> Cloud | None:
    """The cloud that a documented host belongs to; None for any other host."""
    host = host.lower()
    suffix = next((item for item in _CLUSTERS if host.endswith(item)), None)
    return _CLUSTERS[suffix] if suffix is not None else _PROXIES.get(host)


def split_address(address: str) -> tuple[str, str]:
    """``https://CLUSTER/DATABASE`` as the cluster's address and the database's name.

    The proxy over Log Analytics has a path of its own before the database, or the workspace's name for one.
    """
    base, _, last = address.rstrip("/").rpartition("/")
    if "/workspaces/" in address.lower() and not base.lower().endswith("/workspaces"):
        return base, unquote(last)
    return (address.rstrip("/"), unquote(last)) if "/workspaces/" in address.lower() else (base, unquote(last))


def cluster_endpoint(
    address: str, cloud: Cloud | None = None, scope: str | None = None, ca_file: str | None = None
) -> Endpoint:
    """A cluster.

    :param address: with or without ``https://``; may have a path (the proxy over Log Analytics has).
    :param cloud: for a host that is not documented; the documented ones tell theirs.
    :param scope: of tokens, where it is not the cluster's own.
    :raises UsageError: no address, or plain http to another machine.
    """
    url, host = checked(address, "https://help.kusto.windows.net")
    known = cloud_of_host(host)
    own = _KUSTO_SCOPE if host in _PROXIES else f"{_origin(url)}/.default"
    authority = _AUTHORITIES[known or cloud or "public"]
    return Endpoint(url, scope or own, authority, is_loopback(host), ca_file)


def lake_endpoint(address: str | None = None, scope: str | None = None, ca_file: str | None = None) -> Endpoint:
    """The data lake, or what answers in its place at ``address``, which gets tokens for itself alone.

    :raises UsageError: no address, or plain http to another machine.
    """
    url, host = checked(address or LAKE_ADDRESS, LAKE_ADDRESS)
    theirs = host == _LAKE_HOST or host.endswith(f".{_LAKE_HOST}")
    own = LAKE_SCOPE if theirs else f"{_origin(url)}/.default"
    return Endpoint(url, scope or own, _AUTHORITIES["public"], is_loopback(host), ca_file)


def checked(address: str, example: str) -> tuple[str, str]:
    """An address without a slash at its end, and its host.

    :raises UsageError: no address, or plain http to another machine.
    """
    text = address.strip()
    text = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if not host or parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(f"“{visible(address, limit=100)}” is no address.", hint=f"Write for instance {example}")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise UsageError(
            f"“{visible(address, limit=100)}” is not https; a token would be readable on the way.",
            hint="Use https. Plain http is for this machine itself (127.0.0.1) only.",
        )
    shown = f"[{host}]" if ":" in host else host
    path = quote(unquote(parts.path.rstrip("/")), safe="/")
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{path}", host


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
