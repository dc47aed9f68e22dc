"""``%sentinel sweep``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError
from ..models.frames import ATTRS_KEY
from .arguments import Arguments, add_output_option, comma_separated
from .desk import marked
from .sources import frame_of, literal_values, looks_like_variable, no_variable, plain_values, variable_source
from .values import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from .desk import Desk
    from .sources import Values

SUMMARY = "tell which indicators occur in which tables, with count, first and last time"

EXAMPLES = """examples:
  %sentinel sweep found                          a frame of %iocs, a column VAR:COLUMN, a list, a Series, an alert
  %sentinel sweep 23.97.60.214 hxxp://evil[.]example/x
  %sentinel sweep found --tables Syslog,Security* -o hits

An indicator is found in any case, with no letter or digit next to it, in columns of type
string, dynamic and guid, as `search` finds it."""


def run(desk: Desk, words: Sequence[str]) -> pd.DataFrame:
    """A row an indicator and table, and one for each indicator without a match."""
    parser = Arguments("%sentinel sweep", SUMMARY, EXAMPLES)
    parser.add_argument("source", nargs="+", metavar="VAR | VALUE", help="a variable that holds them, or the values")
    parser.add_argument("--tables", metavar="A,B", help="only these tables; wildcards are understood")
    add_output_option(parser)
    given = parser.read(words)
    workspace = desk.workspace()
    values = _values(given.source, desk)
    tables = None if given.tables is None else comma_separated(given.tables)
    if tables == []:
        parser.error("--tables needs a table")
    start, end = desk.session.time_range.resolve(workspace.now())
    frame = desk.run(
        f"Sweeping {workspace.info.name}",
        lambda report: workspace.sweep(values, tables=tables, start=start, end=end, progress=report),
    )
    marked(frame, shown_rows=100, notes=_notes(frame))
    desk.bind(given.output, frame)
    return frame


def _notes(frame: pd.DataFrame) -> list[str]:
    missed = int((frame["count"] == 0).sum())
    found = frame.loc[frame["count"] > 0, "value"].nunique()
    requests = frame.attrs[ATTRS_KEY]["requests"]
    asked = f"{requests} {'query' if requests == 1 else 'queries'}"
    return [f"{count_text(found, 'value')} found, {missed:,} in no table · {asked}"]


def _values(words: Sequence[str], desk: Desk) -> Values:
    found = variable_source(words[0], desk.variables) if len(words) == 1 else None
    if found is None:
        if len(words) == 1 and looks_like_variable(words[0]):
            raise no_variable(words[0], desk.variables)
        return literal_values(words)
    if found.column is None:
        return plain_values(found.value)
    frame = frame_of(found.value)
    if frame is None:
        raise UsageError(
            f"{found.name} is no frame: it has no column {found.column}.", hint=f"Write: %sentinel sweep {found.name}"
        )
    from ..services.enrichment_frames import column_of

    return column_of(frame, found.column)
