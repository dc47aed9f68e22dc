"""IANA's lists of which registry answers for which networks and domains (RFC 9224)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from ..errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..models.indicators import Indicator


class _File(msgspec.Struct):
    services: list[tuple[list[str], list[str]]]


@dataclass(frozen=True)
class Registries:
    """Where to ask.

    :param bases: a network in CIDR notation or a domain's suffix → the base of the registry's URLs.
    """

    bases: Mapping[str, str]

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that stands in the list."""
        return frozenset(host for base in self.bases.values() if (host := urlsplit(base).hostname))

    def base_for(self, asked: Indicator) -> str | None:
        """The most specific entry that covers the indicator; None if there is none."""
        if asked.type == "domain":
            labels = asked.value.split(".")
            tails = (".".join(labels[position:]) for position in range(len(labels)))
            return next((self.bases[tail] for tail in tails if tail in self.bases), None)
        address = ipaddress.ip_address(asked.value)
        for prefix in range(address.max_prefixlen, -1, -1):
            base = self.bases.get(str(ipaddress.ip_network((address, prefix), strict=False)))
            if base is not None:
                return base
        return None


def parse_bootstrap(kind: str, data: object) -> Registries:
    """The list of IANA's for a kind of indicator.

    :raises ServiceError: it is none.
    """
    try:
        file = msgspec.convert(data, _File)
    except msgspec.ValidationError:
        raise ServiceError("IANA's list of registries has an unknown form.") from None
    bases: dict[str, str] = {}
    for patterns, urls in file.services:
        base = next((url for url in urls if url.startswith("https:")), urls[0] if urls else None)
        for pattern in patterns:
            key = pattern.lower() if kind == "domain" else _network(pattern)
            if base is not None and key is not None:
                bases[key] = base
    return Registries(bases)


def _network(text: str) -> str | None:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return None
