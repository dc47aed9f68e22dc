"""Indicators in text, in time linear in its length.

Each type has a simple pattern that finds candidates, without backtracking; what a candidate is gets decided once for
each distinct one. Defanged text is refanged first, and offsets lead back to the text as it was given.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from .bitcoin import is_bitcoin_address
from .file_paths import FoundPath, find_linux_paths, find_registry_keys, find_windows_paths
from .hosts import Host, find_host, find_ipv6, is_ipv4
from .indicators import INDICATOR_TYPES, Indicator
from .refang import Refanged, refanged
from .urls import FoundUrl, find_urls

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

# A pattern begins with a plain character where it can, and looks back after it: the search for that character is many
# times faster than trying everywhere. A run starts where no other could have started before it, so that every pattern
# looks at a character once or twice.
_DOTTED = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")
_AT = re.compile(r"@(?<=[\w.%+'-]@)(?=[\w-])")
_LOCAL_PART = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+'-")
_HASH = re.compile(r"(?<![0-9A-Za-z])(?=[0-9A-Fa-f]{32})[0-9A-Fa-f]++(?![0-9A-Za-z])")
_HASHES = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_HASH_TYPES = frozenset(_HASHES.values())
_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f]*+:[0-9A-Fa-f]*+:)[0-9A-Fa-f:]++(?:\.[0-9]++){0,3}(?![\w])")
_DASH = r"[-\u2010\u2011\u2013_]"
_CVE = re.compile(rf"[Cc](?<![A-Za-z0-9].)[Vv][Ee]{_DASH}((?:19|20)[0-9]{{2}}){_DASH}([0-9]{{4,7}})(?![0-9])")
_TECHNIQUE = re.compile(
    r"T(?<![A-Za-z0-9]T)(1[0-9]{3}|08[0-9]{2})(?:[./]([0-9]{3})(?![0-9]))?(?![A-Za-z0-9]|[./][0-9])"
)
_ASN = re.compile(r"AS(?<![A-Za-z0-9]AS)([0-9]{3,10})(?![A-Za-z0-9])")
_ASN_IN_WORDS = re.compile(
    r"[Aa](?<![A-Za-z0-9].)[Ss][Nn](?:[\"']?[ \t]?[:=#]?[ \t]?[\"']?)(?:AS)?([0-9]{1,10})(?![A-Za-z0-9])"
)
_BASE58 = re.compile(r"[13](?<![A-Za-z0-9].)[1-9A-HJ-NP-Za-km-z]{25,34}(?![A-Za-z0-9])")
_BECH32 = re.compile(r"[bB](?<![A-Za-z0-9].)(?:c1[02-9ac-hj-np-z]{11,87}|C1[02-9AC-HJ-NP-Z]{11,87})(?![A-Za-z0-9])")
_VERSION_BEFORE = re.compile(
    r"(?i)(?:\b(?:v|ver|version|build|release|firmware|assembly|fileversion)[\"']?[.:=]?[ \t]?[\"']?)\Z"
)
_LAST_ASN = 2**32 - 1
_NOT_A_HOST_AFTER = ("(", "@")
_LONGEST_DOTTED = 1024
_SURROGATE = re.compile("[\ud800-\udfff]")
_ORDER = {name: position for position, name in enumerate(INDICATOR_TYPES)}


class Occurrence(NamedTuple):
    """An indicator at a place; offsets are characters of the text as it was given."""

    start: int
    end: int
    type: str
    value: str


def scan_text(text: str, types: Collection[str] | None = None) -> list[Occurrence]:
    """Every occurrence of an indicator in ``text``, by position; one value may occur many times.

    A URL also gives its host, and an e-mail address its domain, each at its own place.
    """
    wanted = frozenset(INDICATOR_TYPES if types is None else types)
    refang = refanged(text if text.isascii() else _SURROGATE.sub("\ufffd", text))
    found = [
        Occurrence(*refang.span(start, end), kind, value)
        for start, end, kind, value in _candidates(refang, wanted)
        if kind in wanted
    ]
    found.sort(key=lambda occurrence: (occurrence.start, -occurrence.end, _ORDER[occurrence.type]))
    return [one for one, before in zip(found, [None, *found], strict=False) if one != before]


def find_indicators(passages: Iterable[tuple[str, str]], types: Collection[str] | None = None) -> list[Indicator]:
    """Each distinct indicator in ``passages`` of (place, text), once, where it comes first.

    No indicator spans lines, so that all passages are scanned as one text.
    """
    places: list[str] = []
    starts: list[int] = []
    texts: list[str] = []
    length = 0
    for place, text in passages:
        places.append(place)
        starts.append(length)
        texts.append(text)
        length += len(text) + 1
    found: dict[tuple[str, str], Indicator] = {}
    for start, end, kind, value in scan_text("\n".join(texts), types):
        if (kind, value) not in found:
            index = bisect_right(starts, start) - 1
            found[kind, value] = Indicator(kind, value, places[index], start - starts[index], end - starts[index])
    return list(found.values())


class _Spans:
    """Stretches of text that are already understood; they come in order and do not overlap."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(spans):
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(end, self._ends[-1])
            else:
                self._starts.append(start)
                self._ends.append(end)

    def cover(self, position: int) -> bool:
        index = bisect_right(self._starts, position) - 1
        return index >= 0 and position < self._ends[index]


