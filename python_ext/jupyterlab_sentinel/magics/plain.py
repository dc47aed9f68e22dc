"""What a command shows where HTML does not: consoles, logs, text exports. As inert as the HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..models.indicators import visible
from .blocks import Code, Facts, Grid, Heading, Line, SignIn
from .inert import inert_line, inert_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .blocks import Block

_CELL_LIMIT = 40
_TEXT_LIMIT = 2_000
ENTER_ONLY = "Enter it only if you started this yourself. The Sentinel sidebar can copy it."
NO_PAGE_OF_MICROSOFT = (
    "This is none of the sign-in pages of Microsoft's clouds: make sure that it is the one you expect."
)


def plain_text(blocks: Sequence[Block]) -> str:
    """The blocks as lines."""
    return "\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    match block:
        case Line():
            return inert_plain(block.text)
        case Heading():
            return f"\n{inert_plain(block.text)}"
        case Grid():
            return _grid(block)
        case Facts():
            return _facts(block)
        case SignIn():
            return _sign_in(block)
        case Code():
            return visible(block.text)


def _sign_in(asked: SignIn) -> str:
    warning = [] if asked.page else [NO_PAGE_OF_MICROSOFT]
    address = asked.page or inert_plain(asked.address)
    lines = [
        f"To sign in to Azure, open {address} and enter the code {inert_plain(asked.code)}",
        *warning,
        f"Good until {asked.until}. {ENTER_ONLY}",
    ]
    return "\n".join(lines)


def _grid(grid: Grid) -> str:
    table = [grid.columns, *grid.rows]
    cells = [[inert_plain(inert_line(value, _CELL_LIMIT)) for value in row] for row in table]
    widths = [max(len(row[at]) for row in cells) for at in range(len(grid.columns))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if at in grid.right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def _facts(facts: Facts) -> str:
    labels = [inert_plain(label) for label, _ in facts.pairs]
    width = max((len(label) for label in labels), default=0)
    return "\n".join(
        f"{label.ljust(width)}  {inert_plain(value[:_TEXT_LIMIT])}"
        for label, (_, value) in zip(labels, facts.pairs, strict=True)
    )
