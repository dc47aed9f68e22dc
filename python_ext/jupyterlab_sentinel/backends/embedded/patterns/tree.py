"""The tree of a regular expression; flags are resolved while it is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from . import points

if TYPE_CHECKING:
    from .points import Ranges


@dataclass(frozen=True, slots=True)
class Span:
    """Code points from one to another."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Perl:
    r"""``\\d``, ``\\s``, ``\\w``, or the opposite.

    :param unicode: whether it knows more than ASCII.
    """

    letter: str
    negated: bool
    unicode: bool


@dataclass(frozen=True, slots=True)
class Property:
    r"""A general category or script.

    :param name: as RE2 knows it.
    """

    name: str
    negated: bool

    @property
    def is_script(self) -> bool:
        """Whether it is a script, of which Python knows nothing."""
        return len(self.name) > len("Lu")


@dataclass(frozen=True, slots=True)
class Class:
    """A set of characters in brackets.

    :param op: ``|`` for a union of items, else ``&&``, ``--`` or ``~~`` of two classes.
    :param fold: whether case does not count.
    """

    items: tuple[Item, ...]
    negated: bool = False
    op: str = "|"
    fold: bool = False


Item = Span | Perl | Property | Class


@dataclass(frozen=True, slots=True)
class Look:
    """A place that consumes nothing.

    :param kind: ``start``, ``end`` of the text; ``line_start``, ``line_end``; the same with ``crlf_``; ``word``,
        ``not_word``, ``word_start``, ``word_end``, ``start_half``, ``end_half``.
    :param unicode: what word characters are.
    """

    kind: str
    unicode: bool = True


@dataclass(frozen=True, slots=True)
class Repeat:
    """A node several times; ``most`` None: without bound."""

    node: Node
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A capturing group, by its number from 1."""

    node: Node
    number: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other; none: the empty text."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first that leads to a match."""

    nodes: tuple[Node, ...]


Node = Class | Look | Repeat | Group | Sequence | Choice


class UnknownSetError(ValueError):
    """A set of characters that Python's Unicode database does not tell."""


@lru_cache(maxsize=4096)
def ranges_of(item: Item, fold: bool = False) -> Ranges:  # noqa: FBT001, FBT002  # a key of the cache
    """The code points of an item.

    :raises UnknownSetError: a script.
    """
    held: Ranges
    match item:
        case Class():
            return _ranges_of_class(item)
        case Span():
            held = ((item.low, item.high),)
        case Perl():
            held = points.perl(item.letter, unicode=item.unicode)
        case Property():
            if item.is_script:
                raise UnknownSetError(item.name)
            held = points.category(item.name)
    if fold:
        held = points.any_case(held)
    return points.complement(held) if not isinstance(item, Span) and item.negated else held


def refuse_scripts(item: Item) -> None:
    """Ask for nothing that :func:`ranges_of` cannot tell.

    :raises UnknownSetError: a script.
    """
    if isinstance(item, Property) and item.is_script:
        raise UnknownSetError(item.name)
    if isinstance(item, Class):
        for part in item.items:
            refuse_scripts(part)


def _ranges_of_class(item: Class) -> Ranges:
    parts = [ranges_of(part, item.fold) for part in item.items]
    match item.op:
        case "&&":
            held = points.intersection(*parts)
        case "--":
            held = points.difference(*parts)
        case "~~":
            held = points.merged((*points.difference(*parts), *points.difference(parts[1], parts[0])))
        case _:
            held = points.merged(span for part in parts for span in part)
    return points.complement(held) if item.negated else held
