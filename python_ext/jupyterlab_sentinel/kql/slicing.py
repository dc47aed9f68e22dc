"""Which queries may be asked for in slices of time, and how each slice is asked for.

A query can be sliced when every row of its answer comes from one row of one table, whatever the other
rows are: then the answers to its slices, one after the other, are the answer to the whole. That is
decided from the syntax tree, and what is not known to be so is refused: a refusal costs a remark, a
wrong slice a wrong answer.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

from ..errors import KqlError
from . import tree
from .constants import EPOCH_TICKS
from .lexer import Token, tokenize
from .names import SCALAR_FUNCTIONS
from .parser import parse_query
from .ticks import datetime_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIME = "TimeGenerated"

_ROWWISE = frozenset(
    {
        "where",
        "extend",
        "project",
        "project-away",
        "project-keep",
        "project-rename",
        "project-reorder",
        "parse",
        "parse-where",
        "parse-kv",
        "mv-expand",
        "mv-apply",
        "as",
    }
)
# Operators that a subquery (`in (…)`, toscalar(…)) may hold: they give the same in every slice.
_STEADY = _ROWWISE | {"distinct", "summarize", "count", "union"}
_STEADY_AGGREGATES = frozenset(
    {
        "count",
        "countif",
        "dcount",
        "dcountif",
        "sum",
        "sumif",
        "min",
        "minif",
        "max",
        "maxif",
        "avg",
        "avgif",
        "make_set",
    }
)
_OTHER_CALLS = frozenset({"toscalar", "materialize", "workspace", "app", "resource", "table", "datetime", "dynamic"})
# What depends on the rows before and after, on chance, or on when and where it runs.
_UNSTEADY = frozenset(
    {
        "cursor_after",
        "cursor_before_or_at",
        "cursor_current",
        "extent_id",
        "extent_tags",
        "new_guid",
        "next",
        "prev",
        "rand",
        "row_cumsum",
        "row_number",
        "row_rank_dense",
        "row_rank_min",
        "row_window_session",
    }
)
_WHY = {
    "summarize": "aggregates over all rows",
    "count": "aggregates over all rows",
    "make-series": "aggregates over all rows",
    "top-nested": "aggregates over all rows",
    "distinct": "compares all rows",
    "join": "pairs rows of different times",
    "lookup": "pairs rows of different times",
    "sort": "orders all rows",
    "order": "orders all rows",
    "top": "orders all rows",
    "take": "takes some rows out of all",
    "limit": "takes some rows out of all",
    "sample": "takes some rows out of all",
    "sample-distinct": "takes some rows out of all",
    "serialize": "depends on the order of all rows",
}


@dataclass(frozen=True, slots=True)
class NotSliceable:
    """A query that must be asked as a whole; ``reason`` says why, as part of a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class SlicePlan:
    """A query that can be asked in slices.

    :param before: its text up to where a bound on ``TimeGenerated`` goes.
    :param after: the rest.
    :param pinned: whether it named the present, which now means one moment for all slices.
    """

    before: str
    after: str
    pinned: bool = False

    def sliced(self, first: int, end: int) -> str:
        """The query for one slice: from tick ``first`` to before tick ``end`` (100 ns since 1970, UTC)."""
        low, high = datetime_text(first + EPOCH_TICKS), datetime_text(end + EPOCH_TICKS)
        bound = f" | where {TIME} >= datetime({low}) and {TIME} < datetime({high}) "
        return f"{self.before}{bound}{self.after}"

    @property
    def timeless(self) -> str:
        """The query for the rows that have no time at all."""
        return f"{self.before} | where isnull({TIME}) {self.after}"

    @property
    def extent(self) -> str:
        """A query for one row: First and Last of the source's times, and how many rows are Timeless."""
        times = f"First=min({TIME}), Last=max({TIME}), Timeless=countif(isnull({TIME}))"
        return f"{self.before} | summarize {times}"

    @property
    def count(self) -> str:
        """A query for one number, Rows: how many rows the whole answer has."""
        return f"{self.before}{self.after}\n| summarize Rows=count()"


def plan_slices(kql: str, has_time: Callable[[str], bool], now: int) -> SlicePlan | NotSliceable:
    """How to ask for ``kql`` in slices, or why not.

    :param has_time: whether a name is a table of the workspace that has ``TimeGenerated``.
    :param now: what now() and ago() are to mean in every slice, in ticks since 1970.
    """
    try:
        query = parse_query(kql)
        reader = _Reader(query, has_time)
        pipe = reader.only_pipe()
        reader.check(pipe)
    except KqlError:
        return NotSliceable("its syntax is not known here")
    except _RefusedError as refused:
        return NotSliceable(refused.reason)
    return _plan(kql, pipe, now)


