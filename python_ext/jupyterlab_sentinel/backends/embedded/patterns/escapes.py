r"""What a backslash means."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .properties import named
from .tree import Class, Item, Look, Node, Perl, Span

if TYPE_CHECKING:
    from .syntax import Reader

_LETTERS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_HEX = {"x": 2, "u": 4, "U": 8}
_BOUNDS = {"start": "word_start", "end": "word_end", "start-half": "start_half", "end-half": "end_half"}
_MEANT = {
    "Z": r"Write \z or $ for the end of the text.",
    "h": r"Write [ \t] for a blank.",
    "Q": "Quote each character with a backslash, or use regex_quote().",
    "R": r"Write (?:\r\n|\n|\r) for a line break.",
}


@dataclass(slots=True)
class Escapes:
    """Reads one escape sequence."""

    reader: Reader

    def outside(self) -> Node:
        """Outside of brackets."""
        reader = self.reader
        at = reader.at
        letter = reader.text[at + 1 : at + 2]
        look = self._look(letter)
        if look is not None:
            return look
        item = self.inside()
        if isinstance(item, Span):
            return reader.letter(item.low)
        if isinstance(item, Perl) and item.negated and not item.unicode:
            reader.fail(f"\\{letter} without Unicode, which would match parts of characters", at)
        if isinstance(item, Class):
            return reader.classed(item)
        return reader.classed(Class((replace(item, negated=False),), negated=item.negated))

    def _look(self, letter: str) -> Look | None:
        reader = self.reader
        unicode = "u" in reader.flags
        if letter in ("<", ">"):
            reader.at += 2
            return Look("word_start" if letter == "<" else "word_end", unicode)
        if letter in ("A", "z"):
            reader.at += 2
            return Look("start" if letter == "A" else "end")
        if letter == "B":
            reader.at += 2
            return Look("not_word", unicode)
        if letter != "b":
            return None
        at = reader.at
        reader.at += 2
        found = re.compile(r"\{([a-z][a-z-]*)\}").match(reader.text, reader.at)
        if found is None:
            return Look("word", unicode)
        if found[1] not in _BOUNDS:
            reader.fail(f"\\b{found[0]}, which is no bound of words", at)
        reader.at = found.end()
        return Look(_BOUNDS[found[1]], unicode)

    def inside(self) -> Item:
        """As in brackets: a character or a set of them."""
        reader = self.reader
        at = reader.at
        letter = reader.text[at + 1 : at + 2]
        if not letter:
            reader.fail("a backslash at the end")
        reader.at += 2
        if letter in _HEX:
            return self._hex(letter, at)
        if letter in "pP":
            return self._property(letter, at)
        if letter in "dDsSwW":
            return Perl(letter.lower(), letter.isupper(), "u" in reader.flags)
        if letter in _LETTERS:
            return Span(_LETTERS[letter], _LETTERS[letter])
        if letter.isascii() and letter.isdigit():
            return self._octal(at)
        if not letter.isascii() or letter.isalpha() or letter in "<>":
            reader.fail(f"\\{letter}, which is no escape sequence of KQL", at, _MEANT.get(letter, ""))
        return Span(ord(letter), ord(letter))

    def _hex(self, letter: str, at: int) -> Span:
        reader = self.reader
        found = re.compile(r"\{([0-9A-Fa-f]{1,8})\}").match(reader.text, reader.at)
        found = found or re.compile(rf"([0-9A-Fa-f]{{{_HEX[letter]}}})").match(reader.text, reader.at)
        if found is None:
            reader.fail(f"\\{letter} without its {_HEX[letter]} hex digits", at)
        code = int(found[1], 16)
        if code > 0x10FFFF or 0xD800 <= code < 0xE000:
            reader.fail(f"\\{letter} with a number that is no character's", at)
        reader.at = found.end()
        return Span(code, code)

    def _octal(self, at: int) -> Span:
        reader = self.reader
        found = re.compile(r"[1-3][0-7]{2}|0[0-7]{0,2}").match(reader.text, at + 1)
        if found is None:
            reader.fail("a back reference, which KQL has not", at, r"For a character's code write \x and two digits.")
        reader.at = found.end()
        return Span(int(found[0], 8), int(found[0], 8))

    def _property(self, letter: str, at: int) -> Item:
        reader = self.reader
        found = re.compile(r"\{(\^?)([^}]*)\}|()([A-Za-z])").match(reader.text, reader.at)
        if found is None:
            reader.fail(f"\\{letter} without the name of a property", at)
        name = found[2] if found[2] is not None else found[4]
        reader.at = found.end()
        negated = (letter == "P") != bool(found[1])
        item = named(name, negated=negated)
        if item is None:
            reader.fail(f"the Unicode property {name!r}, which is not known here", at)
        return item
