"""Entities of an alert: their kinds as data, and one class that holds any of them.

Kinds, fields and identifiers follow Microsoft's "Microsoft Sentinel entity types reference"
(learn.microsoft.com/azure/sentinel/entities-reference); ``host-logon-session`` and ``network-connection``
are not in it but stand in real alerts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .indicators import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TITLE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class EntityKind:
    """A kind of entity.

    :param name: the value of ``Type`` in ``SecurityAlert.Entities``.
    :param label: for people and for an indicator's place, e.g. ``Process`` in ``Process.CommandLine``.
    :param fields: known fields; ``Host:host`` holds an entity of that kind, ``Files:[file]`` a list of them.
    :param strong: sets of fields that identify one, each joined by ``+``.
    :param weak: likewise, for sets that do so only within one organisation or time.
    """

    name: str
    label: str
    fields: tuple[str, ...]
    strong: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()

    @property
    def field_names(self) -> tuple[str, ...]:
        """Names of the fields, without the kinds that they hold."""
        return tuple(field.partition(":")[0] for field in self.fields)

    def holds(self, field: str) -> str | None:
        """The kind of the entity, or of the entities, in ``field``; None if it holds plain values."""
        for known in self.fields:
            name, _, held = known.partition(":")
            if name == field and held:
                return held.strip("[]")
        return None


def _kind(name: str, label: str, fields: str, strong: str = "", weak: str = "") -> EntityKind:
    return EntityKind(name, label, tuple(fields.split()), tuple(strong.split()), tuple(weak.split()))


KINDS: Mapping[str, EntityKind] = {
    kind.name: kind
    for kind in (
        _kind(
            "account",
            "Account",
            "Name NTDomain DnsDomain UPNSuffix Host:host Sid AadTenantId AadUserId PUID IsDomainJoined ObjectGuid"
            " CloudAppAccountId IsAnonymized Stream LogonId DisplayName",
            "Name+UPNSuffix AadUserId Sid Sid+Host Name+NTDomain Name+NTDomain+Host Name+DnsDomain PUID ObjectGuid",
            "Name",
        ),
        _kind(
            "host",
            "Host",
            "IpInterfaces:[ip] DnsDomain NTDomain HostName NetBiosName IoTDevice:iotdevice AzureID OMSAgentID OSFamily"
            " OSVersion IsDomainJoined",
            "HostName+NTDomain HostName+DnsDomain NetBiosName+NTDomain NetBiosName+DnsDomain AzureID OMSAgentID"
            " IoTDevice",
            "HostName NetBiosName",
        ),
        _kind("ip", "IP", "Address AddressScope Location Stream", "Address Address+AddressScope", "Address"),
        _kind("malware", "Malware", "Name Category Files:[file] Processes:[process]", "Name+Category"),
        _kind(
            "file",
            "File",
            "Directory Name AlternateDataStreamName Host:host HostUrl:url WindowsSecurityZoneType ReferrerUrl:url"
            " SizeInBytes FileHashes:[filehash]",
            "Name+Directory Name+FileHash Name+Directory+FileHash",
        ),
        _kind(
            "process",
            "Process",
            "ProcessId CommandLine ElevationToken CreationTimeUtc ImageFile:file Account:account ParentProcess:process"
            " Host:host LogonSession:host-logon-session",
            "Host+ProcessId+CreationTimeUtc Host+ParentProcessId+CreationTimeUtc+CommandLine"
            " Host+ProcessId+CreationTimeUtc+ImageFile Host+ProcessId+CreationTimeUtc+ImageFile.FileHash",
            "ProcessId+CreationTimeUtc+CommandLine ProcessId+CreationTimeUtc+ImageFile",
        ),
        _kind(
            "cloud-application",
            "CloudApplication",
            "AppId SaasId Name InstanceName InstanceId Risk Stream",
            "AppId Name AppId+InstanceName Name+InstanceName",
        ),
        _kind(
            "dns",
            "DNS",
            "DomainName IpAddress:[ip] DnsServerIp:ip HostIpAddress:ip",
            "DomainName+DnsServerIp+HostIpAddress",
            "DomainName+HostIpAddress",
        ),
        _kind(
            "azure-resource",
            "AzureResource",
            "ResourceId SubscriptionId ActiveContacts ResourceType ResourceName",
            "ResourceId",
        ),
        _kind("filehash", "FileHash", "Algorithm Value", "Algorithm+Value"),
        _kind("registry-key", "RegistryKey", "Hive Key", "Hive+Key"),
        _kind("registry-value", "RegistryValue", "Host:host Key:registry-key Name Value ValueType", "Key+Name", "Name"),
        _kind(
            "security-group", "SecurityGroup", "DistinguishedName SID ObjectGuid", "DistinguishedName SID ObjectGuid"
        ),
        _kind("url", "URL", "Url", "Url", "Url"),
        _kind(
            "iotdevice",
            "IoTDevice",
            "IoTHub:azure-resource DeviceId DeviceName Owners IoTSecurityAgentId DeviceType DeviceTypeId Source"
            " SourceRef:url Manufacturer Model OperatingSystem IpAddress:ip MacAddress Nics Protocols SerialNumber Site"
            " Zone Sensor Importance PurdueLayer IsProgramming IsAuthorized IsScanner DevicePageLink:url DeviceSubType",
            "IoTHub+DeviceId",
            "DeviceId",
        ),
        _kind(
            "mailbox",
            "Mailbox",
            "MailboxPrimaryAddress DisplayName Upn AadId RiskLevel ExternalDirectoryObjectId",
            "MailboxPrimaryAddress",
        ),
        _kind(
            "mail-cluster",
            "MailCluster",
            "NetworkMessageIds CountByDeliveryStatus CountByThreatType CountByProtectionStatus CountByDeliveryLocation"
            " Threats Query QueryTime MailCount IsVolumeAnomaly Source",
            "Query+Source",
        ),
        _kind(
            "mail-message",
            "MailMessage",
            "Files:[file] Recipient Urls Threats Sender SenderIP ReceivedDate NetworkMessageId InternetMessageId"
            " Subject AntispamDirection DeliveryAction DeliveryLocation CampaignId SuspiciousRecipients"
            " ForwardedRecipients ForwardingType",
            "NetworkMessageId+Recipient",
        ),
        _kind(
            "SubmissionMail",
            "SubmissionMail",
            "SubmissionId SubmissionDate Submitter NetworkMessageId Timestamp Recipient Sender SenderIp Subject"
            " ReportType",
            "SubmissionId+Submitter+NetworkMessageId+Recipient",
        ),
        _kind("host-logon-session", "LogonSession", "SessionId StartTimeUtc EndTimeUtc Host:host Account:account"),
        _kind(
            "network-connection",
            "NetworkConnection",
            "SourceAddress:ip SourcePort DestinationAddress:ip DestinationPort Protocol FriendlyName",
        ),
    )
}

_SQUEEZED = re.compile(r"[\W_]+")
_ALIASES = {
    "ipaddress": "ip",
    "dnsresolution": "dns",
    "hash": "filehash",
    "logonsession": "host-logon-session",
    "cloudapp": "cloud-application",
    "cloudlogonsession": "host-logon-session",
}
_BY_SQUEEZED = {_SQUEEZED.sub("", name).lower(): kind for name, kind in KINDS.items()}


def find_kind(written: str) -> EntityKind | None:
    """The kind that ``written`` means, as alerts (``registry-key``) or REST (``RegistryKey``) spell it, or None."""
    squeezed = _SQUEEZED.sub("", written).lower()
    return _BY_SQUEEZED.get(squeezed) or KINDS.get(_ALIASES.get(squeezed, ""))


class Entity:
    """An entity of a known kind.

    :ivar kind: a key of ``KINDS``.
    :ivar fields: by name as in the registry, whatever case the alert used, in the alert's order. A value is text, a
        number, a bool, None, a dict or list of such, an :class:`Entity`, or a list of entities.
    :ivar reference: ``$id`` within the alert, empty if it had none.

    Entities may hold each other, even in a circle: walk them with :meth:`walk`.
    """

    __slots__ = ("fields", "kind", "reference")
    __kql_attributes__ = ("children", "fields", "kind", "label", "reference", "title")

    def __init__(self, kind: str, fields: dict[str, object] | None = None, reference: str = "") -> None:
        self.kind = kind
        self.fields: dict[str, object] = fields if fields is not None else {}
        self.reference = reference

    def __repr__(self) -> str:
        return f"<{self.label} {self.title}>"

    @property
    def label(self) -> str:
        """The kind's name for people."""
        known = KINDS.get(self.kind)
        return known.label if known else visible(self.kind, limit=40) or "Unknown"

    @property
    def title(self) -> str:
        """One line, safe to show: the account's name, the process's command line and so on; the label if empty."""
        text = _title(self)
        return visible(" ".join(text.split()), limit=TITLE_LENGTH) if text else self.label

    @property
    def children(self) -> tuple[tuple[str, Entity], ...]:
        """The entities that its fields hold, each with the field's name."""
        found: list[tuple[str, Entity]] = []
        for name, value in self.fields.items():
            values = value if isinstance(value, list) else [value]
            found += [(name, held) for held in values if isinstance(held, Entity)]
        return tuple(found)

    def get(self, field: str) -> object:
        """The value of ``field``, or None."""
        return self.fields.get(field)

    def text(self, field: str) -> str:
        """The value of ``field`` as text; empty if it is missing or is no scalar."""
        value = self.fields.get(field)
        return "" if value is None or isinstance(value, dict | list | Entity) else str(value)

    def walk(self, seen: set[int] | None = None) -> Iterator[Entity]:
        """Itself and every entity that it holds, directly or not, each once."""
        visited = set() if seen is None else seen
        waiting: list[Entity] = [self]
        while waiting:
            entity = waiting.pop()
            if id(entity) in visited:
                continue
            visited.add(id(entity))
            yield entity
            waiting.extend(child for _, child in reversed(entity.children))


