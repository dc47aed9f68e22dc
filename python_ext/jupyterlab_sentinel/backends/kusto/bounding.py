"""A query with the session's range put into its text: Kusto has no parameter for it that covers every table.

Each table that the query reads becomes ``(Table | where TimeGenerated >= … and TimeGenerated < …)``. Where a table is
read in a way that this cannot reach (a stored function, another database, ``find``), the query is refused by name: rows
from outside the range would be a wrong answer. A table without ``TimeGenerated`` cannot be bounded, and is named.

That a filtered table keeps its name in ``union withsource=`` is documented ("union operator", its second example).
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from ...errors import KqlUnsupportedError, Position
from ...kql import tree
from ...kql.constants import EPOCH_TICKS
from ...kql.lexer import line_and_column
from ...kql.parser import parse_query
from ...kql.ticks import datetime_text
from .edits import Bounded, Edit, edited
from .nodes import children, path_calls
from .tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

TIME = "TimeGenerated"
_MOST_TABLES = 200
_FOREIGN = frozenset({"database", "cluster", "workspace", "app", "resource", "adx", "arg"})
_UNREACHED = {
    "external_table": "an external table",
    "materialized_view": "a materialized view",
    "stored_query_result": "a stored answer",
    "cursor_after": "a database cursor",
}
_TABLE_ARGUMENTS = frozenset({"toscalar", "materialize", "ipv4_lookup", "ipv6_lookup", "schema_merge"})
_HINT = (
    "Put the bound on {time} into the query yourself, and ask with the range all: %sentinel timerange all, "
    "or --range all."
)


@dataclass(frozen=True, slots=True)
class Readable:
    """What a query may read.

    :param timed: for each table whether it has ``TimeGenerated`` as a datetime.
    :param functions: stored functions, which may read anything.
    :param presumed: what is said of a table that is not in ``timed``: None for “not known”.
    """

    timed: Mapping[str, bool]
    functions: frozenset[str] = frozenset()
    presumed: bool | None = None

    def has_time(self, table: str) -> bool | None:
        """Whether a table has ``TimeGenerated``; None where that is not known."""
        return self.timed.get(table, self.presumed)


def bounded(kql: str, readable: Readable, start: int | None, end: int | None) -> Bounded:
    """``kql`` with every table bounded.

    :param start: 100 ns ticks since 1970, UTC, inclusive; None for no bound.
    :param end: likewise, exclusive.
    :raises KqlSyntaxError: not KQL.
    :raises KqlUnsupportedError: something that it reads cannot be bounded.
    """
    if start is None and end is None:
        return Bounded(kql)
    writer = _Writer(kql, readable, _condition(start, end))
    writer.statements(parse_query(kql), {})
    return edited(kql, writer.edits, writer.unbounded)


def _condition(start: int | None, end: int | None) -> str:
    parts = []
    if start is not None:
        parts.append(f"{TIME} >= datetime({datetime_text(start + EPOCH_TICKS)})")
    if end is not None:
        parts.append(f"{TIME} < datetime({datetime_text(end + EPOCH_TICKS)})")
    return " and ".join(parts)


Scope = dict[str, tree.Expression | tree.Function | None]
"""Names that the query itself binds, and what to."""


@dataclass
class _Writer:
    kql: str
    readable: Readable
    condition: str
    edits: list[Edit] = field(default_factory=list)
    unbounded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tokens = Tokens(self.kql)

    # --- statements -----------------------------------------------------------------------------

    def statements(self, query: tree.Query, scope: Scope) -> None:
        """Each in turn; a name is bound from the statement after its own."""
        scope = dict(scope)
        for statement in query.statements:
            if isinstance(statement, tree.Let):
                if isinstance(statement.value, tree.Function):
                    self._function(statement.value, scope)
                else:
                    self._value(statement.value, scope)
                scope[statement.name] = statement.value
            elif isinstance(statement, tree.Setting):
                if statement.kind not in ("set", "declare"):
                    self._refuse(statement.at, statement.kind, f"“{statement.kind}” changes what names mean")
            else:
                self._table(statement, scope)

    def _function(self, function: tree.Function, scope: Scope) -> None:
        parameters: Scope = {parameter.name: None for parameter in function.parameters}
        self.statements(function.body, {**scope, **parameters})

    def _value(self, value: tree.Expression, scope: Scope) -> None:
        """What a ``let`` binds: a table, or a value."""
        if isinstance(value, tree.Name | tree.Pipe | tree.Operator | tree.Call | tree.Member):
            self._table(value, scope, certain=False)
        else:
            self._inside(value, scope)

    # --- tables ---------------------------------------------------------------------------------

    def _table(self, node: object, scope: Scope, *, certain: bool = True) -> None:
        """What stands where a table is read; ``certain``: nothing else may stand there."""
        match node:
            case tree.Name():
                self._name(node, scope)
            case tree.Pipe():
                self._table(node.source, scope, certain=certain or bool(node.operators))
                for operator in node.operators:
                    self._operator(operator, scope)
            case tree.Operator():
                self._source(node, scope)
            case tree.Call():
                self._call(node, scope)
            case tree.Member() if certain or path_calls(node.base) & _FOREIGN:
                self._refuse(node.at, "another database", "tables of other databases are not known here")
            case tree.Pattern():
                self._pattern(node, scope)
            case _:
                self._inside(node, scope)

    def _name(self, node: tree.Name, scope: Scope) -> None:
        name = node.name
        if not name or name in scope:
            return
        if name in self.readable.functions and name not in self.readable.timed:
            self._refuse(node.at, name, f"“{name}” is a stored function, and what it reads is not known here")
        has_time = self.readable.has_time(name)
        if has_time:
            self._wrap(node.at, self._tokens.at(node.at).end)
        else:
            self.unbounded.append(name)

    def _pattern(self, node: tree.Pattern, scope: Scope) -> None:
        """Tables by wildcard: written out."""
        if any(isinstance(value, tree.Function) and value.view for value in scope.values()):
            self._refuse(node.at, node.text, "a wildcard beside views")
        names = [name for name in self.readable.timed if fnmatch.fnmatchcase(name, node.text)]
        if not names or len(names) > _MOST_TABLES or self.readable.presumed is not None:
            self._refuse(node.at, node.text, f"“{node.text}” matches tables that are not known here, or too many")
        timed = [f"({_quoted(name)} | where {self.condition})" for name in names if self.readable.timed[name]]
        others = [name for name in names if not self.readable.timed[name]]
        self.unbounded += others
        self.edits.append(Edit(node.at, node.at + len(node.text), ", ".join([*timed, *map(_quoted, others)])))

    def _source(self, node: tree.Operator, scope: Scope) -> None:
        """An operator that needs no table before it."""
        if node.kind == "search":
            self._search(node, scope)
        else:
            self._operator(node, scope)

    def _search(self, node: tree.Operator, scope: Scope) -> None:
        """``search`` over tables: its rows are bounded behind it, which is the same, as it passes rows one by one."""
        names = self._searched(node, scope)
        others = [name for name in names if not self.readable.has_time(name)]
        self.unbounded += others
        if names and len(others) == len(names):
            return
        sure = not others and self.readable.presumed is None
        condition = self.condition if sure else f"isnull({TIME}) or ({self.condition})"
        self._insert(self._tokens.end(node.at), f" | where {condition}")

    def _searched(self, node: tree.Operator, scope: Scope) -> list[str]:
        if any(isinstance(value, tree.Function) and value.view for value in scope.values()):
            self._refuse(node.at, "search", "search beside views")
        if not node.by:
            return list(self.readable.timed)
        names: list[str] = []
        for item in node.by:
            if isinstance(item, tree.Pattern):
                names += [name for name in self.readable.timed if fnmatch.fnmatchcase(name, item.text)]
            elif isinstance(item, tree.Name) and item.name not in scope:
                names.append(item.name)
            else:
                self._refuse(node.at, "search", "search reads more than tables of this database")
        return names

    def _operator(self, node: tree.Operator, scope: Scope) -> None:
        """An operator and whatever it reads besides the rows before it."""
        if node.kind == "find":
            self._refuse(node.at, "find", "find cannot be bounded")
        if node.kind == "union":
            for item in node.items:
                self._table(item, scope)
            return
        if node.kind in ("join", "lookup") and node.pipe is not None:
            self._table(node.pipe, scope)
            return
        if not (node.items or node.by or node.parameters or node.pipe or node.pipes):
            self._unread(node)
        self._inside(node, scope)

    def _unread(self, node: tree.Operator) -> None:
        """An operator that the parser passes over may name tables all the same."""
        for token in self._tokens.within(node.at):
            known = token.value in self.readable.timed or token.value in self.readable.functions
            if token.kind in ("name", "quoted_name") and known:
                self._refuse(token.start, node.kind, f"how {node.kind} reads “{token.value}” is not known here")

    def _call(self, node: tree.Call, scope: Scope) -> None:
        """A call where a table is read."""
        if node.name == "table" and node.name not in scope:
            self._by_text(node)
            return
        if node.name in _UNREACHED:
            self._refuse(node.at, node.name, f"{_UNREACHED[node.name]} cannot be bounded")
        if node.name in _FOREIGN:
            self._refuse(node.at, node.name, "tables of other databases are not known here")
        if node.name in self.readable.functions and node.name not in scope:
            self._refuse(node.at, node.name, f"“{node.name}” is a stored function, and what it reads is not known here")
        for place, argument in enumerate(node.args):
            value = argument.value if isinstance(argument, tree.Named) else argument
            if isinstance(value, tree.Name):
                if self._takes_table(node, argument, place, scope):
                    self._table(value, scope)
            elif isinstance(value, tree.Pipe | tree.Operator | tree.Call):
                self._table(value, scope)
            else:
                self._inside(value, scope)

    def _takes_table(self, node: tree.Call, argument: tree.Expression, place: int, scope: Scope) -> bool:
        """Whether an argument that is a bare name is a table."""
        called = scope.get(node.name)
        if not isinstance(called, tree.Function):
            return node.name in _TABLE_ARGUMENTS and place == 0
        if isinstance(argument, tree.Named):
            return any(item.name in argument.names and item.type == "table" for item in called.parameters)
        return place < len(called.parameters) and called.parameters[place].type == "table"

    def _by_text(self, node: tree.Call) -> None:
        """``table("Name")``."""
        name = node.args[0].value if node.args and isinstance(node.args[0], tree.Literal) else None
        if not isinstance(name, str) or len(node.args) > 1:
            self._refuse(node.at, "table", "which table is read is not known before the query runs")
        if self.readable.has_time(name):
            self._wrap(node.at, self._tokens.closing(node.at))
        else:
            self.unbounded.append(name)

    # --- values ---------------------------------------------------------------------------------

    def _inside(self, node: object, scope: Scope) -> None:
        """Whatever reads a table below a node that is no table itself."""
        for child in children(node):
            match child:
                case tree.Pipe() | tree.Operator():
                    self._table(child, scope)
                case tree.Call():
                    self._call(child, scope)
                case tree.Member() if path_calls(child.base) & _FOREIGN:
                    self._table(child, scope)
                case tree.Name() if isinstance(node, tree.Membership) and child is not node.left:
                    if child.name in self.readable.timed:
                        self._table(child, scope)
                case _:
                    self._inside(child, scope)

    # --- text -----------------------------------------------------------------------------------

    def _wrap(self, start: int, end: int) -> None:
        self._insert(start, "(")
        self._insert(end, f" | where {self.condition})")

    def _insert(self, place: int, text: str) -> None:
        self.edits.append(Edit(place, place, text))

    def _refuse(self, at: int, construct: str, why: str) -> NoReturn:
        raise KqlUnsupportedError(
            f"The range of the session cannot be put into this query: {why}.",
            construct=construct,
            hint=_HINT.format(time=TIME),
            position=Position(*line_and_column(self.kql, at), 1),
            query=self.kql,
        )


def _quoted(name: str) -> str:
    plain = name.isascii() and name.isidentifier()
    return name if plain else "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"
