"""AzureNetworkAnalytics_CL: flows that Traffic Analytics summed up, hourly, and its snapshots of the network.

Columns and values follow https://learn.microsoft.com/azure/network-watcher/traffic-analytics-schema. A flow with a
malicious address names it in `SrcIP_s` or `DestIP_s`; other public addresses stand together in `PublicIPs_s`, each as
`address|started|ended|packets out|packets in|bytes out|bytes in`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .cast import (
    C2,
    DOWNLOAD,
    HOSTS,
    HOUR,
    INTRUDER,
    LINUX,
    MINUTE,
    OFFICE,
    RESOURCE_GROUP,
    SCANNERS,
    SECOND,
    SUBSCRIPTION,
    WINDOWS,
    at,
)
from .dice import Dice
from .tables import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from .cast import Host
    from .tables import Row

START, END = at("2019-02-11T00:00"), at("2019-02-21T00:00")
RULE_SEEN: Final = (at("2019-02-17T04:00"), at("2019-02-18T23:00"))
"""The first and the last hourly snapshot that holds the rule that let the attacker in."""
MONITORS: Final = ("13.71.172.130", "13.88.255.115", "40.85.232.64", "13.71.172.128")
STORES: Final = ("52.239.220.32", "168.62.32.212", "52.239.220.64", "20.38.98.164")
MIRRORS: Final = ("91.189.88.149", "91.189.88.152", "91.189.88.161", "91.189.88.162", "91.189.91.23", "52.168.50.79")
CLOCK: Final = "91.189.94.4"
PROBED: Final = (
    ("T", "telnet", 23.0),
    ("T", "microsoft-ds", 445.0),
    ("T", "ms-sql-s", 1433.0),
    ("T", "http-alt", 8080.0),
    ("T", "Unknown", 5900.0),
    ("U", "sip", 5060.0),
)


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow as summed up: when, which way, what, and how often it was let through or stopped."""

    start: int
    end: int
    direction: str
    protocol: tuple[str, str, float]
    allowed: float = 0.0
    denied: float = 0.0


SSH: Final = ("T", "ssh", 22.0)
HTTP: Final = ("T", "http", 80.0)
HTTPS: Final = ("T", "https", 443.0)
NTP: Final = ("U", "ntp", 123.0)
DESKTOP: Final = ("T", "ms-wbt-server", 3389.0)
DESKTOP_UDP: Final = ("U", "ms-wbt-server", 3389.0)


def flows_table() -> pa.Table:
    """The table."""
    dice = Dice("flows")
    rows = [*_attacker_flows(), *_snapshots()]
    for hour in range(START, END, HOUR):
        for host in HOSTS[:3]:
            rows += _hourly_flows(dice, host, hour)
    return table("AzureNetworkAnalytics_CL", rows)


def _attacker_flows() -> list[Row]:
    """Every flow with the attacker's first address; the two of the 18th are the only ones in the article's range."""
    knocks = [
        Flow(at(f"2019-02-16T{hour:02d}:35:07"), at(f"2019-02-16T{hour:02d}:35:07"), "I", SSH, 1.0)
        for hour in (4, 7, 10, 13, 16, 19)
    ]
    linux = [
        *knocks,
        Flow(at("2019-02-16T03:22:41"), at("2019-02-16T03:51:53"), "I", SSH, 2.0),
        Flow(at("2019-02-16T03:51:57"), at("2019-02-16T03:52:13"), "O", HTTP, 9.0),
        Flow(DOWNLOAD - 4 * SECOND, DOWNLOAD - 4 * SECOND, "I", SSH, 1.0),
        Flow(DOWNLOAD, DOWNLOAD + 16 * SECOND, "O", HTTP, 9.0),
    ]
    windows = [
        Flow(at("2019-02-16T03:07:26"), at("2019-02-16T03:07:35"), "I", DESKTOP, denied=2.0),
        Flow(at("2019-02-16T03:10:55"), at("2019-02-16T03:24:44"), "I", DESKTOP, 6.0),
        Flow(at("2019-02-16T03:24:48"), at("2019-02-16T03:24:53"), "I", DESKTOP_UDP, denied=1.0),
    ]
    usual = Flow(at("2019-02-15T19:54:11"), at("2019-02-15T21:07:30"), "I", DESKTOP, 3.0)
    return [
        *(_malicious_row(LINUX, flow, C2) for flow in linux),
        *(_malicious_row(WINDOWS, flow, C2) for flow in windows),
        _malicious_row(WINDOWS, usual, INTRUDER),
    ]


