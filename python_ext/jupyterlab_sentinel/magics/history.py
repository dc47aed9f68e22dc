"""``%sentinel history``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..models.moments import moments
from .arguments import Arguments, add_output_option
from .desk import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from .desk import Desk

SUMMARY = "list the queries that were run, newest first, of all notebooks of this user"


def run(desk: Desk, words: Sequence[str]) -> pd.DataFrame:
    """A row a query: ``sent_at, workspace, start, end, status, rows, elapsed_s, query, error``; times in UTC."""
    import pandas as pd

    parser = Arguments("%sentinel history", SUMMARY)
    parser.add_argument("-n", "--limit", type=int, default=20, metavar="N", help="how many (20)")
    add_output_option(parser)
    given = parser.read(words)
    if given.limit < 1:
        parser.error("--limit must be 1 or more")
    records = desk.store.history(given.limit)
    times = ("sent_at", "start", "end")
    names = (*times[:1], "workspace", *times[1:], "status", "rows", "elapsed_s", "query", "error")
    frame = pd.DataFrame({name: [getattr(record, name) for record in records] for name in names})
    frame["elapsed_s"] = frame["elapsed_s"].round(3)
    for name in times:
        frame[name] = moments(getattr(record, name) for record in records)
    desk.bind(given.output, marked(frame, shown_rows=given.limit))
    return frame
