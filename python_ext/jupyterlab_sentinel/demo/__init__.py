"""The demo workspace: a synthetic Log Analytics workspace that tells one investigation from a report to its end.

Everything here is generated, on this machine, from this package alone: no data of any real organisation, no
network. The story and its figures follow Microsoft's article "Security Investigation with Azure Sentinel and
Jupyter Notebooks, Part 1" (2019) and the notebook that came with it; `docs/demo.md` tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["build", "ensure", "report"]


def build(folder: Path, *, force: bool = False) -> Path:
    """Write the demo workspace to `folder` and return it; a folder that already holds this version is left as it is.

    `force` writes it again. The folder appears whole or not at all. Raises `OSError` when it cannot be written,
    and `SettingsError` when it exists and holds something else.
    """
    from .folder import build_folder

    return build_folder(folder, force=force)


def ensure() -> Path:
    """The folder of the demo workspace, built at first use; several processes may ask at once.

    It lies in `$JUPYTERLAB_SENTINEL_DEMO_DIR`, or else under the user's Jupyter data folder, or, where that cannot
    be written, in a private temporary folder.
    """
    from .folder import ensure_folder

    return ensure_folder()


def report() -> str:
    """The text of the demo's threat report, as it would be pasted from a mail: indicators written defanged."""
    from importlib.resources import files

    return files("jupyterlab_sentinel.demo").joinpath("report.txt").read_text(encoding="utf-8")
