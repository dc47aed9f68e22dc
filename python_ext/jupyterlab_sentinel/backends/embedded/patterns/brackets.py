"""Character classes in brackets: unions, classes in each other, and operations on sets."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import points
from .escapes import Escapes
from .tree import Class, Item, Perl, Span

if TYPE_CHECKING:
    from .syntax import Reader

_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_OPS = ("&&", "--", "~~")


@dataclass(slots=True)
class Brackets:
    """Reads one class."""

    reader: Reader

    def read(self) -> Class:
        """From its ``[`` to its ``]``."""
        reader = self.reader
        start = reader.at
        reader.deepen()
        reader.at += 1
        negated = reader.take("^")
        left, op, items = None, "", self._first()
        while True:
            reader.skip()
            if reader.at >= len(reader.text):
                reader.fail("a [ without its ]", start, r"In brackets, [ opens another class; for itself it is \[.")
            if reader.peek(2) in _OPS:
                left, op = self._combined(left, op, items), reader.peek(2)
                items = []
                reader.at += 2
            elif reader.take("]"):
                break
            else:
                items.append(self._item())
        reader.depth -= 1
        whole = self._combined(left, op, items)
        return replace(whole, negated=True) if negated else whole

    def _combined(self, left: Class | None, op: str, items: list[Item]) -> Class:
        right = self.reader.classed(Class(tuple(items))) if left is not None else Class(tuple(items))
        if left is None:
            return right
        return Class((self.reader.classed(left) if left.op == "|" else left, right), op=op)

    def _first(self) -> list[Item]:
        """``]`` and ``-`` mean themselves at the beginning."""
        reader = self.reader
        items: list[Item] = []
        reader.skip()
        while reader.take("-"):
            items.append(Span(45, 45))
            reader.skip()
        if not items and reader.take("]"):
            items.append(Span(93, 93))
        return items

    def _item(self) -> Item:
        reader = self.reader
        if reader.peek() == "[":
            found = _POSIX.match(reader.text, reader.at)
            if found is None:
                return reader.classed(self.read())
            return self._posix(found)
        at = reader.at
        low = self._single()
        reader.skip()
        if reader.peek() != "-" or reader.peek(2) in ("-]", "--") or not isinstance(low, Span):
            return low
        after = reader.at
        reader.at += 1
        reader.skip()
        high = self._single()
        if not isinstance(high, Span):
            reader.at = after
            return low
        if high.low < low.low:
            reader.fail("a range from a higher character to a lower one", at)
        return Span(low.low, high.low)

    def _single(self) -> Item:
        reader = self.reader
        if reader.peek() == "\\":
            if reader.peek(2) == "\\b":
                reader.fail("\\b in brackets, where no word is bounded", hint=r"A backspace is \x08.")
            return self._known(Escapes(reader).inside())
        reader.at += 1
        code = ord(reader.text[reader.at - 1])
        return Span(code, code)

    def _known(self, item: Item) -> Item:
        if isinstance(item, Perl) and item.negated and not item.unicode:
            self.reader.fail("a negated class without Unicode, which would match parts of characters")
        return item

    def _posix(self, found: re.Match[str]) -> Class:
        ranges = points.POSIX.get(found[2])
        if ranges is None:
            self.reader.fail(f"the class {found[0]}, which is none", self.reader.at)
        self.reader.at = found.end()
        return self.reader.classed(Class(tuple(Span(*span) for span in ranges), bool(found[1])))
