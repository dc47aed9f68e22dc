"""Text that nothing obeys: no control character acts, no address becomes a link."""

from __future__ import annotations

import re

from ..models.indicators import defang_text, visible

_SCHEME = re.compile(r"(?<=[A-Za-z0-9+.-])://")
_WWW = re.compile(r"(?i)(www)\.")
# JupyterLab's text renderer makes links of these three beginnings (rendermime's webLinkRegex).
_DATA = re.compile(r"(?i)(data):(?=\S)")


def inert(text: str, limit: int | None = None) -> str:
    """``text`` for a text node: invisible characters spelled out, addresses defanged, cut to ``limit`` characters."""
    # defanging lengthens, and cutting first keeps a text of many megabytes cheap
    shown = _unlinked(visible(text if limit is None else text[: limit + 1]))
    if limit is None or (len(text) <= limit and len(shown) <= limit):
        return shown
    return _cut(shown, limit)


def inert_line(text: str, limit: int | None = None) -> str:
    """The same for places that take one line: line breaks and tabs are spelled out as ``⏎`` and blanks."""
    shortened = text if limit is None else text[: limit + 1]
    flat = shortened.replace("\r\n", "⏎").replace("\n", "⏎").replace("\t", " ")
    shown = inert(flat, limit)
    return shown if limit is None or len(text) <= limit or shown.endswith("…") else _cut(shown, limit)


def inert_plain(text: str) -> str:
    """The same for plain text, where JupyterLab also links ``data:``."""
    return _DATA.sub(r"\1[:]", inert(text))


def _unlinked(text: str) -> str:
    return _WWW.sub(r"\1[.]", _SCHEME.sub("[:]//", defang_text(text)))


def _cut(text: str, limit: int) -> str:
    cut = text[: max(0, limit - 1)]
    opened = cut.rfind("<U+")
    if opened >= 0 and ">" not in cut[opened:]:
        cut = cut[:opened]
    return f"{cut}…"
