"""The only place that makes HTML: text nodes in fixed tags, classes and styles, nothing else.

No attribute ever holds data; what a link leads to is one of a few fixed addresses. The classes keep MathJax away
(``tex2jax_ignore mathjax_ignore``); colours come from JupyterLab's variables, with fallbacks for pages that lack them.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal

from ..device_codes import PAGES
from .blocks import Code, Facts, Grid, Heading, Line, SignIn
from .inert import inert
from .plain import ENTER_ONLY, NO_PAGE_OF_MICROSOFT, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .blocks import Block

Tag = Literal["a", "div", "span", "strong", "pre", "table", "thead", "tbody", "tr", "th", "td"]
Look = Literal["", "output", "quiet", "warning", "heading", "long", "short", "right", "text", "label", "code", "enter"]

MATH_OFF = "tex2jax_ignore mathjax_ignore"
CELL_LIMIT = 200
_LONGEST_UNBROKEN = 40
TEXT_LIMIT = 10_000

# The allow-list of attributes: each look is a fixed text.
LOOKS: dict[Look, str] = {
    "": "",
    "output": f' class="jp-Sentinel-Output {MATH_OFF}"',
    "quiet": ' class="jp-Sentinel-Quiet" style="color: var(--jp-ui-font-color2, #616161)"',
    "warning": ' class="jp-Sentinel-Warning" style="color: var(--jp-error-color1, #d32f2f); font-weight: bold"',
    "heading": ' class="jp-Sentinel-Heading" style="font-weight: bold; margin-top: 8px"',
    "long": ' style="text-align: left; vertical-align: top; min-width: 20em; overflow-wrap: anywhere"',
    "short": ' style="text-align: left; vertical-align: top; white-space: nowrap"',
    "right": ' style="text-align: right; vertical-align: top; white-space: nowrap"',
    "text": ' style="text-align: left; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere"',
    "label": ' style="text-align: left; vertical-align: top; font-weight: bold; white-space: nowrap"',
    "code": ' class="jp-Sentinel-Code" style="white-space: pre-wrap"',
    "enter": ' class="jp-Sentinel-SignIn" style="margin: 6px 0; font-family: var(--jp-code-font-family, monospace); '
    'font-size: 1.5em; font-weight: bold; letter-spacing: 0.1em; user-select: all"',
}
_LINKS = {page: f' href="{page}" target="_blank" rel="noopener noreferrer"' for page in PAGES}


def element(tag: Tag, children: str | Iterable[str], look: Look = "") -> str:
    """``tag`` around children that are HTML already: made by this function or by :func:`text`."""
    inner = children if isinstance(children, str) else "".join(children)
    return f"<{tag}{LOOKS[look]}>{inner}</{tag}>"


def text(raw: str, limit: int = TEXT_LIMIT) -> str:
    """A text node: ``raw`` inert and escaped."""
    return escape(inert(raw, limit), quote=True)


def html(blocks: Sequence[Block]) -> str:
    """The blocks as one element."""
    return element("div", (_block(block) for block in blocks), "output")


def bundle(blocks: Sequence[Block]) -> dict[str, str]:
    """The blocks as a MIME bundle: HTML, and plain text that says the same."""
    return {"text/html": html(blocks), "text/plain": plain_text(blocks)}


def show(blocks: Sequence[Block]) -> None:
    """Put the blocks into the cell's output."""
    from IPython.display import display

    display(bundle(blocks), raw=True)


def guarded_html(rendered: str) -> str:
    """HTML that pandas made of a frame, with what is invisible spelled out, addresses defanged, and no mathematics.

    pandas 2 says the last to one generation of typesetters only.
    pandas escapes every value and puts none into an attribute, so that what changes here is text.
    """
    return f'<div class="{MATH_OFF}">{_spelled_out(inert(rendered))}</div>'


def _spelled_out(rendered: str) -> str:
    import re

    return re.sub(r"<(U\+[0-9A-F]{4,6})>", r"&lt;\1&gt;", rendered)


def _block(block: Block) -> str:
    match block:
        case Line():
            return element("div", text(block.text), _tone(block))
        case Heading():
            return element("div", text(block.text), "heading")
        case Grid():
            return _grid(block)
        case Facts():
            return _facts(block)
        case SignIn():
            return _sign_in(block)
        case Code():
            return element("pre", escape(_exact(block.text), quote=True), "code")


def _sign_in(asked: SignIn) -> str:
    """A click selects the whole code: there is no script here that could copy it."""
    link = _LINKS.get(asked.page or "")
    address = text(asked.address) if link is None else f"<a{link}>{escape(asked.page or '', quote=True)}</a>"
    lines = [
        element("div", element("strong", text("Sign in to Azure"))),
        element("div", (text("Open "), address, text(" on any device, and enter this code:"))),
        element("div", text(asked.code), "enter"),
    ]
    if link is None:
        lines.append(element("div", text(NO_PAGE_OF_MICROSOFT), "warning"))
    lines.append(element("div", text(f"Good until {asked.until}. {ENTER_ONLY}"), "quiet"))
    return "".join(lines)


def _tone(line: Line) -> Look:
    return "" if line.tone == "plain" else line.tone


def _exact(raw: str) -> str:
    from ..models.indicators import visible

    return visible(raw)


def _grid(grid: Grid) -> str:
    rows = [element("tr", (_grid_cell("td", row, at, grid) for at in range(len(grid.columns)))) for row in grid.rows]
    head = element("tr", (_grid_cell("th", grid.columns, at, grid) for at in range(len(grid.columns))))
    return element("table", (element("thead", head), element("tbody", rows)))


def _grid_cell(tag: Tag, row: Sequence[str], at: int, grid: Grid) -> str:
    """A wide table scrolls; only what is longer than a time or an id breaks into lines."""
    short: Look = "right" if at in grid.right else "short"
    return element(tag, text(row[at], CELL_LIMIT), short if len(row[at]) <= _LONGEST_UNBROKEN else "long")


def _facts(facts: Facts) -> str:
    rows = (
        element("tr", (element("th", text(label), "label"), element("td", text(value), "text")))
        for label, value in facts.pairs
    )
    return element("table", element("tbody", rows))
