"""What ``scan`` computes: rows in their order through steps, each with a state.

A program is JSON, made by :mod:`...translation.tabular.scan_programs`; it is data, not code. An expression in it is a
list: an operation and its operands. What does not read a state was computed before and is a value of the row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .remarks import checkpoint
from .series.numbers import shown
from .step_expressions import Moment, constant_of, expression_of

if TYPE_CHECKING:
    from .step_expressions import Evaluate

Cells = Sequence[Any]

_OFTEN = 500


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
        step, moment = self.program.steps[number], Moment(row, [*before.records, None])
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
        moment = Moment(row, active.records if active is not None else [None])
        if self.program.steps[number].condition(moment) is not True:
            return
        if active is None:
            self.states[0] = _Sequence(self.matches, moment.state)
            self.matches += 1
        self._record(number, place, moment)

    def _record(self, number: int, place: int, moment: Moment) -> None:
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
            expression_of(step["condition"]),
            tuple((slot, expression_of(value)) for slot, value in step["assignments"]),
            step["output"],
        )
        for step in program["steps"]
    )
    return _Program(steps, [constant_of(value) for value in program["defaults"]])
