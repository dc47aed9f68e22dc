"""``%sentinel alerts``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..models.indicators import visible
from ..models.moments import moments
from ..models.refang import refang
from .arguments import Arguments, add_output_option, comma_separated, did_you_mean
from .desk import marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..models.alerts import Alert
    from ..models.timerange import TimeRange
    from ..services.listings import Listing
    from .desk import Desk

SUMMARY = "list the alerts of the time range, one row an alert, newest first"

EXAMPLES = """examples:
  %sentinel alerts
  %sentinel alerts --severity High,Medium
  %sentinel alerts --contains 23.97.60.214 -o suspicious     in any of their fields"""

_TITLES = 4


def run(desk: Desk, words: Sequence[str]) -> pd.DataFrame:
    """A row an alert, as of its last update; times in UTC.

    Columns: ``time, severity, name, entities, status, tactics, techniques, product, start, end, incident, id``.
    """
    from ..services.listings import searched_text

    parser = Arguments("%sentinel alerts", SUMMARY, EXAMPLES)
    parser.add_argument("--severity", metavar="High,Medium", help="only these severities")
    parser.add_argument("--contains", metavar="TEXT", nargs="+", help="only alerts that have this in any field")
    add_output_option(parser)
    given = parser.read(words)
    severities = _severities(given.severity)
    wanted = refang(" ".join(given.contains or ())).strip().casefold()
    began = time.perf_counter()
    listing = read(desk, desk.session.time_range)
    chosen = {
        key: alert
        for key, alert in listing.by_id.items()
        if (severities is None or alert.severity in severities) and (not wanted or wanted in searched_text(alert))
    }
    frame = alerts_frame(chosen)
    state = listing.time_range
    marked(
        frame,
        query=listing.alerts.query,
        workspace=desk.session.connected().info.name,
        start=None if state.start is None else state.start.isoformat(),
        end=None if state.end is None else state.end.isoformat(),
        status=listing.alerts.status,
        reasons=list(listing.alerts.reasons),
        rows=len(frame),
        elapsed_s=time.perf_counter() - began,
        shown_rows=50,
        notes=_notes(listing, len(chosen)),
    )
    desk.bind(given.output, frame)
    return frame


def _notes(listing: Listing, shown: int) -> list[str]:
    total = len(listing.alerts)
    filtered = [f"{shown:,} of the {total:,} alerts of the range"] if shown < total else []
    return [*filtered, *listing.alerts.notes]


def read(desk: Desk, time_range: TimeRange) -> Listing:
    """The alerts of ``time_range`` in the connected workspace."""
    from ..services.listings import read_listing

    backend = desk.session.connected().backend
    return desk.run("Reading the alerts", lambda _report: read_listing(backend, time_range))


def alerts_frame(alerts: dict[str, Alert]) -> pd.DataFrame:
    """The alerts as a frame, in their order; values are raw, ``id`` is the key."""
    import pandas as pd

    held = list(alerts.values())
    columns: dict[str, object] = {
        "time": moments(alert.generated for alert in held),
        "severity": [alert.severity for alert in held],
        "name": [alert.name for alert in held],
        "entities": [_entities(alert) for alert in held],
        "status": [alert.status for alert in held],
        "tactics": [", ".join(alert.tactics) for alert in held],
        "techniques": [", ".join(alert.techniques) for alert in held],
        "product": [alert.product or alert.provider for alert in held],
        "start": moments(alert.start for alert in held),
        "end": moments(alert.end for alert in held),
        "incident": pd.array([alert.incident.number if alert.incident else None for alert in held], dtype="Int64"),
        "problems": ["; ".join(map(str, alert.problems)) for alert in held],
        "id": list(alerts),
    }
    if not any(alert.problems for alert in held):
        del columns["problems"]
    return pd.DataFrame(columns)


def _entities(alert: Alert) -> str:
    """Each entity's kind and title, each once; the rest by number."""
    titles = list(dict.fromkeys(f"{entity.label} {entity.title}" for entity in alert.entities))
    rest = len(titles) - _TITLES
    return "; ".join(titles[:_TITLES]) + (f" and {rest} more" if rest > 0 else "")


def _severities(text: str | None) -> frozenset[str] | None:
    from ..services.listings import SEVERITIES

    if text is None:
        return None
    known = {name.casefold(): name for name in SEVERITIES}
    names = comma_separated(text)
    for name in names:
        if name.casefold() not in known:
            hint = did_you_mean(name, SEVERITIES) or f"Severities are {', '.join(SEVERITIES)}."
            raise UsageError(f"“{visible(name, limit=40)}” is no severity.", hint=hint)
    if not names:
        raise UsageError("--severity needs a severity.", hint=f"Severities are {', '.join(SEVERITIES)}.")
    return frozenset(known[name.casefold()] for name in names)
