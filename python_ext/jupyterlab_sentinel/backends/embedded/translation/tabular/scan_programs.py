"""Expressions of ``scan`` that read a state, as data for :mod:`...computed.steps`.

What reads no state is left to SQL, whatever it is; what reads one has to be of the operations here. The types are
those of the SQL translation, and so are the rules of nulls.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

from .....kql import tree
from ..casts import common_type
from ..expressions import bind
from ..values import NUMERIC, WHOLE, Value, constant, null

if TYPE_CHECKING:
    from .....kql.tree import Expression
    from ..context import Context
    from ..relations import Relation

Node = list[Any]
_HELD = {
    **dict.fromkeys(("bool", "int", "long", "datetime", "timespan"), "w"),
    "real": "d",
    **dict.fromkeys(("string", "guid", "dynamic"), "t"),
}
_TIMES = ("datetime", "timespan")


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression as data, with its KQL type.

    :param literal: whether it is a literal null, which is of any type.
    """

    node: Node
    type: str
    literal: bool = False


@dataclass(slots=True)
class Slots:
    """The values of a row that SQL computes, by kind: whole numbers, real ones, texts."""

    values: dict[str, list[Value]] = field(default_factory=lambda: {"w": [], "d": [], "t": []})

    def of(self, value: Value) -> tuple[str, int]:
        """The place of a value within its kind."""
        kind = _HELD[value.type]
        held = self.values[kind]
        for place, other in enumerate(held):
            if (other.sql, other.type) == (value.sql, value.type):
                return kind, place
        held.append(value)
        return kind, len(held) - 1


