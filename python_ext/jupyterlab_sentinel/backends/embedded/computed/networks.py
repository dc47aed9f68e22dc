"""Networks of addresses."""

from __future__ import annotations

import ipaddress
import json


def range_as_networks(first: str, last: str) -> str | None:
    """The IPv4 networks that make up a range, as a JSON array in CIDR notation; None where it is no range."""
    try:
        low, high = ipaddress.IPv4Address(first.strip()), ipaddress.IPv4Address(last.strip())
        networks = [str(network) for network in ipaddress.summarize_address_range(low, high)]
    except ValueError:
        return None
    return json.dumps(networks, separators=(",", ":"))
