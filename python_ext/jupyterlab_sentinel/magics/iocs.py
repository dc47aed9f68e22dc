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
from .sources import frame_of, looks_like_variable, no_variable, series_of, variable_source

if TYPE_CHECKING:
    from typing import TypeAlias

    import pandas as pd

    from ..ports import Progress
    from .desk import Desk

    Source: TypeAlias = str | Path | pd.Series | pd.DataFrame

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
    source: Source = cell or ""
    columns = None
    if cell is None:
        source, columns = _source(" ".join(given.source), desk)
    frame = desk.run("Looking for indicators", partial(_extract, source, columns, types))
    desk.bind(given.output, marked(frame, shown_rows=100))
    return frame


async def _extract(
    source: Source, columns: list[str] | None, types: list[str] | None, _report: Progress
) -> pd.DataFrame:
    from ..services.iocs import extract_iocs

    return await asyncio.to_thread(extract_iocs, source, columns=columns, types=types)


def _source(word: str, desk: Desk) -> tuple[Source, list[str] | None]:
    """What to search: the variable if there is one by that name, else the file."""
    found = variable_source(word, desk.variables)
    if found is None:
        path = Path(word).expanduser()
        if looks_like_variable(word) and not path.exists():
            raise no_variable(word, desk.variables)
        return path, None
    frame = frame_of(found.value)
    if frame is not None:
        return frame, None if found.column is None else [found.column]
    if found.column is not None:
        raise UsageError(
            f"{found.name} is no frame: it has no column {found.column}.", hint=f"Write: %iocs {found.name}"
        )
    return _plain(found.name, found.value), None


def _plain(name: str, value: object) -> Source:
    """Text, a path, a Series, or a list of texts, which is searched as lines."""
    series = series_of(value)
    if series is not None:
        return series
    if isinstance(value, (str, Path)):
        return value
    if isinstance(value, (list, tuple, set)) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    raise DataError(
        f"{visible(name)} is a {type(value).__name__}, and no text, file or frame.",
        hint="Convert it first, for instance with str().",
    )
