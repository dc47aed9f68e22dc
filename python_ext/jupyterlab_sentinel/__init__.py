"""Microsoft Sentinel investigations in Jupyter.

``import jupyterlab_sentinel as sentinel`` gives the functions below; ``%load_ext
jupyterlab_sentinel`` gives the magics. Nothing heavy is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from . import aio
    from ._version import __version__
    from .blocking import Workspace, connect, enrich, locate, providers
    from .errors import SentinelError
    from .kql.literals import kql_literal
    from .services.case_folder import save
    from .services.iocs import extract_iocs

__all__ = [
    "SentinelError",
    "Workspace",
    "__version__",
    "aio",
    "connect",
    "enrich",
    "extract_iocs",
    "kql_literal",
    "locate",
    "providers",
    "save",
]

_HOMES = {
    "SentinelError": ".errors",
    "Workspace": ".blocking",
    "__version__": "._version",
    "connect": ".blocking",
    "enrich": ".blocking",
    "extract_iocs": ".services.iocs",
    "kql_literal": ".kql.literals",
    "locate": ".blocking",
    "providers": ".blocking",
    "save": ".services.case_folder",
}


def __getattr__(name: str) -> object:
    """Public names, imported at first use (PEP 562)."""
    if name == "aio":
        return import_module(".aio", __name__)
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register the magics (``%load_ext jupyterlab_sentinel``)."""
    from .magics import load

    load(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take the magics away again (``%unload_ext jupyterlab_sentinel``)."""
    from .magics import unload

    unload(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyterlab-sentinel"}]


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    from .server.extension import SentinelExtension

    return [{"module": "jupyterlab_sentinel", "app": SentinelExtension}]
