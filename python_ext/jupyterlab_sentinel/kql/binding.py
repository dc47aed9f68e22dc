"""``{{name}}`` in a query becomes the typed literal of the value by that name.

A placeholder is a path, never an expression: a name, then attributes, ``["key"]`` and ``[0]``. What a path may read
is plain data only (see :mod:`.paths`). One pass: text that a value brings is never looked at again. In a comment a
placeholder stays as it is; inside a string it is refused, since a literal brings its own quotes.
"""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import BindingError
from ..models.indicators import visible
from .lexer import Token, line_and_column, scan, string_value, token_at
from .literals import kql_literal
from .paths import PathError, Step, follow

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPACE = r"[ \t\r\n]*+"
_KEY = r"""(?:"(?:[^"\\\r\n]|\\.)*+"|'(?:[^'\\\r\n]|\\.)*+')"""
# The placeholder's pattern repeats its steps without groups: CPython 3.11 miscounts groups inside a possessive repeat.
_STEP = rf"{_SPACE}(?:\.{_SPACE}\w+|\[{_SPACE}(?:-?[0-9]+|{_KEY}){_SPACE}\])"
_ONE_STEP = re.compile(rf"{_SPACE}(?:\.{_SPACE}(\w+)|\[{_SPACE}(?:(-?[0-9]+)|({_KEY})){_SPACE}\])")
_NAME = r"[^\W\d]\w*"
_PLACEHOLDER = re.compile(rf"\{{\{{{_SPACE}({_NAME})((?:{_STEP})*+){_SPACE}\}}\}}")
_SHAPE = 'Write {{name}}, {{name.attribute}}, {{name["key"]}} or {{name[0]}}.'
_CARET_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Bound:
    """A query with every placeholder replaced.

    :param text: the query as it may be sent.
    :param names: the names whose values went in, in order of first use.
    """

    text: str
    names: tuple[str, ...]
    _starts: tuple[int, ...] = ()
    _origins: tuple[tuple[int, bool], ...] = ()

    def origin(self, offset: int) -> int:
        """The offset in the query as it was written of the character at ``offset`` of ``text``.

        Anywhere inside a literal that is the start of its placeholder.
        """
        index = bisect_right(self._starts, offset) - 1
        if index < 0:
            return offset
        origin, replaced = self._origins[index]
        return origin if replaced else origin + offset - self._starts[index]


def bind(text: str, namespace: Mapping[str, object]) -> Bound:
    """``text`` with its placeholders replaced by literals of the values in ``namespace``.

    :raises BindingError: an unknown name, a path that is not plain data, a placeholder inside a string, or a value
        without a literal. The message has the line, a caret and, for names, the nearest ones.
    """
    pieces: list[str] = []
    names: dict[str, None] = {}
    starts: list[int] = []
    origins: list[tuple[int, bool]] = []
    done = length = position = 0
    while position < len(text):
        token = token_at(text, position)
        if not _opens(text, token):
            _refuse_inside(text, token)
            position = token.end
            continue
        match = _PLACEHOLDER.match(text, position)
        if match is None:
            raise _error(text, position, "This is not a placeholder: expressions are not evaluated.", _SHAPE)
        literal = _literal(text, match, namespace)
        names[match[1]] = None
        for piece, origin, replaced in ((text[done:position], done, False), (literal, position, True)):
            pieces.append(piece)
            starts.append(length)
            origins.append((origin, replaced))
            length += len(piece)
        done = position = match.end()
    if not names:
        return Bound(text, ())
    pieces.append(text[done:])
    starts.append(length)
    origins.append((done, False))
    return Bound("".join(pieces), tuple(names), tuple(starts), tuple(origins))


def placeholders(text: str) -> tuple[str, ...]:
    """The names that ``text`` asks for, in order of first use; what cannot be read as a placeholder is left out."""
    names: dict[str, None] = {}
    for token in scan(text):
        if _opens(text, token) and (match := _PLACEHOLDER.match(text, token.start)):
            names[match[1]] = None
    return tuple(names)


def caret(text: str, line: int, column: int, length: int = 1) -> str:
    """The line of ``text`` (from 1) with carets under ``column`` (from 0); empty if there is no such place.

    Control and bidi characters are made visible, and long lines are cut around the place.
    """
    lines = text.split("\n")
    if not 1 <= line <= len(lines):
        return ""
    raw = lines[line - 1].rstrip("\r").replace("\t", " ")
    start = max(0, column - _CARET_WIDTH // 2)
    before, marked = visible(raw[start:column]), visible(raw[column : column + length])
    after = visible(raw[column + length : start + _CARET_WIDTH])
    prefix = f"{line:>4} | "
    return f"{prefix}{before}{marked}{after}\n{' ' * (len(prefix) + len(before))}{'^' * max(1, len(marked))}"


def _opens(text: str, token: Token) -> bool:
    return token.kind == "punctuation" and token.text == "{" and text.startswith("{{", token.start)


def _refuse_inside(text: str, token: Token) -> None:
    if token.kind not in ("string", "quoted_name", "literal") or "{{" not in token.text:
        return
    match = _PLACEHOLDER.search(token.text)
    if match is None:
        return
    written = match[0]
    place = "a string" if token.kind == "string" else "a bracketed name" if token.kind == "quoted_name" else "a literal"
    if token.kind == "literal":
        hint = f"Write {written} alone: a literal brings its own type."
    else:
        hint = (
            f"Remove the quotes around {written}: a literal brings its own. "
            "If the text itself holds such braces, bind a variable that holds the text."
        )
    raise _error(text, token.start + match.start(), f"{written} stands inside {place}.", hint, len(written))


def _literal(text: str, match: re.Match[str], namespace: Mapping[str, object]) -> str:
    name, written = match[1], match[0]
    if name.startswith("__"):
        raise _error(text, match.start(), f"{name} is not for queries.", "Bind a variable of your own.", len(written))
    if name not in namespace:
        raise _error(text, match.start(), f"There is no variable {name}.", _nearest(name, namespace), len(written))
    try:
        value = follow(namespace[name], name, _steps(match[2]))
    except PathError as error:
        raise _error(text, match.start(), error.message, error.hint, len(written)) from None
    try:
        return kql_literal(value)
    except (TypeError, ValueError) as error:
        message = f"{written} cannot be bound: {visible(str(error), limit=300)}."
        raise _error(text, match.start(), message, _remedy(value), len(written)) from None


def _steps(written: str) -> list[Step]:
    steps = []
    for attribute, index, key in _ONE_STEP.findall(written):
        if attribute:
            steps.append(Step("attribute", attribute))
        elif index:
            steps.append(Step("index", int(index)))
        else:
            steps.append(Step("key", string_value(key)))
    return steps


def _nearest(name: str, namespace: Mapping[str, object]) -> str:
    known = [key for key in namespace if not key.startswith("_")]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    lowered = [key for key in known if key.lower() == name.lower() and key not in near]
    if near or lowered:
        return f"Did you mean {' or '.join((lowered + near)[:3])}?"
    return f"Assign {name} in a cell before this one."


def _remedy(value: object) -> str:
    if callable(value):
        return "Call it in Python first and bind the result."
    return "Convert it in Python first, for instance with str(), float() or list()."


def _error(text: str, offset: int, message: str, hint: str, length: int = 2) -> BindingError:
    line, column = line_and_column(text, offset)
    return BindingError(f"{message}\n{caret(text, line, column, length)}", hint=hint)
