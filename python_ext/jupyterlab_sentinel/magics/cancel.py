"""``%sentinel cancel``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import blocking
from .arguments import Arguments
from .blocks import Line
from .display import show
from .values import count_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .desk import Desk

SUMMARY = "stop whatever queries are running, for instance from a second thread or a subshell"


def run(desk: Desk, words: Sequence[str]) -> None:
    """Stop them, and say how many there were."""
    del desk
    Arguments("%sentinel cancel", SUMMARY).read(words)
    number = blocking.cancel_running()
    said = f"{count_text(number, 'running query').replace('querys', 'queries')} told to stop."
    show([Line(said if number else "Nothing is running.")])
