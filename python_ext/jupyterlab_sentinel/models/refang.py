r"""Defanged text back to what it stands for, and where each character came from.

Forms read, in any case: ``hxxp``, ``h**p``, ``fxp``; ``[.] (.) {.} [dot] (dot) {dot}``, with blanks inside or around;
``[. x`` and ``x .]`` left half open; ``\.`` between labels; ``[:] [://] [:]// [/]``; ``[@] (@) [at] (at) {at}``;
``:\/\/`` as JSON writes a slash.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

# Every alternative begins with a plain character, and clean text costs no more than a search for a few of them.
_FORMS = re.compile(
    r"""
    [hHfF](?<![A-Za-z0-9].)(?P<scheme>[xX*_tT]{2}[pP][sS]? | [xX][pP][sS]?)(?=\x20?[\[({]?:)
    | [\[({]\x20?(?:(?P<dot>\.|[dD][oO][tT]) | (?P<at>@|[aA][tT]) | (?P<colon>:/{0,2}) | (?P<slash>/{1,2}))\x20?[\])}]
    | (?P<half>\[(?<=\w\[)\.(?=\w) | \.(?<=\w\.)\](?=\w))
    | (?P<escaped>\\(?<=[A-Za-z0-9]\\)\.(?=[A-Za-z0-9]))
    """,
    re.VERBOSE,
)
_JSON_SLASH = re.compile(r"\\/")
_BRACKETED = re.compile(r"[\[({]\x20?(?:[.:@/]|[dD][oO][tT]|[aA][tT])")
_MANGLED_SCHEME = re.compile(r"[xX][tT]?[pP]|[*_][*_][pP]")
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
    if not json_slashes and not _may_be_defanged(text):
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


def _may_be_defanged(text: str) -> bool:
    return (
        "\\." in text or ".]" in text or _BRACKETED.search(text) is not None or _MANGLED_SCHEME.search(text) is not None
    )


def _replacements(text: str, *, json_slashes: bool) -> list[tuple[int, int, str]]:
    found = []
    for match in _FORMS.finditer(text):
        replacement = _replacement(match)
        if replacement is not None:
            found.append(replacement)
    if json_slashes:
        taken = {start for start, _, _ in found}
        found += [(m.start(), m.end(), "/") for m in _JSON_SLASH.finditer(text) if m.start() not in taken]
        found.sort()
    return found


def _replacement(match: re.Match[str]) -> tuple[int, int, str] | None:
    start, end = match.span()
    kind = match.lastgroup
    if kind == "scheme":
        word = match[0].lower()
        if word[0] == "f" and not word.startswith("fx"):
            return None
        return start, end, ("http" if word[0] == "h" else "ftp") + ("s" if word.endswith("s") else "")
    if kind in ("dot", "at"):
        return _joined(match, "." if kind == "dot" else "@")
    if kind in ("colon", "slash"):
        return start, end, match[kind]
    if kind == "half" or _after_label(match.string, start):
        return start, end, "."
    return None


def _joined(match: re.Match[str], plain: str) -> tuple[int, int, str] | None:
    """A bracketed dot or at sign with one blank around it at most, if it stands between two names."""
    text = match.string
    start, end = match.span()
    start -= text[start - 1 : start] == " "
    end += text[end : end + 1] == " "
    before, after = text[start - 1 : start], text[end : end + 1]
    between_names = (before.isalnum() or before in tuple("_-")) and (after.isalnum() or after == "_")
    return (start, end, plain) if between_names else None


def _after_label(text: str, position: int) -> bool:
    r"""Whether ``\.`` at ``position`` follows a host's label and not a folder of a Windows path."""
    before = text[max(0, position - _LONGEST_LABEL - 1) : position]
    label = _LABEL.search(before)
    return label is not None and not before[: label.start()].endswith(("\\", ":", "/"))
