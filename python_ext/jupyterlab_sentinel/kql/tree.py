"""The syntax tree of KQL, as :mod:`.parser` builds it.

Every node knows ``at``, the offset of its first character in the query's text; what it means is
for the reader to decide. Values of literals are Python's: a datetime is 100 ns ticks since
1970-01-01 UTC, a timespan is ticks, a decimal, guid or dynamic is text (JSON for dynamic),
None is a null of the literal's type.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant of KQL type ``type``."""

    at: int
    type: str
    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Name:
    """A name: a column, a table, or something that a ``let`` bound."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Star:
    """``*``: every column."""

    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """``base.name``."""

    at: int
    base: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """``base[index]``."""

    at: int
    base: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """``name(args)``."""

    at: int
    name: str
    args: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``+x``."""

    at: int
    op: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """``left op right``; ``op`` in lower case, with single spaces (``matches regex``)."""

    at: int
    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two operands or more."""

    at: int
    op: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """``left op (items)`` for ``in``, ``!in``, ``in~``, ``!in~``, ``has_any``, ``has_all``."""

    at: int
    op: str
    left: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """``left between (low .. high)``, or not."""

    at: int
    left: Expression
    low: Expression
    high: Expression
    negated: bool


@dataclass(frozen=True, slots=True)
class Named:
    """``name = value``, or ``(name, name) = value``."""

    at: int
    names: tuple[str, ...]
    value: Expression


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name with wildcards, where only a name can stand."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class TypeOf:
    """``typeof(long)``."""

    at: int
    type: str


@dataclass(frozen=True, slots=True)
class Pipe:
    """A tabular expression: a source and the operators after it."""

    at: int
    source: Expression
    operators: tuple[Operator, ...]


@dataclass(frozen=True, slots=True)
class DataTable:
    """``datatable (columns) [values]``."""

    at: int
    columns: tuple[tuple[str, str], ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ExternalData:
    """``externaldata (columns) [addresses] with (properties)``."""

    at: int
    columns: tuple[tuple[str, str], ...]
    addresses: tuple[Expression, ...]
    properties: dict[str, Expression]


@dataclass(frozen=True, slots=True)
class SortKey:
    """``value asc nulls first``; None where not said."""

    at: int
    value: Expression
    descending: bool | None
    nulls_first: bool | None


@dataclass(frozen=True, slots=True)
class Expansion:
    """An item of ``mv-expand`` or ``mv-apply``: ``name = value to typeof(type)``."""

    at: int
    name: str | None
    value: Expression
    type: str | None


@dataclass(frozen=True, slots=True)
class Capture:
    """A column of a ``parse`` pattern."""

    at: int
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Operator:
    """A tabular operator.

    ``kind`` is its KQL name (``project-away``). What it holds depends on the kind:

    :param items: its main list: expressions, names, sort keys, expansions, pattern parts, tables.
    :param by: the list after ``by`` or ``on``.
    :param parameters: ``kind=``, ``withsource=``, hints and the like, as they are written.
    :param pipe: the tabular operand (``join``), or the operators inside (``mv-apply``, ``fork``).
    :param steps: the steps of ``scan``.
    :param declared: the columns that ``scan`` declares.
    :param patterns: the sequences of ``graph-match``, each of nodes with edges between them.
    """

    at: int
    kind: str
    items: tuple[Expression | SortKey | Expansion | Capture, ...] = ()
    by: tuple[Expression | SortKey, ...] = ()
    parameters: dict[str, Expression] = field(default_factory=dict)
    pipe: Pipe | None = None
    pipes: tuple[Pipe, ...] = ()
    steps: tuple[Step, ...] = ()
    declared: tuple[Parameter, ...] = ()
    patterns: tuple[tuple[PatternNode | PatternEdge, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class PatternNode:
    """``(name)`` in a pattern; an empty name: any node."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class PatternEdge:
    """``-[name*low..high]->`` in a pattern; an empty name: any edge.

    :param direction: ``>`` from left to right, ``<`` from right to left, empty for either.
    :param low: the least number of edges that follow each other; None with ``high``: it is one edge.
    """

    at: int
    name: str
    direction: str
    low: Expression | None = None
    high: Expression | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of ``scan``; ``output`` is ``all``, ``last`` or ``none``."""

    at: int
    name: str
    output: str
    condition: Expression
    assignments: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function: scalar with a type, or tabular with columns (None: any)."""

    at: int
    name: str
    type: str
    default: Expression | None = None
    columns: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """``(parameters) { statements }``; ``view``: wildcards of ``union`` and ``search`` mean it too."""

    at: int
    parameters: tuple[Parameter, ...]
    body: Query
    view: bool = False


@dataclass(frozen=True, slots=True)
class Let:
    """``let name = value``."""

    at: int
    name: str
    value: Expression | Function


@dataclass(frozen=True, slots=True)
class Setting:
    """``set name = value``, ``declare …`` and other statements that give no table; ``kind`` is the first word.

    :param parameters: what ``declare query_parameters`` declares.
    """

    at: int
    kind: str
    name: str
    value: Expression | None = None
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """Statements in order."""

    statements: tuple[Let | Setting | Expression, ...]


Expression = (
    Literal
    | Name
    | Star
    | Member
    | Index
    | Call
    | Unary
    | Binary
    | Logic
    | Membership
    | Between
    | Named
    | Pattern
    | TypeOf
    | Pipe
    | DataTable
    | ExternalData
    | Operator
)