class GenericEntity(Entity):
    """An entity of a kind that the registry does not know; ``kind`` and ``fields`` as the alert has them."""

    __slots__ = ()


def _title(entity: Entity) -> str:
    return _TITLES.get(entity.kind, _first_text)(entity)


def _host(entity: Entity) -> str:
    name, domain = entity.text("HostName") or entity.text("NetBiosName"), entity.text("DnsDomain")
    if name:
        return f"{name}.{domain}" if domain else name
    return entity.text("AzureID") or entity.text("OMSAgentID")


def _process(entity: Entity) -> str:
    image = entity.get("ImageFile")
    path = _file(image) if isinstance(image, Entity) else ""
    number = entity.text("ProcessId")
    return entity.text("CommandLine") or path or (f"process {number}" if number else "")


def _file_hash(entity: Entity) -> str:
    return f"{entity.text('Algorithm')} {entity.text('Value')}"


def _registry_key(entity: Entity) -> str:
    return "\\".join(part for part in (entity.text("Hive"), entity.text("Key")) if part)


def _registry_value(entity: Entity) -> str:
    key = entity.get("Key")
    place = _registry_key(key) if isinstance(key, Entity) else ""
    return "\\".join(part for part in (place, entity.text("Name")) if part)


def _account(entity: Entity) -> str:
    text = entity.text
    name = text("Name")
    if not name:
        return text("DisplayName") or text("AadUserId") or text("Sid") or text("ObjectGuid") or text("PUID")
    if text("UPNSuffix"):
        return f"{name}@{text('UPNSuffix')}"
    return f"{text('NTDomain')}\\{name}" if text("NTDomain") else name


