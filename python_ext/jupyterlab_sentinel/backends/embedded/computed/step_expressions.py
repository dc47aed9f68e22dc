"""Expressions of ``scan``: data made into functions of a row and of the records in a state.

An expression is a list: an operation and its operands. The rules of nulls are those of the SQL translation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

Cells = Sequence[Any]
Evaluate = Callable[["Moment"], Any]

_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1


@dataclass(slots=True)
class Moment:
    """What an expression sees: the row, and the records of the steps in the state that is looked at."""

    row: Cells
    state: list[Cells | None]


def constant_of(value: object) -> object:
    """A constant of a program; a real one is a text in a list, since JSON has no NaN."""
    return float(value[1]) if isinstance(value, list) else value


def expression_of(node: list[Any]) -> Evaluate:
    """The function that an expression is."""
    name, *operands = node
    if name in _LEAVES:
        return _LEAVES[name](*operands)
    parts = [expression_of(operand) for operand in operands]
    if name in _LAZY:
        return _LAZY[name](parts)
    function = _STRICT.get(name)
    if function is not None:
        return _strict(function, parts)
    total = _TOTAL[name]
    return lambda moment: total(*(part(moment) for part in parts))


def _of_row(slot: int, kind: str) -> Evaluate:
    if kind == "bool":
        return lambda moment: None if moment.row[slot] is None else bool(moment.row[slot])
    return lambda moment: moment.row[slot]


def _of_state(step: int, slot: int, kind: str, absent: object) -> Evaluate:
    nothing = constant_of(absent)

    def evaluate(moment: Moment) -> object:
        record = moment.state[step]
        value = nothing if record is None else record[slot]
        return bool(value) if kind == "bool" and value is not None else value

    return evaluate


def _of_record(step: int, slot: int, absent: int, kind: str) -> Evaluate:
    """A value that the record of a step brings along; without a record, one of the row."""

    def evaluate(moment: Moment) -> object:
        record = moment.state[step]
        value = moment.row[absent] if record is None else record[slot]
        return bool(value) if kind == "bool" and value is not None else value

    return evaluate


def _of_constant(value: object) -> Evaluate:
    fixed = constant_of(value)
    return lambda _moment: fixed


_LEAVES: Final[dict[str, Callable[..., Evaluate]]] = {
    "row": _of_row,
    "state": _of_state,
    "record": _of_record,
    "constant": _of_constant,
}


def _strict(function: Callable[..., Any], parts: list[Evaluate]) -> Evaluate:
    """A function that is null where an operand is."""

    def evaluate(moment: Moment) -> object:
        values = [part(moment) for part in parts]
        return None if None in values else function(*values)

    return evaluate


def _all(parts: list[Evaluate]) -> Evaluate:
    def evaluate(moment: Moment) -> bool | None:
        result: bool | None = True
        for part in parts:
            value = part(moment)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return evaluate


def _any(parts: list[Evaluate]) -> Evaluate:
    def evaluate(moment: Moment) -> bool | None:
        result: bool | None = False
        for part in parts:
            value = part(moment)
            if value is True:
                return True
            if value is None:
                result = None
        return result

    return evaluate


def _case(parts: list[Evaluate]) -> Evaluate:
    """Conditions and values in turn, and the value for none of them."""

    def evaluate(moment: Moment) -> object:
        for test, value in zip(parts[:-1:2], parts[1::2], strict=False):
            if test(moment) is True:
                return value(moment)
        return parts[-1](moment)

    return evaluate


def _coalesce(parts: list[Evaluate]) -> Evaluate:
    def evaluate(moment: Moment) -> object:
        return next((value for part in parts if (value := part(moment)) not in (None, "")), parts[-1](moment))

    return evaluate


_LAZY: Final[dict[str, Callable[[list[Evaluate]], Evaluate]]] = {
    "and": _all,
    "or": _any,
    "case": _case,
    "coalesce": _coalesce,
}


def _whole(value: int) -> int:
    if not _LOWEST <= value <= _HIGHEST:
        raise ValueError("scan: a whole number goes beyond 64 bits.")
    return value


def _divided(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


_STRICT: Final[dict[str, Callable[..., Any]]] = {
    "not": lambda a: not a,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: _whole(a + b),
    "-": lambda a, b: _whole(a - b),
    "*": lambda a, b: _whole(a * b),
    "real+": lambda a, b: float(a) + float(b),
    "real-": lambda a, b: float(a) - float(b),
    "real*": lambda a, b: float(a) * float(b),
    "real/": lambda a, b: _divided(float(a), float(b)),
    "real": float,
    "strcat": lambda *parts: "".join(parts),
}


def _equal(a: object, b: object) -> bool | None:
    """With a null on one side false, on both null."""
    if a is None and b is None:
        return None
    return a is not None and b is not None and a == b


def _unequal(a: object, b: object) -> bool | None:
    equal = _equal(a, b)
    return None if equal is None else not equal


_TOTAL: Final[dict[str, Callable[..., Any]]] = {
    "==": _equal,
    "!=": _unequal,
    "in": lambda a, *items: any(_equal(a, item) for item in items),
    "isnull": lambda a: a is None,
    "isempty": lambda a: a is None or a == "",
}
