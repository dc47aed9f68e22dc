"""Answers to parts of a query: whether each is whole, and what is to be told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ServiceError
from .failures import hit_limit, reasons

if TYPE_CHECKING:
    from ...models.tables import Table
    from .decoding import Answer


def is_cut(answer: Answer, most_rows: float) -> bool:
    """Whether rows were left out because the answer would have been too large.

    :param most_rows: an answer that has as many may be cut, even if the service says nothing.
    """
    return bool(answer.tables) and (hit_limit(answer.error) or answer.tables[0].rows >= most_rows)


def only_table(answer: Answer) -> Table:
    """The rows of a slice.

    :raises ServiceError: there is no table, though the whole has one.
    """
    if not answer.tables:
        raise ServiceError(
            "The service answered a part of the query without a table.",
            hint="The workspace may be changing: run the query again.",
        )
    return answer.tables[0]


def faults(answer: Answer) -> tuple[str, ...]:
    """What went wrong besides a limit that was hit."""
    return reasons(answer.error) if answer.error and not hit_limit(answer.error) else ()