def _file(entity: Entity) -> str:
    folder, name = entity.text("Directory"), entity.text("Name")
    if not folder or not name:
        return folder or name
    separator = "/" if "/" in folder else "\\"
    return f"{folder.rstrip(separator)}{separator}{name}"


def _session(entity: Entity) -> str:
    account, host = entity.get("Account"), entity.get("Host")
    parts = [entity.text("SessionId")]
    if isinstance(account, Entity):
        parts.append(_account(account))
    if isinstance(host, Entity):
        parts.append(f"on {host.text('HostName') or host.text('NetBiosName')}")
    return " ".join(part for part in parts if part)


def _connection(entity: Entity) -> str:
    if entity.text("FriendlyName"):
        return entity.text("FriendlyName")
    ends = []
    for side in ("Source", "Destination"):
        address = entity.get(f"{side}Address")
        shown = address.text("Address") if isinstance(address, Entity) else entity.text(f"{side}Address")
        port = entity.text(f"{side}Port")
        ends.append(f"{shown}:{port}" if port else shown)
    return " → ".join(end for end in ends if end)


_FIRST = {
    "ip": ("Address",),
    "dns": ("DomainName",),
    "url": ("Url",),
    "malware": ("Name",),
    "azure-resource": ("ResourceName", "ResourceId"),
    "cloud-application": ("Name", "AppId"),
    "security-group": ("DistinguishedName", "SID", "ObjectGuid"),
    "iotdevice": ("DeviceName", "DeviceId"),
    "mailbox": ("DisplayName", "MailboxPrimaryAddress", "Upn"),
    "mail-cluster": ("Query", "Source"),
    "mail-message": ("Subject", "Recipient", "NetworkMessageId"),
    "SubmissionMail": ("Subject", "SubmissionId"),
}


def _first_text(entity: Entity) -> str:
    for name in _FIRST.get(entity.kind, ("FriendlyName", "DisplayName", "Name", "Title", "Address", "Value")):
        if entity.text(name):
            return entity.text(name)
    return next((entity.text(name) for name in entity.fields if entity.text(name)), "")


_TITLES: Mapping[str, Callable[[Entity], str]] = {
    "account": _account,
    "host": _host,
    "process": _process,
    "file": _file,
    "filehash": _file_hash,
    "registry-key": _registry_key,
    "registry-value": _registry_value,
    "host-logon-session": _session,
    "network-connection": _connection,
}
