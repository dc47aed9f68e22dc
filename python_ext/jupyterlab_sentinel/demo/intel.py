"""The workspace's threat intelligence: the article's own custom table, and the two tables that came after it.

Both later tables publish every indicator again every week or so, so that one indicator has several rows. Their rows
about the attacker's address lie outside the article's range, whose workspace had neither table.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .cast import C2, DAY, DIRECTORY, HOUR, TENANT, at, guid, iso
from .dice import Dice
from .tables import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from .tables import Row


@dataclass(frozen=True, slots=True)
class Indicator:
    """A threat-intelligence indicator."""

    kind: str
    value: str
    threat: str
    expires: int
    confidence: int
    description: str

    @property
    def key(self) -> str:
        """Its ID: 64 hexadecimal digits."""
        return hashlib.sha256(f"{self.kind}:{self.value}".encode()).hexdigest()


OBSERVABLES: Final = {
    "ip": ("ipv4-addr:value", "NetworkIP", "NetworkIP_s"),
    "domain": ("domain-name:value", "DomainName", "DomainName_s"),
    "url": ("url:value", "Url", "Url_s"),
    "hash": ("file:hashes.'SHA-256'", "FileHashValue", "FileHashValue_s"),
}
"""For each kind: the STIX key, and the columns of the two older tables."""
STORY: Final = Indicator(
    "ip", C2, "Botnet", at("2019-02-07T02:13:08.525"), 0, "Address of a botnet's controller, from a test feed."
)
FEED: Final = "Contoso test feed"
RECEIVED: Final = at("2019-02-17T02:54:12.099")
PUBLISHED: Final = (at("2019-01-31T04:00"), at("2019-02-08T04:00"), at("2019-02-15T04:00"), at("2019-02-22T04:00"))


def intel_tables() -> Iterator[pa.Table]:
    """The three tables."""
    others = _others()
    yield table("BYOThreatIntelv1_CL", [_custom_row(STORY, RECEIVED), *_custom_rows(others)])
    published = [
        (indicator, moment + minute * 60_000_000)
        for minute, indicator in enumerate([STORY, *others])
        for moment in PUBLISHED
    ]
    yield table("ThreatIntelligenceIndicator", [_indicator_row(one, moment) for one, moment in published])
    yield table("ThreatIntelIndicators", [_stix_row(one, moment) for one, moment in published])


def _others() -> list[Indicator]:
    """Indicators of networks and names set aside for documentation (RFC 5737, RFC 2606)."""
    dice = Dice("indicators")
    threats = ("Botnet", "Phishing", "Malware", "C2", "WatchList")
    values = [
        *(
            ("ip", f"{net}.{last}")
            for net in ("192.0.2", "198.51.100", "203.0.113")
            for last in dice.wholes(10, 250, 9)
        ),
        *(("domain", f"{word}-{n}.example") for n, word in enumerate(dice.picks(WORDS, 18))),
        *(("url", f"http://{word}.example/{n}/login.php") for n, word in enumerate(dice.picks(WORDS, 12))),
        *(("hash", hashlib.sha256(f"sample {n}".encode()).hexdigest()) for n in range(15)),
    ]
    return [
        Indicator(
            kind,
            value,
            dice.pick(threats),
            at("2019-03-01") + dice.whole(0, 60) * DAY,
            dice.pick((0, 30, 55, 80, 95)),
            "Synthetic indicator of the demo.",
        )
        for kind, value in dict.fromkeys(values)
    ]


WORDS: Final = ("parcel", "billing", "account-check", "cdn-update", "mail-quota", "payroll", "files", "support")


def _custom_rows(indicators: list[Indicator]) -> list[Row]:
    dice = Dice("custom intelligence")
    moments = dice.moments(at("2019-01-28"), at("2019-02-25"), len(indicators))
    return [_custom_row(one, moment) for one, moment in zip(indicators, moments, strict=True)]


def _custom_row(one: Indicator, received: int) -> Row:
    row: Row = {
        "SourceSystem": "RestAPI",
        "TimeGenerated": received,
        "ExternalIndicatorId_s": f"{one.threat}Indicator{one.key[:10]}",
        "IndicatorId_s": one.key,
        "ThreatType_s": one.threat,
        "Description_s": one.description,
        "Action_s": "alert",
        "Active_s": "True",
        "PassiveOnly_s": "False",
        "TrafficLightProtocolLevel_s": "Green",
        "ConfidenceScore_s": str(one.confidence),
        "ThreatSeverity_s": "0",
        "ExpirationDateTime_t": one.expires,
        "IngestedDateTime_t": received,
        OBSERVABLES[one.kind][2]: one.value,
    }
    return row | ({"FileHashType_s": "sha256"} if one.kind == "hash" else {})


def _indicator_row(one: Indicator, published: int) -> Row:
    row: Row = {
        "TimeGenerated": published,
        "SourceSystem": FEED,
        "Action": "alert",
        "ConfidenceScore": float(one.confidence),
        "Description": one.description,
        "ExternalIndicatorId": f"{one.threat}Indicator{one.key[:10]}",
        "ExpirationDateTime": one.expires,
        "IndicatorId": one.key,
        "ThreatType": one.threat,
        "Active": True,
        "ThreatSeverity": 0,
        "TrafficLightProtocolLevel": "Green",
        OBSERVABLES[one.kind][1]: one.value,
    }
    return row | ({"FileHashType": "sha256"} if one.kind == "hash" else {})


def _stix_row(one: Indicator, published: int) -> Row:
    key = OBSERVABLES[one.kind][0]
    pattern = f"[{key} = '{one.value}']"
    created = PUBLISHED[0] - HOUR
    return {
        "TimeGenerated": published,
        "WorkspaceId": TENANT,
        "AzureTenantId": DIRECTORY,
        "Id": f"indicator--{guid('indicator', one.key)}",
        "SourceSystem": FEED,
        "LastUpdateMethod": "Republish" if published > PUBLISHED[1] else "Create",
        "IsDeleted": False,
        "AdditionalFields": {"TLPLevel": "Green", "ThreatSeverity": 0},
        "Data": {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--{guid('indicator', one.key)}",
            "created": iso(created),
            "modified": iso(created),
            "name": f"{one.threat} {one.kind}",
            "description": one.description,
            "indicator_types": [one.threat],
            "labels": [one.threat],
            "pattern": pattern,
            "pattern_type": "stix",
            "valid_from": iso(created),
            "valid_until": iso(one.expires),
            "confidence": one.confidence,
            "revoked": False,
        },
        "IsActive": True,
        "Revoked": False,
        "ValidUntil": one.expires,
        "ValidFrom": created,
        "Created": created,
        "Modified": created,
        "Tags": "",
        "Confidence": one.confidence,
        "Pattern": pattern,
        "ObservableKey": key,
        "ObservableValue": one.value,
    }
