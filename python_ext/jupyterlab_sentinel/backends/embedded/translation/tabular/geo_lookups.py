"""``evaluate geo_polygon_lookup`` and ``geo_line_lookup``: rows beside the shapes that they are in or near.

The rectangles around the shapes are compared in SQL, so that only what is near is asked of S2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .....kql import tree
from ...computed.geography import packages
from ...python_functions import python_call, register
from ..casts import to_number
from ..expressions import bind
from ..functions.geo_calls import later, require
from ..relations import Column, Relation
from ..values import NUMERIC, Value, constant
from .evaluate import PluginCall, plugin

if TYPE_CHECKING:
    from .....kql.tree import Expression

_BOUNDS = "STRUCT(south DOUBLE, north DOUBLE, west DOUBLE, east DOUBLE)"
for _shape in ("polygon", "line"):
    register(f"geo_{_shape}_bounds", later("bounds", f"{_shape}_bounds"), ("VARCHAR", "DOUBLE"), _BOUNDS)

_OPTIONS = ("radius", "return_unmatched", "lookup_area_radius", "return_lookup_key")


@dataclass(frozen=True, slots=True)
class _Lookup:
    """What one use of a plugin says.

    :param shape: ``polygon`` or ``line``.
    :param key: the column with the shapes.
    :param place: SQL of longitude and latitude.
    :param radius: metres, or None: inside of it.
    """

    shape: str
    table: Relation
    key: Column
    place: tuple[str, str]
    radius: float | None
    unmatched: bool
    with_key: bool

    def matches(self, shape: str, place: tuple[str, str]) -> str:
        """SQL of whether a place belongs to a shape."""
        if self.radius is None:
            return python_call("geo_point_in_polygon", *place, shape)
        radius = constant(self.radius, "real").sql
        return f"{python_call(f'geo_distance_point_to_{self.shape}', *place, shape)} <= {radius}"


@plugin("geo_polygon_lookup", *_OPTIONS)
def _polygon_lookup(call: PluginCall) -> Relation:
    return _joined(call, _read(call, "polygon"))


@plugin("geo_line_lookup", *_OPTIONS)
def _line_lookup(call: PluginCall) -> Relation:
    lookup = _read(call, "line")
    if lookup.radius is None:
        call.fail("it takes a radius in metres after the latitude.")
    return _joined(call, lookup)


def _read(call: PluginCall, shape: str) -> _Lookup:
    from .sources import bind_table, sealed

    require(call.context, call.node.at, f"the plugin {call.node.name}", packages.S2)
    if not 4 <= len(call.args) <= 4 + len(_OPTIONS):
        call.fail(f"it takes a table, its column with the {shape}, and the columns with longitude and latitude.")
    table = sealed(call.context, bind_table(call.context, call.args[0]))
    key = _key(call, table)
    if key.type != "dynamic":
        call.fail(f"{key.name} is a {key.type}, and not a dynamic.", "Convert it with todynamic() first.")
    given = {**dict(zip(_OPTIONS, call.args[4:], strict=False)), **call.named}
    _number(call, given, "lookup_area_radius")
    return _Lookup(
        shape,
        table,
        key,
        (_coordinate(call, 2), _coordinate(call, 3)),
        _number(call, given, "radius"),
        _flag(call, given, "return_unmatched"),
        _flag(call, given, "return_lookup_key"),
    )


def _key(call: PluginCall, table: Relation) -> Column:
    node = call.args[1]
    column = table.find(node.name) if isinstance(node, tree.Name) else None
    if column is None:
        known = (each.name for each in table.columns)
        call.context.unknown(node.at, "column of the lookup table", getattr(node, "name", ""), known)
    return column


def _coordinate(call: PluginCall, place: int) -> str:
    column = call.column(place)
    if column.type not in NUMERIC:
        call.fail(f"{column.name} is a {column.type}, and not a real.", "Convert it with toreal() first.")
    return to_number(Value(column.ref, column.type), "real").sql


def _number(call: PluginCall, given: dict[str, Expression], name: str) -> float | None:
    if name not in given:
        return None
    number = bind(call.context, given[name], None).number
    if number is None or not 0 <= number < math.inf:
        call.fail(f"{name} has to be a number of metres.")
    return float(number)


def _flag(call: PluginCall, given: dict[str, Expression], name: str) -> bool:
    if name not in given:
        return False
    value = bind(call.context, given[name], None).constant
    if not isinstance(value, bool):
        call.fail(f"{name} has to be true or false.")
    return value


def _joined(call: PluginCall, lookup: _Lookup) -> Relation:
    ctes = call.context.ctes
    row, longitude, latitude = ctes.new_ref(), ctes.new_ref(), ctes.new_ref()
    left = ctes.add(
        f"SELECT *, row_number() OVER () AS {row}, {lookup.place[0]} AS {longitude}, {lookup.place[1]} AS {latitude} "
        f"FROM {call.rows.source}",
        materialized=True,
    )
    fresh = {column.ref: ctes.new_ref() for column in lookup.table.visible}
    bounds = ctes.new_ref()
    around = python_call(f"geo_{lookup.shape}_bounds", lookup.key.ref, constant(lookup.radius or 0.0, "real").sql)
    names = ", ".join(f"{old} AS {new}" for old, new in fresh.items())
    boxed = ctes.add(f"SELECT {names}, {around} AS {bounds} FROM {lookup.table.source}", materialized=True)
    own = ctes.new_ref()
    near = (
        f"{latitude} BETWEEN {bounds}.south AND {bounds}.north AND CASE WHEN abs({longitude}) = 180 THEN true "
        f"WHEN {bounds}.west <= {bounds}.east THEN {longitude} BETWEEN {bounds}.west AND {bounds}.east "
        f"ELSE {longitude} >= {bounds}.west OR {longitude} <= {bounds}.east END"
    )
    pairs = ctes.add(f"SELECT {row} AS {own}, {longitude}, {latitude}, n.* FROM {left} JOIN {boxed} AS n ON {near}")
    matched = lookup.matches(fresh[lookup.key.ref], (longitude, latitude))
    found = ctes.add(f"SELECT {own}, {', '.join(fresh.values())} FROM {pairs} WHERE {matched}")
    columns, items = _outputs(call, lookup, fresh)
    kind = "LEFT" if lookup.unmatched else "INNER"
    source = ctes.add(f"SELECT {items} FROM {left} AS a {kind} JOIN {found} AS b ON a.{row} = b.{own}")
    return Relation(source, columns)


def _outputs(call: PluginCall, lookup: _Lookup, fresh: dict[str, str]) -> tuple[tuple[Column, ...], str]:
    columns: list[Column] = []
    items: list[str] = []
    taken: set[str] = set()
    sources = [(column, f"a.{column.ref}") for column in call.rows.visible]
    sources += [
        (column, f"b.{fresh[column.ref]}")
        for column in lookup.table.visible
        if lookup.with_key or column.ref != lookup.key.ref
    ]
    for column, sql in sources:
        name, copy = column.name, 0
        while name in taken:
            copy += 1
            name = f"{column.name}{copy}"
        taken.add(name)
        ref = call.context.ctes.new_ref()
        filled = f"coalesce({sql}, '')" if column.type == "string" else sql
        items.append(f"{filled} AS {ref}")
        columns.append(Column(name, column.type, ref))
    return tuple(columns), ", ".join(items)
