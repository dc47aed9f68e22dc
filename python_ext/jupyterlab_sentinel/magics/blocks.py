"""What a command has to show, as plain values; :mod:`.display` and :mod:`.plain` turn them into HTML and text.

Texts in blocks are raw: both renderers make every one of them inert.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "quiet", "warning"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text; ``warning`` is what must not be overlooked, ``quiet`` what explains."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Heading:
    """A title over what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    :param columns: its headings.
    :param rows: as many texts each as there are headings.
    :param right: positions of the columns that are set flush right.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values, one under the other."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be read exactly as it is: line breaks and addresses stay, only what is invisible is made visible."""

    text: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """A code to be entered on a page.

    :param page: the address, where it is one of Microsoft's own pages and may be a link.
    :param until: when the code expires.
    """

    address: str
    page: str | None
    code: str
    until: str


Block = Line | Heading | Grid | Facts | Code | SignIn
