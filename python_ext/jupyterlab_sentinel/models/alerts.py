"""Alerts as Sentinel keeps them in SecurityAlert, typed, with whatever did not parse named and kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from .entities import Entity
    from .indicators import Indicator

Severity = Literal["High", "Medium", "Low", "Informational", "Unknown"]
SEVERITIES: tuple[Severity, ...] = ("High", "Medium", "Low", "Informational", "Unknown")
STATUSES = ("New", "InProgress", "Resolved", "Dismissed", "Unknown")

_SEVERITY_TABLE: dict[str, Severity] = {
    "high": "High",
    "medium": "Medium",
    "low": "Low",
    "informational": "Informational",
    "information": "Informational",
}
_STATUS_TABLE = {status.lower(): status for status in STATUSES} | {"in progress": "InProgress"}

PORTAL_HOSTS = frozenset(
    {
        "portal.azure.com",
        "portal.azure.us",
        "portal.azure.cn",
        "security.microsoft.com",
        "security.microsoft.us",
        "security.apps.mil",
    }
)
_LONGEST_LINK = 4096
# Types worth a search across all logs; a program's path would match everything.
ALERT_INDICATOR_TYPES = (
    "ipv4",
    "ipv6",
    "domain",
    "url",
    "email",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "cve",
    "registry_key",
    "asn",
    "bitcoin",
)
_NOT_SEARCHED = frozenset(
    {
        "TenantId",
        "SystemAlertId",
        "WorkspaceSubscriptionId",
        "WorkspaceResourceGroup",
        "AlertLink",
        "ExtendedLinks",
        "Entities",
        "ExtendedProperties",
        "Techniques",
        "SubTechniques",
        "Tactics",
        "Type",
    }
)
_DOCUMENTATION_HOSTS = PORTAL_HOSTS | {"learn.microsoft.com", "docs.microsoft.com", "go.microsoft.com", "aka.ms"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A field that did not parse, and why; ``field`` is the column's name."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of ``ExtendedLinks``. ``href`` may be followed only if ``allowed``: https to a Microsoft portal."""

    label: str
    href: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Incident:
    """The incident that an alert belongs to, as of its last update; times are UTC."""

    number: int | None
    title: str
    status: str
    severity: str
    owner: str
    modified: datetime | None
    url: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Alert:
    """One alert, as of its last update. Times are UTC or None.

    :param severity: through a fixed table; ``Unknown`` for everything else, whose text is in ``severity_text``.
    :param status: through a fixed table; a value outside it stays as it was written.
    :param generated: ``TimeGenerated``. :param processed: ``ProcessingEndTime``.
    :param alert_link: the portal's page, only if it is https to a host of ``PORTAL_HOSTS``.
    :param entities: in the alert's order; nested ones inside them.
    :param problems: fields that did not parse; their text is in ``raw``.
    :param raw: the row as it came.
    """

    system_alert_id: str
    name: str
    severity: Severity
    severity_text: str
    status: str
    description: str = ""
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    sub_techniques: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    generated: datetime | None = None
    processed: datetime | None = None
    provider: str = ""
    vendor: str = ""
    product: str = ""
    component: str = ""
    alert_type: str = ""
    vendor_original_id: str = ""
    compromised_entity: str = ""
    confidence_level: str = ""
    confidence_score: float | None = None
    is_incident: bool | None = None
    remediation: tuple[str, ...] = ()
    extended_properties: Mapping[str, object] = field(default_factory=dict)
    extended_links: tuple[Link, ...] = ()
    alert_link: str | None = None
    entities: tuple[Entity, ...] = ()
    incident: Incident | None = None
    problems: tuple[Problem, ...] = ()
    raw: Mapping[str, object] = field(default_factory=dict, repr=False)

    __kql_attributes__ = ("indicators",)

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """Indicators in any of its fields, each once, with the first place in ``where``: ``Process.CommandLine``.

        Found on first use. Addresses of Microsoft's portals and documentation are left out.
        """
        from .extraction import find_indicators

        return tuple(
            indicator
            for indicator in find_indicators(self.passages(), ALERT_INDICATOR_TYPES)
            if not _is_documentation(indicator)
        )

    def passages(self) -> Iterable[tuple[str, str]]:
        """Every text of the alert that may hold indicators, with its place, most telling first."""
        yield "DisplayName", self.name
        yield "CompromisedEntity", self.compromised_entity
        seen: set[int] = set()
        for top in self.entities:
            for entity in top.walk(seen):
                yield from _texts(entity.label, entity.fields)
        yield "Description", self.description
        yield from _texts("ExtendedProperties", self.extended_properties)
        done = {"DisplayName", "CompromisedEntity", "Description"} | _NOT_SEARCHED
        broken = {problem.field for problem in self.problems} & {"Entities", "ExtendedProperties"}
        for column, value in self.raw.items():
            if (column not in done or column in broken) and isinstance(value, str):
                yield column, value


class AlertList(list[Alert]):
    """Alerts, newest first, and whether they are all.

    :ivar reasons: why alerts, or facts about them, are missing; empty if the list is complete.
    :ivar notes: what else a user should know, e.g. that the workspace keeps no alerts.
    :ivar query: the KQL as it was sent.
    """

    def __init__(
        self, alerts: Iterable[Alert] = (), *, reasons: Iterable[str] = (), notes: Iterable[str] = (), query: str = ""
    ) -> None:
        super().__init__(alerts)
        self.reasons = tuple(reasons)
        self.notes = tuple(notes)
        self.query = query

    @property
    def status(self) -> Literal["complete", "partial"]:
        """``partial`` if anything is missing."""
        return "partial" if self.reasons else "complete"


def severity_of(text: str) -> Severity:
    """The severity that ``text`` means; ``Unknown`` if the table has none."""
    return _SEVERITY_TABLE.get(text.strip().lower(), "Unknown")


def status_of(text: str) -> str:
    """The status that ``text`` means, or ``text`` itself."""
    return _STATUS_TABLE.get(text.strip().lower(), text)


def portal_link(text: str) -> str | None:
    """``text`` if it is an https address of exactly one of Microsoft's portals, else None."""
    if len(text) > _LONGEST_LINK or not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    trusted = parts.scheme == "https" and parts.netloc.lower() in PORTAL_HOSTS and port is None
    return text if trusted else None


def _texts(place: str, fields: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    waiting: list[tuple[str, object]] = [(f"{place}.{name}", value) for name, value in reversed(list(fields.items()))]
    while waiting:
        where, value = waiting.pop()
        if isinstance(value, str):
            yield where, value
        elif isinstance(value, dict):
            waiting += [(where, inner) for inner in reversed(list(value.values()))]
        elif isinstance(value, list):
            waiting += [(where, inner) for inner in reversed(value)]


def _is_documentation(indicator: Indicator) -> bool:
    if indicator.type == "domain":
        return indicator.value in _DOCUMENTATION_HOSTS
    return indicator.type == "url" and urlsplit(indicator.value).hostname in _DOCUMENTATION_HOSTS
