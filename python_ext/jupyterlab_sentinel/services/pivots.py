"""Ready notebook cells that go on from an alert: to its updates, its indicators, its hosts, accounts and addresses.

What an attacker wrote never becomes text of a cell. A value is written into one only if it consists of letters,
digits and ``._:-``; any other is reached through a name: a first cell binds the alert, and the query says
``{{alert.indicators[0].value}}``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from ..models.indicators import defang, visible
from .listings import row_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from ..models.alerts import Alert
    from ..models.entities import Entity
    from ..models.workspace import TableInfo

SWEEP = "Sweep indicators"
ENRICH = "Enrich"

_PLAIN = re.compile(r"[A-Za-z0-9._:-]+", re.ASCII)
_LONGEST_VALUE = 200
_MOST_INDICATORS = 10
_MOST_OF_A_KIND = 3
_BEFORE, _AFTER = timedelta(hours=2), timedelta(hours=1)
_FIRST_AND_LAST = "| summarize Count = count(), First = min(TimeGenerated), Last = max(TimeGenerated) by Type"


@dataclass(frozen=True, slots=True)
class Pivot:
    """A way on from an alert.

    :param label: for a menu; safe to show.
    :param cells: sources of notebook cells, to be run in order.
    """

    label: str
    cells: list[str]


class _Question(NamedTuple):
    """A query on one table about hosts, accounts or addresses; ``$`` stands for the value."""

    kind: str
    label: str
    table: str
    columns: str
    where: str
    shown: str


_QUESTIONS = (
    _Question(
        "host",
        "Processes on",
        "SecurityEvent",
        "EventID Computer Account ParentProcessName NewProcessName CommandLine",
        "EventID == 4688 and Computer has $",
        "TimeGenerated, Computer, Account, ParentProcessName, NewProcessName, CommandLine",
    ),
    _Question(
        "host",
        "Processes on",
        "DeviceProcessEvents",
        "DeviceName AccountName InitiatingProcessFileName FileName ProcessCommandLine",
        "DeviceName has $",
        "TimeGenerated, DeviceName, AccountName, InitiatingProcessFileName, FileName, ProcessCommandLine",
    ),
    _Question(
        "host",
        "Processes on",
        "AuditLog_CL",
        "Computer RawData",
        'Computer has $ and RawData has_any ("SYSCALL", "EXECVE")',
        "TimeGenerated, Computer, RawData",
    ),
    _Question(
        "host",
        "Logons on",
        "SecurityEvent",
        "EventID Computer TargetAccount LogonType IpAddress",
        "EventID in (4624, 4625) and Computer has $",
        "TimeGenerated, Computer, EventID, TargetAccount, LogonType, IpAddress",
    ),
    _Question(
        "host",
        "Logons on",
        "DeviceLogonEvents",
        "DeviceName AccountName LogonType RemoteIP ActionType",
        "DeviceName has $",
        "TimeGenerated, DeviceName, AccountName, LogonType, RemoteIP, ActionType",
    ),
    _Question(
        "host",
        "Sign-ins on",
        "Syslog",
        "Computer Facility ProcessName SyslogMessage",
        'Computer has $ and Facility in ("auth", "authpriv")',
        "TimeGenerated, Computer, ProcessName, SyslogMessage",
    ),
    _Question(
        "host",
        "Network flows of",
        "AzureNetworkAnalytics_CL",
        "SubType_s VM_s FlowDirection_s FlowStatus_s SrcIP_s DestIP_s DestPort_d L7Protocol_s PublicIPs_s",
        'SubType_s == "FlowLog" and VM_s has $',
        "TimeGenerated, VM_s, FlowDirection_s, FlowStatus_s, SrcIP_s, DestIP_s, PublicIPs_s, DestPort_d, L7Protocol_s",
    ),
    _Question(
        "host",
        "Network flows of",
        "DeviceNetworkEvents",
        "DeviceName RemoteIP RemotePort RemoteUrl InitiatingProcessFileName ActionType",
        "DeviceName has $",
        "TimeGenerated, DeviceName, ActionType, RemoteIP, RemotePort, RemoteUrl, InitiatingProcessFileName",
    ),
    _Question(
        "account",
        "Sign-ins of",
        "SigninLogs",
        "UserPrincipalName IPAddress AppDisplayName ResultType ResultDescription Location",
        "UserPrincipalName has $",
        "TimeGenerated, UserPrincipalName, IPAddress, Location, AppDisplayName, ResultType, ResultDescription",
    ),
    _Question(
        "account",
        "Logons of",
        "SecurityEvent",
        "EventID Computer TargetAccount LogonType IpAddress",
        "EventID in (4624, 4625) and TargetAccount has $",
        "TimeGenerated, Computer, EventID, TargetAccount, LogonType, IpAddress",
    ),
    _Question(
        "account",
        "Sign-ins of",
        "Syslog",
        "Computer Facility ProcessName SyslogMessage",
        'Facility in ("auth", "authpriv") and SyslogMessage has $',
        "TimeGenerated, Computer, ProcessName, SyslogMessage",
    ),
    _Question(
        "account",
        "Office activity of",
        "OfficeActivity",
        "UserId Operation OfficeWorkload ClientIP OfficeObjectId",
        "UserId has $",
        "TimeGenerated, UserId, OfficeWorkload, Operation, ClientIP, OfficeObjectId",
    ),
    _Question(
        "ip",
        "Sign-ins from",
        "SigninLogs",
        "UserPrincipalName IPAddress AppDisplayName ResultType ResultDescription Location",
        "IPAddress == $",
        "TimeGenerated, UserPrincipalName, IPAddress, Location, AppDisplayName, ResultType, ResultDescription",
    ),
    _Question(
        "ip",
        "Logons from",
        "SecurityEvent",
        "EventID Computer TargetAccount LogonType IpAddress",
        "EventID in (4624, 4625) and IpAddress == $",
        "TimeGenerated, Computer, EventID, TargetAccount, LogonType, IpAddress",
    ),
    _Question(
        "ip",
        "Network flows with",
        "AzureNetworkAnalytics_CL",
        "SubType_s VM_s FlowDirection_s FlowStatus_s SrcIP_s DestIP_s DestPort_d L7Protocol_s PublicIPs_s",
        'SubType_s == "FlowLog" and (SrcIP_s == $ or DestIP_s == $ or PublicIPs_s has $)',
        "TimeGenerated, VM_s, FlowDirection_s, FlowStatus_s, SrcIP_s, DestIP_s, PublicIPs_s, DestPort_d, L7Protocol_s",
    ),
    _Question(
        "ip",
        "Network flows with",
        "NTANetAnalytics",
        "SrcIp DestIp DestPort FlowDirection FlowStatus",
        "SrcIp == $ or DestIp == $",
        "TimeGenerated, SrcIp, DestIp, DestPort, FlowDirection, FlowStatus",
    ),
    _Question(
        "ip",
        "Network flows with",
        "DeviceNetworkEvents",
        "DeviceName RemoteIP RemotePort RemoteUrl InitiatingProcessFileName ActionType",
        "RemoteIP == $",
        "TimeGenerated, DeviceName, ActionType, RemoteIP, RemotePort, RemoteUrl, InitiatingProcessFileName",
    ),
    _Question(
        "ip",
        "Firewall events with",
        "CommonSecurityLog",
        "SourceIP DestinationIP DestinationPort DeviceAction DeviceVendor",
        "SourceIP == $ or DestinationIP == $",
        "TimeGenerated, DeviceVendor, DeviceAction, SourceIP, DestinationIP, DestinationPort",
    ),
    _Question(
        "ip",
        "Office activity from",
        "OfficeActivity",
        "UserId Operation OfficeWorkload ClientIP OfficeObjectId",
        "ClientIP has $",
        "TimeGenerated, UserId, OfficeWorkload, Operation, ClientIP, OfficeObjectId",
    ),
    _Question(
        "ip",
        "Azure changes from",
        "AzureActivity",
        "Caller CallerIpAddress OperationNameValue ActivityStatusValue ResourceId",
        "CallerIpAddress == $",
        "TimeGenerated, Caller, CallerIpAddress, OperationNameValue, ActivityStatusValue, ResourceId",
    ),
)


class _Subject(NamedTuple):
    """A value to ask about: how it is shown and how a cell gets at it."""

    kind: str
    shown: str
    value: str
    path: str


def pivots(alert: Alert, tables: Collection[TableInfo] | None = None) -> list[Pivot]:
    """Ready cells for ``alert``, the alert itself first.

    :param tables: those of the workspace; questions on single tables are offered for those that it has, with the
        columns that they need. None: only what runs in every workspace that keeps alerts.
    """
    found = [_itself(alert), *_on_indicators(alert)]
    found += [_everywhere(alert, subject) for subject in _indicators(alert)]
    subjects = list(_subjects(alert))
    found += [_related(alert, subject) for subject in subjects if subject.kind == "host"]
    columns = {table.name: {column.name for column in table.columns} for table in tables or ()}
    for subject in subjects:
        for question in _QUESTIONS:
            needed = {"TimeGenerated", *question.columns.split()}
            if question.kind == subject.kind and needed <= columns.get(question.table, set()):
                found.append(_on_table(alert, subject, question))
    return found


def _itself(alert: Alert) -> Pivot:
    subject = _Subject("alert", "", alert.system_alert_id, "alert.system_alert_id")
    query = "SecurityAlert\n| where SystemAlertId == $\n| summarize arg_max(TimeGenerated, *) by SystemAlertId"
    return Pivot("This alert", _cells(alert, subject, query))


def _on_indicators(alert: Alert) -> Iterator[Pivot]:
    """What the sidebar has buttons for, by these labels: all indicators at once, through a bound name."""
    if alert.indicators:
        bound = f"%sentinel alert {row_id(alert)} -o alert"
        values = "indicators = [found.value for found in alert.indicators]"
        yield Pivot(SWEEP, [bound, "%sentinel sweep alert -o sightings"])
        yield Pivot(ENRICH, [bound, f"{values}\n%enrich indicators -o known"])


def _everywhere(alert: Alert, subject: _Subject) -> Pivot:
    return Pivot(
        f"Search all tables for {subject.shown}",
        _cells(alert, subject, f"search $\n{_FIRST_AND_LAST}\n| order by Count desc"),
    )


def _related(alert: Alert, subject: _Subject) -> Pivot:
    query = (
        "SecurityAlert\n| where CompromisedEntity has $ or Entities has $\n"
        "| summarize arg_max(TimeGenerated, *) by SystemAlertId\n"
        "| project TimeGenerated, AlertSeverity, DisplayName, CompromisedEntity, SystemAlertId\n"
        "| order by TimeGenerated asc"
    )
    return Pivot(f"Other alerts on {subject.shown}", _cells(alert, subject, query))


def _on_table(alert: Alert, subject: _Subject, question: _Question) -> Pivot:
    query = f"{question.table}\n| where {question.where}\n| project {question.shown}\n| order by TimeGenerated asc"
    label = f"{question.label} {subject.shown} ({question.table})"
    return Pivot(label, _cells(alert, subject, query, _around(alert)))


def _cells(alert: Alert, subject: _Subject, query: str, options: str = "") -> list[str]:
    plain = len(subject.value) <= _LONGEST_VALUE and _PLAIN.fullmatch(subject.value)
    operand = f'"{subject.value}"' if plain else f"{{{{{subject.path}}}}}"
    cell = f"%%sentinel{options}\n{query.replace('$', operand)}"
    return [cell] if plain else [f"%sentinel alert {row_id(alert)} -o alert", cell]


def _around(alert: Alert) -> str:
    start = alert.start or alert.end or alert.generated
    end = alert.end or alert.start or alert.generated
    if start is None or end is None:
        return ""
    try:
        return f" --from {_moment(start - _BEFORE)} --to {_moment(max(start, end) + _AFTER)}"
    except OverflowError:
        return ""


def _moment(time: datetime) -> str:
    return time.replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def _indicators(alert: Alert) -> Iterator[_Subject]:
    for position, indicator in enumerate(alert.indicators[:_MOST_INDICATORS]):
        shown = visible(defang(indicator.value, indicator.type), limit=80)
        yield _Subject(indicator.type, shown, indicator.value, f"alert.indicators[{position}].value")


def _subjects(alert: Alert) -> Iterator[_Subject]:
    """Hosts, accounts and addresses of an alert, each once."""
    seen: set[tuple[str, str]] = set()
    counts: dict[str, int] = {}
    for subject in (*_named(alert.entities), *_addresses(alert)):
        told = subject.kind, subject.value.casefold()
        if subject.value and told not in seen and counts.get(subject.kind, 0) < _MOST_OF_A_KIND:
            seen.add(told)
            counts[subject.kind] = counts.get(subject.kind, 0) + 1
            yield subject


def _named(entities: Sequence[Entity]) -> Iterator[_Subject]:
    names = {"host": ("HostName", "NetBiosName"), "account": ("Name",), "ip": ("Address",)}
    for position, entity in enumerate(entities):
        for field in names.get(entity.kind, ()):
            value = entity.text(field)
            if value:
                shown = visible(defang(value, "ipv6" if ":" in value else "ipv4"), limit=80)
                path = f'alert.entities[{position}].fields["{field}"]'
                yield _Subject(entity.kind, shown if entity.kind == "ip" else visible(value, limit=80), value, path)
                break


def _addresses(alert: Alert) -> Iterator[_Subject]:
    for position, indicator in enumerate(alert.indicators):
        if indicator.type in ("ipv4", "ipv6"):
            yield _Subject("ip", indicator.defanged, indicator.value, f"alert.indicators[{position}].value")
