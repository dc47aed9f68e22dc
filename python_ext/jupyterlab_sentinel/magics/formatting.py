"""Frames in outputs: ours with their caption, everybody's without anything that acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..models.frames import ATTRS_KEY
from .answers import answer_blocks
from .display import guarded_html, html
from .inert import inert_plain
from .plain import plain_text
from .saved_answers import saved_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.lib.pretty import RepresentationPrinter

    from ..models.saved_answers import SavedAnswer

# pandas 3 says that its classes live in "pandas"; pandas 2 names the modules.
_FRAMES = (("pandas", "DataFrame"), ("pandas.core.frame", "DataFrame"))
_TEXTS = (
    ("pandas", "Series"),
    ("pandas.core.series", "Series"),
    ("pandas", "Index"),
    ("pandas.core.indexes.base", "Index"),
)
_SAVED = ("jupyterlab_sentinel.models.saved_answers", "SavedAnswer")


class FrameFormatter:
    """Displays frames in one shell; registered by name, so that pandas is not imported for it.

    :param rows: how many rows to show.
    """

    def __init__(self, shell: InteractiveShell, rows: Callable[[], int]) -> None:
        display = shell.display_formatter
        self._formatters = {} if display is None else display.formatters
        self._rows = rows

    def register(self) -> None:
        """From now on frames are displayed here."""
        for module, name in _FRAMES:
            self._formatters["text/html"].for_type_by_name(module, name, self.frame_html)
            self._formatters["text/plain"].for_type_by_name(module, name, self.frame_plain)
        for module, name in _TEXTS:
            self._formatters["text/plain"].for_type_by_name(module, name, self.any_plain)
        self._formatters["text/html"].for_type_by_name(*_SAVED, self.saved_html)
        self._formatters["text/plain"].for_type_by_name(*_SAVED, self.saved_plain)

    def unregister(self) -> None:
        """Frames are displayed by pandas again."""
        ours = (self.frame_html, self.frame_plain, self.any_plain, self.saved_html, self.saved_plain)
        for kind in ("text/html", "text/plain"):
            formatter = self._formatters[kind]
            for printers in (formatter.type_printers, formatter.deferred_printers):
                for key in [key for key, printer in printers.items() if printer in ours]:
                    del printers[key]

    def frame_html(self, frame: pd.DataFrame) -> str | None:
        """The frame as HTML; a frame that is no answer of ours as pandas draws it, made inert."""
        import pandas as pd

        if ATTRS_KEY in frame.attrs:
            return html(answer_blocks(frame, self._limit(frame)))
        with pd.option_context("display.html.use_mathjax", False):  # noqa: FBT003  # pandas' signature
            # the method that IPython itself would call; its type stub takes it for a column
            drawn = cast("Callable[[], str | None]", frame._repr_html_)()
        return None if drawn is None else guarded_html(drawn)

    def frame_plain(self, frame: pd.DataFrame, printer: RepresentationPrinter, cycle: bool) -> None:  # noqa: FBT001  # IPython's signature
        """The frame as text."""
        if ATTRS_KEY in frame.attrs:
            printer.text(plain_text(answer_blocks(frame, self._limit(frame))))
        else:
            self.any_plain(frame, printer, cycle)

    def any_plain(self, value: object, printer: RepresentationPrinter, cycle: bool) -> None:  # noqa: FBT001  # IPython's signature
        """What pandas says of a value, made inert."""
        del cycle
        printer.text(inert_plain(repr(value)))

    def saved_html(self, answer: SavedAnswer) -> str:
        """An answer in a file: where it is, and what is in it."""
        return html(saved_blocks(answer))

    def saved_plain(self, answer: SavedAnswer, printer: RepresentationPrinter, cycle: bool) -> None:  # noqa: FBT001  # IPython's signature
        """The same as text."""
        del cycle
        printer.text(plain_text(saved_blocks(answer)))

    def _limit(self, frame: pd.DataFrame) -> int:
        facts = frame.attrs[ATTRS_KEY]
        wished = facts.get("shown_rows") if isinstance(facts, dict) else None
        return wished if isinstance(wished, int) else self._rows()
