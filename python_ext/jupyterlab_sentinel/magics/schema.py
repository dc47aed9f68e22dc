"""``%sentinel schema TABLE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .arguments import Arguments, add_output_option
from .desk import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from .desk import Desk

SUMMARY = "list the columns of a table with their types"


def run(desk: Desk, words: Sequence[str]) -> pd.DataFrame:
    """A row a column: ``column, type``."""
    import pandas as pd

    parser = Arguments("%sentinel schema", SUMMARY)
    parser.add_argument("table", help="the table, in any case")
    add_output_option(parser)
    given = parser.read(words)
    workspace = desk.workspace()
    table = desk.run("Reading the tables", lambda _report: workspace.table(given.table))
    frame = pd.DataFrame(
        {
            "column": [column.name for column in table.columns],
            "type": [column.type for column in table.columns],
        }
    )
    desk.bind(given.output, marked(frame, shown_rows=1000))
    return frame
