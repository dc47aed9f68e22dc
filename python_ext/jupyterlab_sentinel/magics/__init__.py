"""The magics: ``%sentinel``, ``%%sentinel``, ``%iocs`` and ``%enrich``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_KEY = "jupyterlab_sentinel"


def load(shell: InteractiveShell) -> None:
    """Register magics, display, completion and the comm with ``shell``; loading twice changes nothing."""
    from .face import Face

    if _KEY not in shell.meta:
        shell.meta[_KEY] = Face(shell)


def unload(shell: InteractiveShell) -> None:
    """Take everything away again, and close what was opened."""
    face = shell.meta.pop(_KEY, None)
    if face is not None:
        face.close()
