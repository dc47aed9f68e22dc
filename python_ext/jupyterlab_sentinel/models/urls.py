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
_AUTHORITY = re.compile(
    r"(?:[^\s/?#@\"'<>\\]{0,256}+@)?(\[[0-9A-Fa-f:.%]{2,64}+\]|[\w.-]{1,260}+)(?::([0-9]{1,6})(?![0-9])(?=[/?#]|\W|\Z))?"
)
# Neither quotes of any kind nor brackets of Asian punctuation belong to a URL; nor does an escaped < or > around it.
_PATH = re.compile(r"[/?#][^\s\"'<>`{}|\\^\x00-\x20\x7f-\xa0\u2018-\u201f\u2039\u203a\xab\xbb\u3001-\u3011]{0,4096}+")
_ESCAPED_BRACKET = re.compile(r"&(?:lt|gt|quot|apos|#34|#39|#60|#62|#x22|#x27|#x3[ce]);", re.IGNORECASE)
_NEXT_IN_LIST = re.compile(r"[,;](?=[A-Za-z]{2,6}://)")
_LABELS = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_TRAILING = ".,;:!?*_…)]"
_PATH_STARTS = ("/", "?", "#")
_LAST_PORT = 65_535
_MOST_OPEN = 4
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
        found = _read(text, anchor.start() - len(scheme), anchor.start(), len(text)) if scheme else None
        if found is not None:
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
    for pattern in (_NEXT_IN_LIST, _ESCAPED_BRACKET):
        found = pattern.search(text, start, end)
        end = found.start() if found else end
    body = text[start:end]
    core = body.rstrip(_TRAILING)
    closed = len(core)
    for opening, closing in ("()", "[]"):
        for _ in range(min(core.count(opening) - core.count(closing), _MOST_OPEN)):
            closed = body.find(closing, closed) + 1 or closed
    return start + closed


def _read(text: str, start: int, colon: int, limit: int) -> FoundUrl | None:
    """The URL with its scheme at ``start`` and its ``://`` at ``colon``, ending at ``limit`` at the latest.

    The host is judged before the rest is looked at, so that what is no URL costs little.
    """
    after = colon + len("://")
    authority = _AUTHORITY.match(text, after, limit)
    if authority is None or (authority[2] and int(authority[2]) > _LAST_PORT):
        return None
    host_start, host_end = authority.span(1)
    end = authority.end()
    has_path = text[end : min(end + 1, limit)] in _PATH_STARTS
    if end == host_end and not has_path:
        host_end = end = host_start + len(authority[1].rstrip(".-_"))
    named = _host(text[host_start:host_end])
    if named is None:
        return None
    path = _PATH.match(text, end, limit) if has_path else None
    if path is not None:
        end = _cut(text, end, path.end())
    host_type, host = named
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
    if not plain:
        return None
    found = find_host(plain) if "." in plain else None
    if found is not None and found.type == "domain":
        return "domain", found.value
    lowered = written.lower()
    if _LABELS.fullmatch(lowered):
        return None, lowered
    name = ascii_name(plain)
    return (None, name) if name else None
