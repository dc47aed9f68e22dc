"""AzureActivity, SigninLogs and AuditLogs: the subscription and its directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .cast import (
    C2,
    DIRECTORY,
    INTRUDER,
    LINUX,
    MINUTE,
    OFFICE,
    PEOPLE,
    RESOURCE_GROUP,
    SECOND,
    SUBSCRIPTION,
    at,
    guid,
    upn,
)
from .dice import Dice
from .tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from .tables import Row

START, END = at("2019-02-04"), at("2019-02-23")
RULE_WRITTEN: Final = at("2019-02-17T03:52:41.337")
HOMES: Final = ("192.0.2.14", "198.51.100.23", "198.51.100.77", "203.0.113.9", "2001:db8:2::17", OFFICE)
OPERATIONS: Final = (
    ("Microsoft.Compute/virtualMachines/read", "Get Virtual Machine"),
    ("Microsoft.Compute/virtualMachines/restart/action", "Restart Virtual Machine"),
    ("Microsoft.Storage/storageAccounts/listKeys/action", "List Storage Account Keys"),
    ("Microsoft.Network/networkInterfaces/read", "Get Network Interface"),
    ("Microsoft.Authorization/roleAssignments/read", "Get role assignment"),
    ("Microsoft.OperationalInsights/workspaces/query/action", "Query Log Analytics"),
)
APPS: Final = ("Office 365 Exchange Online", "Office 365 SharePoint Online", "Azure Portal", "Microsoft Teams")
FAILURES: Final = (
    ("50126", "Invalid username or password."),
    ("50053", "Account is locked."),
    ("50076", "MFA is required."),
)


def azure_tables() -> Iterator[pa.Table]:
    """The three tables."""
    yield table("AzureActivity", _activity())
    yield table("SigninLogs", _signins())
    yield table("AuditLogs", _directory_changes())


def _activity() -> Iterator[Row]:
    """Among the everyday, one rule that somebody wrote for an address that is not ours, and its removal."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{RESOURCE_GROUP}"
    rule = (
        f"{group}/providers/Microsoft.Network/networkSecurityGroups/{LINUX.name.lower()}-nsg/securityRules/maintenance"
    )
    write = ("Microsoft.Network/networkSecurityGroups/securityRules/{}", "{} Security Rule")
    yield _operation(RULE_WRITTEN, (write[0].format("write"), write[1].format("Create or Update")), "ian", C2, rule)
    removed = at("2019-02-18T23:41:02.118")
    yield _operation(removed, (write[0].format("delete"), write[1].format("Delete")), "megan", OFFICE, rule)
    dice = Dice("activity")
    for moment in dice.moments(START, END, 2200):
        yield _operation(moment, dice.pick(OPERATIONS), dice.pick(PEOPLE), dice.pick(HOMES), group)


def _operation(moment: int, operation: tuple[str, str], person: str, address: str, resource: str) -> Row:
    value, name = operation
    provider = value.split("/")[0]
    return {
        "OperationName": name,
        "OperationNameValue": value,
        "Level": "Informational",
        "ActivityStatus": "Succeeded",
        "ActivityStatusValue": "Success",
        "ResourceGroup": RESOURCE_GROUP,
        "SubscriptionId": SUBSCRIPTION,
        "CorrelationId": guid("activity", moment),
        "Caller": upn(person),
        "CallerIpAddress": address,
        "Category": "Administrative",
        "CategoryValue": "Administrative",
        "EventSubmissionTimestamp": moment + 90 * SECOND,
        "ResourceId": resource,
        "OperationId": guid("operation", moment),
        "ResourceProvider": provider,
        "ResourceProviderValue": provider.upper(),
        "Resource": resource.rsplit("/", 1)[-1],
        "EventDataId": guid("event", moment),
        "TimeGenerated": moment,
        "SourceSystem": "Azure",
        "_ResourceId": resource.lower(),
    }


