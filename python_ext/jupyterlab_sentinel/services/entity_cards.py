"""Entities as the sidebar shows them: the kind first, one line, an aside, then every field."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from ..models.entities import Entity
from ..models.wire import EntityCard, Field
from .passages import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .budgets import TextBudget

MOST_CARDS = 100
MOST_FIELDS = 60
_MOST_HELD = 20
_LONGEST_ASIDE = 60
_LONGEST_LABEL = 80


def entity_cards(entities: Iterable[Entity], budget: TextBudget) -> tuple[EntityCard, ...]:
    """A card for each of the first ``MOST_CARDS`` entities; what they hold is shown inside them."""
    return tuple(_card(entity, budget) for entity in islice(entities, MOST_CARDS))


def field_text(value: object) -> str:
    """A value of an alert's or an entity's field as text; entities by their titles, structures as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, Entity):
        return f"{value.label} {_full_title(value)}"
    if isinstance(value, list) and any(isinstance(item, Entity) for item in value):
        shown = [field_text(item) for item in value[:_MOST_HELD]]
        more = len(value) - len(shown)
        return "; ".join([*shown, *([f"and {more} more"] if more > 0 else [])])
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=field_text)
    return str(value)


def _card(entity: Entity, budget: TextBudget) -> EntityCard:
    return EntityCard(
        kind=line(entity.label, _LONGEST_LABEL),
        title=budget.marked(_full_title(entity)),
        aside=line(_aside(entity), _LONGEST_ASIDE),
        fields=tuple(_fields(entity, budget)),
    )


def _fields(entity: Entity, budget: TextBudget) -> Iterator[Field]:
    for name, value in list(entity.fields.items())[:MOST_FIELDS]:
        text = field_text(value)
        if text:
            yield Field(label=line(name, _LONGEST_LABEL), value=budget.marked(text))


def _full_title(entity: Entity) -> str:
    """The title without a limit: a command line is worth reading to its end."""
    return entity.text("CommandLine") if entity.kind == "process" and entity.text("CommandLine") else entity.title


def _aside(entity: Entity) -> str:
    """What tells it from its like, in a few words."""
    text = entity.text
    match entity.kind:
        case "process":
            return f"pid {_decimal(text('ProcessId'))}" if text("ProcessId") else ""
        case "host":
            return text("OSVersion") or text("OSFamily")
        case "account":
            host = entity.get("Host")
            return f"on {host.title}" if isinstance(host, Entity) else text("Sid")
        case "filehash":
            return text("Algorithm")
        case "ip":
            return _place(entity.get("Location"))
        case "malware":
            return text("Category")
        case "file":
            return f"{text('SizeInBytes')} bytes" if text("SizeInBytes") else ""
        case _:
            return ""


def _decimal(number: str) -> str:
    """Providers write process ids in either form; people compare them in one."""
    return str(int(number, 16)) if re.fullmatch(r"0[xX][0-9a-fA-F]{1,16}", number) else number


def _place(location: object) -> str:
    if not isinstance(location, dict):
        return ""
    parts = (location.get(key) for key in ("City", "State", "CountryName", "CountryCode"))
    return ", ".join([part for part in parts if isinstance(part, str) and part][:2])
