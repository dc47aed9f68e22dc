"""``%sentinel alert ID``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import UnknownAlertError, UsageError
from ..models.indicators import visible
from ..models.timerange import ALL
from .alerts import read
from .arguments import Arguments, add_output_option
from .blocks import Facts, Grid, Heading, Line
from .display import show
from .values import time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from ..models.alerts import Alert
    from ..models.wire import AlertDetail, EntityCard, Field
    from .blocks import Block
    from .desk import Desk

SUMMARY = "show one alert: properties, entities, timeline, and the indicators found in it"

_SHORTEST = 4
_MOST_NAMED = 5


def run(desk: Desk, words: Sequence[str]) -> None:
    """Show the alert; with ``-o VAR`` bind the :class:`~jupyterlab_sentinel.models.alerts.Alert` itself."""
    parser = Arguments("%sentinel alert", SUMMARY)
    parser.add_argument("id", help="its id, or the beginning of it if no other alert begins so")
    add_output_option(parser)
    given = parser.read(words)
    key, alert, reasons = _found(desk, given.id.strip())
    desk.bind(given.output, alert)
    show([*alert_blocks(alert, key), *(Line(f"Incomplete: {reason}", "warning") for reason in reasons)])


def _found(desk: Desk, wanted: str) -> tuple[str, Alert, Sequence[str]]:
    """In the session's range, or else in all time: an id may come from anywhere."""
    if len(wanted) < _SHORTEST:
        raise UsageError(
            f"%sentinel alert: “{wanted}” is too short for an id.", hint=f"Give {_SHORTEST} characters or more of it."
        )
    ranges = [desk.session.time_range]
    if ranges[0] != ALL:
        ranges.append(ALL)
    for time_range in ranges:
        listing = read(desk, time_range)
        key = _key(listing.by_id, wanted)
        if key is not None:
            return key, listing.by_id[key], listing.alerts.reasons
    raise UnknownAlertError(
        f"There is no alert {visible(wanted, limit=100)}.",
        hint="`%sentinel alerts` lists the alerts of the time range.",
    )


def _key(alerts: Mapping[str, Alert], wanted: str) -> str | None:
    folded = wanted.casefold()
    exact = [key for key in alerts if key.casefold() == folded]
    keys = exact or [key for key in alerts if key.casefold().startswith(folded)]
    if len(keys) > 1:
        named = ", ".join(keys[:_MOST_NAMED])
        more = f" and {len(keys) - _MOST_NAMED} more" if len(keys) > _MOST_NAMED else ""
        raise UsageError(f"{len(keys)} alerts begin with {wanted}.", hint=f"Give more of the id: {named}{more}.")
    return keys[0] if keys else None


def alert_blocks(alert: Alert, key: str) -> list[Block]:
    """Everything that there is to see of ``alert``."""
    from ..services.details import alert_detail

    detail = alert_detail(alert, key)
    return [
        block
        for part in (_top, _problems, _entities, _timeline, _indicators, _properties)
        for block in part(alert, detail)
    ]


def _top(alert: Alert, detail: AlertDetail) -> Iterator[Block]:
    yield Heading(f"{detail.row.severity_label} · {detail.row.title}")
    if detail.description.text:
        yield Line(detail.description.text)
    pairs = [("Id", detail.row.id), ("Status", detail.row.status), *_pairs(detail.facts)]
    if alert.tactics:
        pairs.append(("Tactics", ", ".join(alert.tactics)))
    if detail.techniques:
        pairs.append(("Techniques", ", ".join(detail.techniques)))
    pairs += [
        (
            "Incident",
            " · ".join(part for part in (f"{row.number}", row.title, row.status, row.severity, row.owner) if part),
        )
        for row in detail.incidents
    ]
    if detail.portal_link:
        pairs.append(("Portal", detail.portal_link))
    yield Facts(tuple(pairs))


def _problems(_alert: Alert, detail: AlertDetail) -> Iterator[Block]:
    for problem in detail.problems:
        yield Line(f"Not read: {problem}", "warning")


def _entities(_alert: Alert, detail: AlertDetail) -> Iterator[Block]:
    if not detail.entities:
        return
    yield Heading(f"Entities ({detail.row.entity_count})")
    yield Grid(("kind", "entity", "", "fields"), tuple(_entity(card) for card in detail.entities))


def _entity(card: EntityCard) -> tuple[str, ...]:
    fields = "; ".join(f"{label}: {value}" for label, value in _pairs(card.fields) if value != card.title.text)
    return card.kind, card.title.text, card.aside, fields


def _timeline(alert: Alert, _detail: AlertDetail) -> Iterator[Block]:
    moments: list[tuple[datetime | None, str]] = [
        (alert.start, "first activity"),
        (alert.end, "last activity"),
        (alert.processed, "processed by the provider"),
        (alert.generated, "recorded in the workspace"),
        (alert.incident.modified if alert.incident else None, "incident last changed"),
    ]
    known = sorted(((moment, what) for moment, what in moments if moment is not None), key=lambda pair: pair[0])
    if known:
        yield Heading("Timeline (UTC)")
        yield Grid(("time", "what"), tuple((time_text(moment), what) for moment, what in known))


def _indicators(_alert: Alert, detail: AlertDetail) -> Iterator[Block]:
    if not detail.indicators:
        return
    yield Heading(f"Indicators ({len(detail.indicators)})")
    rows = tuple((row.type, row.defanged, ", ".join(row.where)) for row in detail.indicators)
    yield Grid(("type", "value", "found in"), rows)


def _properties(_alert: Alert, detail: AlertDetail) -> Iterator[Block]:
    if detail.properties:
        yield Heading("Properties")
        yield Facts(tuple(_pairs(detail.properties)))


def _pairs(fields: Sequence[Field]) -> list[tuple[str, str]]:
    return [(field.label, field.value.text + ("…" if field.value.truncated else "")) for field in fields]
