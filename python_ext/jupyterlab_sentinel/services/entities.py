"""The Entities of an alert, from whatever stands in the column to typed entities that know each other.

``$id`` and ``$ref`` are Newtonsoft.Json's way to write one object once and refer to it; a reference may come before
its object, and may lead back to the object that holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from ..models.alerts import Problem
from ..models.entities import KINDS, Entity, EntityKind, GenericEntity, find_kind
from ..models.indicators import visible
from ..models.loose_json import limited, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMN = "Entities"
_TYPE_KEYS = ("Type", "type", "Kind", "kind")
_UNKNOWN = "unknown"
_HOUSEKEEPING = frozenset({"$id", "$ref", "$type", *_TYPE_KEYS})


def read_entities(value: object) -> tuple[tuple[Entity, ...], list[Problem]]:
    """The entities of an alert in order, and what was wrong.

    :param value: the column: JSON text, or what a client made of it: a list, one entity, or lists by type.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return (), []
    reading = read_json(value) if isinstance(value, str) else limited(value)
    graph = _Graph()
    for problem in reading.problems:
        graph.note(problem)
    entities = graph.build(reading.value)
    return entities, [Problem(COLUMN, reason) for reason in graph.problems]


@dataclass(slots=True)
class _Graph:
    """Objects by ``$id``, and the entities made of them."""

    problems: list[str] = field(default_factory=list)
    _objects: dict[str, dict[str, object]] = field(default_factory=dict)
    _made: dict[int, Entity] = field(default_factory=dict)
    _same: dict[int, dict[str, object]] = field(default_factory=dict)
    _waiting: list[tuple[Entity, dict[str, object], EntityKind | None]] = field(default_factory=list)

    def note(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def build(self, value: object) -> tuple[Entity, ...]:
        if not isinstance(value, list | dict):
            if value is not None:
                self.note("no list of entities")
            return ()
        self._register(value)
        found: dict[int, Entity] = {}
        for raw in self._top_level(value):
            entity = self._entity(raw, None)
            if entity is not None:
                found[id(entity)] = entity
        while self._waiting:
            self._fill(*self._waiting.pop())
        return tuple(found.values())

    def _register(self, value: object) -> None:
        """Find every object with an ``$id``; copies of one object under one id count as that object."""
        waiting = [value]
        while waiting:
            item = waiting.pop()
            if isinstance(item, list):
                waiting.extend(reversed(item))
            elif isinstance(item, dict):
                reference = item.get("$id")
                if reference is not None and not isinstance(reference, dict | list):
                    self._register_object(str(reference), item)
                waiting.extend(reversed(list(item.values())))

    def _register_object(self, reference: str, item: dict[str, object]) -> None:
        first = self._objects.setdefault(reference, item)
        if first is item:
            return
        if first == item:
            self._same[id(item)] = first
        else:
            self.note(f"two different objects have the $id {visible(reference, limit=20)}; references mean the first")

    def _top_level(self, value: list[object] | dict[str, object]) -> Iterator[dict[str, object]]:
        """The objects of the outer list, however it is wrapped: lists in lists, or lists by type."""
        waiting: list[object] = [value]
        while waiting:
            item = waiting.pop()
            if isinstance(item, list):
                waiting.extend(reversed(item))
            elif isinstance(item, dict):
                if not _type_of(item) and "$ref" not in item and _is_grouped(item):
                    waiting.extend(reversed(list(item.values())))
                else:
                    yield item
            elif item is not None:
                self.note("an entity is no object")

    def _entity(self, raw: dict[str, object], expected: EntityKind | None) -> Entity | None:
        target = self._resolved(raw)
        if target is None:
            return None
        target = self._same.get(id(target), target)
        made = self._made.get(id(target))
        if made is not None:
            return made
        written = _type_of(target)
        kind = find_kind(written) if written else expected
        if not written and expected is None:
            self.note("an entity has no Type")
        reference = target.get("$id")
        shown = "" if reference is None else str(reference)
        made = Entity(kind.name, None, shown) if kind else GenericEntity(written or _UNKNOWN, None, shown)
        self._made[id(target)] = made
        self._waiting.append((made, target, kind))
        return made

    def _resolved(self, raw: dict[str, object]) -> dict[str, object] | None:
        if "$ref" not in raw:
            return raw
        target = self._objects.get(str(raw["$ref"]))
        if target is None:
            self.note(f"the reference {visible(str(raw['$ref']), limit=20)} leads nowhere")
        return target

    def _fill(self, entity: Entity, raw: dict[str, object], kind: EntityKind | None) -> None:
        names = {} if kind is None else {name.lower(): name for name in kind.field_names}
        for written, value in _flat(raw):
            if written in _HOUSEKEEPING:
                continue
            name = names.get(written.lower(), written)
            held = kind.holds(name) if kind else None
            entity.fields[name] = self._value(value, KINDS.get(held) if held else None)

    def _value(self, value: object, expected: EntityKind | None) -> object:
        if isinstance(value, list):
            return [self._value(item, expected) for item in value] if not _is_deep(value) else value
        if not isinstance(value, dict):
            return value
        if "$ref" in value or _type_of(value) or expected is not None:
            return self._entity(value, expected) or value
        return value


def _type_of(raw: dict[str, object]) -> str:
    for key in _TYPE_KEYS:
        value = raw.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _is_grouped(raw: dict[str, object]) -> bool:
    """Whether an object is a set of lists by type: each value an entity or a list of them."""
    return bool(raw) and all(isinstance(value, dict | list) for value in raw.values())


def _is_deep(value: list[object]) -> bool:
    return any(isinstance(item, list) for item in value)


def _flat(raw: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Fields of an entity; those of the REST API lie one level down, in ``properties``."""
    for name, value in raw.items():
        if name == "properties" and isinstance(value, dict) and "kind" in raw:
            yield from cast("dict[str, object]", value).items()
        else:
            yield name, value
