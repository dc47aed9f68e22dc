"""``%sentinel functions [PATTERN]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UsageError
from .arguments import Arguments, add_output_option
from .desk import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from .desk import Desk

SUMMARY = "list the functions that are saved in the workspace, with their parameters"


def run(desk: Desk, words: Sequence[str]) -> pd.DataFrame:
    """A row a function: ``name, parameters, description``."""
    import pandas as pd

    parser = Arguments("%sentinel functions", SUMMARY)
    parser.add_argument("pattern", nargs="?", help="a part of the name, or a wildcard such as Failed*")
    add_output_option(parser)
    given = parser.read(words)
    workspace = desk.workspace()
    pattern = given.pattern
    wildcard = pattern if pattern is None or any(mark in pattern for mark in "*?") else f"*{pattern}*"
    found = desk.run("Reading the functions", lambda _report: workspace.functions(wildcard))
    if not found and pattern is not None:
        raise UsageError(
            f"No function of {workspace.info.name} is called like {pattern}.",
            hint="`%sentinel functions` lists all.",
        )
    columns = ("name", "parameters", "description")
    frame = pd.DataFrame({column: [getattr(one, column) for one in found] for column in columns}, columns=columns)
    desk.bind(given.output, marked(frame, shown_rows=1000))
    return frame
