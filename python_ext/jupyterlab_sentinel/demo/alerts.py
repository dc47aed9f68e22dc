"""SecurityAlert, SecurityDetection, SecurityIncident and the scores behind the SSH alerts.

Entities and extended properties have the form of real rows: JSON in a text column, entities that refer to each
other by `$id` and `$ref`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .background_alerts import background_alerts
from .cast import (
    BASH_PID,
    C2,
    DAY,
    DOWNLOAD,
    HOUR,
    INTRUDER,
    LINUX,
    MINUTE,
    OFFICE,
    OTHER_LINUX,
    RESOURCE_GROUP,
    SCRIPT,
    SCRIPT_URL,
    SEARCH_START,
    SECOND,
    SSH_SESSION,
    SUBSCRIPTION,
    WGET_PID,
    at,
    guid,
    iso,
)
from .dice import Dice
from .incidents import SSH_RULE, detections, incidents
from .tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from .tables import Row

RULE_PERIOD: Final = 15 * HOUR
SSH_ALERT: Final = "SSH Anomalous Login ML"
DOWNLOAD_ALERT: Final = "Detected suspicious file download"
SCORED: Final = (
    (SEARCH_START + 65 * MINUTE, C2, at("2019-02-16T19:35:07"), 0.93),
    (at("2019-02-17T10:05"), INTRUDER, at("2019-02-17T09:48:31"), 0.88),
    (at("2019-02-18T01:05"), C2, at("2019-02-16T16:35:07"), 0.91),
    (at("2019-02-18T16:05"), C2, at("2019-02-18T15:29:20"), 0.97),
)
"""Logins that the model found anomalous in the range: when it scored them, from where, when they were, how odd."""


def alert_tables() -> Iterator[pa.Table]:
    """The four tables."""
    own = [*_ssh_alerts(), _download_alert()]
    yield table("SecurityAlert", [*own, *background_alerts()])
    yield table("SSHAlertDataV2_CL", [*_anomalous_scores(), *_usual_scores()])
    yield table("SecurityDetection", detections())
    yield table("SecurityIncident", incidents(own))


def _text(value: object) -> str:
    return json.dumps(value, indent=2).replace("\n", "\r\n")


def _ssh_alerts() -> list[Row]:
    """The rule looks every 3 hours at the scores of the last 15, until it was switched off on the 18th at night."""
    runs = range(SEARCH_START + 149 * MINUTE + 7 * SECOND, SEARCH_START + 2 * DAY, 3 * HOUR)
    return [
        _ssh_alert(run, address, login)
        for run in runs
        for scored, address, login, _ in SCORED
        if scored <= run < scored + RULE_PERIOD
    ]


def _ssh_alert(run: int, address: str, login: int) -> Row:
    entities = [
        {"$id": "3", "Address": address, "Type": "ip", "Count": 1},
        {"$id": "4", "HostName": LINUX.name, "Type": "host", "Count": 1},
        {"$id": "5", "Name": "dbadmin", "Type": "account", "Count": 1},
    ]
    properties = {
        "Alert Mode": "Aggregated",
        "Query": "SSHAlertDataV2_CL | where is_anomalous_b | extend IPCustomEntity = src_ip_s",
        "Query Period": "15:00:00",
        "Query Frequency": "03:00:00",
        "Search Query Results Overall Count": "1",
        "Threshold Operator": "Greater Than",
        "Threshold Value": "0",
        "Login Time (UTC)": iso(login),
    }
    return {
        "TimeGenerated": run + 41 * SECOND + login % 977 * 1000,
        "DisplayName": SSH_ALERT,
        "AlertName": SSH_ALERT,
        "AlertSeverity": "Medium",
        "Description": "A login over SSH that the model finds unusual for this account: place, hour or method.",
        "ProviderName": "CustomAlertRule",
        "VendorName": "Alert Rule",
        "VendorOriginalId": guid("vendor", run, address),
        "SystemAlertId": guid("alert", run, address),
        "AlertType": f"CustomAlertRule_{SSH_RULE}",
        "IsIncident": False,
        "StartTime": run,
        "EndTime": run,
        "ProcessingEndTime": run + 40 * SECOND,
        "ExtendedProperties": _text(properties),
        "Entities": _text(entities),
        "SourceSystem": "Detection",
        "WorkspaceSubscriptionId": SUBSCRIPTION,
        "WorkspaceResourceGroup": RESOURCE_GROUP,
        "ProductName": "Azure Sentinel",
        "ProductComponentName": "Scheduled Alerts",
        "Status": "New",
        "CompromisedEntity": LINUX.name.upper(),
        "Tactics": "InitialAccess",
        "Techniques": '["T1078"]',
    }


def _download_alert() -> Row:
    ended = DOWNLOAD + 4 * MINUTE
    return {
        "TimeGenerated": DOWNLOAD + 6 * MINUTE + 13_456 * 1000,
        "DisplayName": DOWNLOAD_ALERT,
        "AlertName": DOWNLOAD_ALERT,
        "AlertSeverity": "High",
        "Description": (
            f"Analysis of host data on {LINUX.name.upper()} found a download of a script from an address that no "
            "other machine of the organisation uses."
        ),
        "ProviderName": "Azure Security Center",
        "VendorName": "Microsoft",
        "VendorOriginalId": f"2518518018377999999_{guid('vendor', 'download')}",
        "SystemAlertId": guid("alert", "download"),
        "ResourceId": LINUX.resource,
        "SourceComputerId": LINUX.agent,
        "AlertType": "SCUBA_RULE_Suspicious_file_download",
        "ConfidenceLevel": "High",
        "ConfidenceScore": 0.86,
        "IsIncident": False,
        "StartTime": DOWNLOAD,
        "EndTime": DOWNLOAD,
        "ProcessingEndTime": ended,
        "RemediationSteps": _text(
            ["Find out with the account's owner whether the download was meant.", "Look at the file."]
        ),
        "ExtendedProperties": _text(_download_properties()),
        "Entities": _text(_download_entities()),
        "SourceSystem": "Detection",
        "WorkspaceSubscriptionId": SUBSCRIPTION,
        "WorkspaceResourceGroup": RESOURCE_GROUP,
        "ProductName": "Azure Security Center",
        "Status": "New",
        "CompromisedEntity": LINUX.name.upper(),
        "Tactics": "CommandAndControl",
        "Techniques": '["T1105"]',
    }


def _download_properties() -> dict[str, str]:
    return {
        "Compromised Host": LINUX.name.upper(),
        "User Name": "dbadmin",
        "Account Session Id": hex(SSH_SESSION),
        "Suspicious Process": "/usr/bin/wget",
        "Suspicious Process Id": hex(WGET_PID),
        "Parent Process": "/bin/bash",
        "resourceType": "Virtual Machine",
    }


def _download_entities() -> list[dict[str, object]]:
    """The address stands only in the command line of the process: in no ip entity."""
    started = iso(DOWNLOAD)
    host, account = {"$ref": "4"}, {"$ref": "6"}
    return [
        {
            "$id": "4",
            "DnsDomain": "",
            "NTDomain": "",
            "HostName": LINUX.name.upper(),
            "NetBiosName": LINUX.name.upper(),
            "AzureID": LINUX.resource,
            "OMSAgentID": LINUX.agent,
            "OSFamily": "Linux",
            "OSVersion": "Linux",
            "Type": "host",
        },
        {"$id": "5", "ProcessId": hex(BASH_PID), "CommandLine": "bash", "Host": host, "Type": "process"},
        {
            "$id": "6",
            "Name": "dbadmin",
            "Host": host,
            "Sid": "1001:1001",
            "Type": "account",
            "LogonId": hex(SSH_SESSION),
        },
        {"$id": "7", "Directory": "/usr/bin", "Name": "wget", "Type": "file"},
        {
            "$id": "8",
            "ProcessId": hex(WGET_PID),
            "CommandLine": f"wget {SCRIPT_URL} -t 3 -T 5",
            "CreationTimeUtc": started,
            "ImageFile": {"$ref": "7"},
            "Account": account,
            "ParentProcess": {"$ref": "5"},
            "Host": host,
            "Type": "process",
        },
        {"$id": "9", "Directory": "/tmp/.cache", "Name": SCRIPT, "Host": host, "Type": "file"},  # noqa: S108 data
        {
            "$id": "10",
            "SessionId": hex(SSH_SESSION),
            "StartTimeUtc": started,
            "EndTimeUtc": started,
            "Type": "host-logon-session",
            "Host": host,
            "Account": account,
        },
    ]


def _score(scored: int, host: str, user: str, address: str, login: int, score: float) -> Row:
    return {
        "SourceSystem": "RestAPI",
        "TimeGenerated": scored,
        "Computer": host,
        "src_ip_s": address,
        "host_s": host,
        "user_s": user,
        "logon_time_t": login,
        "auth_method_s": "publickey",
        "prior_logons_d": 0.0 if score > 0.5 else 40.0,
        "anomaly_score_d": score,
        "is_anomalous_b": score > 0.5,
        "model_version_s": "ssh-2019-01",
        "run_id_g": guid("score", scored),
    }


def _anomalous_scores() -> list[Row]:
    return [_score(scored, LINUX.name, "dbadmin", address, login, score) for scored, address, login, score in SCORED]


def _usual_scores() -> list[Row]:
    """The usual administrator's logins, over four weeks."""
    dice = Dice("scores")
    scored = dice.moments(at("2019-01-28"), at("2019-02-28"), 180)
    return [
        _score(moment, dice.pick((LINUX.name, OTHER_LINUX.name)), "labadmin", OFFICE, moment - 40 * MINUTE, 0.01 * low)
        for moment, low in zip(scored, dice.wholes(1, 30, 180), strict=True)
    ]
