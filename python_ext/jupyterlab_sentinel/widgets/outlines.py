"""The outlines of countries, shipped with the package, so that a map needs no server.

``data/countries-110m.json`` is the file of that name in the npm package world-atlas 2.0.2 (ISC,
Copyright 2013-2019 Michael Bostock), made from Natural Earth's public-domain data. It is TopoJSON
(https://github.com/topojson/topojson-specification): shared borders, delta-encoded.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CREDIT = "Made with Natural Earth"
Ring = list[tuple[float, float]]


class _Transform(msgspec.Struct):
    scale: tuple[float, float]
    translate: tuple[float, float]


class _Polygon(msgspec.Struct, tag="Polygon"):
    arcs: list[list[int]]


class _MultiPolygon(msgspec.Struct, tag="MultiPolygon"):
    arcs: list[list[list[int]]]


class _Collection(msgspec.Struct):
    geometries: list[_Polygon | _MultiPolygon]


class _Topology(msgspec.Struct):
    transform: _Transform
    arcs: list[list[tuple[int, int]]]
    objects: dict[str, _Collection]


def country_outlines() -> Mapping[str, object]:
    """Every country's outline as one GeoJSON feature collection (RFC 7946), without names; to a tenth of a degree.

    A new one each time: ipyleaflet writes styles into what it is given.
    """
    topology = _topology()
    arcs = [_arc(points, topology.transform) for points in topology.arcs]
    features = [
        {
            "type": "Feature",
            "properties": {},
            "geometry": {"type": "MultiPolygon", "coordinates": _polygons(shape, arcs)},
        }
        for shape in topology.objects["countries"].geometries
    ]
    return {"type": "FeatureCollection", "features": features}


@lru_cache(maxsize=1)
def _topology() -> _Topology:
    from importlib.resources import files

    raw = files(__package__).joinpath("data", "countries-110m.json").read_bytes()
    return msgspec.json.decode(raw, type=_Topology)


def _arc(points: Sequence[tuple[int, int]], transform: _Transform) -> Ring:
    (scale_x, scale_y), (left, bottom) = transform.scale, transform.translate
    xs = accumulate(point[0] for point in points)
    ys = accumulate(point[1] for point in points)
    places = [(round(x * scale_x + left, 1), round(y * scale_y + bottom, 1)) for x, y in zip(xs, ys, strict=True)]
    return [place for place, before in zip(places, [None, *places], strict=False) if place != before]


def _polygons(shape: _Polygon | _MultiPolygon, arcs: Sequence[Ring]) -> list[list[Ring]]:
    polygons = [shape.arcs] if isinstance(shape, _Polygon) else shape.arcs
    rings = [[_ring(indices, arcs) for indices in polygon] for polygon in polygons]
    return [[ring for ring in polygon if len(ring) >= 4] for polygon in rings if len(polygon[0]) >= 4]


def _ring(indices: Sequence[int], arcs: Sequence[Ring]) -> Ring:
    """Arcs end where the next begins; a negative index is an arc read backwards."""
    ring: Ring = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring.extend(arc[1:] if ring else arc)
    return _unwrapped(ring)


def _unwrapped(ring: Ring) -> Ring:
    """A ring across the date line as one piece, a little beyond 180°; one around the pole as it is."""
    turned: Ring = []
    shift = 0.0
    for x, y in ring:
        if turned and abs(x + shift - turned[-1][0]) > 180:
            shift += 360.0 if x + shift < turned[-1][0] else -360.0
        turned.append((round(x + shift, 1), y))
    return turned if shift == 0 else ring
