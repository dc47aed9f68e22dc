"""The alerts of a range as the sidebar lists them: filtered, counted, paged."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, get_args

from ..errors import UnknownAlertError, UsageError
from ..models.indicators import visible
from ..models.refang import refang
from ..models.wire import AlertRow, AlertsAnswer, Severity, TimeRangeState
from .clocks import present
from .passages import line
from .states import time_range_state

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..models.alerts import Alert, AlertList
    from ..models.timerange import TimeRange
    from ..models.wire import AlertsQuery
    from ..ports import QueryBackend

MOST_ROWS = 500
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
_LONGEST_LABEL = 40
_MOST_TACTICS = 10
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")
_UNTITLED = "(no title)"


@dataclass(frozen=True)
class Listing:
    """The alerts of a range, newest first, as they were read."""

    alerts: AlertList
    time_range: TimeRangeState

    @cached_property
    def by_id(self) -> Mapping[str, Alert]:
        """Each alert by an id that is unique here and safe in an address: its own where that is plain."""
        found: dict[str, Alert] = {}
        for alert in self.alerts:
            found[_unique(row_id(alert), found)] = alert
        return found

    @cached_property
    def _searched(self) -> Sequence[str]:
        return [searched_text(alert) for alert in self.by_id.values()]

    def find(self, wanted: str) -> Alert:
        """The alert of a row's id.

        :raises UnknownAlertError: it is not in this range.
        """
        alert = self.by_id.get(wanted)
        if alert is None:
            raise UnknownAlertError(
                f"The alert “{visible(wanted, limit=100)}” is not in {self.time_range.label}.",
                hint="It may have been updated or left the range: refresh the list.",
            )
        return alert

    def page(self, query: AlertsQuery) -> AlertsAnswer:
        """The rows that ``query`` asks for.

        :raises UsageError: a severity, offset or limit that does not exist.
        """
        severities = _severities(query.severity)
        if query.offset < 0 or not 1 <= query.limit <= MOST_ROWS:
            raise UsageError("A page begins at 0 or later and holds 1 to 500 rows.", hint="Correct offset and limit.")
        matching = self._containing(query.contains)
        counts = Counter(alert.severity for _, alert in matching)
        if severities:
            matching = [pair for pair in matching if pair[1].severity in severities]
        chosen = matching[query.offset : query.offset + query.limit]
        return AlertsAnswer(
            alerts=tuple(alert_row(alert, key) for key, alert in chosen),
            total=len(matching),
            offset=query.offset,
            counts={severity: counts[severity] for severity in SEVERITIES},
            time_range=self.time_range,
            status=self.alerts.status,
            reasons=tuple(line(reason, 500) for reason in self.alerts.reasons),
            notes=tuple(line(note, 500) for note in self.alerts.notes),
        )

    def _containing(self, text: str) -> Sequence[tuple[str, Alert]]:
        wanted = refang(text).strip().casefold()
        pairs = list(self.by_id.items())
        if not wanted:
            return pairs
        return [pair for pair, text in zip(pairs, self._searched, strict=True) if wanted in text]


async def read_listing(backend: QueryBackend, time_range: TimeRange) -> Listing:
    """Ask ``backend`` for the alerts of ``time_range``, as it is now.

    :raises SentinelError: as the backend says.
    """
    from .alerts import alerts

    now = present(backend)
    start, end = time_range.resolve(now)
    return Listing(await alerts(backend, start, end), time_range_state(time_range, now))


def row_id(alert: Alert) -> str:
    """The alert's own id if it is plain, else one made from the record: always the same for the same record."""
    if _PLAIN_ID.fullmatch(alert.system_alert_id):
        return alert.system_alert_id
    seal = hashlib.sha256(repr(sorted(alert.raw.items(), key=str)).encode("utf-8", "backslashreplace"))
    return f"row-{seal.hexdigest()[:24]}"


def alert_row(alert: Alert, key: str) -> AlertRow:
    """``alert`` as a row of the list; every text inert, no text longer than 200 characters."""
    title = line(alert.name) or line(alert.alert_type) or _UNTITLED
    return AlertRow(
        id=key,
        title=title,
        severity=alert.severity,
        severity_label=line(alert.severity_text, _LONGEST_LABEL) or alert.severity,
        status=line(alert.status, _LONGEST_LABEL),
        start=alert.start,
        end=alert.end,
        generated=alert.generated,
        subtitle=line(" · ".join(_about(alert))),
        tactics=tuple(line(tactic_name(tactic), _LONGEST_LABEL) for tactic in alert.tactics[:_MOST_TACTICS]),
        entity_count=len(alert.entities),
        problem_count=len(alert.problems),
        group=title,
    )


def contains(alert: Alert, wanted: str) -> bool:
    """Whether ``wanted`` (refanged, case folded) stands anywhere in the alert."""
    return wanted in searched_text(alert)


def searched_text(alert: Alert) -> str:
    """Everything that a filter looks at, case folded: the record as it came, and its structures read."""
    texts = [str(value) for value in (alert.name, *alert.raw.values()) if value is not None]
    texts += [text for _, text in alert.passages()]
    return "\n".join(dict.fromkeys(texts)).casefold()


def tactic_name(written: str) -> str:
    """A tactic as ATT&CK writes it: ``CommandAndControl`` is ``Command and Control``."""
    return _WORD_START.sub(" ", written).replace(" And ", " and ")


def _about(alert: Alert) -> list[str]:
    """The host, then what tells alerts of one name apart: addresses and accounts, else tactic and size."""
    from ..models.indicators import defang

    by_kind: dict[str, list[str]] = {}
    for entity in alert.entities:
        by_kind.setdefault(entity.kind, []).append(entity.title)
    hosts = [alert.compromised_entity or next(iter(by_kind.get("host", ())), "")]
    addresses = [defang(address, "ipv6" if ":" in address else "ipv4") for address in by_kind.get("ip", ())[:2]]
    names = by_kind.get("account", [])[:1]
    if not addresses:
        names += [tactic_name(tactic) for tactic in alert.tactics[:1]]
        if alert.entities:
            names.append(f"{len(alert.entities)} entit{'y' if len(alert.entities) == 1 else 'ies'}")
    return [line(part, 80) for part in (*hosts, *addresses, *names) if part]


def _severities(text: str) -> frozenset[str]:
    wanted = frozenset(part.strip() for part in text.split(",") if part.strip())
    unknown = sorted(wanted.difference(SEVERITIES))
    if unknown:
        raise UsageError(
            f"“{visible(unknown[0], limit=40)}” is no severity.", hint=f"Severities are {', '.join(SEVERITIES)}."
        )
    return wanted


def _unique(key: str, taken: Mapping[str, object]) -> str:
    number, candidate = 1, key
    while candidate in taken:
        number += 1
        candidate = f"{key}-{number}"
    return candidate
