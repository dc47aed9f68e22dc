"""``%sentinel connect NAME``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import blocking
from ..errors import UsageError
from .answers import range_text
from .arguments import Arguments
from .blocks import Line
from .display import show
from .values import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..models.workspace import WorkspaceInfo
    from ..session import Session, Workspace
    from .blocks import Block
    from .desk import Desk

SUMMARY = "open a workspace: demo, a configured name, a workspace GUID, or a folder or file of exported logs"

EXAMPLES = """examples:
  %sentinel connect demo
  %sentinel connect contoso            a name that `jupyter sentinel workspace add` configured
  %sentinel connect exports/2026-11    a folder of CSV, NDJSON, JSON or Parquet files, each a table"""


def run(desk: Desk, words: Sequence[str]) -> None:
    """Connect, and say where one is now. What was connected before stays so if this fails."""
    parser = Arguments("%sentinel connect", SUMMARY, EXAMPLES)
    parser.add_argument("name", nargs="*", help="which workspace")
    name = " ".join(parser.read(words).name)
    if not name:
        known = ", ".join(["demo", *desk.settings.workspaces])
        raise UsageError("%sentinel connect: which workspace?", hint=f"Known names: {known}; or give a GUID or a path.")
    workspace = _opened(desk, name)
    before = desk.session.set_workspace(workspace)
    _leave(desk.session, before, name)
    blocking.start(workspace.warm_up)
    show(_welcome(workspace.info, desk.session))


def _opened(desk: Desk, name: str) -> Workspace:
    from ..session import connect

    store = desk.store
    return desk.run(f"Opening {name}", lambda report: connect(name, store=store, progress=report))


def _leave(session: Session, before: Workspace | None, name: str) -> None:
    """Close what nobody can reach any more."""
    stale = session.others.pop(name, None)
    for workspace in (before, stale):
        if workspace is not None:
            blocking.run(workspace.close)


def _welcome(info: WorkspaceInfo, session: Session) -> list[Block]:
    what = [f"Connected to {info.name}"]
    if info.tables is not None:
        what.append(count_text(info.tables, "table"))
    if info.data_start is not None or info.data_end is not None:
        what.append(f"data from {range_text(info.data_start, info.data_end)}")
    if info.identity:
        what.append(f"signed in as {info.identity}")
    blocks: list[Block] = [Line(" · ".join(what))]
    if info.description:
        blocks.append(Line(info.description, "quiet"))
    blocks.append(_range_line(info, session))
    blocks += [Line(notice, "warning") for notice in (*outside(info, session), *info.notices)]
    return blocks


def _range_line(info: WorkspaceInfo, session: Session) -> Line:
    label = session.time_range.label
    if session.range_origin == "workspace":
        return Line(f"The {info.name} opens on its own time range {label}")
    kept = " (as you set it)" if session.range_chosen else ""
    return Line(f"Time range: {label}{kept}")


def outside(info: WorkspaceInfo, session: Session) -> list[str]:
    """A warning if the range and the data do not meet: every answer would be empty."""
    start, end = session.time_range.resolve(session.now())
    too_late = start is not None and info.data_end is not None and info.data_end < start
    too_early = end is not None and info.data_start is not None and info.data_start >= end
    if not (too_late or too_early):
        return []
    everything = "`%sentinel timerange all` looks at all of it."
    return [f"All data lies outside the time range {session.time_range.label}: {everything}"]
