r"""Defanged text back to what it stands for, and where each character came from.

Forms read, in any case: ``hxxp``, ``h**p``, ``fxp``; ``[.] (.) {.} [dot] (dot) {dot}``, with blanks inside or around;
``[. x`` and ``x .]`` left half open; ``\.`` between labels; ``[:] [://] [:]// [/]``; ``[@] (@) [at] (at) {at}``;
``:\/\/`` as JSON writes a slash.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

# Every alternative starts with a character of _HINTS or with a scheme, so that clean text costs one scan.
_FORMS = re.compile(
    r"""
      (?<![A-Za-z0-9])(?P<scheme>h(?:xx|\*\*|tx|xt|__)ps?|fxps?)(?=\s?[\[({]?:)
    | (?<=[\w\])}])\x20?[\[({]\x20?(?:(?P<dot>\.|dot)|(?P<at>@|at))\x20?[\])}]\x20?(?=[\w\[({])
    | (?<=\w)(?P<half>\[\.|\.\])(?=\w)
    | [\[({]\x20?(?P<colon>:/{0,2})\x20?[\])}]
    | \[(?P<slash>/{1,2})\]
    | (?<=[A-Za-z0-9])(?P<escaped>\\\.)(?=[A-Za-z0-9])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_JSON_SLASH = re.compile(r"\\/")
_HINTS = re.compile(r"[\[({]\x20?(?:[.:@/]|dot|at)|\\\.|\.\]|h(?:xx|\*\*|tx|xt|__)p|fxps?", re.IGNORECASE)
_LABEL = re.compile(r"[\w-]{1,64}\Z")
_LONGEST_LABEL = 64


@dataclass(frozen=True, slots=True)
class Refanged:
    """A text refanged, with a way back to the offsets of the text as it was given."""

    text: str
    _starts: list[int]
    _origins: list[tuple[int, int, bool]]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the given text of the characters from ``start`` to before ``end`` of ``text``."""
        if not self._starts:
            return start, end
        return self._origin(start, 0), self._origin(end - 1, 1)

    def changed(self, start: int, end: int) -> bool:
        """Whether any character of that span was written defanged."""
        if not self._starts:
            return False
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, end - 1) - 1
        return any(origin[2] for origin in self._origins[first : last + 1])

    def _origin(self, position: int, side: int) -> int:
        index = bisect_right(self._starts, position) - 1
        begin, after, replaced = self._origins[index]
        if replaced:
            return after if side else begin
        return begin + position - self._starts[index] + side


def refang(text: str) -> str:
    """``text`` with every defanged form in it replaced by what it stands for."""
    return refanged(text).text


def refanged(text: str) -> Refanged:
    """``text`` refanged with its offsets; linear in its length."""
    json_slashes = ":\\/\\/" in text
    if not json_slashes and _HINTS.search(text) is None:
        return Refanged(text, [], [])
    pieces: list[str] = []
    starts: list[int] = []
    origins: list[tuple[int, int, bool]] = []
    done = length = 0
    for start, end, plain in _replacements(text, json_slashes=json_slashes):
        for piece, begin, after, replaced in (
            (text[done:start], done, start, False),
            (plain, start, end, True),
        ):
            if piece:
                pieces.append(piece)
                starts.append(length)
                origins.append((begin, after, replaced))
                length += len(piece)
        done = end
    if not pieces:
        return Refanged(text, [], [])
    pieces.append(text[done:])
    starts.append(length)
    origins.append((done, len(text), False))
    return Refanged("".join(pieces), starts, origins)


def _replacements(text: str, *, json_slashes: bool) -> list[tuple[int, int, str]]:
    found = []
    for match in _FORMS.finditer(text):
        plain = _plain(match)
        if plain is not None:
            found.append((match.start(), match.end(), plain))
    if json_slashes:
        taken = {start for start, _, _ in found}
        found += [(m.start(), m.end(), "/") for m in _JSON_SLASH.finditer(text) if m.start() not in taken]
        found.sort()
    return found


def _plain(match: re.Match[str]) -> str | None:
    kind = match.lastgroup
    if kind == "scheme":
        word = match[0].lower()
        return ("http" if word.startswith("h") else "ftp") + ("s" if word.endswith("s") else "")
    if kind in ("dot", "half"):
        return "."
    if kind == "at":
        return "@"
    if kind in ("colon", "slash"):
        return match[kind]
    return "." if _after_label(match.string, match.start()) else None


def _after_label(text: str, position: int) -> bool:
    r"""Whether ``\.`` at ``position`` follows a host's label and not a folder of a Windows path."""
    before = text[max(0, position - _LONGEST_LABEL - 1) : position]
    label = _LABEL.search(before)
    return label is not None and not before[: label.start()].endswith(("\\", ":", "/"))
