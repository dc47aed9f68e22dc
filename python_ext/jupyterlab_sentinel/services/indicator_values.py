"""What a single value is: an address, a domain, a URL, a hash, or nothing that can be looked up."""

from __future__ import annotations

import re

from ..models.extraction import scan_text
from ..models.hosts import ascii_name, find_host, find_ipv6, is_ipv4
from ..models.indicators import Indicator
from ..models.refang import refang

_HASH = re.compile(r"[0-9A-Fa-f]+")
_HASHES = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_DOTTED = re.compile(r"[\w-]+(?:\.[\w-]+)+\.?")
_ALPHABETIC = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]+")
_LONGEST = 8192


def indicator_of(value: object) -> Indicator | None:
    """``value`` as an indicator, refanged and normalised; None if the whole of it is none.

    Blanks, quotes and brackets around it do not matter. An address with a port counts as the address. Any dotted
    name counts as a domain, also one that no public domain ends in.
    """
    text = str(value).strip().strip("\"'<>()[]{},;").strip()
    if not text or len(text) > _LONGEST:
        return None
    if is_ipv4(text):
        return Indicator("ipv4", text)
    if len(text) in _HASHES and _HASH.fullmatch(text):
        return Indicator(_HASHES[len(text)], text.lower())
    plain = refang(text)
    return _host(plain) or _other(plain)


def _host(text: str) -> Indicator | None:
    address = find_ipv6(text.partition("%")[0])
    if address is not None:
        return Indicator("ipv6", address)
    if not _DOTTED.fullmatch(text):
        return None
    found = find_host(text.rstrip("."))
    if found is not None:
        return Indicator(found.type, found.value)
    # A name of no delegated domain may be an internal host's: it can be looked up here, and is never sent.
    name = ascii_name(text.rstrip("."))
    return Indicator("domain", name) if name and _ALPHABETIC.fullmatch(name.rpartition(".")[2]) else None


def _other(text: str) -> Indicator | None:
    for found in scan_text(text):
        if found.start != 0:
            break
        if found.end == len(text):
            return Indicator(found.type, found.value)
        if found.type == "ipv4" and re.fullmatch(r":\d{1,5}", text[found.end :]):
            return Indicator("ipv4", found.value)
    return None
