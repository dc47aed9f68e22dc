"""How a workspace's tables of threat intelligence are asked and read.

Three kinds: ThreatIntelIndicators (STIX observables,
https://learn.microsoft.com/azure/sentinel/work-with-stix-objects-indicators), the older
ThreatIntelligenceIndicator, and custom tables whose columns carry the older one's names with a
suffix for their type (``NetworkIP_s``). The first two publish every indicator again and again:
only the last row of each counts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..kql.literals import quoted_name, string_literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..models.workspace import TableInfo

STIX_TABLE = "ThreatIntelIndicators"
OLDER_TABLE = "ThreatIntelligenceIndicator"
_CUSTOM = re.compile(r"(?i)(threat_?intel|indicators?|(^|_)iocs?).*_CL$")
_SUFFIX = re.compile(r"_(s|g|d|t|b)$")
_ADDRESS, _DOMAIN, _URL, _HASH, _MAIL = (
    frozenset({"ipv4", "ipv6"}),
    frozenset({"domain"}),
    frozenset({"url"}),
    frozenset({"md5", "sha1", "sha256", "sha512"}),
    frozenset({"email"}),
)
_EVERY = _ADDRESS | _DOMAIN | _URL | _HASH | _MAIL
KINDS = tuple(sorted(_EVERY))
_VALUES: Mapping[str, frozenset[str]] = {
    "networkip": _ADDRESS,
    "networksourceip": _ADDRESS,
    "networkdestinationip": _ADDRESS,
    "emailsourceipaddress": _ADDRESS,
    "ip": _ADDRESS,
    "ipaddress": _ADDRESS,
    "domainname": _DOMAIN,
    "domain": _DOMAIN,
    "emailsourcedomain": _DOMAIN,
    "url": _URL,
    "filehashvalue": _HASH,
    "filehash": _HASH,
    "emailsenderaddress": _MAIL,
    "observablevalue": _EVERY,
    "indicatorvalue": _EVERY,
    "ioc": _EVERY,
}
_NETWORKS = frozenset({"networkcidrblock", "networksourcecidrblock", "networkdestinationcidrblock"})
_FACTS: Mapping[str, tuple[str, ...]] = {
    "threat_type": ("threattype",),
    "confidence": ("confidence", "confidencescore"),
    "severity": ("threatseverity",),
    "expires": ("validuntil", "expirationdatetime"),
    "active": ("isactive", "active"),
    "deleted": ("isdeleted",),
    "revoked": ("revoked",),
    "action": ("action",),
    "tlp": ("trafficlightprotocollevel",),
    "description": ("description",),
    "feed": ("sourcesystem", "indicatorprovider"),
    "received": ("timegenerated",),
    "more": ("additionalfields",),
    "stix": ("data",),
    "key": ("observablekey",),
}
_IDS = ("id", "indicatorid", "externalindicatorid")


@dataclass(frozen=True, slots=True)
class IntelTable:
    """A table and the columns that matter in it.

    :param values: column → the kinds of indicator that it holds.
    :param networks: columns of CIDR blocks.
    :param identity: the column that tells which rows are versions of the same indicator, or None.
    :param facts: what is told → the column that tells it.
    """

    name: str
    values: Mapping[str, frozenset[str]]
    networks: tuple[str, ...]
    identity: str | None
    facts: Mapping[str, str]

    def query(self, wanted: Mapping[str, Sequence[str]]) -> str | None:
        """KQL for the last version of every indicator that matches, or None if the table holds no such kind.

        :param wanted: kind → values. Values in columns are compared whole, whatever their case.
        """
        conditions = [*self._equalities(wanted), *self._blocks(wanted)]
        if not conditions:
            return None
        table, matching = quoted_name(self.name), " or ".join(conditions)
        columns = ", ".join(quoted_name(name) for name in self._columns())
        if self.identity is None or "received" not in self.facts:
            return f"{table}\n| where {matching}\n| project {columns}"
        identity, moment = quoted_name(self.identity), quoted_name(self.facts["received"])
        return (
            f"let ids = {table}\n| where {matching}\n| distinct {identity};\n"
            f"{table}\n| where {identity} in (ids)\n"
            f"| summarize arg_max({moment}, *) by {identity}\n"
            f"| where {matching}\n| project {columns}"
        )

    def _columns(self) -> list[str]:
        named = [self.identity] if self.identity else []
        return list(dict.fromkeys([*named, *self.values, *self.networks, *self.facts.values()]))

    def _equalities(self, wanted: Mapping[str, Sequence[str]]) -> Iterable[str]:
        for column, kinds in self.values.items():
            values = dict.fromkeys(value for kind in wanted if kind in kinds for value in wanted[kind])
            if values:
                yield f"{quoted_name(column)} in~ ({', '.join(map(string_literal, values))})"

    def _blocks(self, wanted: Mapping[str, Sequence[str]]) -> Iterable[str]:
        """CIDR blocks are few: all are fetched, and compared here."""
        if not any(wanted.get(kind) for kind in _ADDRESS):
            return
        for column in self.networks:
            yield f"isnotempty({quoted_name(column)})"
        key, observable = self.facts.get("key"), next(iter(self.values), None)
        if key is not None and observable is not None:
            yield f'({quoted_name(key)} startswith "ipv" and {quoted_name(observable)} contains "/")'


@dataclass(frozen=True, slots=True)
class IntelMatch:
    """An indicator of the workspace that fits a value. Times in UTC."""

    table: str
    matched: str
    identity: str
    threat_type: str
    active: bool | None
    expires: datetime | None
    confidence: float | None
    tlp: str
    description: str
    feed: str
    received: datetime | None

    def expired(self, now: datetime) -> bool:
        """Whether it had an expiry, and that is past."""
        return self.expires is not None and self.expires <= now


def intel_tables(tables: Iterable[TableInfo]) -> list[IntelTable]:
    """The tables of a workspace that hold indicators, the standard ones first."""
    found = [_plan(table) for table in tables if _is_candidate(table.name)]
    useful = [plan for plan in found if plan.values]
    return sorted(useful, key=lambda plan: (plan.name not in (STIX_TABLE, OLDER_TABLE), plan.name))


def match_of(table: IntelTable, row: Mapping[str, object]) -> IntelMatch | None:
    """A row of the answer as a match; None if the indicator was deleted or revoked."""
    facts = {fact: row.get(column) for fact, column in table.facts.items()}
    if _truth(facts.get("deleted")) or _truth(facts.get("revoked")):
        return None
    if str(facts.get("action") or "").lower() in ("delete", "deleted"):
        return None
    stix, more = _bag(facts.get("stix")), _bag(facts.get("more"))
    return IntelMatch(
        table=table.name,
        matched="",
        identity=str(row.get(table.identity) or "") if table.identity else "",
        threat_type=_first(facts.get("threat_type"), stix.get("indicator_types"), stix.get("labels")),
        active=_truth(facts.get("active")),
        expires=_moment(facts.get("expires")),
        confidence=_number(facts.get("confidence")),
        tlp=_first(facts.get("tlp"), more.get("TLPLevel")),
        description=_first(facts.get("description"), stix.get("description"), stix.get("name")),
        feed=_first(facts.get("feed")),
        received=_moment(facts.get("received")),
    )


def values_of(table: IntelTable, row: Mapping[str, object]) -> tuple[set[str], list[str]]:
    """The values of a row in lower case, and its CIDR blocks."""
    values = {text.lower() for column in table.values if isinstance(text := row.get(column), str) and text}
    listed = [text for column in table.networks if isinstance(text := row.get(column), str) and text]
    return values, [*listed, *(value for value in values if _is_block(value))]


def block_holds(block: str, address: str) -> bool:
    """Whether ``address`` lies in the CIDR ``block``; false for what is neither."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False)
    except (ValueError, TypeError):
        return False


