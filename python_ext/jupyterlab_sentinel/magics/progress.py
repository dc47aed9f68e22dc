"""A line of progress for whatever takes longer than a second."""

from __future__ import annotations

import time

from .blocks import Line
from .display import bundle

_SHOWN_AFTER_S = 1.0
_REDRAWN_AFTER_S = 0.25
_BAR = 20


class Progress:
    """Shows how far the work is, from a second on, and takes the line away at the end.

    :meth:`report` may be called from any thread; :meth:`draw` and :meth:`remove` only from the thread that runs the
    cell, since outputs go to the cell of the thread that sends them.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._began = time.monotonic()
        self._drawn: float | None = None
        self._display_id: str | None = None
        self._state: tuple[float | None, str] = (None, "")

    def report(self, fraction: float | None, words: str) -> None:
        """Remember how far the work is."""
        self._state = (fraction, words)

    def draw(self) -> None:
        """Show the line, if it is time to."""
        now = time.monotonic()
        if now - self._began < _SHOWN_AFTER_S:
            return
        if self._drawn is not None and now - self._drawn < _REDRAWN_AFTER_S:
            return
        self._drawn = now
        self._publish(bundle([Line(self._line(now), "quiet")]))

    def remove(self) -> None:
        """Leave nothing behind."""
        if self._display_id is not None:
            self._publish({"text/html": "", "text/plain": ""})

    def _line(self, now: float) -> str:
        fraction, words = self._state
        parts = [self._title]
        if fraction is not None:
            full = round(max(0.0, min(1.0, fraction)) * _BAR)
            parts.append(f"{'▰' * full}{'▱' * (_BAR - full)} {round(fraction * 100)} %")
        if words:
            parts.append(words)
        parts.append(f"{now - self._began:.0f} s")
        return " · ".join(parts)

    def _publish(self, data: dict[str, str]) -> None:
        from IPython.display import publish_display_data

        first = self._display_id is None
        if self._display_id is None:
            self._display_id = f"sentinel-{time.monotonic_ns():x}"
        publish_display_data(data, {}, transient={"display_id": self._display_id}, update=not first)