class _RefusedError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Reader:
    def __init__(self, query: tree.Query, has_time: Callable[[str], bool]) -> None:
        self._query = query
        self._has_time = has_time
        self._bound = {item.name for item in _walk(query) if isinstance(item, tree.Let)}

    def only_pipe(self) -> tree.Pipe:
        """The one statement that gives a table; what else there is must mean the same in every slice."""
        pipes: list[tree.Pipe] = []
        for statement in self._query.statements:
            if isinstance(statement, tree.Let):
                self._steady(statement.value)
            elif isinstance(statement, tree.Setting):
                if statement.kind != "set":
                    raise _RefusedError(f"{statement.kind} may change what it means")
            elif isinstance(statement, tree.Pipe):
                pipes.append(statement)
            else:
                pipes.append(tree.Pipe(statement.at, statement, ()))
        if len(pipes) != 1:
            raise _RefusedError("it has more than one answer" if pipes else "it has no answer")
        return pipes[0]

    def check(self, pipe: tree.Pipe) -> None:
        """Refuse what is not one table, row by row."""
        self._source(pipe.source)
        for operator in _without_render(pipe):
            if operator.kind not in _ROWWISE:
                raise _RefusedError(f"{operator.kind} {_WHY.get(operator.kind, 'may look at all rows at once')}")
            self._steady(operator, outer=True)

    def _source(self, source: tree.Expression) -> None:
        if isinstance(source, tree.Operator) and source.kind == "union" and not source.parameters:
            for item in source.items:
                self._table(item)
            return
        self._table(source)

    def _table(self, item: object) -> None:
        if not isinstance(item, tree.Name):
            what = item.kind if isinstance(item, tree.Operator) else "its source"
            raise _RefusedError(f"{what} is no plain table")
        if item.name in self._bound:
            raise _RefusedError(f"its source {item.name} is bound by let")
        if not self._has_time(item.name):
            raise _RefusedError(f"{item.name} is not known as a table with {TIME}")

    def _steady(self, root: object, *, outer: bool = False) -> None:
        """Refuse what can differ from slice to slice, anywhere below ``root``."""
        for item in _walk(root):
            if isinstance(item, tree.Call):
                self._call(item)
            elif isinstance(item, tree.ExternalData):
                raise _RefusedError("externaldata may change between slices")
            elif isinstance(item, tree.Operator) and not (outer and item is root) and item.kind not in _STEADY:
                raise _RefusedError(f"a subquery has {item.kind}, which may differ from slice to slice")

    def _call(self, call: tree.Call) -> None:
        name = call.name
        if name in _UNSTEADY:
            raise _RefusedError(f"{name}() depends on other rows, or on chance")
        if name == "make_set" and len(call.args) > 1:
            raise _RefusedError("make_set() with a size takes some values out of all")
        known = name in SCALAR_FUNCTIONS or name in _STEADY_AGGREGATES or name in _OTHER_CALLS or name in self._bound
        if not known:
            raise _RefusedError(f"what {name}() does is not known here")


def _walk(root: object) -> Iterator[object]:
    """``root`` and every node below it."""
    pending = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple | list):
            pending.extend(item)
        elif isinstance(item, dict):
            pending.extend(item.values())
        elif is_dataclass(item) and not isinstance(item, type):
            yield item
            pending.extend(getattr(item, part.name) for part in fields(item))


def _plan(kql: str, pipe: tree.Pipe, now: int) -> SlicePlan:
    tokens = [token for token in tokenize(kql) if token.kind != "directive"]
    cut = _cut(tokens, pipe)
    end = max(token.end for token in tokens if token.text != ";")
    if len(_without_render(pipe)) < len(pipe.operators):
        end = _bar(tokens, pipe.operators[-1])
    before, first = _pinned(kql, tokens, 0, cut, now)
    after, second = _pinned(kql, tokens, cut, end, now)
    return SlicePlan(before, after, pinned=first or second)


def _cut(tokens: list[Token], pipe: tree.Pipe) -> int:
    """Where a bound goes: before the bar of the first operator, or behind the source."""
    if not pipe.operators:
        return max(token.end for token in tokens if token.text != ";")
    return _bar(tokens, pipe.operators[0])


def _bar(tokens: list[Token], operator: tree.Operator) -> int:
    """Where the bar before an operator stands."""
    return max(token.start for token in tokens if token.text == "|" and token.start < operator.at)


def _without_render(pipe: tree.Pipe) -> tuple[tree.Operator, ...]:
    """The operators but a render at the end, which says how to draw the whole and changes no row."""
    operators = pipe.operators
    return operators[:-1] if operators and operators[-1].kind == "render" else operators


def _pinned(kql: str, tokens: list[Token], start: int, end: int, now: int) -> tuple[str, bool]:
    """The text between two places with ``now()`` and ``ago()`` as moments; whether there were any."""
    moment = f"datetime({datetime_text(now + EPOCH_TICKS)})"
    written: dict[int, str] = {}
    for place, token in enumerate(tokens[:-1]):
        called = token.kind == "name" and token.text in ("now", "ago") and tokens[place + 1].text == "("
        if called and start <= token.start < end:
            close = _closing(tokens, place + 1)
            empty = close == place + 2
            written[place] = f"({moment}"
            written[place + 1] = "" if empty else "-(" if token.text == "ago" else "+("
            written[close] = ")" if empty else "))"
    parts, last = [], start
    for place, text in sorted(written.items()):
        parts.append(kql[last : tokens[place].start] + text)
        last = tokens[place].end
    return "".join([*parts, kql[last:end]]), bool(written)


def _closing(tokens: list[Token], opening: int) -> int:
    """The place of the bracket that closes the one at ``opening``."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += (tokens[place].text == "(") - (tokens[place].text == ")")
        if depth == 0:
            return place
    raise IndexError(opening)