def _candidates(refang: Refanged, wanted: frozenset[str]) -> Iterator[tuple[int, int, str, str]]:
    text = refang.text
    urls = list(find_urls(text)) if "://" in text else []
    in_urls = _Spans((url.start, url.end) for url in urls)
    paths = _paths(text, in_urls)
    for path in paths:
        yield path.start, path.end, path.type, path.value
    for url in urls:
        yield from _url_rows(url)
    covered = _Spans([*((url.start, url.end) for url in urls), *((path.start, path.end) for path in paths)])
    if wanted & {"email", "domain"} and "@" in text:
        yield from _emails(text, urls)
    if wanted & {"ipv4", "domain"}:
        yield from _hosts(refang, covered)
    if "ipv6" in wanted:
        yield from _ipv6(text)
    yield from _words(text, wanted)


def _paths(text: str, in_urls: _Spans) -> list[FoundPath]:
    found: list[FoundPath] = []
    if "\\" in text or ":/" in text:
        found += find_registry_keys(text)
        keys = _Spans((key.start, key.end) for key in found)
        found += [
            path for path in find_windows_paths(text) if not keys.cover(path.start) and not in_urls.cover(path.start)
        ]
    if "/" in text:
        taken = _Spans((path.start, path.end) for path in found)
        found += [
            path for path in find_linux_paths(text) if not in_urls.cover(path.start) and not taken.cover(path.start)
        ]
    return found


def _url_rows(url: FoundUrl) -> Iterator[tuple[int, int, str, str]]:
    yield url.start, url.end, "url", url.value
    if url.host_type is not None:
        yield url.host_start, url.host_end, url.host_type, url.host


def _emails(text: str, urls: list[FoundUrl]) -> Iterator[tuple[int, int, str, str]]:
    in_authority = _Spans((url.start, url.host_end) for url in urls)
    for at in _AT.finditer(text):
        position = at.start()
        if in_authority.cover(position):
            continue
        domain = _DOTTED.match(text, position + 1)
        if domain is None or domain.end() - domain.start() > _LONGEST_DOTTED:
            continue
        host = find_host(domain[0].rstrip("-"))
        local = _local_part(text, position)
        if host is None or host.type != "domain" or not local:
            continue
        start = position - len(local)
        yield start, domain.end(), "email", f"{local.lower()}@{host.value}"
        yield domain.start(), domain.end(), "domain", host.value


def _local_part(text: str, end: int) -> str:
    start = end
    while start > 0 and end - start <= 65 and text[start - 1] in _LOCAL_PART:
        start -= 1
    return text[start:end].lstrip(".'-%+") if end - start <= 64 else ""


