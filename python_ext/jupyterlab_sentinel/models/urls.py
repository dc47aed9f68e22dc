"""URLs in free text: where they start, where they end, and what their host is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .hosts import ascii_name, find_host, find_ipv6, is_ipv4

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMES = frozenset(
    (  # noqa: SIM905 - a paragraph of words reads better than a column
        "http https ftp ftps sftp tftp ssh telnet tcp udp ws wss ldap ldaps smb rdp rtsp irc ircs gopher rsync git"
    ).split()
)
_ANCHOR = re.compile("://")
_SCHEME = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z]{2,6}\Z")
_SCHEME_ANYWHERE = re.compile(r"[A-Za-z]{2,6}\Z")
# Neither quotes of any kind nor brackets of Asian punctuation belong to a URL; nor does an escaped < or > around it.
_BODY = re.compile(r"[^\s\"'<>`{}|\\^\x00-\x20\x7f-\xa0\u2018-\u201f\u2039\u203a\xab\xbb\u3001-\u3011]{1,4096}+")
_ESCAPED_BRACKET = re.compile(r"&(?:lt|gt|quot|apos|#34|#39|#60|#62|#x22|#x27|#x3[ce]);", re.IGNORECASE)
_AUTHORITY = re.compile(
    r"(?:([^/?#@]*+)@)?(\[[0-9A-Fa-f:.%]++\]|[^/?#:@\[\]]++)(?::([0-9]{1,5})(?![0-9]))?(?=[/?#:]|\Z)"
)
_NESTED = re.compile(r"(?:%3[Aa]|:)//")
_LABELS = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_TRAILING = ".,;:!?*_…"
_MOST_NESTED = 3


class FoundUrl(NamedTuple):
    """A URL with its offsets, and its host with its own.

    :param value: scheme and host in lower case, international hosts in ASCII, all else as written.
    :param host_type: ``ipv4``, ``ipv6`` or ``domain``; None for names without a delegated top-level domain.
    """

    start: int
    end: int
    value: str
    host_type: str | None
    host: str
    host_start: int
    host_end: int


def find_urls(text: str) -> Iterator[FoundUrl]:
    """The URLs of ``text`` in order; a URL inside another one's path or query comes after it."""
    done = 0
    for anchor in _ANCHOR.finditer(text):
        if anchor.start() < done:
            continue
        scheme = _scheme_before(text, anchor.start(), _SCHEME)
        body = _BODY.match(text, anchor.end()) if scheme else None
        if body is None:
            continue
        end = _cut(text, anchor.end(), body.end())
        found = _read(text, anchor.start() - len(scheme), anchor.start(), end)
        if found is None:
            continue
        yield found
        yield from _nested(text, found)
        done = found.end


def _nested(text: str, outer: FoundUrl) -> Iterator[FoundUrl]:
    count = 0
    for anchor in _ANCHOR.finditer(text, outer.host_end, outer.end):
        if count == _MOST_NESTED:
            return
        scheme = _scheme_before(text, anchor.start(), _SCHEME_ANYWHERE)
        found = _read(text, anchor.start() - len(scheme), anchor.start(), outer.end) if scheme else None
        if found is not None:
            count += 1
            yield found


def _scheme_before(text: str, position: int, pattern: re.Pattern[str]) -> str:
    match = pattern.search(text[max(0, position - 7) : position])
    return match[0] if match and match[0].lower() in SCHEMES else ""


def _cut(text: str, start: int, end: int) -> int:
    """The end without punctuation that belongs to the sentence, and before a second URL in a list."""
    for anchor in _ANCHOR.finditer(text, start, end):
        scheme = _scheme_before(text, anchor.start(), _SCHEME_ANYWHERE)
        before = anchor.start() - len(scheme) - 1
        if scheme and text[before] in ",;":
            end = before
            break
    escaped = _ESCAPED_BRACKET.search(text, start, end)
    end = escaped.start() if escaped else end
    body = text[start:end]
    spare = {")": body.count(")") - body.count("("), "]": body.count("]") - body.count("[")}
    while end > start:
        last = text[end - 1]
        if spare.get(last, 0) > 0:
            spare[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return end


def _read(text: str, start: int, colon: int, end: int) -> FoundUrl | None:
    after = colon + len("://")
    authority = _AUTHORITY.match(text, after, end)
    if authority is None:
        return None
    named = _host(authority[2])
    if named is None or (authority[3] and int(authority[3]) > 65535):
        return None
    host_type, host = named
    host_start, host_end = authority.span(2)
    shown = f"[{host}]" if host_type == "ipv6" else host
    value = f"{text[start:colon].lower()}://{text[after:host_start]}{shown}{text[host_end:end]}"
    if host_type == "ipv6":
        host_start, host_end = host_start + 1, host_end - 1
    return FoundUrl(start, end, value, host_type, host, host_start, host_end)


def _host(written: str) -> tuple[str | None, str] | None:
    """The host's type and normalised form, or None if it cannot be a host."""
    if written.startswith("["):
        address = find_ipv6(written[1:-1].partition("%")[0])
        return ("ipv6", address) if address else None
    if is_ipv4(written):
        return "ipv4", written
    if re.fullmatch(r"[0-9.]+", written) and "." in written:
        return None
    plain = written.rstrip(".")
    found = find_host(plain) if plain and "." in plain else None
    if found is not None and found.type == "domain":
        return "domain", found.value
    lowered = written.lower()
    if _LABELS.fullmatch(lowered):
        return None, lowered
    name = ascii_name(plain) if plain else None
    return (None, name) if name else None
