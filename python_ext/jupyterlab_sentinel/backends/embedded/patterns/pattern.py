"""A pattern of KQL, ready to be put into SQL or to be run here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .machine import Machine, TooLargeError
from .re2 import InexpressibleError, Writer
from .syntax import PatternError, parse
from .tree import Choice, Class, Group, Look, Node, Perl, Repeat, Sequence, UnknownSetError

_COUNTED = 8


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""A pattern and what stands for it in RE2.

    :param source: its text.
    :param node: its tree.
    :param names: of its groups in their order, empty for those without.
    :param any_text: for any text; None: RE2 has none, or none that is quick.
    :param ascii_text: for texts in ASCII, where it is another than ``any_text``; None: there is none.
    :param loose: finds at least what the pattern finds; for texts of which neither of the others is.
    """

    source: str
    node: Node
    names: tuple[str, ...]
    any_text: str | None
    ascii_text: str | None
    loose: str

    @property
    def may_be_empty(self) -> bool:
        """Whether it may match the empty text."""
        return _may_be_empty(self.node)

    @property
    def may_lack_groups(self) -> bool:
        """Whether a group may take no part in a match."""
        return _may_lack_groups(self.node, optional=False)


@lru_cache(maxsize=1024)
def compiled(source: str) -> Pattern:
    """The pattern of a text.

    :raises PatternError: it is none, or one that cannot be run.
    """
    parsed = parse(source)
    node = parsed.node
    any_text = _written(node, Writer(ascii_only=False))
    split = any_text is None or _counts_letters(node)
    ascii_text = _written(node, Writer(ascii_only=True)) if split else any_text
    if any_text is None:
        machine(source)
    loose = Writer(ascii_only=False, loose=True).write(node)
    return Pattern(source, node, parsed.names, any_text, ascii_text, loose)


def _written(node: Node, writer: Writer) -> str | None:
    try:
        return writer.write(node)
    except (InexpressibleError, UnknownSetError):
        return None


@lru_cache(maxsize=256)
def machine(source: str) -> Machine:
    """What runs a pattern here.

    :raises PatternError: it is none, too large, or of characters that are not known here.
    """
    parsed = parse(source)
    try:
        return Machine(parsed.node, len(parsed.names))
    except TooLargeError:
        raise PatternError("repetitions of more than 50,000 steps", 0) from None
    except UnknownSetError as error:
        message = f"the script {error.args[0]} beside what only Unicode's letters or counting tells"
        raise PatternError(message, 0) from None


def _counts_letters(node: Node, *, counted: bool = False) -> bool:
    r"""Whether it repeats ``\w`` by number: in RE2 that is slow by a factor of 100 in the tables of Unicode."""
    match node:
        case Class():
            return counted and _has_letters(node)
        case Repeat():
            often = max(node.least, node.most or 0) >= _COUNTED
            return _counts_letters(node.node, counted=counted or often)
        case Sequence() | Choice():
            return any(_counts_letters(part, counted=counted) for part in node.nodes)
        case Look():
            return False
        case _:
            return _counts_letters(node.node, counted=counted)


def _has_letters(node: Class) -> bool:
    return any(
        _has_letters(item) if isinstance(item, Class) else isinstance(item, Perl) and item.letter == "w"
        for item in node.items
    )


def _may_lack_groups(node: Node, *, optional: bool) -> bool:
    match node:
        case Group():
            return optional or _may_lack_groups(node.node, optional=optional)
        case Repeat():
            return _may_lack_groups(node.node, optional=optional or node.least == 0)
        case Sequence():
            return any(_may_lack_groups(part, optional=optional) for part in node.nodes)
        case Choice():
            return any(_may_lack_groups(part, optional=True) for part in node.nodes)
        case _:
            return False


def _may_be_empty(node: Node) -> bool:
    match node:
        case Class():
            return False
        case Look():
            return True
        case Repeat():
            return node.least == 0 or _may_be_empty(node.node)
        case Sequence():
            return all(_may_be_empty(part) for part in node.nodes)
        case Choice():
            return any(_may_be_empty(part) for part in node.nodes)
        case _:
            return _may_be_empty(node.node)
