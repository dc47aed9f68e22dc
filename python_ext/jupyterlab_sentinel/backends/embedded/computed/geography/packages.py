"""The packages that shapes and cells are computed with, which are an extra of the distribution."""

from __future__ import annotations

from importlib.util import find_spec

S2 = "s2geometry"
"""Google's own bindings of S2."""

H3 = "h3"
"""Uber's own bindings of H3."""

EXTRA = "pip install 'jupyterlab-sentinel[geo]'"
"""What installs them."""


def missing(package: str) -> bool:
    """Whether a package is not installed."""
    return find_spec(package) is None
