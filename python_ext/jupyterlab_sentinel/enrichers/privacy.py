"""What is never sent to a third party, and what of a value is sent at most."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ..http.addresses import is_public
from ..models.hosts import suffixes
from ..models.indicators import Indicator
from ..models.urls import find_urls

if TYPE_CHECKING:
    from ..settings import PrivacySettings

# RFC 2606, 6761, 6762, 7686, 8375, 9476, and the names that organisations use inside, whether reserved or not.
_INTERNAL_DOMAINS = frozenset(
    [
        "alt",
        "arpa",
        "corp",
        "domain",
        "example",
        "home",
        "intern",
        "internal",
        "intra",
        "intranet",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "localnet",
        "mail",
        "onion",
        "private",
        "priv",
        "test",
        "workgroup",
        "example.com",
        "example.net",
        "example.org",
    ]
)
_SENT = frozenset({"ipv4", "ipv6", "domain", "md5", "sha1", "sha256", "sha512", "asn", "cve"})


def withheld_because(indicator: Indicator, privacy: PrivacySettings) -> str | None:
    """Why the value must not leave for a third party, or None if it may."""
    if indicator.type in ("ipv4", "ipv6"):
        return _address_reason(indicator.value, privacy)
    if indicator.type == "domain":
        return _domain_reason(indicator.value, privacy)
    if indicator.type not in _SENT:
        return "values of this type are not sent to third parties"
    return None


def sendable(indicator: Indicator) -> Indicator | None:
    """What of the value may be sent: of a URL its host, of all else the whole; None if there is no such part."""
    if indicator.type != "url":
        return indicator
    found = next(find_urls(indicator.value), None)
    if found is None or found.host_type is None:
        return None
    return Indicator(found.host_type, found.host, indicator.source)


def _address_reason(value: str, privacy: PrivacySettings) -> str | None:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return "not an address"
    if not is_public(value):
        return "a private or reserved address"
    networks = [ipaddress.ip_network(network, strict=False) for network in privacy.internal_networks]
    if any(address in network for network in networks):
        return "in an internal network of the settings"
    return None


def _domain_reason(value: str, privacy: PrivacySettings) -> str | None:
    name = value.lower().rstrip(".")
    labels = name.split(".")
    tails = {".".join(labels[position:]) for position in range(len(labels))}
    if tails & _INTERNAL_DOMAINS:
        return "an internal or reserved name"
    if len(labels) < 2 or labels[-1] not in suffixes()[0]:
        return "not a name of the public Internet"
    own = {domain.lower().strip(".") for domain in privacy.internal_domains}
    if tails & own:
        return "in an internal domain of the settings"
    return None
