"""Tables in the making: CTEs, and what their columns mean in KQL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import cast

CteBody = str | Callable[[frozenset[str]], str]
"""SQL of a CTE, or what makes it from the identifiers that are read of it later."""

# Identifiers of columns and names of CTEs.
_WORD = re.compile(r"\b[xq]\d+\b")

GROUP = "\0group"
"""The hidden column that says which group of rows a row is part of, in a query over each of many."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: KQL name and type, and the SQL identifier that holds it.

    :param hidden: can be named, but is not part of ``*`` nor of the output.
    """

    name: str
    type: str
    ref: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of an order that rows are in.

    :param real: the key may be NaN, which stands beside the nulls.
    """

    ref: str
    descending: bool = False
    nulls_first: bool = True
    real: bool = False

    @property
    def sql(self) -> str:
        """As an item of ORDER BY."""
        nulls = f"NULLS {'FIRST' if self.nulls_first else 'LAST'}"
        aside = f"isnan({self.ref}) {'DESC' if self.nulls_first else 'ASC'} {nulls}, " if self.real else ""
        return f"{aside}{self.ref} {'DESC' if self.descending else 'ASC'} {nulls}"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table: the CTE ``source`` and the columns of it that KQL sees.

    :param order: the order of the rows; it is put into SQL only where it matters.
    :param serialized: whether functions that look at neighbouring rows may be used.
    :param label: the table's name, where it is a plain table.
    """

    source: str
    columns: tuple[Column, ...]
    order: tuple[OrderKey, ...] = ()
    serialized: bool = False
    label: str = ""

    @property
    def visible(self) -> tuple[Column, ...]:
        """The columns that ``*`` means."""
        return tuple(column for column in self.columns if not column.hidden)

    @property
    def group(self) -> str:
        """The identifier of the column that keeps groups of rows apart; empty: the rows are one table."""
        column = self.find(GROUP)
        return column.ref if column is not None else ""

    def find(self, name: str) -> Column | None:
        """The column called ``name``, exactly."""
        for column in self.columns:
            if column.name == name:
                return column
        return None

    def with_columns(self, columns: Iterable[Column]) -> Relation:
        """The same rows, other columns in view."""
        return replace(self, columns=tuple(columns), label="")

    @property
    def order_sql(self) -> str:
        """`` ORDER BY …``, or nothing."""
        return f" ORDER BY {', '.join(key.sql for key in self.order)}" if self.order else ""


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that a query runs over.

    :param source: a CTE with a row for each.
    :param ref: the identifier of its column.
    :param complete: whether each still has a row at the operator that is translated.
    """

    source: str
    ref: str
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Scanned:
    """The stored table that rows come from, by whose number more of a row can be read later.

    :param ref: the identifier of the column that holds the number.
    :param view: the view of the table.
    :param number: the view's column that numbers its rows.
    :param columns: by identifier, what the view calls the table's columns.
    """

    ref: str
    view: str
    number: str
    columns: dict[str, str]


@dataclass(slots=True)
class Ctes:
    """The WITH clause of one statement, in order of definition.

    :param numbers: for a source whose rows were numbered in their order: the column that holds the number.
    :param scanned: for a source each of whose rows is one of a stored table: which.
    :param splits: for a source with texts that were split: by the column that holds the array, the one with the text
        that it was made of, and SQL of the list of its parts.
    :param documents: for a source with parsed JSON: by the column that holds it, the one with the text that it was
        made of, which is cheaper to look into.
    """

    bodies: list[tuple[str, CteBody]] = field(default_factory=list)
    names: int = 0
    refs: int = 0
    numbers: dict[str, str] = field(default_factory=dict)
    scanned: dict[str, Scanned] = field(default_factory=dict)
    documents: dict[str, dict[str, str]] = field(default_factory=dict)
    splits: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def add(self, body: CteBody, *, materialized: bool = False, over: str = "") -> str:
        """Define a CTE and return its name.

        :param over: the CTE whose rows, or some of them, it has with all their columns.
        """
        self.names += 1
        name = f"q{self.names}"
        self.bodies.append((f"{name}!" if materialized else name, body))
        if over in self.scanned:
            self.scanned[name] = self.scanned[over]
        if over in self.documents:
            self.documents[name] = self.documents[over]
        if over in self.splits:
            self.splits[name] = self.splits[over]
        return name

    def new_ref(self) -> str:
        """A column identifier that nothing else has."""
        self.refs += 1
        return f"x{self.refs}"

    def statement(self, final: str) -> str:
        """The whole SQL around the final SELECT; CTEs and columns that nothing reads are left out."""
        needed: set[str] = set()
        needed.update(_WORD.findall(final))
        # A body only looks into it, and copies of all identifiers for each of a thousand tables would cost seconds.
        seen = cast("frozenset[str]", needed)
        texts: dict[str, str] = {}
        stored: set[str] = set()
        for marked, body in reversed(self.bodies):
            name = marked.rstrip("!")
            if name not in needed:
                continue
            text = body if isinstance(body, str) else body(seen)
            needed.update(_WORD.findall(text))
            texts[name] = text
            if marked.endswith("!"):
                stored.add(name)
        return _whole(dict(reversed(texts.items())), stored, final)


def _whole(texts: dict[str, str], stored: set[str], final: str) -> str:
    """The SQL of CTEs, those that are read once in the place where they are read.

    For DuckDB each CTE is a level of nesting, of which it takes 1,000: a union of all tables would have more.

    :param texts: the CTEs by name, in order.
    :param stored: those that have to be computed once.
    """
    uses: Counter[str] = Counter()
    for text in (*texts.values(), final):
        uses.update(match[1] for match in _SOURCE.finditer(text) if match[1])
    levels: dict[str, int] = {}
    parts: list[str] = []
    level = 0

    def put(match: re.Match[str]) -> str:
        nonlocal level
        name = match[1]
        if name not in levels:
            return match[0]
        level = max(level, levels[name] + 1)
        return f"({texts[name]}) AS{'' if match[2] else f' {name}'}"

    for name, text in texts.items():
        level = 0
        texts[name] = _SOURCE.sub(put, text)
        if uses[name] == 1 and name not in stored and level < _DEEPEST:
            levels[name] = level
        else:
            kind = "AS MATERIALIZED" if name in stored else "AS"
            parts.append(f"{name} {kind} ({texts[name]})")
    level = 0
    final = _SOURCE.sub(put, final)
    return f"WITH {', '.join(parts)} {final}" if parts else final


# What is quoted comes first: it may look like a source.
_SOURCE = re.compile(r"""'[^']*'|"[^"]*"|\b(q\d+)\b( AS\b)?""")
_DEEPEST = 20