@dataclass(slots=True)
class Compiler:
    """Makes the expressions of one step.

    :param steps: the steps that may be named: this one and those before it.
    :param declared: type and default of each declared column.
    """

    context: Context
    rows: Relation
    slots: Slots
    steps: tuple[str, ...]
    declared: dict[str, Value]

    def compile(self, node: Expression) -> Typed:
        """An expression as data.

        :raises KqlUnsupportedError: an operation on a state that is not run here.
        """
        from .scan_calls import CALLS

        if not self._reads_state(node):
            return self._of_row(node)
        if self._is_of_state(node):
            return self._of_state(node)
        record = self._of_record(node)
        if record is not None:
            return record
        match node:
            case tree.Logic():
                return Typed([node.op, *(self.condition(each) for each in node.operands)], "bool")
            case tree.Binary():
                return self._binary(node)
            case tree.Between():
                return self._between(node)
            case tree.Membership(op="in" | "!in"):
                return self._member(node)
            case tree.Call() if node.name in CALLS:
                return CALLS[node.name](self, node)
        what = f"{node.name}()" if isinstance(node, tree.Call) else "such an expression"
        raise self.context.refusal(
            node.at,
            f"{what} of a scan's state",
            "Of a state it computes comparisons, and, or, + - *, iff(), case(), coalesce(), isnull() and their kin.",
        )

    def _is_of_state(self, node: object) -> TypeGuard[tree.Member]:
        return isinstance(node, tree.Member) and isinstance(node.base, tree.Name) and node.base.name in self.steps

    def _reads_state(self, node: object) -> bool:
        if self._is_of_state(node):
            return True
        if isinstance(node, tuple):
            return any(self._reads_state(each) for each in node)
        return is_dataclass(node) and any(self._reads_state(getattr(node, each.name)) for each in fields(node))

    def _of_row(self, node: Expression) -> Typed:
        value = bind(self.context, node, self.rows)
        if value.type not in _HELD:
            self.context.refuse(node.at, f"a {value.type} in scan", "Convert it with toreal() first.")
        if value.is_constant and value.type != "dynamic":
            return Typed(["constant", as_json(value)], value.type, value.is_null)
        return Typed(["row", list(self.slots.of(value)), value.type], value.type)

    def _of_state(self, node: tree.Member) -> Typed:
        step = self.steps.index(node.base.name) if isinstance(node.base, tree.Name) else 0
        default = self.declared.get(node.name)
        if default is not None:
            place = ["declared", list(self.declared).index(node.name)]
            return Typed(["state", step, place, default.type, as_json(default)], default.type)
        column = self.rows.find(node.name)
        if column is None:
            known = {*self.declared, *(each.name for each in self.rows.visible)}
            self.context.unknown(node.at, "column", node.name, known)
        if column.type not in _HELD:
            self.context.refuse(node.at, f"a {column.type} in scan", "Convert it with toreal() first.")
        place = list(self.slots.of(Value(column.ref, column.type)))
        return Typed(["state", step, place, column.type, as_json(null(column.type))], column.type)

    def _of_record(self, node: Expression) -> Typed | None:
        """An expression over the columns of one step's record alone: SQL computes it for each row beforehand.

        Whatever it is, the record that is in the state brings its value along; what it is of no record is computed too.
        """
        read: set[str] = set()
        if not self._only_records(node, read) or len(read) != 1:
            return None
        step = self.steps.index(read.pop())
        of_row = bind(self.context, self._with_columns(node, present=True), self.rows)
        of_none = bind(self.context, self._with_columns(node, present=False), self.rows)
        if of_row.type not in _HELD or of_none.type != of_row.type:
            return None
        if " OVER (" in of_row.sql:
            self.context.refuse(node.at, "a window function of a scan's state", "Compute it in extend, before scan.")
        place, absent = list(self.slots.of(of_row)), list(self.slots.of(of_none))
        return Typed(["record", step, place, absent, of_row.type], of_row.type)

    def _only_records(self, node: object, read: set[str]) -> bool:
        """Whether the only columns in an expression are those of records; ``read`` gets the steps."""
        if self._is_of_state(node):
            if node.name in self.declared or self.rows.find(node.name) is None:
                return False
            read.add(node.base.name if isinstance(node.base, tree.Name) else "")
            return True
        if isinstance(node, tree.Name):
            return self.rows.find(node.name) is None
        if isinstance(node, tuple):
            return all(self._only_records(each, read) for each in node)
        if isinstance(node, tree.Pipe | tree.Operator | tree.Star):
            return False
        return not is_dataclass(node) or all(
            self._only_records(getattr(node, each.name), read) for each in fields(node)
        )

    def _with_columns(self, node: Any, *, present: bool) -> Any:  # noqa: ANN401  # any part of a tree
        """The expression with the row's columns, or with nulls, in the place of those of the record."""
        if self._is_of_state(node):
            column = self.rows.find(node.name)
            if present or column is None:
                return tree.Name(node.at, node.name)
            return tree.Literal(node.at, column.type, "" if column.type == "string" else None)
        if isinstance(node, tuple):
            return tuple(self._with_columns(each, present=present) for each in node)
        if not is_dataclass(node) or isinstance(node, type):
            return node
        parts = {each.name: self._with_columns(getattr(node, each.name), present=present) for each in fields(node)}
        return replace(node, **parts)

    def condition(self, node: Expression) -> Node:
        """An expression that must be a bool."""
        typed = self.compile(node)
        if typed.type != "bool":
            self.context.fail(node.at, f"A condition is expected here, and this is a {typed.type}.")
        return typed.node

    def _binary(self, node: tree.Binary) -> Typed:
        left, right = self.compile(node.left), self.compile(node.right)
        if node.op in ("==", "!=", "<", "<=", ">", ">="):
            return self._compared(node, node.op, left, right)
        return self._computed(node, left, right)

    def _compared(self, node: Expression, op: str, left: Typed, right: Typed) -> Typed:
        ordered = op not in ("==", "!=")
        same = left.type == right.type or left.literal or right.literal
        if not same and not {left.type, right.type} <= NUMERIC:
            self.context.fail(
                node.at,
                f"Of a scan's state, a {left.type} is not compared with a {right.type}.",
                "Convert one side before scan, or declare the column with the other's type.",
            )
        if "dynamic" in (left.type, right.type) or (ordered and left.type not in _ORDERED):
            self.context.refuse(node.at, f"{op} of a {left.type} of a scan's state", "Convert it before scan.")
        return Typed([op, left.node, right.node], "bool")

    def _between(self, node: tree.Between) -> Typed:
        value, low, high = (self.compile(each) for each in (node.left, node.low, node.high))
        if high.type == "timespan" and low.type == "datetime":
            high = Typed(["+", low.node, high.node], "datetime")
        inside = ["and", self._compared(node, ">=", value, low).node, self._compared(node, "<=", value, high).node]
        return Typed(["not", inside] if node.negated else inside, "bool")

    def _member(self, node: tree.Membership) -> Typed:
        value, items = self.compile(node.left), [self.compile(each) for each in node.items]
        # Each pair has to compare; what is found is only whether one does.
        equal = [self._compared(node, "==", value, item).node for item in items]
        among = ["in", value.node, *(test[2] for test in equal)]
        return Typed(["not", among] if node.op == "!in" else among, "bool")

    def _computed(self, node: tree.Binary, left: Typed, right: Typed) -> Typed:
        kinds = (left.type, right.type)
        if set(kinds) <= NUMERIC:
            if "real" in kinds and node.op in ("+", "-", "*", "/"):
                return Typed([f"real{node.op}", left.node, right.node], "real")
            if set(kinds) <= WHOLE and node.op in ("+", "-", "*"):
                return Typed([node.op, left.node, right.node], "long")
        result = _MOMENTS.get((node.op, *kinds))
        if result is not None:
            return Typed([node.op, left.node, right.node], result)
        raise self.context.refusal(
            node.at, f"{kinds[0]} {node.op} {kinds[1]} of a scan's state", "Convert with toreal() before scan."
        )

    def united(self, node: Expression, parts: list[Typed]) -> list[Typed]:
        """Values that stand for one another, all of one type."""
        kinds = {part.type for part in parts if not part.literal}
        kind = common_type(kinds) if kinds else parts[0].type
        if kind is None or (kind == "dynamic" and len(kinds) > 1):
            self.context.fail(node.at, f"Values of the types {', '.join(sorted(kinds))} cannot stand for one another.")
        return [self.converted(node, part, kind) for part in parts]

    def converted(self, node: Expression, part: Typed, kind: str) -> Typed:
        """A value as one of another type that it can be without being asked."""
        if part.literal:
            return Typed(["constant", as_json(null(kind))], kind, literal=True)
        if part.type == kind or (part.type == "int" and kind == "long"):
            return Typed(part.node, kind)
        if part.type in WHOLE and kind == "real":
            return Typed(["real", part.node], "real")
        if part.type == "long" and kind == "int" and part.node[0] == "constant":
            return Typed(part.node, "int")
        raise self.context.mistake(
            node.at, f"This is a {part.type}, and a {kind} is expected.", f"Convert with to{kind}()."
        )


