"""JSON that somebody else wrote, read as far as it goes: never an exception, and what is wrong is told.

Whole JSON takes the standard library's way. Cut, Python-like or too deep text is read again by a reader without
recursion that keeps everything up to the fault. JSON within JSON strings is unwrapped.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

MAX_DEPTH = 64
MAX_NODES = 10_000
_MOST_WRAPPINGS = 4
_CUT_MARK = "…"
_SPACE = re.compile(r"[ \t\r\n\ufeff]*+")
_STRING = re.compile(r'"(?:[^"\\]++|\\[\s\S])*+("?)|\'(?:[^\'\\]++|\\[\s\S])*+(\'?)')
_WORD = re.compile(r"[^\s,:\[\]{}\"']++")
_WORDS: dict[str, object] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?\Z")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([\s\S]))")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(slots=True)
class Reading:
    """What a text holds and what was wrong with it.

    :param value: dicts with text keys, lists, text, numbers, bools and None; NaN and infinities as text.
    :param problems: in words; empty if all is well.
    """

    value: object
    problems: list[str] = field(default_factory=list)


def read_json(text: str) -> Reading:
    """The value in ``text``, at most 64 levels deep and with 10,000 values; deeper parts become ``…``."""
    reading = _read(text)
    wrappings = 0
    while isinstance(reading.value, str) and reading.value.lstrip()[:1] in ("[", "{", '"') and not reading.problems:
        wrappings += 1
        if wrappings > _MOST_WRAPPINGS:
            reading.problems.append("JSON inside JSON, too many times")
            break
        reading = _read(reading.value)
    return reading


def limited(value: object) -> Reading:
    """``value`` cut to 64 levels and 10,000 values, without recursion; shares nothing with it."""
    reading = Reading(None)
    root: list[object] = [None]
    waiting: list[_Task] = [_Task(value, root, 0, 0)]
    nodes = 0
    while waiting:
        task = waiting.pop()
        nodes += 1
        copy = task.item
        if isinstance(copy, dict | list | tuple):
            room = max(0, MAX_NODES - nodes - len(waiting))
            if task.depth >= MAX_DEPTH or len(copy) > room:
                _note(reading, _reason(task.depth))
            copy, tasks = (_CUT_MARK, []) if task.depth >= MAX_DEPTH else _opened(copy, room, task.depth + 1)
            waiting += tasks
        _put(task.holder, task.key, copy)
    reading.value = root[0]
    return reading


class _Task(NamedTuple):
    item: object
    holder: list[object] | dict[str, object]
    key: int | str
    depth: int


def _opened(
    container: dict[object, object] | list[object] | tuple[object, ...], room: int, depth: int
) -> tuple[object, list[_Task]]:
    """An empty copy of a container for the ``room`` first of its values, and what is left to do to fill it."""
    if isinstance(container, dict):
        kept = list(islice(container.items(), room))
        bag: dict[str, object] = {str(name): None for name, _ in kept}
        return bag, [_Task(inner, bag, str(name), depth) for name, inner in reversed(kept)]
    row: list[object] = [None] * min(len(container), room)
    return row, [_Task(container[at], row, at, depth) for at in reversed(range(len(row)))]


def _put(holder: list[object] | dict[str, object], key: int | str, value: object) -> None:
    if isinstance(holder, dict):
        holder[str(key)] = value
    elif isinstance(key, int):
        holder[key] = value


def _reason(depth: int) -> str:
    return (
        f"truncated: more than {MAX_DEPTH} levels" if depth >= MAX_DEPTH else f"truncated: more than {MAX_NODES} values"
    )


def _note(reading: Reading, problem: str) -> None:
    if problem not in reading.problems:
        reading.problems.append(problem)


def _read(text: str) -> Reading:
    stripped = text.strip(" \t\r\n\ufeff")
    duplicates: list[str] = []

    def bag(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            duplicates.append(Counter(name for name, _ in pairs).most_common(1)[0][0])
        return made

    try:
        value = json.loads(stripped, object_pairs_hook=bag, parse_constant=str, strict=False)
    except (ValueError, RecursionError):
        return _LooseReader(stripped).read()
    reading = limited(value)
    if duplicates:
        _note(reading, f"the key {duplicates[0][:60]} stands twice in one object; the last one counts")
    return reading


class _LooseReader:
    """Reads up to the first fault, keeping a stack instead of recursing."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._nodes = 0
        self._reading = Reading(None)
        self._root: list[object] = []
        self._stack: list[list[object] | dict[str, object]] = [self._root]
        self._name: str | None = None

    def read(self) -> Reading:
        going_on = True
        while going_on:
            self._skip(",")
            char = self._text[self._at : self._at + 1]
            if not char:
                if len(self._stack) > 1:
                    _note(self._reading, "truncated: the text ends too early")
                going_on = False
            elif char in "]}":
                going_on = self._close()
            elif isinstance(self._stack[-1], dict) and self._name is None:
                self._name = self._key()
                going_on = self._name is not None
            else:
                going_on = self._add(char)
        return self._finished()

    def _close(self) -> bool:
        self._at += 1
        self._name = None
        if len(self._stack) == 1:
            _note(self._reading, "not JSON: too many closing brackets")
            return False
        self._stack.pop()
        return len(self._stack) > 1

    def _add(self, char: str) -> bool:
        if self._full(len(self._stack)):
            return False
        value = self._value(char)
        if value is _FAULT:
            return False
        holder = self._stack[-1]
        if isinstance(holder, dict):
            holder[self._name or ""] = value
        else:
            holder.append(value)
        self._name = None
        if isinstance(value, list | dict):
            self._stack.append(value)
        return len(self._stack) > 1

    def _finished(self) -> Reading:
        self._reading.value = self._root[0] if self._root else None
        if not self._reading.problems:
            rest = self._text[self._at :].strip()
            problem = "not JSON: more text after its end" if rest else "not strict JSON; read as far as it is clear"
            self._reading.problems.append(problem)
        return self._reading

    def _full(self, depth: int) -> bool:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            _note(self._reading, _reason(MAX_DEPTH if depth > MAX_DEPTH else 0))
            return True
        return False

    def _skip(self, extra: str = "") -> None:
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if not extra or self._text[self._at : self._at + 1] != extra:
                return
            self._at += 1

    def _key(self) -> str | None:
        char = self._text[self._at]
        key = self._string() if char in "\"'" else self._word()
        self._skip()
        if not isinstance(key, str) or self._text[self._at : self._at + 1] != ":":
            cut = self._at >= len(self._text)
            _note(self._reading, "truncated: the text ends too early" if cut else "not JSON: a key without a value")
            return None
        self._at += 1
        return key

    def _value(self, char: str) -> object:
        if char in "[{":
            self._at += 1
            return [] if char == "[" else {}
        if char in "\"'":
            return self._string()
        return self._word()

    def _string(self) -> object:
        match = _STRING.match(self._text, self._at)
        if match is None:
            return _FAULT
        self._at = match.end()
        if not (match[1] or match[2]):
            _note(self._reading, "truncated: the text ends too early")
            return _ESCAPE.sub(_unescaped, match[0][1:])
        return _ESCAPE.sub(_unescaped, match[0][1:-1])

    def _word(self) -> object:
        match = _WORD.match(self._text, self._at)
        if match is None:
            _note(self._reading, "not JSON")
            return _FAULT
        self._at = match.end()
        word = match[0]
        if word in _WORDS:
            return _WORDS[word]
        number = _NUMBER.match(word)
        if number is not None:
            return float(word) if number[1] or number[2] else int(word)
        _note(self._reading, "not JSON")
        return word[:200]


_FAULT = object()


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _ESCAPED.get(match[2], match[2])
