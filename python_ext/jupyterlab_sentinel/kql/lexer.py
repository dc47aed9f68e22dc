"""KQL text as tokens with offsets: enough to know what is code, what is text and what is a comment.

The lexical rules are those of Microsoft's Kusto.Language (``TokenParser``): strings ``"…" '…'`` with backslash
escapes, verbatim ``@"…"`` with doubled quotes, obfuscated ``h"…"``, multi-line ```` ```…``` ```` and ``~~~…~~~``,
``//`` comments, typed literals such as ``datetime(2019-02-18)`` as one token, numbers with time units, names that
start with a digit, raw GUIDs. Every character of the text belongs to exactly one token, and nothing raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

TokenKind = Literal[
    "space", "comment", "string", "literal", "number", "name", "quoted_name", "punctuation", "directive", "bad"
]

_SPACE = "\t \r\n\f\xa0\u1680\u180e\u2000-\u200b\u202f\u205f\u3000\ufeff"
_GUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![A-Za-z0-9_-])"
_UNITS = (
    "milliseconds|millisecond|millisec|millis|milli|ms|minutes|minute|min|microseconds|microsecond|microsec|micros"
    "|micro|nanoseconds|nanosecond|nanosec|nanos|nano|seconds|second|sec|s|days|day|d|hours|hour|hrs|hr|h|ticks|tick|m"
)
_TYPES = "long|int|int32|int64|real|double|decimal|bool|boolean|datetime|date|timespan|time|guid|uuid|uniqueid"
_TOKEN = re.compile(
    rf"""
      (?P<space>[{_SPACE}]++)
    | (?P<comment>//[^\r\n]*+)
    | (?P<string>
        [hH]?(?:```(?:(?!```)[\s\S])*+(?:```)? | ~~~(?:(?!~~~)[\s\S])*+(?:~~~)?)
      | [hH]?@"(?:[^"\r\n]|"")*+"? | [hH]?@'(?:[^'\r\n]|'')*+'?
      | [hH]?"(?:[^"\\\r\n]++|\\[^\r\n])*+"? | [hH]?'(?:[^'\\\r\n]++|\\[^\r\n])*+'?)
    | (?P<literal>(?:{_TYPES})\([^)\r\n]*+\)?)
    | (?P<guid>{_GUID})
    | (?P<number>0[xX][0-9A-Fa-f]++(?![A-Za-z0-9_])
      | [0-9]++(?:\.(?!\.(?!\.))[0-9]*+)?(?:[eE][+-]?[0-9]++|(?:{_UNITS}))?(?![A-Za-z0-9_])
      | [0-9]++(?![A-Za-z0-9_]))
    | (?P<name>[A-Za-z_$][A-Za-z0-9_]*+ | [0-9]++[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<directive>\#[^\r\n]*+)
    | (?P<quoted_name>\[[{_SPACE}]*+(?:"(?:[^"\\\r\n]++|\\[^\r\n])*+"|'(?:[^'\\\r\n]++|\\[^\r\n])*+')[{_SPACE}]*+\])
    | (?P<punctuation><\||<=|<>|>=|==|=~|=>|!=|!~|\.\.|[()\[\]{{}}|.+\-*/%<>=!:;,@?&])
    | (?P<bad>[\s\S])
    """,
    re.VERBOSE,
)
_KINDS: dict[str, TokenKind] = {"guid": "literal"}
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2}|[0-7]{1,2})|([\s\S]))")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of KQL from ``start`` to before ``end``.

    ``closed`` is False for a string or typed literal that lacks its end.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    closed: bool = True

    @property
    def value(self) -> str:
        """What a string or a quoted name stands for, escapes decoded; the text itself for every other kind."""
        if self.kind == "string":
            return string_value(self.text)
        if self.kind == "quoted_name":
            return string_value(self.text[1:-1].strip())
        return self.text


def tokenize(text: str, *, trivia: bool = False) -> list[Token]:
    """All tokens of ``text`` in order; with ``trivia`` also space and comments."""
    return [token for token in scan(text) if trivia or token.kind not in ("space", "comment")]


def scan(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens of ``text`` from ``start`` on, space and comments included."""
    position = start
    while position < len(text):
        token = token_at(text, position)
        yield token
        position = token.end


def token_at(text: str, position: int) -> Token:
    """The token that starts at ``position``, which must lie inside ``text``."""
    match = _TOKEN.match(text, position)
    if match is None or match.lastgroup is None:
        raise IndexError(position)
    group = match.lastgroup
    kind: TokenKind = _KINDS.get(group) or _kind(group)
    closed = True
    if kind == "string":
        closed = _is_closed(match[0])
    elif group == "literal":
        closed = match[0].endswith(")")
    return Token(kind, match[0], position, match.end(), closed)


def string_value(literal: str) -> str:
    """What a string literal stands for, in any of its forms; an unknown escape stays as it is written."""
    body = literal[1:] if literal[:1] in ("h", "H") else literal
    if body.startswith(("```", "~~~")):
        return body[3:-3] if len(body) >= 6 and body.endswith(body[:3]) else body[3:]
    if body.startswith("@"):
        quote = body[1:2]
        inner = body[2:-1] if _is_closed(literal) else body[2:]
        return inner.replace(quote * 2, quote)
    inner = body[1:-1] if _is_closed(literal) else body[1:]
    return _ESCAPE.sub(_decoded, inner)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """The place of ``offset``: line from 1, column from 0, as :class:`~jupyterlab_sentinel.errors.Position` counts."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1)


def _kind(group: str) -> TokenKind:
    match group:
        case "space" | "comment" | "string" | "literal" | "number" | "name" | "quoted_name" | "punctuation":
            return group
        case "directive":
            return "directive"
        case _:
            return "bad"


def _is_closed(literal: str) -> bool:
    body = literal[1:] if literal[:1] in ("h", "H") else literal
    if body.startswith(("```", "~~~")):
        return len(body) >= 6 and body.endswith(body[:3])
    if body.startswith("@"):
        return len(body) >= 3 and body.endswith(body[1]) and (body.count(body[1]) % 2 == 0)
    if len(body) < 2 or body[-1] != body[0]:
        return False
    backslashes = len(body) - 1 - len(body[:-1].rstrip("\\"))
    return backslashes % 2 == 0


def _decoded(match: re.Match[str]) -> str:
    four, eight, two, octal, single = match.groups()
    digits = four or eight or two
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else match[0]
    if octal:
        return chr(int(octal, 8))
    return _ESCAPES.get(single, match[0])
