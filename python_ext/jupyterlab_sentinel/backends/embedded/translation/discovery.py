"""What only the data can tell a translation: the columns that ``bag_unpack`` and ``pivot`` give.

A translation may ask short questions, each answered by one statement in the worker and on the cursor that the query
itself runs on: what bounds and stops the query bounds and stops them. A question and the query must see the same rows:
where reading them twice might give others, they are stored once, in a table that ends with the cursor.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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
_QUOTED = re.compile(r"'[^']*'")
# Up to so many tables one statement is planned at once without more ado, and so many are asked at a time.
_FEW = 64
_TOGETHER = 16


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


def filled(context: Context, sources: Sequence[str]) -> list[bool]:
    """Which of many sources have rows; where the data is not asked, or may answer otherwise next time, all may.

    A union of hundreds of tables costs the planner a minute; most of what a search of them reads has nothing to give.
    """
    if len(sources) <= _FEW or context.ask is None:
        return [True] * len(sources)
    found: list[bool] = []
    for start in range(0, len(sources), _TOGETHER):
        block = sources[start : start + _TOGETHER]
        parts = (f"(SELECT {place} AS x0 FROM {source} LIMIT 1)" for place, source in enumerate(block))
        sql = context.ctes.statement(" UNION ALL ".join(parts))
        if _UNSTEADY.search(_QUOTED.sub("", sql.replace(" LIMIT 1)", ")"))):
            found.extend([True] * len(block))
            continue
        having = {row[0] for row in answers(context, sql)}
        found.extend(place in having for place in range(len(block)))
    return found


def answers(context: Context, sql: str) -> list[tuple[object, ...]]:
    """The rows of a statement.

    :raises UndiscoveredError: there is no data to ask.
    """
    if context.ask is None:
        raise UndiscoveredError
    context.asked = True
    return context.ask(sql)
