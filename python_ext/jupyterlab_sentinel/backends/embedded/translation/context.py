"""What a query sees while it is translated, and how its mistakes are told."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from ....errors import KqlSemanticError, KqlUnsupportedError, Position
from ....kql.lexer import line_and_column, token_at
from ..places import Places
from .relations import Ctes, Groups, Relation
from .values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ....kql.tree import Expression, Function
    from ..tables import StoredTable
    from .discovery import Ask


_MOST_NAMES = 30


@dataclass(slots=True)
class Scope:
    """Names that ``let`` and parameters bind, inner ones first."""

    outer: Scope | None = None
    names: dict[str, Binding] = field(default_factory=dict)

    def find(self, name: str) -> Binding | None:
        """What ``name`` is bound to."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def all_names(self) -> set[str]:
        """Every name in scope."""
        return set(self.names) | (self.outer.all_names() if self.outer else set())


@dataclass(slots=True)
class Deferred:
    """A ``let`` that is translated when it is first read, in the scope it was written in."""

    node: Expression
    scope: Scope
    busy: bool = False


@dataclass(frozen=True, slots=True)
class LetFunction:
    """A function of the query, with the scope that its body sees."""

    name: str
    node: Function
    scope: Scope


Binding = Value | Relation | Deferred | LetFunction


@dataclass(slots=True)
class Context:
    """One query on its way to SQL.

    :param text: the query as the user wrote it.
    :param start: ticks since 1970, inclusive, or None.
    :param end: ticks since 1970, exclusive, or None.
    :param now: what ``now()`` means, in ticks.
    :param aggregated: the rows that aggregate functions may read, inside ``summarize``.
    :param windowed: the rows, in order, that ``prev`` and kin may read.
    :param ask: runs a question to the data (see :mod:`.discovery`); None: there is no data.
    :param asked: whether the data was asked, so that the SQL is good for this run only.
    :param held: how many tables the questions stored.
    :param external: the file that stands for an address of ``externaldata``.
    :param places: the files that tell where addresses are.
    :param groups: inside a query over each of many groups: what they are.
    """

    text: str
    tables: Mapping[str, StoredTable]
    start: int | None
    end: int | None
    now: int
    ctes: Ctes = field(default_factory=Ctes)
    scope: Scope = field(default_factory=Scope)
    reasons: dict[str, None] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    aggregated: Relation | None = None
    windowed: Relation | None = None
    left: Relation | None = None
    right: Relation | None = None
    depth: int = 0
    ask: Ask | None = None
    asked: bool = False
    held: int = 0
    external: Mapping[str, str] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    groups: Groups | None = None

    def position(self, at: int) -> Position:
        """Where the token at offset ``at`` stands."""
        if at >= len(self.text):
            line, column = line_and_column(self.text, len(self.text))
            return Position(line, column)
        token = token_at(self.text, at)
        line, column = line_and_column(self.text, at)
        return Position(line, column, max(1, min(len(token.text.split("\n", 1)[0]), token.end - at)))

    def mistake(self, at: int, message: str, hint: str = "") -> KqlSemanticError:
        """The error for a query that means nothing."""
        return KqlSemanticError(message, hint=hint, position=self.position(at), query=self.text)

    def fail(self, at: int, message: str, hint: str = "") -> NoReturn:
        """Raise for a query that means nothing."""
        raise self.mistake(at, message, hint)

    def refusal(self, at: int, construct: str, hint: str = "") -> KqlUnsupportedError:
        """The error for a query that would run elsewhere."""
        return KqlUnsupportedError(
            f"The embedded engine does not run {construct}.",
            construct=construct,
            hint=hint,
            position=self.position(at),
            query=self.text,
        )

    def refuse(self, at: int, construct: str, hint: str = "") -> NoReturn:
        """Raise for a query that would run elsewhere."""
        raise self.refusal(at, construct, hint)

    def stranger(self, at: int, kind: str, name: str, known: Iterable[str]) -> KqlSemanticError:
        """The error for a name that nothing has, with the nearest that exist."""
        names = sorted(set(known))
        folded = [candidate for candidate in names if candidate.casefold() == name.casefold()]
        near = list(dict.fromkeys([*folded, *difflib.get_close_matches(name, names, 3, 0.6)]))[:3]
        hint = ""
        if near:
            hint = f"Did you mean {' or '.join(near)}?" + (" Names are case-sensitive." if folded else "")
        elif 0 < len(names) <= _MOST_NAMES:
            hint = f"There are: {', '.join(names)}."
        return self.mistake(at, f"There is no {kind} {name!r}.", hint)

    def unknown(self, at: int, kind: str, name: str, known: Iterable[str]) -> NoReturn:
        """Raise for a name that nothing has."""
        raise self.stranger(at, kind, name, known)
