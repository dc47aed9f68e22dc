"""Which addresses are public: IANA's special-purpose registries, whatever the Python below knows of them.

https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry
"""

from __future__ import annotations

import ipaddress

# Those that releases of Python disagree on, and transition forms that carry another address.
_SPECIAL_4 = [
    ipaddress.IPv4Network(text)
    for text in (
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
    )
]
_SPECIAL_6 = [
    ipaddress.IPv6Network(text)
    for text in ("64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10")
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether ``text`` is a public unicast address, and so is any IPv4 address that it carries."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_public(str(address.ipv4_mapped))
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    if any(address in network for network in _SPECIAL_6):
        return False
    carried = address.sixtofour
    if address in _NAT64:
        carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return carried is None or is_public(str(carried))
