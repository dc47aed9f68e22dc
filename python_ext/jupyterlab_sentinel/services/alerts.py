"""The alerts of a workspace, as of their last update, with the incidents that they belong to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import KqlSemanticError, SentinelError, UsageError
from ..models.alerts import SEVERITIES, Alert, AlertList, Incident, portal_link
from ..models.indicators import refang, visible
from ..models.loose_json import read_json
from ..ports import QueryRequest
from .alert_rows import parse_alert, parse_alerts, read_moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ..models.tables import QueryResult
    from ..ports import Progress, QueryBackend

__all__ = ["alerts", "parse_alert", "parse_alerts"]

ALERTS_TABLE = "SecurityAlert"
INCIDENTS_TABLE = "SecurityIncident"
_INCIDENTS_QUERY = f"{INCIDENTS_TABLE} | summarize arg_max(TimeGenerated, *) by IncidentNumber"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def alerts(
    backend: QueryBackend,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    severities: Collection[str] | None = None,
    contains: str | None = None,
    timeout_s: float = 180.0,
    progress: Progress | None = None,
) -> AlertList:
    """The alerts whose last update before ``end`` was generated at ``start`` or later, newest first.

    :param start: UTC, inclusive; None: no bound. :param end: UTC, exclusive; None: no bound.
    :param severities: only these; compared with the last update.
    :param contains: only alerts with this text in any field of the last update, whatever its case; may be defanged.
    :returns: one an alert. ``reasons`` tells what is missing, for instance if the service cut its answer.
    :raises UsageError: an unknown severity.
    :raises SentinelError: as the workspace's ``run``.
    """
    wanted = _severities(severities)
    request = QueryRequest(ALERTS_TABLE, start, end, timeout_s, progress=progress)
    try:
        result = await backend.run(request)
    except KqlSemanticError:
        if await backend.tables(ALERTS_TABLE):
            raise
        return AlertList(notes=[f"This workspace has no table {ALERTS_TABLE}."], query=ALERTS_TABLE)
    found = [alert for alert in parse_alerts(_rows(result)) if _matches(alert, wanted, contains)]
    reasons = list(result.reasons) or (["The answer is incomplete."] if result.status == "partial" else [])
    incidents, missing = await _incidents(backend, start, timeout_s) if found else ({}, [])
    joined = [_with_incident(alert, incidents) for alert in found]
    joined.sort(key=_newest_first, reverse=True)
    return AlertList(joined, reasons=reasons + missing, query=result.query)


def _rows(result: QueryResult) -> list[dict[str, object]]:
    if not result.tables:
        return []
    rows: list[dict[str, object]] = result.tables[0].data.to_pylist()
    return rows


def _newest_first(alert: Alert) -> tuple[datetime, datetime, str]:
    return alert.generated or _LONG_AGO, alert.start or _LONG_AGO, alert.system_alert_id


# --- filters -------------------------------------------------------------------------------------------------------


def _severities(severities: Collection[str] | None) -> frozenset[str] | None:
    if severities is None:
        return None
    names = [severities] if isinstance(severities, str) else severities
    known = {name.lower(): name for name in SEVERITIES}
    for name in names:
        if name.strip().lower() not in known:
            raise UsageError(
                f"There is no severity {visible(name, limit=60)}.", hint=f"Severities are {', '.join(SEVERITIES)}."
            )
    return frozenset(known[name.strip().lower()] for name in names)


def _matches(alert: Alert, severities: frozenset[str] | None, contains: str | None) -> bool:
    if severities is not None and alert.severity not in severities:
        return False
    if not contains:
        return True
    needles = {contains.casefold(), refang(contains).casefold()}
    texts = (_text(value).casefold() for value in alert.raw.values())
    return any(needle in text for text in texts for needle in needles)


def _text(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return "" if value is None else str(value)


# --- incidents -----------------------------------------------------------------------------------------------------


async def _incidents(
    backend: QueryBackend, start: datetime | None, timeout_s: float
) -> tuple[dict[str, Incident], list[str]]:
    """Incidents by the ids of their alerts, in lower case; and what could not be read.

    An incident may change long after its alerts, so that the range has no end here.
    """
    try:
        if not await backend.tables(INCIDENTS_TABLE):
            return {}, []
        result = await backend.run(QueryRequest(_INCIDENTS_QUERY, start, None, timeout_s))
    except KqlSemanticError:
        return {}, [f"Incidents are missing: {INCIDENTS_TABLE} has other columns than usual."]
    except SentinelError as error:
        return {}, [f"Incidents are missing: {visible(error.message, limit=300)}"]
    found: dict[str, Incident] = {}
    for row in sorted(_rows(result), key=lambda row: _modified(row) or _LONG_AGO):
        incident = _incident(row)
        found |= dict.fromkeys(_alert_ids(row.get("AlertIds")), incident)
    reasons = [f"Incidents are incomplete: {reason}" for reason in result.reasons]
    return found, reasons


def _with_incident(alert: Alert, incidents: Mapping[str, Incident]) -> Alert:
    incident = incidents.get(alert.system_alert_id.lower()) if alert.system_alert_id else None
    return alert if incident is None else replace(alert, incident=incident)


def _incident(row: Mapping[str, object]) -> Incident:
    number = str(row.get("IncidentNumber", ""))
    return Incident(
        number=int(number) if number.isdecimal() else None,
        title=_text(row.get("Title")),
        status=_text(row.get("Status")),
        severity=_text(row.get("Severity")),
        owner=_owner(row.get("Owner")),
        modified=_modified(row),
        url=portal_link(_text(row.get("IncidentUrl"))),
        name=_text(row.get("IncidentName")),
    )


def _modified(row: Mapping[str, object]) -> datetime | None:
    moment = read_moment(row.get("LastModifiedTime")) or read_moment(row.get("TimeGenerated"))
    return None if moment is None else moment.time


def _owner(value: object) -> str:
    owner = read_json(value).value if isinstance(value, str) else value
    if isinstance(owner, dict):
        for name in ("assignedTo", "userPrincipalName", "email", "objectId"):
            if isinstance(owner.get(name), str) and owner[name]:
                return str(owner[name])
        return ""
    return owner if isinstance(owner, str) else ""


def _alert_ids(value: object) -> Iterable[str]:
    ids = read_json(value).value if isinstance(value, str) else value
    return [str(one).lower() for one in ids] if isinstance(ids, list) else []
