"""The packages that shapes and cells are computed with, which are an extra of the distribution."""

from __future__ import annotations

from importlib.util import find_spec

S2 = "s2geometry"
"""Google's own bindings of S2."""

H3 = "h3"
"""Uber's own bindings of H3."""

_EXTRA = "Install the extra: pip install 'jupyterlab-sentinel[geo]'."
_WHERE = {S2: " S2 has packages for macOS, and for Linux on x86-64."}


def missing(package: str) -> bool:
    """Whether a package is not installed."""
    return find_spec(package) is None


def hint(package: str) -> str:
    """How to come by a package, in a sentence or two."""
    return _EXTRA + _WHERE.get(package, "")