def _is_candidate(name: str) -> bool:
    return name in (STIX_TABLE, OLDER_TABLE) or _CUSTOM.search(name) is not None


def _plan(table: TableInfo) -> IntelTable:
    bases = {_base(column.name): column for column in table.columns}
    values = {
        column.name: _VALUES[base] for base, column in bases.items() if base in _VALUES and column.type == "string"
    }
    identity = next((bases[name].name for name in _IDS if name in bases), None)
    facts = {fact: bases[name].name for fact, names in _FACTS.items() for name in names[::-1] if name in bases}
    networks = tuple(column.name for base, column in bases.items() if base in _NETWORKS)
    return IntelTable(table.name, values, networks, identity, facts)


def _base(column: str) -> str:
    return _SUFFIX.sub("", column).replace("_", "").lower()


def _is_block(value: str) -> bool:
    try:
        return "/" in value and bool(ipaddress.ip_network(value, strict=False))
    except ValueError:
        return False


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower())


def _number(value: object) -> float | None:
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if 0 <= found <= 100 else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _bag(value: object) -> Mapping[str, object]:
    """A dynamic value, which comes as JSON text, as a mapping; empty if it is none."""
    if isinstance(value, str) and value.startswith("{"):
        import orjson

        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _first(*values: object) -> str:
    for value in values:
        item = value[0] if isinstance(value, list) and value else value
        if isinstance(item, str) and item.strip():
            return item.strip()
    return ""
