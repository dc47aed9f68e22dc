"""From the text of a regular expression to its tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NoReturn

from . import points
from .brackets import Brackets
from .escapes import Escapes
from .tree import Choice, Class, Group, Look, Node, Repeat, Sequence, Span

_DEEPEST = 60
_MOST_TIMES = 100_000
_COUNT = re.compile(r"\{\s*(\d+)\s*(,)?\s*(\d+)?\s*\}")
_NO_LEAST = re.compile(r"\{\s*,\s*\d+\s*\}")
_NAME = re.compile(r"\(\?P?<([^\W\d][\w.\[\]]*)>")
_FLAGS = re.compile(r"\(\?([imsRUux]*)(?:(-)([imsRUux]+))?([:)])")
_NOT_DOT = {False: (Span(10, 10),), True: (Span(10, 10), Span(13, 13))}


class PatternError(ValueError):
    """What is no regular expression of KQL.

    :param at: the offset in the pattern.
    """

    def __init__(self, message: str, at: int, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Flags:
    """What ``(?…)`` switches on and off, by its letters."""

    on: frozenset[str] = frozenset("u")

    def __contains__(self, flag: str) -> bool:
        return flag in self.on


@dataclass(frozen=True, slots=True)
class Parsed:
    """A regular expression.

    :param names: of its capturing groups in their order, empty for those without.
    :param verbose: whether white space and comments do not count at its end.
    """

    node: Node
    names: tuple[str, ...]
    verbose: bool


@dataclass(slots=True)
class Reader:
    """Where the reading of one pattern stands."""

    text: str
    at: int = 0
    flags: Flags = field(default_factory=Flags)
    names: list[str] = field(default_factory=list)
    depth: int = 0

    def fail(self, message: str, at: int | None = None, hint: str = "") -> NoReturn:
        """Raise for what is no pattern."""
        raise PatternError(message, self.at if at is None else at, hint)

    def peek(self, size: int = 1) -> str:
        """What comes next, without taking it."""
        return self.text[self.at : self.at + size]

    def take(self, word: str) -> bool:
        """Take ``word`` if it comes next."""
        found = self.text.startswith(word, self.at)
        self.at += len(word) if found else 0
        return found

    def deepen(self) -> None:
        """One more group or class in others."""
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail(f"more than {_DEEPEST} groups in each other")

    def skip(self) -> None:
        """White space and comments, where the flag x says that they do not count."""
        while "x" in self.flags and self.at < len(self.text):
            if self.text[self.at].isspace():
                self.at += 1
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def letter(self, code: int) -> Class:
        """One character."""
        return self.classed(Class((Span(code, code),)))

    def classed(self, held: Class) -> Class:
        """A set under the flags: whether case counts, and in which alphabet."""
        if "i" not in self.flags:
            return held
        if "u" in self.flags:
            return replace(held, fold=True)
        if any(not isinstance(item, Span) for item in held.items):
            self.fail("(?i-u) before a class in brackets is not known here", hint="Write both cases.")
        spans = points.any_ascii_case(tuple((item.low, item.high) for item in held.items if isinstance(item, Span)))
        return replace(held, items=tuple(Span(*span) for span in spans))


@lru_cache(maxsize=1024)
def parse(text: str) -> Parsed:
    """Read a pattern.

    :raises PatternError: it is none.
    """
    reader = Reader(text)
    node = _choice(reader)
    if reader.at < len(text):
        reader.fail("a ) without its (")
    return Parsed(node, tuple(reader.names), "x" in reader.flags)


def grouped(text: str) -> str:
    """The pattern as a part of a longer one.

    :raises PatternError: it is none.
    """
    return f"(?:{text}\n)" if parse(text).verbose else f"(?:{text})"


def _choice(reader: Reader) -> Node:
    reader.deepen()
    branches = [_sequence(reader)]
    while reader.take("|"):
        branches.append(_sequence(reader))
    reader.depth -= 1
    return branches[0] if len(branches) == 1 else Choice(tuple(branches))


def _sequence(reader: Reader) -> Node:
    nodes: list[Node] = []
    while True:
        reader.skip()
        if reader.peek() in ("", "|", ")"):
            break
        node = _atom(reader)
        if node is not None:
            nodes.append(_repeated(reader, node))
    return nodes[0] if len(nodes) == 1 else Sequence(tuple(nodes))


def _repeated(reader: Reader, node: Node) -> Node:
    while True:
        reader.skip()
        at = reader.at
        match reader.peek():
            case "*":
                least, most = 0, None
            case "+":
                least, most = 1, None
            case "?":
                least, most = 0, 1
            case "{" if _COUNT.match(reader.text, at):
                least, most = _count(reader)
            case _:
                return node
        reader.at += reader.peek() in ("*", "+", "?") and reader.at == at
        lazy = reader.take("?")
        node = Repeat(node, least, most, greedy=lazy == ("U" in reader.flags))


def _count(reader: Reader) -> tuple[int, int | None]:
    found = _COUNT.match(reader.text, reader.at)
    if found is None:
        raise TypeError
    least = int(found[1][:9])
    most = least if not found[2] else int(found[3][:9]) if found[3] else None
    if max(least, most or 0) > _MOST_TIMES:
        reader.fail(f"more than {_MOST_TIMES:,} repetitions")
    if most is not None and most < least:
        reader.fail("a repetition of at least more than at most")
    reader.at = found.end()
    return least, most


def _atom(reader: Reader) -> Node | None:
    """The next node; None: flags, which are none."""
    at, letter = reader.at, reader.peek()
    match letter:
        case "(":
            return _group(reader)
        case "[":
            return _brackets(reader)
        case "\\":
            return Escapes(reader).outside()
        case "*" | "+" | "?":
            reader.fail(f"a {letter} that repeats nothing")
    reader.at += 1
    match letter:
        case ".":
            return _dot(reader)
        case "^":
            return Look(_line(reader, "start"))
        case "$":
            return Look(_line(reader, "end"))
        case "{" if _COUNT.match(reader.text, at):
            reader.fail("a repetition of nothing", at)
        case "{" if _NO_LEAST.match(reader.text, at):
            reader.fail("a repetition without its least number", at, "Write {0,n}.")
    return reader.letter(ord(letter))


def _brackets(reader: Reader) -> Class:
    at = reader.at
    held = Brackets(reader).read()
    if held.negated and "u" not in reader.flags:
        reader.fail("a negated class without Unicode, which would match parts of characters", at)
    return reader.classed(held)


def _dot(reader: Reader) -> Class:
    if "u" not in reader.flags:
        reader.fail("a . without Unicode, which would match parts of characters", reader.at - 1)
    return Class((), negated=True) if "s" in reader.flags else Class(_NOT_DOT["R" in reader.flags], negated=True)


def _line(reader: Reader, side: str) -> str:
    if "m" not in reader.flags:
        return side
    return f"crlf_{side}" if "R" in reader.flags else f"line_{side}"


def _group(reader: Reader) -> Node | None:
    at, flags = reader.at, reader.flags
    if found := _NAME.match(reader.text, at):
        if found[1] in reader.names:
            reader.fail(f"a second group of the name {found[1]!r}")
        reader.at = found.end()
        return _captured(reader, found[1], flags, at)
    if not reader.text.startswith("(?", at):
        reader.at += 1
        return _captured(reader, "", flags, at)
    if reader.text.startswith(("(?=", "(?!", "(?<=", "(?<!"), at):
        reader.fail("look-around, which KQL has not", hint="Write the pattern without (?= (?! (?<= (?<!.")
    found = _FLAGS.match(reader.text, at)
    if found is None or (found[4] == ")" and not found[1] and not found[3]):
        reader.fail("a group of a kind that KQL has not", hint="Groups are (…), (?:…), (?<name>…) and (?flags).")
    reader.at = found.end()
    reader.flags = Flags((flags.on | set(found[1])) - set(found[3] or ""))
    if found[4] == ")":
        reader.skip()
        if reader.peek() in ("*", "+", "?") or _COUNT.match(reader.text, reader.at):
            reader.fail("a repetition of flags")
        return None
    return _closed(reader, flags, at)


def _captured(reader: Reader, name: str, flags: Flags, at: int) -> Node:
    reader.names.append(name)
    number = len(reader.names)
    return Group(_closed(reader, flags, at), number)


def _closed(reader: Reader, flags: Flags, at: int) -> Node:
    node = _choice(reader)
    if not reader.take(")"):
        reader.fail("a ( without its )", at)
    reader.flags = flags
    return node
