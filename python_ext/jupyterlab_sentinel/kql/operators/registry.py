"""The readers of tabular operators, by the operator's name."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..cursor import Cursor
    from ..tree import Operator

Reader = Callable[["Cursor", int], "Operator"]
"""Reads what follows an operator's name; given the offset of that name."""

READERS: dict[str, Reader] = {}
"""Every tabular operator of KQL, whether or not a backend runs it."""


def reader(*names: str) -> Callable[[Reader], Reader]:
    """Let the decorated function read these operators."""

    def register(function: Reader) -> Reader:
        READERS.update(dict.fromkeys(names, function))
        return function

    return register


def parse_operators(cursor: Cursor) -> tuple[Operator, ...]:
    """``| operator`` as often as it comes."""
    operators: list[Operator] = []
    while cursor.accept("|"):
        operators.append(parse_operator(cursor))
    return tuple(operators)


def parse_operator(cursor: Cursor) -> Operator:
    """One operator, from its name on."""
    at = cursor.peek().start
    token = cursor.peek()
    if token.kind != "name":
        cursor.fail(f"Expected an operator after '|' but found {cursor.found()}")
    name = _dashed_name(cursor)
    read = READERS.get(name)
    if read is None:
        near = difflib.get_close_matches(name, READERS, 1)
        cursor.fail(f"There is no operator {name!r}", token, hint=f"Did you mean {near[0]!r}?" if near else "")
    return read(cursor, at)


def _dashed_name(cursor: Cursor) -> str:
    name = cursor.next().text
    while cursor.at("-") and cursor.adjacent(0) and cursor.peek(1).kind == "name" and cursor.adjacent(1):
        longer = f"{name}-{cursor.peek(1).text}"
        if not any(known == longer or known.startswith(f"{longer}-") for known in READERS):
            _refuse_misspelt(cursor, longer)
            break
        cursor.next()
        cursor.next()
        name = longer
    return name


def _refuse_misspelt(cursor: Cursor, longer: str) -> None:
    """``project-reoder x`` is hardly meant as ``project (-reoder)``."""
    near = difflib.get_close_matches(longer, [known for known in READERS if "-" in known], 1, 0.85)
    if near:
        cursor.fail(f"There is no operator {longer!r}", cursor.peek(1), hint=f"Did you mean {near[0]!r}?")
