"""``%%sentinel``: a cell of KQL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..models.frames import ATTRS_KEY
from .answers import range_text
from .arguments import Arguments, split_words, variable_name
from .blocks import Code, Line
from .display import show
from .saved_answers import file_name
from .values import count_text, seconds_text

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from datetime import datetime

    import pandas as pd

    from ..models.saved_answers import SavedAnswer
    from ..models.tables import QueryResult
    from ..models.timerange import TimeRange
    from ..session import Workspace
    from .blocks import Block
    from .desk import Desk

COMMAND = "%%sentinel"
SUMMARY = "run the KQL below; the answer is a pandas DataFrame, also bound to VAR if VAR << is given"
EXAMPLES = """examples:
  %%sentinel
  SecurityAlert | take 5

  %%sentinel logons << --last 7d
  SigninLogs | where IPAddress in ({{addresses}})

  %%sentinel big << --last 30d -o big.parquet
  SigninLogs | where ResultType != 0

{{name}}, {{name.attr}}, {{name["key"]}} and {{name[0]}} bind Python values as typed literals."""

_LONGEST_S = 3600
_LONGEST_SAVE_S = 604_800
_TARGET = re.compile(r"\s*(\S+)\s*<<(?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Cell:
    """What the first line of the cell asks for. ``chosen`` is its own time range, or None for the session's."""

    target: str | None
    chosen: TimeRange | None
    workspace: str | None
    timeout_s: float | None
    strict: bool
    show: bool
    output: str | None
    replace: bool


def run(desk: Desk, line: str, text: str) -> pd.DataFrame | SavedAnswer | None:
    """The answer of the query ``text`` as a frame, or in a file; None for ``--show``, which sends nothing."""
    cell = read_line(line)
    text = text.rstrip()
    if not text:
        raise UsageError(f"{COMMAND}: the cell holds no query.", hint="Write KQL below the first line.")
    workspace = desk.workspace(cell.workspace)
    asked = cell.chosen or desk.session.time_range
    start, end = asked.resolve(workspace.now())
    if cell.show:
        prepared = workspace.prepared(text, desk.variables)
        show(_prepared(workspace, prepared, start, end))
        return None
    if cell.output is not None:
        saved = _saved(desk, workspace, text, cell, (start, end))
        _remember(desk, text, saved)
        desk.bind(cell.target, saved)
        return saved
    result = _answer(desk, workspace, text, cell, (start, end))
    frame = result.to_pandas()
    frame.attrs[ATTRS_KEY]["notes"] = list(_notes(workspace, result, asked))
    _remember(desk, text, result)
    if result.render is not None:
        _draw(result)
    desk.bind(cell.target, frame)
    return frame


def read_line(line: str) -> Cell:
    """Read the words after ``%%sentinel``.

    :raises UsageError: an unknown option, a bad variable name, times that contradict each other.
    :raises TimeRangeError: not a time, or a range that ends before it starts.
    """
    match = _TARGET.match(line)
    target = variable_name(match[1]) if match else None
    given = _parser().read(split_words(line[match.end() :] if match else line, COMMAND))
    if given.words:
        _refuse(given.words, line)
    longest = _LONGEST_S if given.output is None else _LONGEST_SAVE_S
    if given.timeout is not None and not 0 < given.timeout <= longest:
        raise UsageError(
            f"{COMMAND}: --timeout must be between 0 and {longest} seconds.",
            hint="The default is 180." if given.output is None else "The default with -o is a day.",
        )
    if given.replace and given.output is None:
        raise UsageError(f"{COMMAND}: --replace needs -o FILE.parquet.", hint="A variable is replaced without it.")
    shared = (given.workspace, given.timeout, given.strict, given.show, given.output, given.replace)
    return Cell(target, _chosen(given), *shared)


def _parser() -> Arguments:
    parser = Arguments(COMMAND, SUMMARY, EXAMPLES)
    parser.usage = (
        "%%sentinel [VAR <<] [--from T --to T | --last 7d | --range all] "
        "[--workspace NAME] [--timeout S] [--strict] [--show] [-o FILE.parquet [--replace]]"
    ).replace("%", "%%")
    parser.add_argument("words", nargs="*", help="VAR <<: bind the answer to VAR")
    parser.add_argument("--from", dest="start", nargs="+", metavar="T", help="first moment, UTC unless a zone is given")
    parser.add_argument("--to", dest="end", nargs="+", metavar="T", help="the moment after the last; without: now")
    parser.add_argument("--last", nargs="+", metavar="7d", help="the time up to now")
    parser.add_argument("--range", nargs="+", metavar="SPEC", help="any range that %%sentinel timerange reads, or all")
    parser.add_argument("--workspace", metavar="NAME", help="ask this workspace instead of the connected one")
    parser.add_argument("--timeout", type=float, metavar="S", help="total deadline in seconds (180; with -o a day)")
    parser.add_argument("--strict", action="store_true", help="a partial answer is an error")
    parser.add_argument("--show", action="store_true", help="print the query as it would be sent, and send nothing")
    parser.add_argument(
        "-o",
        "--output",
        type=file_name,
        metavar="FILE",
        help="write the answer into this Parquet file instead",
    )
    parser.add_argument("--replace", action="store_true", help="with -o: replace a file of that name")
    return parser


