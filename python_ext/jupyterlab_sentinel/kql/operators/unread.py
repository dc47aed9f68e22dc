"""Operators that exist, whose grammar is not read here: they are skipped to their end, for a backend to name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import tree
from .parts import skip
from .registry import reader

if TYPE_CHECKING:
    from ..cursor import Cursor
    from ..tree import Operator
    from .registry import Reader

_NAMES = (
    "reduce",
    "execute-and-cache",
    "graph-where-edges",
    "graph-where-nodes",
    "macro-expand",
    "__partitionby",
    "__projectbynames",
)


def _unread(kind: str) -> Reader:
    def read(cursor: Cursor, at: int) -> Operator:
        skip(cursor)
        return tree.Operator(at, kind)

    return read


for _name in _NAMES:
    reader(_name)(_unread(_name))
