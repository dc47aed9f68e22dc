"""Text that may be hostile as passages: inert, controls visible, addresses defanged, indicators marked.

Offsets of marks count UTF-16 code units, because that is how a browser counts in a string.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..models.alerts import ALERT_INDICATOR_TYPES
from ..models.indicators import defang, defang_text, visible
from ..models.refang import refang
from ..models.wire import Mark, Passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..models.extraction import Occurrence
    from ..models.indicators import Indicator

LONGEST_LINE = 200
LONGEST_TEXT = 10_000
_ELLIPSIS = "…"
_HOSTS = frozenset({"ipv4", "ipv6", "domain"})
_ESCAPE = re.compile(r"<U\+[0-9A-F]{4,6}>")
_LONGEST_ESCAPE = len("<U+10FFFF>")


def line(text: str, limit: int = LONGEST_LINE) -> str:
    """``text`` as one inert line of at most ``limit`` UTF-16 units."""
    return _clipped(_inert(" ".join(text[: 10 * limit + 10].split())), limit)


def passage(text: str, found: Iterable[Indicator | Occurrence] = (), *, limit: int = LONGEST_TEXT) -> Passage:
    """``text`` ready to be shown, at most ``limit`` UTF-16 units long.

    :param found: indicators with their offsets in ``text``; of a URL, the host is marked.
    """
    reach = 2 * limit + 2
    pieces: list[str] = []
    marks: list[Mark] = []
    length = 0
    for piece, kind in _pieces(text[:reach], _apart(found, min(len(text), reach))):
        room = limit - length
        units = utf16_length(piece)
        if units > room:
            pieces.append(_clipped(_ELLIPSIS * 2 if kind else piece, room))
            return Passage(text="".join(pieces), marks=tuple(marks), truncated=True)
        if kind:
            marks.append(Mark(start=length, end=length + units, type=kind))
        pieces.append(piece)
        length += units
    return Passage(text="".join(pieces), marks=tuple(marks), truncated=len(text) > reach)


def marked(text: str, *, limit: int = LONGEST_TEXT) -> Passage:
    """``text`` ready to be shown, with the indicators found in it marked."""
    from ..models.extraction import scan_text

    return passage(text, scan_text(text[: 2 * limit + 2], ALERT_INDICATOR_TYPES), limit=limit)


def utf16_length(text: str) -> int:
    """How many UTF-16 code units a browser counts in ``text``."""
    return len(text) + sum(character > "\uffff" for character in text)


def _apart(found: Iterable[Indicator | Occurrence], reach: int) -> list[tuple[int, int, str]]:
    """Spans that do not overlap, in order: the outer one of two, but of a URL its host."""
    spans = [
        (item.start, item.end, item.type)
        for item in found
        if item.start is not None and item.end is not None and 0 <= item.start < item.end <= reach
    ]
    hosts = [span for span in spans if span[2] in _HOSTS]
    spans = [span for span in spans if span[2] != "url" or not any(_inside(host, span) for host in hosts)]
    kept: list[tuple[int, int, str]] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _inside(inner: tuple[int, int, str], outer: tuple[int, int, str]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _pieces(text: str, spans: Iterable[tuple[int, int, str]]) -> Iterator[tuple[str, str]]:
    position = 0
    for start, end, kind in spans:
        if start > position:
            yield _inert(text[position:start]), ""
        yield visible(defang(refang(text[start:end]), kind)), kind
        position = end
    if position < len(text):
        yield _inert(text[position:]), ""


def _inert(text: str) -> str:
    return defang_text(visible(text))


def _clipped(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` UTF-16 units, an ellipsis included; no character or escape is cut in half."""
    if utf16_length(text) <= limit:
        return text
    if limit < 1:
        return ""
    units = text.encode("utf-16-le", "replace")[: 2 * (limit - 1)]
    cut = units.decode("utf-16-le", "ignore")
    for escape in _ESCAPE.finditer(text, max(0, len(cut) - _LONGEST_ESCAPE), len(cut) + _LONGEST_ESCAPE):
        if escape.start() < len(cut) < escape.end():
            cut = cut[: escape.start()]
    return cut + _ELLIPSIS
