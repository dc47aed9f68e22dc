"""What a translated query is: SQL for each of its statements, with the KQL types of what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL that gives one table of the answer.

    :param columns: name and KQL type of each column; the SQL's columns have the same order.
    """

    sql: str
    columns: tuple[tuple[str, str], ...]
    name: str = "PrimaryResult"


@dataclass(frozen=True, slots=True)
class Program:
    """A whole query.

    :param render: what the ``render`` operator asked for, or None.
    :param reasons: why the answer may not be the whole answer.
    :param warnings: what else the user should know of how the query was run.
    :param lasting: whether the SQL can run again; not where the data was asked for its columns.
    """

    statements: tuple[Statement, ...]
    render: dict[str, object] | None = None
    reasons: tuple[str, ...] = field(default=())
    warnings: tuple[str, ...] = field(default=())
    lasting: bool = True
