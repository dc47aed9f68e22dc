"""What only the data can tell a translation: the columns that ``bag_unpack`` and ``pivot`` give.

A translation may ask short questions, each answered by one statement in the worker and on the cursor that the query
itself runs on: what bounds and stops the query bounds and stops them. A question and the query must see the same rows:
where reading them twice might give others, they are stored once, in a table that ends with the cursor.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .context import Context
    from .relations import Relation

Ask = Callable[[str], list[tuple[object, ...]]]
"""Runs one SQL statement and gives its rows."""

MOST_COLUMNS = 1000

# Where a second reading may give other rows or values: what has no order, and what is drawn by lot.
_UNSTEADY = re.compile(r"\b(LIMIT|OVER|DISTINCT ON|random|uuid|first|any_value|list|arg_\w+|kql_merge_bags)\b")


class UndiscoveredError(Exception):
    """The data has to be asked, and this translation has no data."""


def steady(context: Context, rows: Relation) -> Relation:
    """The same rows, such that every reading of them gives the same."""
    refs = list(dict.fromkeys([*(column.ref for column in rows.columns), *(key.ref for key in rows.order)]))
    sql = context.ctes.statement(f"SELECT {', '.join(refs) or '1 AS x0'} FROM {rows.source}")
    if not _UNSTEADY.search(sql):
        return rows
    context.held += 1
    name = f"held{context.held}"
    answers(context, f"CREATE TEMP TABLE {name} AS {sql}")
    return replace(rows, source=context.ctes.add(f"SELECT * FROM {name}"), label="")


def answers(context: Context, sql: str) -> list[tuple[object, ...]]:
    """The rows of a statement.

    :raises UndiscoveredError: there is no data to ask.
    """
    if context.ask is None:
        raise UndiscoveredError
    context.asked = True
    return context.ask(sql)