def _hosts(refang: Refanged, covered: _Spans) -> Iterator[tuple[int, int, str, str]]:
    text = refang.text
    for match in _DOTTED.finditer(text):
        start = match.start()
        run = match[0]
        trimmed = run.strip("-") if len(run) <= _LONGEST_DOTTED else ""
        host = find_host(trimmed) if trimmed else None
        if host is None and trimmed and (trimmed[0] == "_" or trimmed[-1] == "_"):
            trimmed = trimmed.strip("-_")
            host = find_host(trimmed) if trimmed else None
        start += run.index(trimmed)
        if host is None:
            yield from _addresses_in_run(refang, run, match.start())
        elif host.type == "ipv4":
            if not _is_version(text, start):
                yield start, start + len(trimmed), "ipv4", host.value
        elif not covered.cover(start) and _stands_as_domain(refang, host, start, start + len(trimmed)):
            yield start, start + len(trimmed), "domain", host.value


def _addresses_in_run(refang: Refanged, run: str, start: int) -> Iterator[tuple[int, int, str, str]]:
    """Addresses joined by ``-`` or ``_``, as in ``10.0.0.1-10.0.0.9``."""
    if run.count(".") < 3 or ("-" not in run and "_" not in run):
        return
    for part in re.finditer(r"[^_-]+", run):
        if is_ipv4(part[0]) and not _is_version(refang.text, start + part.start()):
            yield start + part.start(), start + part.end(), "ipv4", part[0]


def _is_version(text: str, start: int) -> bool:
    return _VERSION_BEFORE.search(text[max(0, start - 16) : start]) is not None


def _stands_as_domain(refang: Refanged, host: Host, start: int, end: int) -> bool:
    """Whether what surrounds a run lets it be a host and not a file's name, a call, or a piece of a path."""
    text = refang.text
    if refang.changed(start, end):
        return True
    before, after = text[max(0, start - 2) : start], text[end : end + 1]
    if not host.certain or after in _NOT_A_HOST_AFTER:
        return False
    if before.endswith(("/", "\\")):
        return before in ("//", "\\\\")
    return not before.endswith(("$", "#"))


def _ipv6(text: str) -> Iterator[tuple[int, int, str, str]]:
    if text.count(":") < 2:
        return
    for match in _IPV6.finditer(text):
        run = match[0]
        address = find_ipv6(run)
        if address is None and run.endswith(":"):
            run = run[:-1]
            address = find_ipv6(run)
        if address is not None:
            yield match.start(), match.start() + len(run), "ipv6", address


def _words(text: str, wanted: frozenset[str]) -> Iterator[tuple[int, int, str, str]]:
    if wanted & _HASH_TYPES:
        yield from _hashes(text)
    if "cve" in wanted:
        for match in _CVE.finditer(text):
            yield match.start(), match.end(), "cve", f"CVE-{match[1]}-{match[2]}"
    if "attack_technique" in wanted:
        for match in _TECHNIQUE.finditer(text):
            number = f"T{match[1]}.{match[2]}" if match[2] else f"T{match[1]}"
            yield match.start(), match.end(), "attack_technique", number
    if "asn" in wanted:
        yield from _networks(text)
    if "bitcoin" in wanted:
        yield from _bitcoin_addresses(text)


def _hashes(text: str) -> Iterator[tuple[int, int, str, str]]:
    for match in _HASH.finditer(text):
        kind = _HASHES.get(match.end() - match.start())
        if kind is not None and not match[0].isdigit():
            yield match.start(), match.end(), kind, match[0].lower()


def _networks(text: str) -> Iterator[tuple[int, int, str, str]]:
    for match in chain(_ASN.finditer(text), _ASN_IN_WORDS.finditer(text)):
        if 0 < int(match[1]) <= _LAST_ASN:
            yield match.start(), match.end(), "asn", f"AS{int(match[1])}"


def _bitcoin_addresses(text: str) -> Iterator[tuple[int, int, str, str]]:
    for match in chain(_BASE58.finditer(text), _BECH32.finditer(text)):
        if is_bitcoin_address(match[0]):
            yield match.start(), match.end(), "bitcoin", match[0] if match[0][0] in "13" else match[0].lower()
