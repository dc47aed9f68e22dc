"""``%sentinel tables [PATTERN]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError
from ..models.moments import moments
from .arguments import Arguments, add_output_option
from .desk import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..models.workspace import TableInfo
    from .desk import Desk

SUMMARY = "list the tables, with row counts and first and last time where known"


def run(desk: Desk, words: Sequence[str]) -> pd.DataFrame:
    """A row a table: ``name, rows, first, last, columns, description``; times in UTC."""
    parser = Arguments("%sentinel tables", SUMMARY)
    parser.add_argument("pattern", nargs="?", help="a part of the name, or a wildcard such as Security*")
    add_output_option(parser)
    given = parser.read(words)
    workspace = desk.workspace()
    pattern = given.pattern
    wildcard = pattern if pattern is None or any(mark in pattern for mark in "*?") else f"*{pattern}*"
    found = desk.run("Reading the tables", lambda _report: workspace.tables(wildcard))
    if not found and pattern is not None:
        raise UsageError(
            f"No table of {workspace.info.name} is called like {pattern}.", hint="`%sentinel tables` lists all."
        )
    frame = marked(tables_frame(found), shown_rows=1000)
    desk.bind(given.output, frame)
    return frame


def tables_frame(tables: Sequence[TableInfo]) -> pd.DataFrame:
    """The tables as a frame, sorted by name."""
    import pandas as pd

    ordered = sorted(tables, key=lambda table: table.name.casefold())
    return pd.DataFrame(
        {
            "name": [table.name for table in ordered],
            "rows": pd.array([table.rows for table in ordered], dtype="Int64"),
            "first": moments(table.first for table in ordered),
            "last": moments(table.last for table in ordered),
            "columns": [len(table.columns) for table in ordered],
            "description": [table.description for table in ordered],
        }
    )
