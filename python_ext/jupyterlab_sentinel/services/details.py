"""One alert as the sidebar shows it whole."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import TYPE_CHECKING

from ..models.alerts import ALERT_INDICATOR_TYPES, portal_link
from ..models.indicators import defang, visible
from ..models.techniques import titled
from ..models.wire import AlertDetail, Field, IncidentRow, IndicatorRow, Pivot
from .budgets import TextBudget
from .entity_cards import MOST_CARDS, entity_cards, field_text
from .listings import alert_row
from .passages import LONGEST_TEXT, line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime, timedelta

    from ..models.alerts import Alert
    from ..models.workspace import TableInfo

MOST_PROPERTIES = 200
MOST_INDICATORS = 200
_MOST_PROBLEMS = 50
_MOST_TECHNIQUES = 50
_LONGEST_LABEL = 80
_LONGEST_INDICATOR = 2000
_SHOWN_ELSEWHERE = frozenset(
    {
        "AlertName",
        "AlertSeverity",
        "CompromisedEntity",
        "Description",
        "DisplayName",
        "EndTime",
        "Entities",
        "ExtendedProperties",
        "ProductName",
        "ProviderName",
        "StartTime",
        "Status",
        "SubTechniques",
        "Tactics",
        "Techniques",
        "TenantId",
        "TimeGenerated",
        "Type",
    }
)


async def read_detail(
    alert: Alert, key: str, tables: Collection[TableInfo] | None = None, longest: int = LONGEST_TEXT
) -> AlertDetail:
    """``alert`` whole; ``key`` is its id in the list. Computed off the loop: a megabyte of text takes a while."""
    return await asyncio.to_thread(alert_detail, alert, key, tables, longest)


def alert_detail(
    alert: Alert, key: str, tables: Collection[TableInfo] | None = None, longest: int = LONGEST_TEXT
) -> AlertDetail:
    """``alert`` whole: every text inert, bounded, with the indicators in it marked.

    :param tables: the workspace's, for pivots to single tables; None: only those that need no table of their own.
    :param longest: UTF-16 units of each text that are given.
    """
    budget = TextBudget(longest)
    facts = tuple(_facts(alert, budget))
    cards = entity_cards(alert.entities, budget)
    description = budget.marked(alert.description)
    properties = tuple(_properties(alert, budget))
    indicators, more = _indicators(alert)
    return AlertDetail(
        row=alert_row(alert, key),
        description=description,
        facts=facts,
        properties=properties[:MOST_PROPERTIES],
        techniques=tuple(line(titled(each)) for each in (*alert.techniques, *alert.sub_techniques)[:_MOST_TECHNIQUES]),
        entities=cards,
        indicators=indicators,
        incidents=tuple(_incidents(alert)),
        problems=tuple(_problems(alert, more)),
        pivots=_pivots(alert, tables),
        portal_link=portal_link(alert.alert_link or ""),
        defanged_text=_as_text(alert, facts, indicators),
    )


def _facts(alert: Alert, budget: TextBudget) -> Iterator[Field]:
    if alert.start or alert.end:
        yield Field(label="When", value=budget.marked(_when(alert.start, alert.end)))
    hosts = [entity for entity in alert.entities if entity.kind == "host"]
    host = alert.compromised_entity or (hosts[0].title if hosts else "")
    if host:
        family = next((entity.text("OSFamily") for entity in hosts if entity.text("OSFamily")), "")
        yield Field(label="Host", value=budget.marked(f"{host}, {family}" if family else host))
    accounts = [entity.title for entity in alert.entities if entity.kind == "account"]
    if accounts:
        shown = ", ".join(accounts[:3]) + (f" and {len(accounts) - 3} more" if len(accounts) > 3 else "")
        yield Field(label="Account", value=budget.marked(shown))
    source = " · ".join(part for part in dict.fromkeys((alert.product, alert.provider)) if part)
    if source:
        yield Field(label="Source", value=budget.marked(source))


def _when(start: datetime | None, end: datetime | None) -> str:
    first = start or end
    if first is None:
        return ""
    text = f"{first.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if start is None or end is None or end <= start:
        return text
    return f"{text}, {_length(end - start)}"


def _length(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min" if seconds < 2 * 86400 else f"{seconds // 86400} d"


def _properties(alert: Alert, budget: TextBudget) -> Iterator[Field]:
    """What the provider added, then the record's own columns, then what did not parse, as it came."""
    for name, value in list(alert.extended_properties.items())[:MOST_PROPERTIES]:
        text = field_text(value)
        if text:
            yield Field(label=line(name, _LONGEST_LABEL), value=budget.marked(text))
    broken = {problem.field for problem in alert.problems}
    for name, value in alert.raw.items():
        text = "\n".join(alert.remediation) if name == "RemediationSteps" else field_text(value)
        if text and text not in ("[]", "{}") and (name not in _SHOWN_ELSEWHERE or name in broken):
            label = f"{name} (as it came)" if name in broken else name
            yield Field(label=line(label, _LONGEST_LABEL), value=budget.marked(text))


