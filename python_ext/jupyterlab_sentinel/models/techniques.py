"""Techniques of MITRE ATT&CK by name.

``attack.tsv`` is made from the STIX objects in https://github.com/mitre/cti, whose terms of use it names; a technique
that ATT&CK has withdrawn keeps the name that it had.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def titled(technique: str) -> str:
    """A technique with its name: ``T1105`` as ``T1105 Ingress Tool Transfer``; one that is not known stays as it is."""
    name = _names().get(technique)
    return f"{technique} {name}" if name else technique


@cache
def _names() -> dict[str, str]:
    text = files(__package__).joinpath("attack.tsv").read_text("utf-8")
    return dict(line.split("\t", 1) for line in text.splitlines() if not line.startswith("#"))