def _hourly_flows(dice: Dice, host: Host, hour: int) -> list[Row]:
    """What each machine does in an hour: agents, updates, the clock, and who is turned away at its door."""
    late = hour + 59 * MINUTE - dice.whole(1, 20) * SECOND
    third = hour + dice.whole(20, 36) * MINUTE
    rows = [
        _public_row(host, Flow(hour - 46 * SECOND, late, "O", HTTPS, float(dice.whole(570, 640))), MONITORS),
        _public_row(host, Flow(hour - 58 * SECOND, late, "O", HTTPS, float(dice.whole(2338, 2351))), STORES),
        _public_row(host, Flow(third, third, "O", HTTP, 1.0), [dice.pick(MIRRORS)]),
        _public_row(host, Flow(third - 10 * MINUTE, late - MINUTE, "O", NTP, 2.0), [CLOCK]),
    ]
    for _ in range(dice.whole(5, 14)):
        begin = hour + dice.whole(0, 2400) * SECOND
        flow = Flow(begin, begin + dice.whole(0, 900) * SECOND, "I", dice.pick(PROBED), denied=float(dice.whole(1, 9)))
        rows.append(_public_row(host, flow, dice.picks(SCANNERS, dice.whole(1, 4))))
    if dice.whole(0, 3) == 0:
        begin = hour + dice.whole(0, 3000) * SECOND
        flow = Flow(begin, begin, "I", dice.pick(PROBED), denied=1.0)
        rows.append(_malicious_row(host, flow, dice.pick(SCANNERS)))
    if host is WINDOWS and hour % (24 * HOUR) == 3 * HOUR:
        rows.append(_public_row(host, Flow(hour + 56 * MINUTE, hour + 58 * MINUTE, "I", DESKTOP, 1.0), [OFFICE]))
    return rows


def _flow_row(host: Host, flow: Flow, kind: str) -> Row:
    transport, application, port = flow.protocol
    inward = flow.direction == "I"
    interval = (flow.end + 59 * SECOND) // HOUR * HOUR
    processed = interval + HOUR + 22 * MINUTE + 40 * SECOND
    group = f"{RESOURCE_GROUP}/{host.name.lower()}-nsg"
    return {
        "SourceSystem": "RestAPI",
        "TimeGenerated": processed,
        "SubType_s": "FlowLog",
        "FASchemaVersion_s": "1",
        "TimeProcessed_t": processed - 5 * SECOND,
        "FlowIntervalStartTime_t": interval,
        "FlowIntervalEndTime_t": interval + HOUR,
        "FlowStartTime_t": flow.start,
        "FlowEndTime_t": flow.end,
        "FlowType_s": kind,
        "DestPort_d": port,
        "L4Protocol_s": transport,
        "L7Protocol_s": application,
        "FlowDirection_s": flow.direction,
        "FlowStatus_s": "A" if flow.allowed else "D",
        "NSGList_s": group,
        "NSGRule_s": "UserRule_maintenance" if flow.allowed else "DefaultRule_DenyAllInBound",
        "NSGRuleType_s": "User Defined" if flow.allowed else "Default",
        "Subscription_g": SUBSCRIPTION,
        "Region_s": "eastus",
        "AllowedInFlows_d": flow.allowed if inward else 0.0,
        "DeniedInFlows_d": flow.denied if inward else 0.0,
        "AllowedOutFlows_d": 0.0 if inward else flow.allowed,
        "DeniedOutFlows_d": 0.0 if inward else flow.denied,
        "FlowCount_d": flow.allowed + flow.denied,
        "IsFlowCapturedAtUDRHop_b": False,
    }