def _indicators(alert: Alert) -> tuple[tuple[IndicatorRow, ...], int]:
    """The alert's indicators with every place that they stand in, and how many were left out."""
    from ..models.extraction import scan_text

    known = {(item.type, item.value): [item.source] for item in alert.indicators}
    for place, text in alert.passages():
        for occurrence in scan_text(text, ALERT_INDICATOR_TYPES):
            places = known.get((occurrence.type, occurrence.value))
            if places is not None and place not in places:
                places.append(place)
    rows = [
        IndicatorRow(
            type=kind,
            defanged=visible(defang(value, kind), limit=_LONGEST_INDICATOR),
            raw=value,
            where=tuple(line(place, _LONGEST_LABEL) for place in places[:10]),
        )
        for (kind, value), places in list(known.items())[:MOST_INDICATORS]
    ]
    return tuple(rows), len(known) - len(rows)


def _incidents(alert: Alert) -> Iterator[IncidentRow]:
    incident = alert.incident
    if incident is not None:
        yield IncidentRow(
            number=incident.number,
            title=line(incident.title),
            status=line(incident.status),
            severity=line(incident.severity),
            owner=line(incident.owner),
        )


def _problems(alert: Alert, indicators_left_out: int) -> Iterator[str]:
    for problem in alert.problems[:_MOST_PROBLEMS]:
        yield line(str(problem), 300)
    if len(alert.entities) > MOST_CARDS:
        yield f"Entities: {len(alert.entities):,}, the first {MOST_CARDS} are shown"
    if len(alert.extended_properties) > MOST_PROPERTIES:
        yield f"ExtendedProperties: {len(alert.extended_properties):,}, the first {MOST_PROPERTIES} are shown"
    if indicators_left_out:
        yield f"Indicators: {indicators_left_out:,} more than the {MOST_INDICATORS} shown"


def _pivots(alert: Alert, tables: Collection[TableInfo] | None) -> tuple[Pivot, ...]:
    from .pivots import pivots

    return tuple(Pivot(label=line(pivot.label), cells=tuple(pivot.cells)) for pivot in pivots(alert, tables))


def _as_text(alert: Alert, facts: tuple[Field, ...], indicators: tuple[IndicatorRow, ...]) -> str:
    """What Copy takes: lines for a ticket or a chat, with nothing in them that becomes a link."""
    lines = [line(alert.name), f"Severity: {alert.severity}", f"Status: {line(alert.status)}"]
    lines += [f"{fact.label}: {' '.join(fact.value.text.split())}" for fact in facts]
    lines += [f"{line(entity.label)}: {line(field_text(entity), 500)}" for entity in alert.entities[:20]]
    lines += [f"{row.type}: {row.defanged}" for row in indicators[:50]]
    return "\n".join(part for part in lines if part)
