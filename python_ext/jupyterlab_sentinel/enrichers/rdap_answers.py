"""Answers of registries (RFC 9083), written by registries and holders: text to show, nothing to trust."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..models.indicators import Indicator

_MOST_ITEMS = 20
_DEEPEST = 3
_EVENTS = {"registration": "registered", "expiration": "expires", "last changed": "changed"}


def describes(answer: Mapping[str, object], asked: Indicator) -> bool:
    """Whether an answer is about what was asked."""
    if asked.type == "domain":
        names = (answer.get("ldhName"), answer.get("unicodeName"))
        return asked.value in [str(name).lower().rstrip(".") for name in names]
    try:
        first = ipaddress.ip_address(str(answer.get("startAddress")).partition("/")[0])
        last = ipaddress.ip_address(str(answer.get("endAddress")).partition("/")[0])
        address = ipaddress.ip_address(asked.value)
    except ValueError:
        return False
    return first.version == last.version == address.version and int(first) <= int(address) <= int(last)


def network_facts(answer: Mapping[str, object]) -> dict[str, object]:
    """Name, holder, country, network and dates of an IP network."""
    return {
        "name": _text(answer.get("name")),
        "organisation": _party(answer, "registrant"),
        "country": _text(answer.get("country")),
        "network": _network(answer),
        "handle": _text(answer.get("handle")),
        "abuse": _party(answer, "abuse", "email"),
        **_dates(answer),
    }


def domain_facts(answer: Mapping[str, object]) -> dict[str, object]:
    """Registrar, holder, name servers, status and dates of a domain."""
    servers = (_text(item.get("ldhName")) for item in _mappings(answer.get("nameservers")))
    status = answer.get("status")
    return {
        "name": _text(answer.get("ldhName")),
        "registrar": _party(answer, "registrar"),
        "organisation": _party(answer, "registrant"),
        "nameservers": [server.lower() for server in servers if server],
        "state": [_text(item) for item in status[:_MOST_ITEMS]] if isinstance(status, list) else [],
        "abuse": _party(answer, "abuse", "email"),
        **_dates(answer),
    }


def summary_of(facts: Mapping[str, object]) -> str:
    """One line of what matters most."""
    parts = [facts.get(key) for key in ("name", "organisation", "registrar", "country", "network")]
    if facts.get("registered"):
        parts.append(f"registered {str(facts['registered'])[:10]}")
    return ", ".join(dict.fromkeys(str(part) for part in parts if part))


def _network(answer: Mapping[str, object]) -> str | None:
    first, last = answer.get("startAddress"), answer.get("endAddress")
    try:
        start, end = ipaddress.ip_address(str(first)), ipaddress.ip_address(str(last))
        if (isinstance(start, ipaddress.IPv4Address) and isinstance(end, ipaddress.IPv4Address)) or (
            isinstance(start, ipaddress.IPv6Address) and isinstance(end, ipaddress.IPv6Address)
        ):
            blocks = [str(block) for block in ipaddress.summarize_address_range(start, end)]
        else:
            return None
    except (ValueError, TypeError):
        return None
    return blocks[0] if len(blocks) == 1 else f"{start} - {end}"


def _dates(answer: Mapping[str, object]) -> dict[str, object]:
    found: dict[str, object] = {}
    for event in _mappings(answer.get("events")):
        name = _EVENTS.get(str(event.get("eventAction")))
        if name and name not in found:
            found[name] = _text(event.get("eventDate"))
    return found


def _party(answer: Mapping[str, object], role: str, field: str = "fn") -> str | None:
    """The name (or another vCard field, RFC 7095) of the first entity with a role, also below others."""
    for entity in _entities(answer):
        roles = entity.get("roles")
        if isinstance(roles, list) and role in roles:
            text = _card(entity, field) or (_card(entity, "org") if field == "fn" else None)
            if text:
                return text
    return None


def _entities(answer: Mapping[str, object], depth: int = 0) -> Iterator[Mapping[str, object]]:
    for entity in _mappings(answer.get("entities")):
        yield entity
        if depth < _DEEPEST:
            yield from _entities(entity, depth + 1)


def _card(entity: Mapping[str, object], field: str) -> str | None:
    card = entity.get("vcardArray")
    properties = card[1] if isinstance(card, list) and len(card) == 2 else None
    for line in properties if isinstance(properties, list) else ():
        if isinstance(line, list) and len(line) >= 4 and line[0] == field:
            return _text(line[3])
    return None


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [item for item in value[:_MOST_ITEMS] if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return visible(value.strip(), limit=200) if isinstance(value, str) and value.strip() else None
