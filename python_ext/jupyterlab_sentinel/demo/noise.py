"""The tables that every workspace has around a story: heartbeats, counters, name lookups, web and firewall logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .cast import (
    CONTROLLER,
    DAY,
    HOSTS,
    HOUR,
    LINUX,
    MINUTE,
    OFFICE,
    PEOPLE,
    RESOURCE_GROUP,
    SCANNERS,
    SECOND,
    SUBSCRIPTION,
    WEB,
    at,
    guid,
)
from .dice import Dice
from .tables import columns, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from .tables import Row

START, END = at("2019-02-12"), at("2019-02-21")
VISITORS: Final = ("192.0.2.33", "198.51.100.8", "203.0.113.61", "203.0.113.130", "198.51.100.201", "192.0.2.180")
PLACES: Final = ("www.example.com", "updates.example.net", "mail.example.org", "time.example.net", "crm.example.com")


def noise_tables() -> Iterator[pa.Table]:
    """The tables."""
    yield table("Heartbeat", _heartbeats())
    yield table("Perf", _counters())
    yield table("DnsEvents", _lookups())
    yield table("CommonSecurityLog", _firewall())
    yield table("W3CIISLog", _requests())
    yield table("Event", _events())
    yield table("Operation", _operations())
    yield table("Usage", _usage())


def _heartbeats() -> Iterator[Row]:
    for number, host in enumerate(HOSTS):
        linux = host.system == "Linux"
        for moment in range(START + number * 7 * SECOND, END, 5 * MINUTE):
            yield {
                "SourceSystem": "OpsManager",
                "TimeGenerated": moment,
                "ManagementGroupName": "AOI-lab",
                "ComputerIP": host.public or host.private,
                "Computer": host.name,
                "Category": "Direct Agent",
                "OSType": host.system,
                "OSName": "Ubuntu" if linux else "Microsoft Windows Server 2016 Datacenter",
                "OSMajorVersion": "18" if linux else "10",
                "OSMinorVersion": "04" if linux else "0",
                "Version": "1.8.1-256" if linux else "8.0.11136.0",
                "SCAgentChannel": "Direct",
                "IsGatewayInstalled": False,
                "RemoteIPLongitude": -78.1704,
                "RemoteIPLatitude": 38.7163,
                "RemoteIPCountry": "United States",
                "SubscriptionId": SUBSCRIPTION,
                "ResourceGroup": RESOURCE_GROUP,
                "ResourceProvider": "Microsoft.Compute",
                "Resource": host.name,
                "ResourceId": host.resource,
                "ResourceType": "virtualMachines",
                "ComputerEnvironment": "Azure",
                "VMUUID": guid("machine", host.name),
                "ComputerPrivateIPs": [host.private],
                "_ResourceId": host.resource,
            }


COUNTERS: Final = (("Processor", "% Processor Time"), ("Memory", "Available MBytes"), ("LogicalDisk", "% Free Space"))


def _counters() -> Iterator[Row]:
    dice = Dice("counters")
    for host in HOSTS:
        for moment in range(START, END, 20 * MINUTE):
            for thing, counter in COUNTERS:
                yield {
                    "TimeGenerated": moment,
                    "Computer": host.name,
                    "ObjectName": thing,
                    "CounterName": counter,
                    "InstanceName": "_Total",
                    "CounterValue": dice.whole(50, 9800) / 100,
                    "CounterPath": f"\\\\{host.name}\\{thing}(_Total)\\{counter}",
                    "SourceSystem": "OpsManager",
                    "_ResourceId": host.resource,
                }


def _lookups() -> Iterator[Row]:
    dice = Dice("lookups")
    for moment in dice.moments(START, END, 9000):
        host = dice.pick(HOSTS)
        yield {
            "Computer": CONTROLLER.name,
            "SourceSystem": "OpsManager",
            "TimeGenerated": moment,
            "EventId": 257,
            "SubType": "LookupQuery",
            "ClientIP": host.private,
            "Name": dice.pick(PLACES),
            "Result": "Success",
            "IPAddresses": dice.pick(VISITORS),
            "Message": "RESPONSE_SUCCESS",
            "TaskCategory": "LOOK_UP",
            "QueryType": dice.pick(("A", "AAAA")),
            "ResultCode": 0,
            "_ResourceId": CONTROLLER.resource,
        }


def _firewall() -> Iterator[Row]:
    dice = Dice("firewall")
    for moment in dice.moments(START, END, 12_000):
        inward = dice.whole(0, 3) == 0
        inside = dice.pick(HOSTS).private if inward else f"10.0.4.{dice.whole(10, 60)}"
        outside = dice.pick(SCANNERS) if inward else dice.pick(VISITORS)
        source, destination = (outside, inside) if inward else (inside, outside)
        yield {
            "TimeGenerated": moment,
            "DeviceVendor": "Contoso Networks",
            "DeviceProduct": "EdgeWall",
            "DeviceVersion": "9.1",
            "DeviceEventClassID": "traffic",
            "Activity": "TRAFFIC",
            "LogSeverity": "3",
            "DeviceAction": "deny" if inward else "allow",
            "ApplicationProtocol": "unknown" if inward else "ssl",
            "CommunicationDirection": "Inbound" if inward else "Outbound",
            "DestinationPort": dice.pick((23, 445, 1433, 8080)) if inward else 443,
            "DestinationIP": destination,
            "SourcePort": dice.whole(1024, 65_535),
            "SourceIP": source,
            "SourceUserName": "" if inward else dice.pick(PEOPLE),
            "Protocol": "TCP",
            "SentBytes": 0 if inward else dice.whole(300, 90_000),
            "ReceivedBytes": 0 if inward else dice.whole(300, 900_000),
            "Computer": "edgewall01",
            "SourceSystem": "OpsManager",
        }


PAGES: Final = ("/", "/index.html", "/products", "/contact", "/assets/site.css", "/assets/logo.png", "/login.aspx")


def _requests() -> Iterator[Row]:
    dice = Dice("requests")
    for moment in dice.moments(START, END, 8000):
        probing = dice.whole(0, 40) == 0
        yield {
            "SourceSystem": "OpsManager",
            "TimeGenerated": moment,
            "sSiteName": "W3SVC1",
            "sIP": WEB.private,
            "csMethod": "GET",
            "csUriStem": "/wp-login.php" if probing else dice.pick(PAGES),
            "csUriQuery": "-",
            "sPort": 443,
            "csUserName": "-",
            "cIP": dice.pick(SCANNERS) if probing else dice.pick((*VISITORS, OFFICE)),
            "csVersion": "HTTP/1.1",
            "csUserAgent": "curl/7.58.0" if probing else "Mozilla/5.0+(Windows+NT+10.0)",
            "csHost": "www.contoso.example",
            "scStatus": "404" if probing else "200",
            "scSubStatus": "0",
            "scWin32Status": "0",
            "scBytes": dice.whole(200, 60_000),
            "csBytes": dice.whole(200, 1500),
            "TimeTaken": dice.whole(1, 400),
            "Computer": WEB.name,
            "_ResourceId": WEB.resource,
        }


def _events() -> Iterator[Row]:
    dice = Dice("events")
    for moment in dice.moments(START, END, 1800):
        host = dice.pick([host for host in HOSTS if host.system == "Windows"])
        number, level, text = dice.pick(
            (
                (7036, 4, "A service entered the running state."),
                (10016, 2, "A permission to start a server was not granted."),
            )
        )
        yield {
            "SourceSystem": "OpsManager",
            "TimeGenerated": moment,
            "Source": "Service Control Manager",
            "EventLog": "System",
            "Computer": host.name,
            "EventLevel": level,
            "EventLevelName": "Information" if level == 4 else "Error",
            "EventID": number,
            "RenderedDescription": text,
            "UserName": "N/A",
            "ManagementGroupName": "AOI-lab",
            "_ResourceId": host.resource,
        }


def _operations() -> Iterator[Row]:
    for day in range(START, END, DAY):
        for host in HOSTS:
            yield {
                "SourceSystem": "OpsManager",
                "TimeGenerated": day + 3 * HOUR,
                "OperationStatus": "Info",
                "Computer": host.name,
                "Detail": "Data was collected as configured.",
                "OperationCategory": "Data Collection Status",
                "Solution": "LogManagement",
            }
    yield {
        "SourceSystem": "OpsManager",
        "TimeGenerated": at("2019-02-18T12:44:50"),
        "OperationStatus": "Info",
        "Computer": LINUX.name,
        "Detail": "Collection of the custom log AuditLog_CL was configured.",
        "OperationCategory": "Agent",
        "Solution": "LogManagement",
    }


def _usage() -> Iterator[Row]:
    dice = Dice("usage")
    for hour in range(START, END, 3 * HOUR):
        for name in sorted(columns()):
            yield {
                "TimeGenerated": hour + 3 * HOUR,
                "SourceSystem": "OMS",
                "StartTime": hour,
                "EndTime": hour + 3 * HOUR - SECOND,
                "DataType": name,
                "Solution": "LogManagement",
                "Quantity": dice.whole(1, 4000) / 1000,
                "QuantityUnit": "MBytes",
                "IsBillable": True,
            }