_ORDERED = frozenset({"int", "long", "real", "datetime", "timespan"})
_MOMENTS = {
    ("+", "datetime", "timespan"): "datetime",
    ("+", "timespan", "datetime"): "datetime",
    ("-", "datetime", "timespan"): "datetime",
    ("-", "datetime", "datetime"): "timespan",
    ("+", "timespan", "timespan"): "timespan",
    ("-", "timespan", "timespan"): "timespan",
    ("*", "timespan", "long"): "timespan",
    ("*", "long", "timespan"): "timespan",
}


def as_json(value: Value) -> object:
    """A constant; a real one as a text in a list, since JSON has no NaN."""
    if value.is_null:
        return "" if value.type == "string" else None
    return ["real", repr(value.constant)] if value.type == "real" else value.constant


def default_of(context: Context, column: tree.Parameter) -> Value:
    """What a declared column is where nothing is assigned to it.

    :raises KqlSemanticError: no constant of its type.
    """
    if column.type not in _HELD:
        context.refuse(column.at, f"a {column.type} in scan", "Declare a real.")
    if column.default is None:
        return null(column.type)
    value = bind(context, column.default, None)
    if value.is_null:
        return null(column.type)
    if not value.is_constant or (value.type != column.type and not {value.type, column.type} <= NUMERIC):
        context.fail(column.at, f"The default of {column.name!r} has to be a constant {column.type}.")
    if value.type == column.type:
        return value
    number = value.number
    if number is None or (column.type in WHOLE and number != int(number)):
        context.fail(column.at, f"The default of {column.name!r} has to be a constant {column.type}.")
    return constant(float(number) if column.type == "real" else int(number), column.type)
