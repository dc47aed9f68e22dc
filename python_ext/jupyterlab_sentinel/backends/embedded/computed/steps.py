"""What ``scan`` computes: rows in their order through steps, each with a state.

A program is JSON, made by :mod:`...translation.tabular.scan_programs`; it is data, not code. An expression in it is a
list: an operation and its operands. What does not read a state was computed before and is a value of the row.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from .remarks import checkpoint
from .series.numbers import shown

Cells = Sequence[Any]
Evaluate = Callable[["_Moment"], Any]

_OFTEN = 500
_LOWEST, _HIGHEST = -(1 << 63), (1 << 63) - 1


@dataclass(slots=True)
class _Moment:
    """What an expression sees: the row, and the records of the steps in the state that is looked at."""

    row: Cells
    state: list[Cells | None]


@dataclass(slots=True)
class _Sequence:
    """The state of a step: the records of it and of the steps before it."""

    number: int
    records: list[Cells | None]
    pending: tuple[int, Cells] | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    condition: Evaluate
    assignments: tuple[tuple[int, Evaluate], ...]
    output: str


@dataclass(frozen=True, slots=True)
class _Program:
    steps: tuple[_Step, ...]
    defaults: Cells


@dataclass(slots=True)
class _Scan:
    program: _Program
    states: list[_Sequence | None]
    matches: int = 0
    found: list[tuple[int, int, Cells]] = field(default_factory=list)

    def feed(self, place: int, row: Cells) -> None:
        """One row through all steps, from the last to the first."""
        for number in range(len(self.program.steps) - 1, -1, -1):
            if not self._follow(number, place, row):
                self._repeat(number, place, row)

    def _follow(self, number: int, place: int, row: Cells) -> bool:
        """Check 1: the sequence of the step before goes on to this one."""
        before = self.states[number - 1] if number else None
        if before is None:
            return False
        step, moment = self.program.steps[number], _Moment(row, [*before.records, None])
        if step.condition(moment) is not True:
            return False
        self._flush(number)
        self._flush(number - 1)
        self.states[number] = _Sequence(before.number, moment.state)
        self.states[number - 1] = None
        self._record(number, place, moment)
        return True

    def _repeat(self, number: int, place: int, row: Cells) -> None:
        """Check 2: a sequence stays in this step, or begins in the first."""
        active = self.states[number]
        if active is None and number:
            return
        moment = _Moment(row, active.records if active is not None else [None])
        if self.program.steps[number].condition(moment) is not True:
            return
        if active is None:
            self.states[0] = _Sequence(self.matches, moment.state)
            self.matches += 1
        self._record(number, place, moment)

    def _record(self, number: int, place: int, moment: _Moment) -> None:
        step, sequence = self.program.steps[number], self.states[number]
        if sequence is None:
            raise RuntimeError
        values = list(self.program.defaults)
        for slot, evaluate in step.assignments:
            values[slot] = evaluate(moment)
        sequence.records = [*moment.state]
        sequence.records[number] = [*moment.row, *values]
        if step.output == "all":
            self.found.append((place, sequence.number, values))
        elif step.output == "last":
            sequence.pending = (place, values)

    def _flush(self, number: int) -> None:
        """The last record of a step whose sequence leaves it."""
        sequence = self.states[number]
        if sequence is not None and sequence.pending is not None:
            place, values = sequence.pending
            self.found.append((place, sequence.number, values))
            sequence.pending = None

    def finish(self) -> None:
        """No more rows."""
        for number in range(len(self.states)):
            self._flush(number)


def scan(program: str, count: int, wholes: Cells, reals: Cells, texts: Cells) -> list[str]:
    """The records that come out of rows in their order.

    :param program: see the module.
    :param count: how many rows there are.
    :param wholes: the values that are whole numbers, bools, datetimes or timespans, row after row.
    :param reals: the real ones.
    :param texts: texts, GUIDs and dynamics.
    :returns: for each record a JSON array: the place of its row, the number of its match, the declared columns.
    """
    compiled = _compiled(program)
    run = _Scan(compiled, [None] * len(compiled.steps))
    kinds = [(cells, len(cells) // count) for cells in (wholes, reals, texts) if count]
    for place in range(count):
        if place % _OFTEN == 0:
            checkpoint()
        run.feed(place, [cell for cells, width in kinds for cell in cells[place * width : (place + 1) * width]])
    run.finish()
    return [shown((place, number, *values)) for place, number, values in run.found]


@lru_cache(maxsize=32)
def _compiled(text: str) -> _Program:
    program = json.loads(text)
    steps = tuple(
        _Step(
            _expression(step["condition"]),
            tuple((slot, _expression(value)) for slot, value in step["assignments"]),
            step["output"],
        )
        for step in program["steps"]
    )
    return _Program(steps, [_constant(value) for value in program["defaults"]])


def _constant(value: object) -> object:
    return float(value[1]) if isinstance(value, list) else value


# --- expressions ------------------------------------------------------------------------------


def _expression(node: list[Any]) -> Evaluate:
    name, *operands = node
    if name in _LEAVES:
        return _LEAVES[name](*operands)
    parts = [_expression(operand) for operand in operands]
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
    nothing = _constant(absent)

    def evaluate(moment: _Moment) -> object:
        record = moment.state[step]
        value = nothing if record is None else record[slot]
        return bool(value) if kind == "bool" and value is not None else value

    return evaluate


def _of_constant(value: object) -> Evaluate:
    fixed = _constant(value)
    return lambda _moment: fixed


_LEAVES: Final[dict[str, Callable[..., Evaluate]]] = {"row": _of_row, "state": _of_state, "constant": _of_constant}


def _strict(function: Callable[..., Any], parts: list[Evaluate]) -> Evaluate:
    """A function that is null where an operand is."""

    def evaluate(moment: _Moment) -> object:
        values = [part(moment) for part in parts]
        return None if None in values else function(*values)

    return evaluate


def _all(parts: list[Evaluate]) -> Evaluate:
    def evaluate(moment: _Moment) -> bool | None:
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
    def evaluate(moment: _Moment) -> bool | None:
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

    def evaluate(moment: _Moment) -> object:
        for test, value in zip(parts[:-1:2], parts[1::2], strict=False):
            if test(moment) is True:
                return value(moment)
        return parts[-1](moment)

    return evaluate


def _coalesce(parts: list[Evaluate]) -> Evaluate:
    def evaluate(moment: _Moment) -> object:
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
    "isnull": lambda a: a is None,
    "isempty": lambda a: a is None or a == "",
}
