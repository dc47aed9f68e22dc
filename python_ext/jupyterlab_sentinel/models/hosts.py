"""Whether a dotted name is an address or a domain, and how it is written when normalised."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Literal, NamedTuple

_OCTET = r"(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_SERVICE_LABEL = re.compile(r"_[a-z0-9-]{1,62}")
_MOST_CHARS = 253
_EUI64 = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){7}")

# Top-level domains that are far more often the end of a file's name or of an expression in a program. A bare name
# with one of them counts only if something else says that it is a host: a URL, an e-mail address, defanging, "www.".
_FILE_LIKE = frozenset(
    ["cab", "java", "map", "md", "mk", "mov", "name", "properties", "ps", "pub", "py", "rs", "sh", "so", "zip"]
)
# Those of _FILE_LIKE that are also much used for real: only names of two labels are doubtful.
_COUNTED_WITH_MORE_LABELS = frozenset(["mk", "name", "ps", "pub", "rs", "sh", "so"])
# First words of expressions in programs, of .NET's classes and of Azure's resource providers: console.info, user.id,
# microsoft.network. Doubtful before every top-level domain but the old ones.
_PROGRAM_WORDS = frozenset(
    (  # noqa: SIM905 - a paragraph of words reads better than a column
        "account args client cls config console context ctx data document event exports file host item java javax json"
        " kwargs logger math microsoft module node obj object os process req request res response row self server"
        " session string sys system this user window"
    ).split()
)
_OLD_DOMAINS = frozenset(["biz", "com", "edu", "gov", "mil", "net", "org"])


class Host(NamedTuple):
    """A host found in a text.

    :param value: normalised: lower case, IDN in its ASCII form.
    :param certain: False if it might as well be a file's name or a piece of a program.
    """

    type: Literal["ipv4", "domain"]
    value: str
    certain: bool


@lru_cache(maxsize=65_536)
def find_host(text: str) -> Host | None:
    """What a dotted run of letters, digits, ``-`` and ``_`` is, or None.

    Addresses have four numbers from 0 to 255 without leading zeros; domains end in a delegated top-level domain and
    follow RFC 1035 in the length of labels, with ``_`` allowed before the last two (RFC 8552).
    """
    if text[-1].isdigit():
        return Host("ipv4", text, certain=True) if _IPV4.fullmatch(text) else None
    name = ascii_name(text)
    if name is None or not _has_real_suffix(name):
        return None
    return Host("domain", name, _is_certain(text, name))


def ascii_name(text: str) -> str | None:
    """A host's name in lower case and, for international ones, in Punycode (UTS 46); None if it cannot be one."""
    if len(text) > _MOST_CHARS:
        return None
    lowered = text.lower()
    if not lowered.isascii():
        return _punycode(lowered)
    labels = lowered.split(".")
    for position, label in enumerate(labels):
        if _LABEL.fullmatch(label):
            continue
        if position >= len(labels) - 2 or not _SERVICE_LABEL.fullmatch(label):
            return None
    return lowered


def is_ipv4(text: str) -> bool:
    """Whether ``text`` is an IPv4 address in four decimal numbers without leading zeros."""
    return _IPV4.fullmatch(text) is not None


@lru_cache(maxsize=65_536)
def find_ipv6(text: str) -> str | None:
    """The address in the form of RFC 5952, or None.

    Eight groups of two digits are taken for a hardware address, and ``::`` alone for punctuation.
    """
    if len(text) > 45 or text.count(":") < 2 or not any(char.isdigit() for char in text):
        return None
    if _EUI64.fullmatch(text):
        return None
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)


@lru_cache(maxsize=1)
def suffixes() -> tuple[frozenset[str], frozenset[str]]:
    """Delegated top-level domains, and public suffixes of more labels such as ``co.uk``, both in ASCII.

    From the list that tldextract carries; nothing is fetched.
    """
    from tldextract import TLDExtract

    listed = TLDExtract(cache_dir=None, suffix_list_urls=()).tlds
    ascii_forms = {name for suffix in listed if (name := _suffix_name(suffix))}
    longer = frozenset(name for name in ascii_forms if "." in name)
    return frozenset(name.rpartition(".")[2] for name in ascii_forms), longer


def _suffix_name(suffix: str) -> str | None:
    plain = suffix.lstrip("!*.").lower()
    return plain if plain.isascii() else _punycode(plain)


def _punycode(name: str) -> str | None:
    import idna

    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return None


def _has_real_suffix(name: str) -> bool:
    head, _, last = name.rpartition(".")
    return bool(head) and last in suffixes()[0]


def _is_certain(text: str, name: str) -> bool:
    labels = name.split(".")
    last = text.rpartition(".")[2]
    if last != last.lower() and text != text.upper():
        return False  # System.IO, Microsoft.Network: a class, not a host
    if labels[0] == "www":
        return True
    if labels[-1] == "app" and text != name:
        return False  # Safari.app
    if len(labels) == 2 and labels[0] in _PROGRAM_WORDS and labels[-1] not in _OLD_DOMAINS:
        return False
    if labels[-1] in _FILE_LIKE:
        if len(labels) == 2:
            return False
        return labels[-1] in _COUNTED_WITH_MORE_LABELS or ".".join(labels[-2:]) in suffixes()[1]
    return True
