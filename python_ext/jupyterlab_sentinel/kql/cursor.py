"""A place in a list of tokens, and the syntax errors that are found there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ..errors import KqlSyntaxError, Position
from .habits import habit_hint
from .lexer import Token, line_and_column, tokenize

if TYPE_CHECKING:
    from collections.abc import Callable

    from .tree import Expression

MAX_DEPTH = 100
MAX_LENGTH = 1_000_000


class Cursor:
    """Reads the tokens of one query, forward, with any look ahead.

    :param nested: reads a tabular or scalar expression; set by :mod:`.parser`.
    """

    def __init__(self, text: str, nested: Callable[[Cursor], Expression]) -> None:
        self.text = text
        self.nested = nested
        self.searching = False
        self._end = Token("bad", "", len(text), len(text))
        self._tokens = [token for token in tokenize(text) if token.kind != "directive"]
        self._at = 0
        self._depth = 0

    def peek(self, ahead: int = 0) -> Token:
        """The token ``ahead`` places on; an empty one past the end."""
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else self._end

    def next(self) -> Token:
        """The current token, which is left behind.

        :raises KqlSyntaxError: a string without its end, or a character that is no KQL.
        """
        token = self.peek()
        if not token.closed:
            what = "string" if token.kind == "string" else "literal"
            self.fail(f"This {what} is not closed", token)
        self._at += 1
        return token

    @property
    def done(self) -> bool:
        """Whether every token has been read."""
        return self._at >= len(self._tokens)

    def mark(self) -> int:
        """The current place, for :meth:`reset`."""
        return self._at

    def reset(self, mark: int) -> None:
        """Go back to a place."""
        self._at = mark

    def at(self, *texts: str, ahead: int = 0) -> bool:
        """Whether the token is one of ``texts``: a name or punctuation, not a string."""
        token = self.peek(ahead)
        return token.kind in ("punctuation", "name", "bad") and token.text in texts

    def accept(self, *texts: str) -> bool:
        """Leave the token behind if it is one of ``texts``."""
        if self.at(*texts):
            self._at += 1
            return True
        return False

    def expect(self, text: str, where: str = "") -> Token:
        """The token ``text``, or a syntax error."""
        if not self.at(text):
            self.fail(f"Expected {text!r}{f' {where}' if where else ''} but found {self.found()}")
        return self.next()

    def adjacent(self, ahead: int = 1) -> bool:
        """Whether the token ``ahead`` follows the one before it without a space."""
        return self.peek(ahead).start == self.peek(ahead - 1).end

    def found(self) -> str:
        """The current token for a message."""
        token = self.peek()
        if token is self._end:
            return "the end of the query"
        return repr(token.text if len(token.text) <= 40 else token.text[:37] + "...")

    def fail(self, message: str, token: Token | None = None, hint: str = "") -> NoReturn:
        """Raise a syntax error at ``token`` or at the current one."""
        raise self.mistake(message, token, hint)

    def mistake(self, message: str, token: Token | None = None, hint: str = "") -> KqlSyntaxError:
        """The syntax error at ``token`` or at the current one."""
        place = token or self.peek()
        line, column = line_and_column(self.text, place.start)
        return KqlSyntaxError(
            message if message.endswith((".", "?")) else f"{message}.",
            hint=hint or habit_hint(self.text, place.start, place.text),
            position=Position(line, column, max(1, place.end - place.start)),
            query=self.text,
        )

    def enter(self) -> None:
        """One level of nesting deeper.

        :raises KqlSyntaxError: deeper than any query that people write.
        """
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail(f"The query is nested more than {MAX_DEPTH} levels deep", hint="Split it with let statements.")

    def leave(self) -> None:
        """One level up."""
        self._depth -= 1
