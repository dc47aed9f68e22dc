"""Indicators of compromise: the value itself, and how text that may be hostile is shown."""

from __future__ import annotations

import re
from typing import Literal, get_args

import msgspec

from .refang import refang
from .scripts import spelled_out

__all__ = [
    "INDICATOR_TYPES",
    "Indicator",
    "IndicatorType",
    "defang",
    "defang_text",
    "refang",
    "visible",
]

IndicatorType = Literal[
    "ipv4",
    "ipv6",
    "domain",
    "url",
    "email",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "cve",
    "attack_technique",
    "registry_key",
    "windows_path",
    "linux_path",
    "asn",
    "bitcoin",
]
INDICATOR_TYPES: tuple[str, ...] = get_args(IndicatorType)

# Everything that a terminal or browser hides, reorders or obeys: C0 but tab and newline, DEL, C1, soft hyphen,
# joiners, fillers, zero-width and bidi controls (UAX 9), line and paragraph separators, tags, supplementary
# variation selectors, lone surrogates, noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000110bd\U000110cd\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_ELLIPSIS = "…"
_LINKED = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,9})://([^\s/?#\"'<>]*)|\bwww\.(?=[a-z0-9])")
_BARE_DOT = re.compile(r"(?<!\[)\.(?!\])")
_SCHEMES = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ftps": "fxps"}


class Indicator(msgspec.Struct, frozen=True):
    """One indicator and where it was found.

    :param type: one of ``INDICATOR_TYPES``.
    :param value: refanged and normalised.
    :param source: what was searched: a file, ``Column[index]``, or an alert's field such as ``Process.CommandLine``.
    :param start: offset of its first character in the source text as given; None when it was not found in a text.
    :param end: offset after its last character.
    """

    type: str
    value: str
    source: str = ""
    start: int | None = None
    end: int | None = None

    __kql_attributes__ = ("defanged", "where")

    @property
    def defanged(self) -> str:
        """The value as it may be shown: nothing in it becomes a link."""
        return defang(self.value, self.type)

    @property
    def where(self) -> str:
        """The same as ``source``."""
        return self.source


def defang(value: str, type: str) -> str:  # noqa: A002 - the name that users know from the frame's column
    """``value`` written so that nothing turns it into a link: ``hxxps[:]//host[.]tld/path``.

    Hashes, paths, keys and the like come back as they are. :func:`refang` undoes it.
    """
    if type in ("ipv4", "domain"):
        return value.replace(".", "[.]")
    if type == "ipv6":
        return value.replace(":", "[:]").replace(".", "[.]")
    if type == "email":
        local, _, host = value.rpartition("@")
        return f"{local}[@]{_BARE_DOT.sub('[.]', host)}"
    if type == "url":
        return defang_text(value)
    return value


def defang_text(text: str) -> str:
    """Free text with every address in it that software would turn into a link defanged, all else unchanged."""
    return _LINKED.sub(_defanged_link, text)


def visible(text: str, *, limit: int | None = None) -> str:
    """``text`` with every invisible, reordering or control character written as ``<U+202E>``.

    So is a letter of another script amid a word, such as a Cyrillic one among Latin ones; see :mod:`.scripts`.
    Newline and tab stay; a CR before a newline is dropped. For every text that is shown.

    :param limit: at most so many characters, an ellipsis included; no escape is cut in half.
    """
    shortened = text if limit is None else text[: limit + 1]
    shown = _INVISIBLE.sub(_escape, spelled_out(shortened.replace("\r\n", "\n")))
    if limit is None or (len(shown) <= limit and len(text) <= limit):
        return shown
    cut = shown[: max(0, limit - 1)]
    opened = cut.rfind("<U+")
    if opened >= 0 and ">" not in cut[opened:] and len(cut) - opened < len("<U+10FFFF>"):
        cut = cut[:opened]
    return (cut + _ELLIPSIS)[:limit]


def _escape(match: re.Match[str]) -> str:
    return f"<U+{ord(match[0]):04X}>"


def _defanged_link(match: re.Match[str]) -> str:
    scheme, host = match[1], match[2]
    if scheme is None:
        return f"{match[0][:-1]}[.]"
    return f"{_SCHEMES.get(scheme.lower(), scheme)}[:]//{_BARE_DOT.sub('[.]', host)}"
