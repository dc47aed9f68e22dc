"""Walking the syntax tree."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from ...kql import tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def children(node: object) -> Iterator[object]:
    """The nodes right below one, through lists."""
    if is_dataclass(node) and not isinstance(node, type):
        for part in fields(node):
            yield from _flat(getattr(node, part.name))


def _flat(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from _flat(item)
    elif is_dataclass(value) and not isinstance(value, type):
        yield value


def path_calls(node: object) -> frozenset[str]:
    """Names of the functions that a path begins with: ``cluster("x").database("y")``."""
    found: set[str] = set()
    pending: Iterable[object] = [node]
    while pending:
        following: list[object] = []
        for item in pending:
            if isinstance(item, tree.Call):
                found.add(item.name.lstrip("."))
                following += item.args[:1]
            elif isinstance(item, tree.Member):
                following.append(item.base)
        pending = following
    return frozenset(found)
