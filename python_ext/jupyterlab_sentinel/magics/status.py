"""``%sentinel status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .answers import range_text
from .arguments import Arguments
from .blocks import Facts, Line
from .connect import outside
from .display import show
from .timerange import range_facts
from .values import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..models.workspace import WorkspaceInfo
    from .blocks import Block
    from .desk import Desk

SUMMARY = "show the workspace, the time range, who is signed in, and the last query"


def run(desk: Desk, words: Sequence[str]) -> None:
    """Show where one is."""
    Arguments("%sentinel status", SUMMARY).read(words)
    session = desk.session
    workspace = session.workspace
    pairs = [("Workspace", "none connected")] if workspace is None else _workspace_facts(workspace.info)
    pairs += range_facts(session)
    if session.last_query:
        pairs += [("Last query", session.last_query), ("Its answer", session.last_answer)]
    blocks: list[Block] = [Facts(tuple(pairs))]
    if workspace is None:
        blocks.append(Line("`%sentinel connect demo` opens the demo workspace.", "quiet"))
    else:
        warnings = [*outside(workspace.info, session), *workspace.info.notices]
        blocks += [Line(text, "warning") for text in warnings]
    blocks += [Line(notice, "warning") for notice in desk.store.take_notices()]
    show(blocks)


def _workspace_facts(info: WorkspaceInfo) -> list[tuple[str, str]]:
    kind = f"{info.name} ({info.kind})" if info.kind != info.name else info.name
    pairs = [("Workspace", kind), ("Signed in as", info.identity or "nobody: no sign-in is needed")]
    if info.tables is not None:
        pairs.append(("Tables", count_text(info.tables, "table")))
    if info.data_start is not None or info.data_end is not None:
        pairs.append(("Data", range_text(info.data_start, info.data_end)))
    return pairs
