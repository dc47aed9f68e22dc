"""Whether a text is KQL, said before anything is sent, for every backend."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from .parser import parse_query

if TYPE_CHECKING:
    from .tree import Query


def check_syntax(text: str) -> None:
    """Refuse what is not KQL; what it means, and whether a backend runs it, is not looked at.

    :raises KqlSyntaxError: with the place, what was found and what was expected.
    """
    parsed(text)


@functools.lru_cache(maxsize=128)
def parsed(text: str) -> Query:
    """The syntax tree of a query; the same text is read once.

    :raises KqlSyntaxError: not KQL.
    """
    return parse_query(text)
