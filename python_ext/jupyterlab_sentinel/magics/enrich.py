"""``%enrich``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..errors import DataError, UsageError
from .arguments import Arguments, add_output_option, comma_separated, split_words
from .blocks import Line
from .desk import marked
from .display import show
from .sources import frame_of, literal_values, looks_like_variable, no_variable, plain_values, variable_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..ports import Progress
    from .desk import Desk
    from .sources import Values

SUMMARY = "tell what is known about addresses, domains, URLs and hashes"

EXAMPLES = """examples:
  %enrich 23.97.60.214 hxxp://evil[.]example/x
  %enrich flows:SrcIP_s --map -o located      the frame's rows with columns added
  %enrich found --providers geoip,workspace_ti

Without --providers the offline ones are asked. One that sends values to a third party
must have been switched on: jupyter sentinel provider enable NAME."""


def run(desk: Desk, line: str) -> pd.DataFrame:
    """For a frame its rows with columns added; for values one row each."""
    parser = Arguments("%enrich", SUMMARY, EXAMPLES)
    parser.add_argument(
        "source", nargs="+", metavar="VALUE | VAR[:COLUMN]", help="values, or a variable that holds them"
    )
    parser.add_argument("--providers", metavar="a,b", help="ask these, by name")
    parser.add_argument("--all", action="store_true", help="ask every provider that is switched on")
    parser.add_argument("--map", action="store_true", help="also show the located addresses on a map")
    add_output_option(parser)
    given = parser.read(split_words(line, "%enrich"))
    if given.all and given.providers is not None:
        raise UsageError("%enrich: --all and --providers contradict each other.", hint="Give one of them.")
    providers = ["all"] if given.all else None if given.providers is None else comma_separated(given.providers)
    if providers == []:
        raise UsageError("%enrich: --providers needs a name.", hint="`sentinel.providers()` lists them.")
    values, column = _source(given.source, desk)
    frame = desk.run("Enriching", partial(_enriched, desk, values, column, providers))
    marked(frame, shown_rows=100, notes=_notes(frame))
    desk.bind(given.output, frame)
    if given.map:
        _show_map(desk, frame, column)
    return frame


async def _enriched(
    desk: Desk, values: Values, column: str | None, providers: Sequence[str] | None, report: Progress
) -> pd.DataFrame:
    from ..services.enrichment import enrich_wide

    workspace = desk.session.workspace
    return await enrich_wide(
        values,
        column=column,
        providers=providers,
        backend=None if workspace is None else workspace.backend,
        store=desk.store,
        settings=desk.settings,
        progress=report,
    )


def _source(words: Sequence[str], desk: Desk) -> tuple[Values, str | None]:
    """The values, and the column if they are a frame's."""
    found = variable_source(words[0], desk.variables) if len(words) == 1 else None
    if found is None:
        if len(words) == 1 and looks_like_variable(words[0]):
            raise no_variable(words[0], desk.variables)
        return literal_values(words), None
    frame = frame_of(found.value)
    if frame is not None:
        return frame, found.column
    if found.column is not None:
        raise UsageError(
            f"{found.name} is no frame: it has no column {found.column}.", hint=f"Write: %enrich {found.name}"
        )
    return plain_values(found.value), None


def _notes(frame: pd.DataFrame) -> list[str]:
    facts = frame.attrs.get("sentinel_enrichment")
    if not isinstance(facts, dict):
        return []
    return [str(note) for key in ("notices", "attribution") for note in facts.get(key, ())]


def _show_map(desk: Desk, frame: pd.DataFrame, column: str | None) -> None:
    """Show the rows that have coordinates; none at all is worth a line, and no failure."""
    from IPython.display import display

    from ..widgets.map import address_map

    try:
        display(address_map(frame, column=column, tiles=desk.settings.map.tiles))
    except DataError as nothing:
        show([Line(f"No map: {nothing.message}", "warning")])