def _malicious_row(host: Host, flow: Flow, address: str) -> Row:
    ends = {"SrcIP_s": address, "DestIP_s": host.private}
    if flow.direction == "O":
        ends = {"SrcIP_s": host.private, "DestIP_s": address}
    return {**_flow_row(host, flow, "MaliciousFlow"), **ends}


def _public_row(host: Host, flow: Flow, addresses: Sequence[str]) -> Row:
    share = int(flow.allowed) // len(addresses)
    listed = " ".join(
        f"{address}|{share}|{share}|{12 * share}|{9 * share}|{700 * share}|{5100 * share}" for address in addresses
    )
    kind = "ExternalPublic" if flow.direction == "I" else "AzurePublic"
    return {
        **_flow_row(host, flow, kind),
        "VMIP_s": host.private,
        "VM_s": f"{RESOURCE_GROUP}/{host.name.lower()}",
        "NIC_s": f"{RESOURCE_GROUP}/{host.name.lower()}-nic",
        "MACAddress_s": host.mac,
        "Subnet_s": f"{RESOURCE_GROUP}/lab-vnet/default",
        "AzureRegion_s": "eastus" if flow.direction == "O" else "",
        "PublicIPs_s": listed,
    }


def _snapshots() -> Iterable[Row]:
    """Hourly, every network card, group and rule; one rule names the attacker's address for two days."""
    for hour in range(START, END, HOUR):
        opened = RULE_SEEN[0] <= hour <= RULE_SEEN[1]
        for host in HOSTS[:3]:
            yield _snapshot(hour, "NetworkInterface", f"{host.name.lower()}-nic") | {
                "VirtualMachine_s": f"{RESOURCE_GROUP}/{host.name.lower()}",
                "MACAddress_s": host.mac,
                "PrivateIPAddresses_s": host.private,
                "PublicIPAddresses_s": host.public,
                "NetworkSecurityGroup_s": f"{RESOURCE_GROUP}/{host.name.lower()}-nsg",
            }
            rules = f"allow-office|100|I|A|22,3389|{OFFICE}/32"
            if host is LINUX and opened:
                rules = f"{rules};maintenance|110|I|A|22|{C2}/32"
            group = _snapshot(hour, "NetworkSecurityGroup", f"{host.name.lower()}-nsg")
            yield group | {"SecurityRules_s": rules, "IsFlowEnabled_b": True}
        if opened:
            yield _snapshot(hour, "SecurityRule", f"{LINUX.name.lower()}-nsg/maintenance") | {
                "NetworkSecurityGroup_s": f"{RESOURCE_GROUP}/{LINUX.name.lower()}-nsg",
                "SourceAddressPrefix_s": f"{C2}/32",
                "DestinationPortRange_s": "22",
                "Access_s": "Allow",
                "Direction_s": "Inbound",
                "Priority_d": 110.0,
            }


def _snapshot(hour: int, kind: str, name: str) -> Row:
    return {
        "SourceSystem": "RestAPI",
        "TimeGenerated": hour + 11 * MINUTE + 9 * SECOND,
        "SubType_s": "Topology",
        "FASchemaVersion_s": "1",
        "TimeProcessed_t": hour + 11 * MINUTE,
        "ResourceType": kind,
        "Name_s": f"{RESOURCE_GROUP}/{name}",
        "Subscription_g": SUBSCRIPTION,
        "Region_s": "eastus",
        "DiscoveryRegion_s": "eastus",
        "TopologyVersion_s": "2",
    }
