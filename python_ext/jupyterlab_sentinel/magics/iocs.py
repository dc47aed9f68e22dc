"""``%iocs`` and ``%%iocs``."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, UsageError
from ..models.indicators import visible
from .arguments import Arguments, add_output_option, comma_separated, split_words
from .desk import marked
from .sources import is_frame, is_series, looks_like_variable, no_variable, variable_source

if TYPE_CHECKING:
    import pandas as pd

    from ..ports import Progress
    from .desk import Desk

SUMMARY = "find indicators of compromise, defanged or not, in a text, a file or a frame"

EXAMPLES = """examples:
  %iocs report                        a variable that holds text
  %iocs logons:IPAddress              a column of a frame
  %iocs report.txt --types ipv4,domain -o found
  %%iocs -o found                     with the text below"""


def run(desk: Desk, line: str, cell: str | None) -> pd.DataFrame:
    """A row an indicator: ``type, value, defanged, source, start, end``."""
    command = "%iocs" if cell is None else "%%iocs"
    parser = Arguments(command, SUMMARY, EXAMPLES)
    if cell is None:
        parser.add_argument("source", nargs="+", help="a variable, VAR:COLUMN, or a file")
    parser.add_argument("--types", metavar="ipv4,domain,…", help="only these types")
    add_output_option(parser)
    given = parser.read(split_words(line, command))
    types = None if given.types is None else comma_separated(given.types)
    source, columns = (cell, None) if cell is not None else _source(" ".join(given.source), desk)
    frame = desk.run("Looking for indicators", partial(_extract, source, columns, types))
    desk.bind(given.output, marked(frame, shown_rows=100))
    return frame


async def _extract(source: object, columns: list[str] | None, types: list[str] | None, _report: Progress) -> pd.DataFrame:
    from ..services.iocs import extract_iocs

    return await asyncio.to_thread(extract_iocs, source, columns=columns, types=types)


def _source(word: str, desk: Desk) -> tuple[object, list[str] | None]:
    """What to search: the variable if there is one by that name, else the file."""
    found = variable_source(word, desk.variables)
    if found is None:
        path = Path(word).expanduser()
        if looks_like_variable(word) and not path.exists():
            raise no_variable(word, desk.variables)
        return path, None
    value = found.value
    if is_frame(value):
        return value, None if found.column is None else [found.column]
    if found.column is not None:
        raise UsageError(f"{found.name} is no frame: it has no column {found.column}.", hint=f"Write: %iocs {found.name}")
    if isinstance(value, (str, Path)) or is_series(value):
        return value, None
    if isinstance(value, (list, tuple, set)) and all(isinstance(item, str) for item in value):
        return "\n".join(value), None
    raise DataError(
        f"{visible(found.name)} is a {type(value).__name__}, and no text, file or frame.",
        hint="Convert it first, for instance with str().",
    )
