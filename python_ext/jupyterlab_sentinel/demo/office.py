"""OfficeActivity: a month's ordinary work, and one evening of somebody else's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .cast import DIRECTORY, DOMAIN, INTRUDER, MINUTE, PEOPLE, SECOND, at, guid, upn
from .dice import Dice
from .tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from .tables import Row

START, END = at("2019-02-04"), at("2019-02-23")
ACCOUNT_CHANGES: Final = at("2019-02-18T17:40:11")
DOWNLOADS: Final = at("2019-02-18T17:58:03")
DOWNLOADED: Final = 236
SITE: Final = f"https://contoso-my.{DOMAIN}/sites/finance/"
CHROME: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/72.0.3626.109 Safari/537.36"
OUTLOOK: Final = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.11328; Pro)"
SCRIPTED: Final = "python-requests/2.21.0"
HOMES: Final = ("192.0.2.14", "198.51.100.23", "198.51.100.77", "203.0.113.9", "131.107.147.209")
WORK: Final = (
    ("SharePointFileOperation", "SharePoint", "FileAccessed"),
    ("SharePointFileOperation", "OneDrive", "FileModified"),
    ("SharePointFileOperation", "SharePoint", "FileDownloaded"),
    ("ExchangeItem", "Exchange", "Create"),
    ("ExchangeItem", "Exchange", "MailItemsAccessed"),
    ("AzureActiveDirectoryStsLogon", "AzureActiveDirectory", "UserLoggedIn"),
    ("MicrosoftTeams", "MicrosoftTeams", "TeamsSessionStarted"),
    ("AzureActiveDirectory", "AzureActiveDirectory", "Update user."),
)
FILES: Final = ("Budget", "Forecast", "Invoice", "Contract", "Payroll", "Plan", "Minutes", "Review")


def office_table() -> pa.Table:
    """The table."""
    return table("OfficeActivity", [*_work(), *_intrusion()])


def _work() -> Iterator[Row]:
    dice = Dice("office")
    for moment in dice.moments(START, END, 7600):
        kind, workload, operation = dice.pick(WORK)
        agent = OUTLOOK if workload == "Exchange" else CHROME
        row = _record(moment, (kind, workload, operation), dice.pick(PEOPLE), dice.pick(HOMES), agent)
        yield row | (_file(dice.whole(0, 400)) if operation.startswith("File") else {})


def _intrusion() -> Iterator[Row]:
    """From the intruder's address: accounts are changed in the directory, then a library is downloaded."""
    directory = "AzureActiveDirectory"
    logon = ("AzureActiveDirectoryStsLogon", directory, "UserLoggedIn")
    yield _record(ACCOUNT_CHANGES - 3 * MINUTE, logon, "ian", INTRUDER, CHROME)
    changes = ("Add user.", "Change user password.", "Add member to role.", "Add service principal.")
    for step, operation in enumerate(changes):
        row = _record(ACCOUNT_CHANGES + step * 3 * MINUTE, (directory, directory, operation), "ian", INTRUDER, "")
        yield row | {"OfficeObjectId": upn("svc-backup"), "AzureActiveDirectory_EventType": "1"}
    yield _record(DOWNLOADS - 40 * SECOND, logon, "ian", INTRUDER, SCRIPTED)
    dice = Dice("downloads")
    download = ("SharePointFileOperation", "SharePoint", "FileDownloaded")
    for number in range(DOWNLOADED):
        moment = DOWNLOADS + number * SECOND + dice.whole(0, 700) * 1000
        yield _record(moment, download, "ian", INTRUDER, SCRIPTED) | _file(number)


def _file(number: int) -> Row:
    name = f"{FILES[number % len(FILES)]}-{2016 + number % 3}-{number:03d}.xlsx"
    return {
        "OfficeObjectId": f"{SITE}Shared Documents/{name}",
        "ItemType": "File",
        "EventSource": "SharePoint",
        "Site_": guid("site"),
        "Site_Url": SITE,
        "SourceRelativeUrl": "Shared Documents",
        "SourceFileName": name,
        "SourceFileExtension": "xlsx",
    }


def _record(moment: int, what: tuple[str, str, str], person: str, address: str, agent: str) -> Row:
    kind, workload, operation = what
    details = [{"Name": "UserAgent", "Value": agent}, {"Name": "RequestType", "Value": "OAuth2:Authorize"}]
    return {
        "SourceSystem": "OfficeActivityManager",
        "TimeGenerated": moment,
        "UserAgent": agent if workload in {"SharePoint", "OneDrive"} else "",
        "RecordType": kind,
        "Operation": operation,
        "OrganizationId": DIRECTORY,
        "UserType": "Regular",
        "UserKey": guid("person", person),
        "OfficeWorkload": workload,
        "ResultStatus": "Succeeded",
        "UserId": upn(person.title() if kind == "ExchangeItem" else person),
        "ClientIP": address,
        "ExtendedProperties": json.dumps(details) if kind == "AzureActiveDirectoryStsLogon" else "",
        "OfficeId": guid("office", moment, person, operation),
        "OfficeTenantId": DIRECTORY,
        "Start_Time": moment,
    }
