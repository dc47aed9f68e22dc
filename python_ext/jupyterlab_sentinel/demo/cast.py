"""Who and what the story is about: hosts, accounts, addresses and times, once, for every generator."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://jupyterlab-sentinel.invalid/demo")
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def at(text: str) -> int:
    """Microseconds since 1970 of an ISO time that is in UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * SECOND + moment.microsecond


def iso(moment: int) -> str:
    """ISO 8601 in UTC, to the millisecond, of microseconds since 1970."""
    text = datetime.fromtimestamp(moment // SECOND, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{moment % SECOND // 1000:03d}Z"


@lru_cache(maxsize=256)
def guid(*parts: object) -> str:
    """A GUID that is the same on every run for the same parts."""
    return str(uuid.uuid5(NAMESPACE, "/".join(map(str, parts))))


TENANT: Final = guid("workspace")
DIRECTORY: Final = guid("directory")
SUBSCRIPTION: Final = guid("subscription")
RESOURCE_GROUP: Final = "soc-lab-rg"
DOMAIN: Final = "contoso.example"

C2: Final = "23.97.60.214"
INTRUDER: Final = "13.67.35.176"
OFFICE: Final = "131.107.147.209"
REPORTED: Final = (
    "185.49.71.101",
    "47.91.56.21",
    "103.225.168.159",
    "31.148.220.53",
    "89.34.111.113",
    "185.162.131.92",
)
SCANNERS: Final = (
    "193.32.161.50", "88.214.26.103", "81.22.45.116", "88.214.26.77", "81.22.45.102", "88.214.26.38", "141.98.80.150",
    "193.32.160.69", "194.61.24.198", "81.22.45.81", "81.22.45.106", "194.113.106.162", "194.147.32.125",
)  # fmt: skip

SEARCH_START: Final = at("2019-02-17")
SEARCH_END: Final = at("2019-02-19")
DOWNLOAD: Final = at("2019-02-18T15:29:22")
LOGIN: Final = at("2019-02-18T15:29:20.115")
SCRIPT: Final = "scan.sh"
SCRIPT_URL: Final = f"http://{C2}/a7f3/{SCRIPT}"
SSH_SESSION: Final = 196045
SSHD_PID: Final = 24851
BASH_PID: Final = 24903
WGET_PID: Final = 24951


@dataclass(frozen=True, slots=True)
class Host:
    """A machine of the demo's network."""

    name: str
    system: str
    private: str
    public: str

    @property
    def agent(self) -> str:
        """The GUID of its monitoring agent."""
        return guid("agent", self.name)

    @property
    def resource(self) -> str:
        """Its Azure resource ID, in lower case, as Log Analytics writes `_ResourceId`."""
        return (
            f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{RESOURCE_GROUP}"
            f"/providers/microsoft.compute/virtualmachines/{self.name.lower()}"
        )

    @property
    def mac(self) -> str:
        """Its network card's address."""
        tail = guid("mac", self.name)[:6].upper()
        return f"00-0D-3A-{tail[:2]}-{tail[2:4]}-{tail[4:6]}"


LINUX: Final = Host("MSTICAlertsLxVM2", "Linux", "10.0.3.4", "104.211.30.1")
WINDOWS: Final = Host("MSTICAlertsWin1", "Windows", "10.0.3.5", "40.76.43.124")
OTHER_LINUX: Final = Host("MSTICAlertsLxVM1", "Linux", "10.0.3.6", "40.76.43.20")
CONTROLLER: Final = Host("ContosoDC01", "Windows", "10.0.3.10", "")
WEB: Final = Host("ContosoWeb01", "Windows", "10.0.3.11", "40.76.43.21")
APPLICATION: Final = Host("ContosoApp01", "Windows", "10.0.3.12", "")
HOSTS: Final = (LINUX, WINDOWS, OTHER_LINUX, CONTROLLER, WEB, APPLICATION)

PEOPLE: Final = (
    "adele", "alex", "bianca", "diego", "grady", "henrietta", "irvin", "isaiah", "johanna", "lidia", "megan",
    "nestor", "patti",
)  # fmt: skip


def upn(name: str) -> str:
    """The user principal name of one of the people."""
    return f"{name}@{DOMAIN}"
