"""What a query sees while it is translated, and how its mistakes are told."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from ....errors import KqlError, KqlSemanticError, KqlUnsupportedError, Position
from ....kql.lexer import line_and_column, token_at
from ..resources import Resources
from .graphs.graph import Graph
from .relations import Ctes, Groups, Relation
from .values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ....kql.tree import Expression, Function
    from ..places import Places
    from ..saved_functions import SavedFunction
    from ..tables import StoredTable
    from .discovery import Ask


_MOST_NAMES = 30
_MOST_CALLS = 5_000


class MissingNameError(KqlSemanticError):
    """A table or function that nothing has: what a fuzzy union does without."""


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

    def views(self) -> list[str]:
        """Names of the functions that wildcards mean too, by name."""
        seen: dict[str, bool] = {}
        scope: Scope | None = self
        while scope is not None:
            for name, bound in scope.names.items():
                seen.setdefault(name, isinstance(bound, LetFunction) and bound.node.view and bound.is_bare)
            scope = scope.outer
        return sorted(name for name, is_view in seen.items() if is_view)

    def all_names(self) -> set[str]:
        """Every name in scope."""
        found: set[str] = set()
        scope: Scope | None = self
        while scope is not None:
            found.update(scope.names)
            scope = scope.outer
        return found


@dataclass(slots=True)
class Deferred:
    """A ``let`` that is translated when it is first read, in the scope it was written in."""

    node: Expression
    scope: Scope
    busy: bool = False


@dataclass(frozen=True, slots=True)
class LetFunction:
    """A function of the query, with the scope that its body sees.

    :param saved: the function of the workspace that it is, if it is one.
    """

    name: str
    node: Function
    scope: Scope
    saved: SavedFunction | None = None

    @property
    def is_bare(self) -> bool:
        """Whether it can be called by its name alone: it needs no argument."""
        return all(parameter.default is not None for parameter in self.node.parameters)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the workspace at work: where its name stands, and in which text."""

    name: str
    at: int
    text: str


Binding = Value | Relation | Graph | Deferred | LetFunction


@dataclass(slots=True)
class Context:
    """One query on its way to SQL.

    :param text: the query as the user wrote it.
    :param start: ticks since 1970, inclusive, or None.
    :param end: ticks since 1970, exclusive, or None.
    :param now: what ``now()`` means, in ticks.
    :param aggregated: the rows that aggregate functions may read, inside ``summarize``.
    :param siblings: the columns that the operator at hand makes, which its own expressions do not see.
    :param windowed: the rows, in order, that ``prev`` and kin may read.
    :param ask: runs a question to the data (see :mod:`.discovery`); None: there is no data.
    :param asked: whether the data was asked, so that the SQL is good for this run only.
    :param held: how many tables the questions stored.
    :param prepared: columns that aggregate functions need, SQL by identifier; None: outside ``summarize``.
    :param resources: what the workspace has beside its tables.
    :param groups: inside a query over each of many groups: what they are.
    :param calls: those of them whose bodies are translated at this moment, outer ones first; ``text`` is the body's.
    :param busy: names of all functions whose bodies are translated at this moment.
    :param spent: how many calls of functions were translated.
    :param settings: what ``set`` gives to functions that read it.
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
    siblings: frozenset[str] = frozenset()
    left: Relation | None = None
    right: Relation | None = None
    depth: int = 0
    ask: Ask | None = None
    asked: bool = False
    held: int = 0
    resources: Resources = field(default_factory=Resources)
    groups: Groups | None = None
    calls: list[Call] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    spent: int = 0
    settings: dict[str, Value] = field(default_factory=dict)
    prepared: dict[str, str] | None = None

    @property
    def external(self) -> Mapping[str, str]:
        """The file that stands for an address of ``externaldata``."""
        return self.resources.external

    @property
    def places(self) -> Places:
        """The files that tell where addresses are."""
        return self.resources.places

    @property
    def functions(self) -> Mapping[str, SavedFunction]:
        """The functions of the workspace."""
        return self.resources.functions

    def function(self, name: str) -> LetFunction | None:
        """The function called ``name``: of the query, then of the workspace."""
        bound = self.scope.find(name)
        if bound is not None:
            return bound if isinstance(bound, LetFunction) else None
        saved = self.functions.get(name)
        return None if saved is None else LetFunction(name, saved.node, Scope(), saved)

    def spend(self, at: int) -> None:
        """Count a call: functions that call others twice would grow without end."""
        self.spent += 1
        if self.spent > _MOST_CALLS:
            self.refuse(at, f"more than {_MOST_CALLS:,} calls of functions", "Store parts with materialize().")

    def position(self, at: int) -> Position:
        """Where the token at offset ``at`` stands."""
        return self._position(self.text, at)

    @staticmethod
    def _position(text: str, at: int) -> Position:
        if at >= len(text):
            line, column = line_and_column(text, len(text))
            return Position(line, column)
        token = token_at(text, at)
        line, column = line_and_column(text, at)
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

    def told_outside(self, error: KqlError) -> KqlError:
        """An error from inside a function of the workspace, told where the query calls it.

        ``calls`` must still hold the call.
        """
        first, last = self.calls[0], self.calls[-1]
        if error.query is first.text:
            return error
        line = ""
        if error.position is not None:
            line = f", line {max(1, error.position.line - self.functions[last.name].header)}"
        message = f"In the function {' > '.join(call.name for call in self.calls)}{line}: {error.message}"
        position = self._position(first.text, first.at)
        if isinstance(error, KqlUnsupportedError):
            return KqlUnsupportedError(
                message, construct=error.construct, hint=error.hint, position=position, query=first.text
            )
        return type(error)(message, hint=error.hint, position=position, query=first.text)

    def missing(self, at: int, kind: str, name: str, known: Iterable[str]) -> MissingNameError:
        """The error for a table or function that nothing has, with the nearest that exist."""
        error = self.stranger(at, kind, name, known)
        return MissingNameError(error.message, hint=error.hint, position=error.position, query=error.query)

    def stranger(self, at: int, kind: str, name: str, known: Iterable[str]) -> KqlSemanticError:
        """The error for a name that nothing has, with the nearest that exist."""
        if name in self.busy and kind in ("function", "table"):
            return self.mistake(at, f"The function {name} calls itself, and KQL has no recursion.")
        names = sorted(set(known))
        folded = [candidate for candidate in names if candidate.casefold() == name.casefold()]
        near = list(dict.fromkeys([*folded, *difflib.get_close_matches(name, names, 3, 0.6)]))[:3]
        hint = ""
        if kind == "column" and name in self.siblings:
            hint = f"This operator makes {name} itself: make it in an extend or summarize before."
        elif near:
            hint = f"Did you mean {' or '.join(near)}?" + (" Names are case-sensitive." if folded else "")
        elif kind == "column" and name[:1].isdigit():
            hint = "A timespan is a number with d, h, m, s, ms, microsecond or tick right behind it: 30m."
        elif 0 < len(names) <= _MOST_NAMES:
            hint = f"There are: {', '.join(names)}."
        return self.mistake(at, f"There is no {kind} {name!r}.", hint)

    def unknown(self, at: int, kind: str, name: str, known: Iterable[str]) -> NoReturn:
        """Raise for a name that nothing has."""
        raise self.stranger(at, kind, name, known)
