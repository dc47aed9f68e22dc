"""What regular expressions find where RE2 has none of the same meaning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..patterns.machine import TooLargeError
from ..patterns.pattern import compiled, machine
from ..patterns.syntax import PatternError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeVar

    from ..patterns.machine import Machine, Spans

    T = TypeVar("T")

_REFERENCE = re.compile(r"\\(.?)", re.DOTALL)

_DIGITS = "0123456789"


def told(error: PatternError) -> str:
    """The sentence for what is no pattern."""
    return f"The regular expression has, at its character {error.at + 1}, {error.message}."


def _run(pattern: str | None, use: Callable[[Machine], T]) -> T:
    try:
        return use(machine(pattern or ""))
    except PatternError as error:
        raise ValueError(told(error)) from None
    except TooLargeError:
        raise ValueError("A text is too long for the regular expression beside it.") from None


def ascii_pattern(pattern: str | None) -> str | None:
    """The pattern of RE2 for texts in ASCII, or None where it has none of the same meaning.

    :raises ValueError: it is no pattern.
    """
    try:
        return compiled(pattern or "").ascii_text
    except PatternError as error:
        raise ValueError(told(error)) from None


def found(pattern: str | None, text: str | None) -> bool:
    """Whether the pattern is anywhere in the text."""
    return _run(pattern, lambda matcher: matcher.first(text or "")) is not None


def groups(pattern: str | None, text: str | None) -> list[str] | None:
    """The first match and its groups, empty for those that take no part; None: there is no match."""
    spans = _run(pattern, lambda matcher: matcher.first(text or ""))
    return None if spans is None else _texts(text or "", spans)


def every(pattern: str | None, text: str | None) -> list[list[str]]:
    """Every match and its groups."""
    return _run(pattern, lambda matcher: [_texts(text or "", spans) for spans in matcher.every(text or "")])


def replaced(pattern: str | None, text: str | None, rewrite: str | None) -> str:
    r"""The text with every match written anew, ``\0`` to ``\9`` for what was found."""
    plain = text or ""
    return _run(pattern, lambda matcher: "".join(_pieces(plain, matcher.every(plain), rewrite or "")))


def _texts(text: str, spans: Spans) -> list[str]:
    pairs = zip(spans[::2], spans[1::2], strict=True)
    return [text[begin:end] if min(begin, end) >= 0 else "" for begin, end in pairs]


def _pieces(text: str, matches: Iterator[Spans], rewrite: str) -> Iterator[str]:
    place = 0
    for spans in matches:
        held = _texts(text, spans)
        yield text[place : spans[0]]
        yield _REFERENCE.sub(lambda found, held=held: _referred(found[1], held), rewrite)  # type: ignore[misc]
        place = spans[1]
    yield text[place:]


def _referred(sign: str, held: list[str]) -> str:
    if sign == "\\":
        return sign
    if sign not in _DIGITS[: len(held)] or not sign:
        raise ValueError(f"What replaces a match refers to \\{sign}, and the pattern has no such group.")
    return held[int(sign)]
