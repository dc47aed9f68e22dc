"""``%sentinel timerange [SPEC]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answers import range_text
from .arguments import Arguments
from .blocks import Facts, Line
from .connect import outside
from .display import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..session import Session
    from .blocks import Block
    from .desk import Desk

SUMMARY = "show or set the time range of every later query and of the sidebar"

EXAMPLES = """examples:
  %sentinel timerange                                   show it
  %sentinel timerange 7d                                also 24h, 90m, 2w; or: last 24h
  %sentinel timerange 2019-02-17 2019-02-19             the end is not part of it
  %sentinel timerange 2019-02-17T15:00 +90m
  %sentinel timerange around 2019-02-18T15:29:22 1h     an hour before to an hour after
  %sentinel timerange 2019-02-17 now
  %sentinel timerange today                             also yesterday, all
Times are UTC unless a zone is given, as in 2019-02-17T15:00+01:00."""

ORIGINS = {
    "default": "the default",
    "workspace": "the workspace opened on it",
    "notebook": "set in this notebook",
    "sidebar": "set in the sidebar",
}


def run(desk: Desk, words: Sequence[str]) -> None:
    """Set the range if there are words, and show it."""
    if words and words[0] in ("-h", "--help"):
        parser = Arguments("%sentinel timerange", SUMMARY, EXAMPLES)
        parser.add_argument("spec", nargs="*", help="the range, in one of the forms below")
        parser.print_help()
    if words:
        desk.session.set_time_range(" ".join(words))
    show(range_blocks(desk.session))


def range_blocks(session: Session) -> list[Block]:
    """The range: its words, its bounds now, and who set it."""
    blocks: list[Block] = [Facts(range_facts(session))]
    if session.workspace is not None:
        blocks += [Line(text, "warning") for text in outside(session.workspace.info, session)]
    return blocks


def range_facts(session: Session) -> tuple[tuple[str, str], ...]:
    """The same as labelled values."""
    chosen = session.time_range
    bounds = range_text(*chosen.resolve(session.now()))
    words = "" if chosen.kind == "absolute" else f"{chosen.label} · "
    return (("Time range", f"{words}{bounds}"), ("Spec", chosen.spec), ("Set by", ORIGINS[session.range_origin]))