def _refuse(words: Sequence[str], line: str) -> None:
    from .sentinel import SUBCOMMANDS

    first = words[0]
    if "<<" in line:
        raise UsageError(
            f"{COMMAND}: “{first}” does not belong here.", hint="Write: %%sentinel VAR << [options], then KQL below."
        )
    if first in SUBCOMMANDS:
        raise UsageError(
            f"{COMMAND} takes a query, not the command {first}.",
            hint=f"Write it with one percent sign: %sentinel {first}",
        )
    options = ("from", "to", "last", "range", "workspace", "timeout", "strict", "show", "output", "replace")
    hint = f"Write it with two dashes: --{first}" if first in options else ""
    raise UsageError(
        f"{COMMAND}: “{first}” does not belong here.",
        hint=hint or f"To bind the answer, write: %%sentinel {first if first.isidentifier() else 'VAR'} <<",
    )


def _chosen(given: Namespace) -> TimeRange | None:
    """The cell's own time range."""
    from ..models.timerange import absolute, parse_time, parse_time_range, since

    spans = given.start is not None or given.end is not None
    if sum((spans, given.last is not None, given.range is not None)) > 1:
        raise UsageError(
            f"{COMMAND}: more than one time range is given.", hint="Give either --from and --to, or --last, or --range."
        )
    if given.last is not None:
        return parse_time_range(f"last {' '.join(given.last)}")
    if given.range is not None:
        return parse_time_range(" ".join(given.range))
    if not spans:
        return None
    if given.start is None:
        raise UsageError(f"{COMMAND}: --to needs --from.", hint="Give both: --from 2019-02-17 --to 2019-02-19")
    start = parse_time("T".join(given.start))
    return since(start) if given.end is None else absolute(start, parse_time("T".join(given.end)))


def _answer(
    desk: Desk,
    workspace: Workspace,
    text: str,
    cell: Cell,
    bounds: tuple[datetime | None, datetime | None],
) -> QueryResult:
    ask = partial(
        workspace.query,
        text,
        params=desk.variables,
        start=bounds[0],
        end=bounds[1],
        timeout=desk.settings.query.timeout_s if cell.timeout_s is None else cell.timeout_s,
        strict=cell.strict,
    )
    return desk.run(f"Asking {workspace.info.name}", lambda report: ask(progress=report))


def _saved(
    desk: Desk,
    workspace: Workspace,
    text: str,
    cell: Cell,
    bounds: tuple[datetime | None, datetime | None],
) -> SavedAnswer:
    save = partial(
        workspace.save,
        text,
        cell.output or "",
        params=desk.variables,
        start=bounds[0],
        end=bounds[1],
        timeout=cell.timeout_s,
        strict=cell.strict,
        replace=cell.replace,
    )
    return desk.run(f"Asking {workspace.info.name}", lambda report: save(progress=report))


def _notes(workspace: Workspace, result: QueryResult, asked: TimeRange) -> list[str]:
    """Why an empty answer may be empty."""
    info = workspace.info
    if result.rows:
        return []
    late = result.start is not None and info.data_end is not None and info.data_end < result.start
    early = result.end is not None and info.data_start is not None and info.data_start >= result.end
    if late or early:
        data = range_text(info.data_start, info.data_end)
        return [f"All data of {info.name} lies outside the range {asked.label}: {data}."]
    return []


def _remember(desk: Desk, text: str, result: QueryResult | SavedAnswer) -> None:
    rows = count_text(result.rows, "row")
    with desk.session.lock:
        desk.session.last_query = text
        desk.session.last_answer = f"{rows} in {seconds_text(result.elapsed_s)}, {result.status}"
        desk.session.changed()


def _prepared(workspace: Workspace, prepared: str, start: datetime | None, end: datetime | None) -> list[Block]:
    return [
        Code(prepared),
        Line(f"For {workspace.info.name} · {range_text(start, end)} · nothing was sent", "quiet"),
    ]


def _draw(result: QueryResult) -> None:
    from IPython.display import Image, display

    from ..widgets.chart import draw

    chart = draw(result)
    if chart.png is not None:
        display(Image(data=chart.png, format="png", alt=chart.title))
    for note in chart.notes:
        show([Line(note, "quiet")])
