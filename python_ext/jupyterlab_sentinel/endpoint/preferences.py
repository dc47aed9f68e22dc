"""The ``Prefer`` header (RFC 7240) as the query service reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ON = frozenset({"", "true", "1"})
_WAIT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a client asks for beside the rows. Preferences that are not known are ignored, as the RFC says.

    :param wait_s: deadline in seconds, or None.
    :param thin: the service's own shape of an answer; False (``ai.response-thinning=false``) for Kusto's.
    """

    wait_s: int | None = None
    statistics: bool = False
    render: bool = False
    thin: bool = True


def read_preferences(header: str) -> Preferences:
    """Read a ``Prefer`` header: preferences with commas between them; the first of each counts."""
    given: dict[str, str] = {}
    for item in header.split(","):
        name, _, value = item.split(";", 1)[0].partition("=")
        given.setdefault(name.strip().lower(), value.strip().strip('"').lower())
    wait = given.get("wait", "")
    return Preferences(
        wait_s=int(wait) if _WAIT.fullmatch(wait) else None,
        statistics=given.get("include-statistics", "no") in _ON,
        render=given.get("include-render", "no") in _ON,
        thin=given.get("ai.response-thinning", "") in _ON,
    )
