"""Rows of SecurityAlert as typed alerts: no row is lost, no fault in one field spoils the others."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from ..models.alerts import Alert, Link, Problem, portal_link, severity_of, status_of
from ..models.loose_json import limited, read_json
from .entities import read_entities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?\s*(Z|[+-]\d\d:?\d\d|UTC)?", re.ASCII | re.IGNORECASE
)
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?", re.ASCII)
_LONGEST_TACTIC = 200
_UNNAMED = "(no name)"
_TRUE, _FALSE = ("true", "1"), ("false", "0")


class Moment(NamedTuple):
    """A time in UTC, with the 100 ns that a datetime cannot hold, for exact order."""

    time: datetime
    ticks: int


def parse_alert(row: Mapping[str, object]) -> Alert:
    """One row as an alert; never raises. Column names match whatever their case."""
    return _Reader(row).read()


def parse_alerts(rows: Iterable[Mapping[str, object]]) -> list[Alert]:
    """The alerts of ``rows``, one an alert, in the order in which each first comes.

    Of an alert's updates the last counts: the greatest ``TimeGenerated``, then the greatest ``ProcessingEndTime``,
    then the later row. Updates share ``SystemAlertId`` and ``VendorOriginalId``; rows without an id are alerts of
    their own.
    """
    latest: dict[object, tuple[tuple[object, ...], Alert]] = {}
    for number, row in enumerate(rows):
        reader = _Reader(row)
        key: object = reader.identity() or number
        rank = reader.rank()
        known = latest.get(key)
        if known is None or rank >= known[0]:
            latest[key] = (rank, reader.read())
    return [alert for _, alert in latest.values()]


def read_moment(value: object) -> Moment | None:
    """A time of a row: a datetime, a pandas Timestamp, or ISO 8601 text; without a zone it is UTC. Else None."""
    if isinstance(value, datetime):
        if value != value:  # noqa: PLR0124 - NaT is the one time that differs from itself
            return None
        nanoseconds = getattr(value, "nanosecond", 0)
        return _utc(value, nanoseconds // 100 if isinstance(nanoseconds, int) else 0)
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    day, clock, fraction, zone = match.groups()
    digits = (fraction or "").ljust(9, "0")
    try:
        written = datetime.fromisoformat(f"{day}T{clock}.{digits[:6]}" if clock.count(":") == 2 else f"{day}T{clock}")
        offset = "+00:00" if not zone or zone.upper() in ("Z", "UTC") else zone
        moment = written.replace(tzinfo=datetime.strptime(offset, "%z").tzinfo)
    except ValueError:
        return None
    return _utc(moment, int(digits[6:7]))


def _utc(value: datetime, ticks: int) -> Moment | None:
    try:
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        plain = datetime(
            aware.year, aware.month, aware.day, aware.hour, aware.minute, aware.second, aware.microsecond, tzinfo=UTC
        )
    except (OverflowError, ValueError):
        return None
    return Moment(plain, ticks)


class _Reader:
    """One row, read column by column, collecting what was wrong."""

    def __init__(self, row: Mapping[str, object]) -> None:
        self._row = row
        self._columns = {str(name).lower(): str(name) for name in reversed(list(row))}
        self._problems: list[Problem] = []

    def identity(self) -> tuple[str, str] | None:
        """What the updates of one alert share; None without an id."""
        reference = self._plain("SystemAlertId")
        return (reference.lower(), self._plain("VendorOriginalId")) if reference else None

    def rank(self) -> tuple[object, ...]:
        """Greater for later updates."""
        return self._order("TimeGenerated") + self._order("ProcessingEndTime")

    def read(self) -> Alert:
        name = self._text("DisplayName") or self._text("AlertName") or self._text("AlertType") or _UNNAMED
        severity = self._text("AlertSeverity") or self._text("Severity")
        entities, faults = read_entities(self._value("Entities"))
        self._problems += faults
        return Alert(
            system_alert_id=self._text("SystemAlertId"),
            name=name,
            severity=severity_of(severity),
            severity_text=severity,
            status=status_of(self._text("Status")),
            description=self._text("Description"),
            tactics=self._tactics(),
            techniques=self._techniques("Techniques"),
            sub_techniques=self._techniques("SubTechniques"),
            start=self._time("StartTime"),
            end=self._time("EndTime"),
            generated=self._time("TimeGenerated"),
            processed=self._time("ProcessingEndTime"),
            provider=self._text("ProviderName"),
            vendor=self._text("VendorName"),
            product=self._text("ProductName"),
            component=self._text("ProductComponentName"),
            alert_type=self._text("AlertType"),
            vendor_original_id=self._text("VendorOriginalId"),
            compromised_entity=self._text("CompromisedEntity"),
            confidence_level=self._text("ConfidenceLevel"),
            confidence_score=self._number("ConfidenceScore"),
            is_incident=self._flag("IsIncident"),
            remediation=self._lines("RemediationSteps"),
            extended_properties=self._bag("ExtendedProperties"),
            extended_links=self._links(),
            alert_link=self._portal_link(),
            entities=entities,
            problems=tuple(dict.fromkeys(self._problems)),
            raw=dict(self._row),
        )

    def _value(self, column: str) -> object:
        value = self._row.get(self._columns.get(column.lower(), column))
        return None if value is None or _is_missing(value) else value

    def _plain(self, column: str) -> str:
        value = self._value(column)
        return value.strip() if isinstance(value, str) else "" if value is None else str(value)

    def _text(self, column: str) -> str:
        value = self._value(column)
        if value is None or isinstance(value, str):
            return value or ""
        self._fault(column, "not text")
        return str(value) if not isinstance(value, dict | list) else json.dumps(limited(value).value, default=str)

    def _time(self, column: str) -> datetime | None:
        value = self._value(column)
        moment = read_moment(value)
        if moment is None and value not in (None, ""):
            self._fault(column, "not a time")
        return None if moment is None else moment.time

    def _order(self, column: str) -> tuple[object, ...]:
        moment = read_moment(self._value(column))
        return (False, datetime.min.replace(tzinfo=UTC), 0) if moment is None else (True, moment.time, moment.ticks)

    def _number(self, column: str) -> float | None:
        value = self._value(column)
        if value in (None, ""):
            return None
        try:
            number = float(str(value))
        except ValueError:
            self._fault(column, "not a number")
            return None
        if math.isfinite(number):
            return number
        self._fault(column, "not a number")
        return None

    def _flag(self, column: str) -> bool | None:
        value = self._value(column)
        lowered = str(value).lower()
        if value in (None, "") or lowered in _TRUE + _FALSE:
            return None if value in (None, "") else lowered in _TRUE
        self._fault(column, "neither true nor false")
        return None

    def _tactics(self) -> tuple[str, ...]:
        return tuple(tactic[:_LONGEST_TACTIC] for tactic in self._list("Tactics") if tactic)

    def _techniques(self, column: str) -> tuple[str, ...]:
        techniques = self._list(column)
        if any(not _TECHNIQUE.fullmatch(technique) for technique in techniques):
            self._fault(column, "not a list of technique numbers")
        return tuple(techniques)

    def _list(self, column: str) -> list[str]:
        """A list as JSON, as a client's list, or as text with commas."""
        value = self._value(column)
        if isinstance(value, str) and value.lstrip().startswith(("[", '"')):
            reading = read_json(value)
            for problem in reading.problems:
                self._fault(column, problem)
            value = reading.value
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, list | tuple):
            return [part if isinstance(part, str) else json.dumps(limited(part).value, default=str) for part in value]
        if value is not None:
            self._fault(column, "not a list")
        return []

    def _lines(self, column: str) -> tuple[str, ...]:
        value = self._value(column)
        if isinstance(value, str) and value.lstrip().startswith("["):
            reading = read_json(value)
            if isinstance(reading.value, list) and not reading.problems:
                value = reading.value
        if isinstance(value, list | tuple):
            return tuple(str(line).strip() for line in value if str(line).strip())
        return tuple(line.strip() for line in self._text(column).splitlines() if line.strip())

    def _bag(self, column: str) -> Mapping[str, object]:
        value = self._value(column)
        if value is None or (isinstance(value, str) and not value.strip()):
            return {}
        reading = read_json(value) if isinstance(value, str) else limited(value)
        for problem in reading.problems:
            self._fault(column, problem)
        if isinstance(reading.value, dict):
            return reading.value
        if not reading.problems and reading.value is not None:
            self._fault(column, "no object")
        return {}

    def _links(self) -> tuple[Link, ...]:
        value = self._value("ExtendedLinks")
        if value is None or (isinstance(value, str) and not value.strip()):
            return ()
        reading = read_json(value) if isinstance(value, str) else limited(value)
        for problem in reading.problems:
            self._fault("ExtendedLinks", problem)
        if not isinstance(reading.value, list):
            if not reading.problems and reading.value is not None:
                self._fault("ExtendedLinks", "no list of links")
            return ()
        return tuple(link for item in reading.value if (link := _link(item)) is not None)

    def _portal_link(self) -> str | None:
        text = self._text("AlertLink")
        link = portal_link(text) if text else None
        if text and link is None:
            self._fault("AlertLink", "not a page of a Microsoft portal, so it is no link")
        return link

    def _fault(self, column: str, reason: str) -> None:
        self._problems.append(Problem(column, reason))


def _link(item: object) -> Link | None:
    if not isinstance(item, dict):
        return None
    lowered = {str(name).lower(): value for name, value in item.items()}
    href, label = lowered.get("href"), lowered.get("label")
    if not isinstance(href, str):
        return None
    return Link(label if isinstance(label, str) and label else "link", href, portal_link(href) is not None)


def _is_missing(value: object) -> bool:
    """NaN, NaT and NA, as frames have them; told without importing pandas."""
    if isinstance(value, float | datetime):
        return bool(value != value)  # noqa: PLR0124 - NaN and NaT differ from themselves
    return type(value).__name__ == "NAType"
