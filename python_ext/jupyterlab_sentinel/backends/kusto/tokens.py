"""The words of a query, and where what begins at one of them ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...kql.lexer import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...kql.lexer import Token


class Tokens:
    """The words of ``kql``; places are offsets in it, at which a word has to begin.

    :raises KqlSyntaxError: not KQL.
    """

    def __init__(self, kql: str) -> None:
        self._all = [token for token in tokenize(kql) if token.kind != "directive"]
        self._place = {token.start: number for number, token in enumerate(self._all)}

    def at(self, start: int) -> Token:
        """The word that begins there."""
        return self._all[self._place[start]]

    def end(self, start: int) -> int:
        """Where the expression that begins there ends: at its first bar, or before what closes it."""
        last = start
        for token in self.within(start):
            last = token.end
        return last

    def within(self, start: int) -> Iterator[Token]:
        """The words of the expression that begins there."""
        depth = 0
        for token in self._all[self._place[start] :]:
            if token.kind == "punctuation":
                if depth == 0 and token.text in ("|", ";", ")", "]", "}"):
                    return
                depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
            yield token

    def closing(self, name: int) -> int:
        """Where the call ends whose name is there: behind its last bracket."""
        depth = 0
        for token in self._all[self._place[name] + 1 :]:
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                return token.end
        return self._all[-1].end
