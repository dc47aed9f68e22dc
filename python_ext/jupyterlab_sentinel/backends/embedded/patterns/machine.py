"""A matcher for trees that RE2 has no pattern for.

The tree becomes a program of small steps, which is run by trying one way after the other, in the order in which the
pattern prefers them. No step is tried twice at one place of the text, so that the time is bounded by the product of
program and text, whatever the pattern.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from ..computed.remarks import checkpoint
from . import points
from .tree import Choice, Class, Group, Look, Node, Perl, Repeat, Sequence, ranges_of, refuse_scripts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST = 50_000
_MOST_TRIED = 200_000_000
_OFTEN = 65_536

# Kinds of steps: a character of a set; two ways; another place; a bound of a group; a look around; the end.
_TAKE, _SPLIT, _JUMP, _MARK, _LOOK, _DONE = range(6)
Step = tuple[int, object, object]
Spans = tuple[int, ...]


class TooLargeError(ValueError):
    """A pattern or text that would take too much time."""


@dataclass(slots=True)
class _Letters:
    """A set of characters that remembers what it was asked; the tables of Unicode are read when it is asked first."""

    held: Class
    known: dict[str, bool] = field(default_factory=dict)

    def has(self, letter: str) -> bool:
        found = self.known.get(letter)
        if found is None:
            found = self.known[letter] = points.contains(ranges_of(self.held), ord(letter))
        return found


class Machine:
    """Finds one pattern in texts.

    :param groups: how many groups it captures.
    :raises TooLargeError: the pattern repeats too much.
    :raises UnknownSetError: it has a script in it.
    """

    def __init__(self, node: Node, groups: int) -> None:
        self._program: list[Step] = []
        self._size = 2 * (groups + 1)
        self._emit(node)
        self._program.append((_DONE, None, None))

    def first(self, text: str) -> Spans | None:
        """Begin and end of the whole match and of each group, -1 for those that take no part; None: no match."""
        return self._from(text, 0, self._untried(text))

    def every(self, text: str) -> Iterator[Spans]:
        """Matches that do not overlap; an empty one does not stand right after another."""
        place, last = 0, -1
        tried, steps = self._untried(text), len(self._program)
        while place <= len(text):
            found = self._from(text, place, tried)
            if found is None:
                return
            # What was tried further on has failed, and would again; only at its end did the match itself come by.
            tried[found[1] * steps : (found[1] + 1) * steps] = bytes(steps)
            if found[0] == found[1]:
                place = found[1] + 1
                if found[1] == last:
                    continue
            else:
                place = found[1]
            last = found[1]
            yield found

    def _untried(self, text: str) -> bytearray:
        """Which step was tried at which place: none yet."""
        places = len(self._program) * (len(text) + 1)
        if places > _MOST_TRIED:
            raise TooLargeError
        return bytearray(places)

    def _from(self, text: str, start: int, tried: bytearray) -> Spans | None:
        """The first match from a place on."""
        checkpoint()
        for begin in range(start, len(text) + 1):
            if begin % _OFTEN == 0:
                checkpoint()
            found = self._at(text, begin, tried)
            if found is not None:
                return found
        return None

    # One loop: a call for each step would take three times as long.
    def _at(  # noqa: C901, PLR0912
        self, text: str, begin: int, tried: bytearray
    ) -> Spans | None:
        program, size, steps = self._program, len(text), 0
        width = len(program)
        marks = [-1] * self._size
        marks[0] = begin
        # Steps to try, and marks to put back when the ways after them are exhausted.
        stack: list[tuple[int, int, int]] = [(0, begin, -1)]
        while stack:
            step, place, mark = stack.pop()
            if mark >= 0:
                marks[mark] = place
                continue
            while True:
                key = place * width + step
                if tried[key]:
                    break
                tried[key] = 1
                steps += 1
                if steps % _OFTEN == 0:
                    checkpoint()
                kind, first, second = program[step]
                if kind == _TAKE:
                    if place == size or not first.has(text[place]):  # type: ignore[attr-defined]
                        break
                    step, place = step + 1, place + 1
                elif kind == _SPLIT:
                    stack.append((second, place, -1))  # type: ignore[arg-type]
                    step = first  # type: ignore[assignment]
                elif kind == _JUMP:
                    step = first  # type: ignore[assignment]
                elif kind == _MARK:
                    stack.append((0, marks[first], first))  # type: ignore[call-overload,arg-type]
                    marks[first] = place  # type: ignore[call-overload]
                    step += 1
                elif kind == _LOOK:
                    if not first(text, place):  # type: ignore[operator]
                        break
                    step += 1
                else:
                    marks[1] = place
                    return tuple(marks)
        return None

    def _emit(self, node: Node) -> None:
        if len(self._program) > _LONGEST:
            raise TooLargeError
        match node:
            case Class():
                refuse_scripts(node)
                self._program.append((_TAKE, _Letters(node), None))
            case Look():
                self._program.append((_LOOK, _test(node), None))
            case Group():
                self._program.append((_MARK, 2 * node.number, None))
                self._emit(node.node)
                self._program.append((_MARK, 2 * node.number + 1, None))
            case Sequence():
                for part in node.nodes:
                    self._emit(part)
            case Choice():
                self._choice(node)
            case Repeat():
                self._repeat(node)

    def _choice(self, node: Choice) -> None:
        ends = []
        for part in node.nodes[:-1]:
            split = self._hole()
            self._emit(part)
            ends.append(self._hole())
            self._program[split] = (_SPLIT, split + 1, len(self._program))
        self._emit(node.nodes[-1])
        for end in ends:
            self._program[end] = (_JUMP, len(self._program), None)

    def _repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self._emit(node.node)
        if node.most is None:
            # As (x+)?, so that a body that may be empty ends the loop and not the match.
            split = self._hole()
            self._emit(node.node)
            again = self._hole()
            self._ways(again, len(self._program), greedy=node.greedy, into=split + 1)
            self._ways(split, len(self._program), greedy=node.greedy)
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append(self._hole())
            self._emit(node.node)
        for split in splits:
            self._ways(split, len(self._program), greedy=node.greedy)

    def _hole(self) -> int:
        self._program.append((_JUMP, 0, None))
        return len(self._program) - 1

    def _ways(self, split: int, out: int, *, greedy: bool, into: int | None = None) -> None:
        body = split + 1 if into is None else into
        self._program[split] = (_SPLIT, body, out) if greedy else (_SPLIT, out, body)


@lru_cache
def _word_letters(unicode: bool) -> _Letters:  # noqa: FBT001  # a key of the cache
    return _Letters(Class((Perl("w", negated=False, unicode=unicode),)))


def _test(look: Look) -> Callable[[str, int], bool]:
    if look.kind in _PLACES:
        return _PLACES[look.kind]
    letters = _word_letters(look.unicode)

    def sides(text: str, place: int) -> tuple[bool, bool]:
        return place > 0 and letters.has(text[place - 1]), place < len(text) and letters.has(text[place])

    test = _WORDS[look.kind]
    return lambda text, place: test(*sides(text, place))


_WORDS: dict[str, Callable[[bool, bool], bool]] = {
    "word": lambda before, after: before != after,
    "not_word": lambda before, after: before == after,
    "word_start": lambda before, after: not before and after,
    "word_end": lambda before, after: before and not after,
    "start_half": lambda before, after: not before,  # noqa: ARG005  # one shape for all
    "end_half": lambda before, after: not after,  # noqa: ARG005  # one shape for all
}
_PLACES: dict[str, Callable[[str, int], bool]] = {
    "start": lambda text, place: place == 0,  # noqa: ARG005  # one shape for all
    "end": lambda text, place: place == len(text),
    "line_start": lambda text, place: place == 0 or text[place - 1] == "\n",
    "line_end": lambda text, place: place == len(text) or text[place] == "\n",
    "crlf_start": lambda text, place: (
        place == 0 or text[place - 1] == "\n" or (text[place - 1] == "\r" and text[place : place + 1] != "\n")
    ),
    "crlf_end": lambda text, place: (
        place == len(text) or text[place] == "\r" or (text[place] == "\n" and text[max(0, place - 1) : place] != "\r")
    ),
}
