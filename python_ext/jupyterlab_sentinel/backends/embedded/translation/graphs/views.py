"""The nodes or edges that one name of a pattern stands for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ...conversion import literal
from ..casts import json_sql
from ..relations import Column, Relation
from ..values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..context import Context
    from .graph import Elements, Graph

_REF = re.compile(r"\bx\d+\b")


class View:
    """Nodes or edges under identifiers of their own, since a pattern reads the same ones several times.

    Columns are asked for one by one; what else the CTE has to hold is known when its SQL is made, at the end.

    :ivar source: the CTE; its SQL is made at the end.
    :ivar number: the identifier of the number of the node or the edge.
    :ivar used: whether a property was asked for, or a condition set.
    """

    def __init__(self, context: Context, elements: Elements) -> None:
        self._context = context
        self._elements = elements
        self._columns: dict[str, Column] = {}
        self._items: dict[str, str] = {}
        self._computed: dict[str, str] = {}
        self._tests: list[str] = []
        self.number = self._under(elements.number)
        self.used = False
        self.equal = False

    @property
    def filtered(self) -> bool:
        """Whether not all nodes or edges are in it."""
        return bool(self._tests)

    def _under(self, ref: str) -> str:
        for new, old in self._items.items():
            if old == ref:
                return new
        new = self._context.ctes.new_ref()
        self._items[new] = ref
        return new

    def property(self, name: str) -> Column | None:
        """The property called ``name``, to be read from the CTE."""
        column = self._elements.find(name)
        return None if column is None else self.column(column)

    def column(self, column: Column) -> Column:
        """A column of the graph, to be read from the CTE."""
        self.used = True
        return replace(column, ref=self._under(column.ref))

    def row(self) -> Relation:
        """All properties, as a table that an expression may read.

        Those that it does not read are left out of the CTE.
        """
        for column in self._elements.columns:
            self._columns.setdefault(column.name, self.column(column))
        return Relation("", tuple(self._columns.values()))

    def keep(self, test: Value, *, equal: bool = False) -> None:
        """Leave out what fails a condition over the view's own columns.

        :param equal: whether it looks for one value, so that little is left.
        """
        self.used = True
        self.equal = self.equal or equal
        self._tests.append(test.passing or test.sql)

    def compute(self, sql: str) -> str:
        """The identifier of a column that holds an expression over the view's own columns."""
        self.used = True
        ref = self._context.ctes.new_ref()
        self._computed[ref] = sql
        return ref

    def _selected(self, needed: frozenset[str] | set[str]) -> str:
        """SQL of the columns that are needed; :class:`EdgeView` has more of them."""
        items = ", ".join(f"{old} AS {new}" for new, old in self._items.items() if new in needed)
        return f"SELECT {items or '1 AS x0'} FROM {self._elements.source}"

    def _body(self, needed: frozenset[str]) -> str:
        computed = {ref: sql for ref, sql in self._computed.items() if ref in needed}
        read = {ref for sql in (*computed.values(), *self._tests) for ref in _REF.findall(sql)}
        inner = self._selected({*needed, *read})
        if not computed and not self._tests:
            return inner
        extra = "".join(f", {sql} AS {ref}" for ref, sql in computed.items())
        where = f" WHERE {' AND '.join(f'({test})' for test in self._tests)}" if self._tests else ""
        return f"SELECT *{extra} FROM ({inner}){where}"

    def define(self, *, materialized: bool = False) -> str:
        """Add the CTE and return its name; columns may still be asked for afterwards."""
        return self._context.ctes.add(self._body, materialized=materialized)


class EdgeView(View):
    """Edges seen from one side of a step.

    :ivar near: the identifier of the number of the node on that side.
    :ivar far: the same for the other side.
    """

    def __init__(self, context: Context, graph: Graph, direction: str) -> None:
        """See the edges.

        :param direction: ``>`` where they lead away from the side, ``<`` where they lead to it, empty for both.
        """
        super().__init__(context, graph.edges)
        self._ends = (graph.start, graph.end)
        self._direction = direction
        self.near, self.far = context.ctes.new_ref(), context.ctes.new_ref()

    def turn(self) -> None:
        """See them from the other side."""
        self._direction = {"<": ">", ">": "<"}.get(self._direction, "")

    def _selected(self, needed: frozenset[str] | set[str]) -> str:
        items = "".join(f", {old} AS {new}" for new, old in self._items.items() if new in needed)
        start, end = self._ends
        legs = [
            f"SELECT {near} AS {self.near}, {far} AS {self.far}{items} FROM {self._elements.source}"
            for near, far, directions in ((start, end, (">", "")), (end, start, ("<", "")))
            if self._direction in directions
        ]
        return " UNION ALL ".join(legs)


def bag_sql(columns: Iterable[Column]) -> str:
    """SQL of JSON with the properties that are neither null nor empty texts, as the engine shows whole nodes."""
    cells = []
    for column in columns:
        key = literal(f"{json.dumps(column.name, ensure_ascii=False)}:")
        value = json_sql(Value(column.ref, column.type))
        there = f"{column.ref} <> ''" if column.type == "string" else f"{value} IS NOT NULL"
        cells.append(f"CASE WHEN {there} THEN {key} || {value} END")
    return f"('{{' || concat_ws(',', {', '.join(cells)}) || '}}')" if cells else "'{}'"
