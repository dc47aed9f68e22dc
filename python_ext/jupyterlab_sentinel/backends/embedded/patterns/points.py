"""Sets of code points, as sorted ranges that do not touch: classes, properties and case."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Ranges = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
EVERYTHING: Ranges = ((0, LAST),)
# White_Space of the Unicode database.
SPACES: Ranges = ((9, 13), (32, 32), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
                  (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000))  # fmt: skip
# Other_Alphabetic and Join_Control, as far as they are no letters, marks or digits.
LETTERLIKE: Ranges = ((0x200C, 0x200D), (0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
_ASCII: dict[str, Ranges] = {
    "d": ((0x30, 0x39),),
    "s": ((9, 13), (32, 32)),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
}
POSIX: dict[str, Ranges] = {
    "alnum": ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)),
    "alpha": ((0x41, 0x5A), (0x61, 0x7A)),
    "ascii": ((0, 0x7F),),
    "blank": ((9, 9), (32, 32)),
    "cntrl": ((0, 0x1F), (0x7F, 0x7F)),
    "digit": _ASCII["d"],
    "graph": ((0x21, 0x7E),),
    "lower": ((0x61, 0x7A),),
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": _ASCII["s"],
    "upper": ((0x41, 0x5A),),
    "word": _ASCII["w"],
    "xdigit": ((0x30, 0x39), (0x41, 0x46), (0x61, 0x66)),
}


def merged(spans: Iterable[tuple[int, int]]) -> Ranges:
    """The union of spans in any order."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def complement(ranges: Ranges) -> Ranges:
    """Every other code point."""
    out, start = [], 0
    for low, high in ranges:
        if start < low:
            out.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        out.append((start, LAST))
    return tuple(out)


def intersection(left: Ranges, right: Ranges) -> Ranges:
    """What is in both."""
    return complement(merged((*complement(left), *complement(right))))


def difference(left: Ranges, right: Ranges) -> Ranges:
    """What is in the first only."""
    return intersection(left, complement(right))


def perl(letter: str, *, unicode: bool) -> Ranges:
    r"""What ``\d``, ``\s`` or ``\w`` mean, with Unicode or in ASCII."""
    return _unicode_perl(letter) if unicode else _ASCII[letter]


@lru_cache
def _unicode_perl(letter: str) -> Ranges:
    if letter == "d":
        return category("Nd")
    if letter == "s":
        return SPACES
    parts = (category(name) for name in ("L", "M", "Nl", "Nd", "Pc"))
    return merged((*(span for part in parts for span in part), *LETTERLIKE))


@lru_cache
def _categories() -> tuple[tuple[int, int, str], ...]:
    """First, last and category of every run of code points."""
    out, start = [], 0
    for name, run in groupby(unicodedata.category(chr(code)) for code in range(LAST + 1)):
        size = sum(1 for _ in run)
        out.append((start, start + size - 1, name))
        start += size
    return tuple(out)


@lru_cache
def category(name: str) -> Ranges:
    """The general category of one or two letters."""
    return merged((low, high) for low, high, held in _categories() if held.startswith(name))


@lru_cache
def told_by(test: Callable[[str], bool]) -> Ranges:
    """The characters that a method of str, such as ``str.islower``, is true of."""
    return merged((code, code) for code in range(LAST + 1) if test(chr(code)))


def folded(code: int) -> int:
    """The code point that all cases of one have in common (simple case folding)."""
    letter = chr(code)
    for mapped in (letter.casefold(), letter.lower()):
        if len(mapped) == 1:
            return ord(mapped)
    return code


@lru_cache
def _cases() -> dict[int, tuple[int, ...]]:
    """Every code point that has another case, and all its cases."""
    groups: dict[int, list[int]] = {}
    for low, high, name in _categories():
        if name[0] in "LMNS":
            for code in range(low, high + 1):
                groups.setdefault(folded(code), []).append(code)
    return {code: tuple(group) for group in groups.values() if len(group) > 1 for code in group}


def any_case(ranges: Ranges) -> Ranges:
    """The code points and all their other cases."""
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return merged((code, code) for code in _cases().get(ranges[0][0], (ranges[0][0],)))
    more = [(each, each) for code, group in _cases().items() if contains(ranges, code) for each in group]
    return merged((*ranges, *more))


def any_ascii_case(ranges: Ranges) -> Ranges:
    """The code points and the other cases of ASCII letters among them."""
    letters = [chr(code) for code in (*range(0x41, 0x5B), *range(0x61, 0x7B)) if contains(ranges, code)]
    return merged((*ranges, *((ord(letter.swapcase()), ord(letter.swapcase())) for letter in letters)))


def contains(ranges: Ranges, code: int) -> bool:
    """Whether a code point is in a set."""
    place = bisect_right(ranges, (code, LAST + 1)) - 1
    return place >= 0 and ranges[place][0] <= code <= ranges[place][1]