def _signins() -> Iterator[Row]:
    dice = Dice("sign-ins")
    for moment in dice.moments(START, END, 5200):
        code, reason = dice.pick(FAILURES) if dice.whole(0, 14) == 0 else ("0", "")
        yield _signin(moment, dice.pick(PEOPLE), dice.pick(HOMES), (code, reason), dice.pick(APPS))
    for moment, app in ((at("2019-02-18T17:36:40"), "Azure Portal"), (at("2019-02-18T17:57:12"), APPS[1])):
        yield _signin(moment, "ian", INTRUDER, ("0", ""), app)


def _signin(moment: int, person: str, address: str, result: tuple[str, str], app: str) -> Row:
    code, reason = result
    abroad = address == INTRUDER
    return {
        "SourceSystem": "Azure AD",
        "TimeGenerated": moment,
        "ResourceId": f"/tenants/{DIRECTORY}/providers/Microsoft.aadiam",
        "OperationName": "Sign-in activity",
        "OperationVersion": "1.0",
        "Category": "SignInLogs",
        "ResultType": code,
        "ResultDescription": reason,
        "DurationMs": 0,
        "CorrelationId": guid("sign-in", moment, person),
        "Identity": person.title(),
        "Location": "SG" if abroad else "US",
        "AppDisplayName": app,
        "AppId": guid("app", app),
        "AuthenticationRequirement": "singleFactorAuthentication",
        "ClientAppUsed": "Browser",
        "ConditionalAccessPolicies": [],
        "ConditionalAccessStatus": "notApplied",
        "CreatedDateTime": moment - 2 * SECOND,
        "DeviceDetail": {"deviceId": "", "operatingSystem": "Windows 10", "browser": "Chrome 72.0.3626"},
        "IsInteractive": True,
        "Id": guid("sign-in id", moment, person),
        "IPAddress": address,
        "IsRisky": abroad,
        "LocationDetails": {"city": "Singapore" if abroad else "Redmond", "countryOrRegion": "SG" if abroad else "US"},
        "RiskDetail": "none",
        "RiskLevelAggregated": "medium" if abroad else "none",
        "RiskLevelDuringSignIn": "medium" if abroad else "none",
        "RiskState": "atRisk" if abroad else "none",
        "ResourceDisplayName": app,
        "Status": {"errorCode": int(code), "failureReason": reason} if reason else {"errorCode": 0},
        "UserDisplayName": person.title(),
        "UserId": guid("person", person),
        "UserPrincipalName": upn(person),
        "AADTenantId": DIRECTORY,
        "UserType": "Member",
    }


def _directory_changes() -> Iterator[Row]:
    dice = Dice("directory")
    names = ("Update user", "Add member to group", "Reset password (self-service)", "Update device")
    for moment in dice.moments(START, END, 600):
        yield _change(moment, dice.pick(names), dice.pick(PEOPLE), dice.pick(PEOPLE), dice.pick(HOMES))
    begin = at("2019-02-18T17:40:11")
    for step, (name, target) in enumerate(
        (("Add user", "svc-backup"), ("Add member to role", "svc-backup"), ("Add service principal", "mail-archive"))
    ):
        yield _change(begin + step * 3 * MINUTE, name, "ian", target, INTRUDER)


def _change(moment: int, name: str, actor: str, target: str, address: str) -> Row:
    return {
        "SourceSystem": "Azure AD",
        "TimeGenerated": moment,
        "ResourceId": f"/tenants/{DIRECTORY}/providers/Microsoft.aadiam",
        "OperationName": name,
        "OperationVersion": "1.0",
        "Category": "UserManagement",
        "ResultType": "",
        "DurationMs": 0,
        "CorrelationId": guid("change", moment),
        "Resource": "Microsoft.aadiam",
        "ResourceGroup": "Microsoft.aadiam",
        "Identity": upn(actor),
        "Level": "4",
        "AdditionalDetails": [],
        "Id": f"Directory_{guid('change id', moment)}",
        "InitiatedBy": {"user": {"userPrincipalName": upn(actor), "ipAddress": address}},
        "LoggedByService": "Core Directory",
        "Result": "success",
        "TargetResources": [{"displayName": target, "userPrincipalName": upn(target), "type": "User"}],
        "AADTenantId": DIRECTORY,
        "ActivityDisplayName": name,
        "ActivityDateTime": moment,
        "AADOperationType": name.split(" ", maxsplit=1)[0],
    }
