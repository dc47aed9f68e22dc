"""Six weeks of other alerts, all outside the article's range: what a sidebar's histogram needs around the story."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .cast import (
    APPLICATION,
    HOUR,
    MINUTE,
    OTHER_LINUX,
    PEOPLE,
    RESOURCE_GROUP,
    SEARCH_END,
    SEARCH_START,
    SECOND,
    SUBSCRIPTION,
    WEB,
    WINDOWS,
    at,
    guid,
    upn,
)
from .dice import Dice

if TYPE_CHECKING:
    from .cast import Host
    from .tables import Row


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of alert: its name, severity, product, and where in ATT&CK it stands."""

    name: str
    severity: str
    product: str
    tactic: str
    technique: str
    about: str


ASC, IDENTITY, SENTINEL, CLOUD_APPS = (
    "Azure Security Center",
    "Azure Active Directory Identity Protection",
    "Azure Sentinel",
    "Microsoft Cloud App Security",
)
KINDS: Final = (
    Kind("Many failed login attempts", "Low", ASC, "CredentialAccess", "T1110", "host"),
    Kind("Unfamiliar sign-in properties", "Low", IDENTITY, "InitialAccess", "T1078", "account"),
    Kind("Sign-in from a rarely used device", "Informational", IDENTITY, "InitialAccess", "T1078", "account"),
    Kind("Possible suspicious scheduling tasks access detected", "Informational", ASC, "Persistence", "T1053", "host"),
    Kind("Rare process run on a server", "Low", SENTINEL, "Execution", "T1059", "host"),
    Kind("Antimalware action taken", "Low", ASC, "Execution", "T1204", "host"),
    Kind("Mass download by a single user", "Medium", CLOUD_APPS, "Collection", "T1530", "account"),
    Kind("New inbox rule that forwards mail", "Medium", SENTINEL, "Collection", "T1114", "account"),
    Kind("Local group membership was enumerated", "Informational", SENTINEL, "Discovery", "T1069", "host"),
    Kind("Traffic from unrecommended addresses was detected", "Low", ASC, "Discovery", "T1046", "host"),
    Kind("Account added to a privileged group", "High", SENTINEL, "PrivilegeEscalation", "T1098", "account"),
    Kind("Logon from an unusual location", "Medium", ASC, "InitialAccess", "T1078", "host"),
)
HOSTS: Final = (WINDOWS, OTHER_LINUX, WEB, APPLICATION)


def background_alerts() -> list[Row]:
    """Their rows: about one alert in five has two or three, as its status changed."""
    dice = Dice("background alerts")
    moments = dice.moments(at("2019-01-21"), at("2019-03-04"), 210)
    kinds = dice.picks(KINDS, len(moments), skew=True)
    rows = []
    for number, (moment, kind) in enumerate(zip(moments, kinds, strict=True)):
        updates = _updates(dice, moment)
        if updates[-1] < SEARCH_START - HOUR or moment - 2 * HOUR >= SEARCH_END:
            rows += [
                _row(number, kind, moment, status, update) for status, update in zip(STATUSES, updates, strict=False)
            ]
    return [*rows, *_story_alerts()]


STATUSES: Final = ("New", "InProgress", "Resolved")


def _updates(dice: Dice, moment: int) -> list[int]:
    """When the alert was written: at first, and at each change of its status."""
    moments = [moment + dice.whole(40, 400) * SECOND]
    for _ in range(dice.pick((0, 0, 0, 0, 1, 2))):
        moments.append(moments[-1] + dice.whole(20, 300) * MINUTE)
    return moments


def _row(number: int, kind: Kind, started: int, status: str, written: int) -> Row:
    dice = Dice(f"background alert {number}")
    host, person = dice.pick(HOSTS), dice.pick(PEOPLE)
    about_host = kind.about == "host"
    return {
        "TimeGenerated": written,
        "DisplayName": kind.name,
        "AlertName": kind.name,
        "AlertSeverity": kind.severity,
        "Description": f"{kind.name} ({host.name if about_host else upn(person)}).",
        "ProviderName": kind.product,
        "VendorName": "Microsoft",
        "VendorOriginalId": guid("background vendor", number),
        "SystemAlertId": guid("background alert", number),
        "ResourceId": host.resource if about_host else "",
        "SourceComputerId": host.agent if about_host else "",
        "AlertType": kind.name.title().replace(" ", ""),
        "IsIncident": False,
        "StartTime": started - dice.whole(1, 60) * MINUTE,
        "EndTime": started,
        "ProcessingEndTime": written - SECOND,
        "ExtendedProperties": json.dumps({"Alert generation status": "Full alert created"}),
        "Entities": json.dumps(_host_entities(host) if about_host else _account_entities(person)),
        "SourceSystem": "Detection",
        "WorkspaceSubscriptionId": SUBSCRIPTION,
        "WorkspaceResourceGroup": RESOURCE_GROUP,
        "ProductName": kind.product,
        "Status": status,
        "CompromisedEntity": host.name if about_host else upn(person),
        "Tactics": kind.tactic,
        "Techniques": json.dumps([kind.technique]),
    }


def _host_entities(host: Host) -> list[dict[str, object]]:
    return [{"$id": "2", "HostName": host.name, "AzureID": host.resource, "OMSAgentID": host.agent, "Type": "host"}]


def _account_entities(person: str) -> list[dict[str, object]]:
    account, _, suffix = upn(person).partition("@")
    return [{"$id": "2", "Name": account, "UPNSuffix": suffix, "AadUserId": guid("person", person), "Type": "account"}]


def _story_alerts() -> list[Row]:
    """What the second host's intrusion set off, the day before the range: nobody looked at it in time."""
    named = (
        ("Suspicious account creation detected", "Medium", "Persistence", "T1136", at("2019-02-16T00:06:31")),
        ("Local account added to administrators", "High", "PrivilegeEscalation", "T1098", at("2019-02-16T00:07:02")),
        ("Security log of a server was cleared", "Medium", "DefenseEvasion", "T1070", at("2019-02-16T03:27:10.440")),
    )  # fmt: skip
    return [_story_alert(number, *entry) for number, entry in enumerate(named, 1000)]


def _story_alert(number: int, name: str, severity: str, tactic: str, technique: str, started: int) -> Row:
    kind = Kind(name, severity, ASC, tactic, technique, "host")
    account = {"$id": "3", "Name": "ian", "NTDomain": WINDOWS.name, "Host": {"$ref": "2"}, "Type": "account"}
    return {
        **_row(number, kind, started, "New", started + 5 * MINUTE),
        "Description": f"{name} ({WINDOWS.name}).",
        "ResourceId": WINDOWS.resource,
        "SourceComputerId": WINDOWS.agent,
        "StartTime": started,
        "Entities": json.dumps([*_host_entities(WINDOWS), account]),
        "CompromisedEntity": WINDOWS.name,
    }
