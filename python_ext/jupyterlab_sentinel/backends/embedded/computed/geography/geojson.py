"""Shapes as GeoJSON texts, which are what a ``dynamic`` holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    # An S2Point, S2Polyline or S2Polygon: the package has no types.
    S2Point = Any
    S2Polygon = Any

Position = tuple[float, float]
"""Longitude and latitude in degrees."""


def number(value: float) -> str:
    """A number without a fraction that is none."""
    return repr(value).removesuffix(".0")


def position(point: S2Point) -> Position:
    """Where a point of S2 is."""
    import s2geometry as s2

    place = s2.S2LatLng(point)
    return place.lng().degrees(), place.lat().degrees()


def point(place: Position) -> str:
    """A point."""
    return f'{{"type":"Point","coordinates":{_position(place)}}}'


def points(places: Sequence[Position]) -> str:
    """One point, or several."""
    if len(places) == 1:
        return point(places[0])
    return f'{{"type":"MultiPoint","coordinates":{_positions(places)}}}'


def lines(parts: Sequence[Sequence[Position]]) -> str:
    """One line, or several."""
    if len(parts) == 1:
        return f'{{"type":"LineString","coordinates":{_positions(parts[0])}}}'
    return f'{{"type":"MultiLineString","coordinates":[{",".join(map(_positions, parts))}]}}'


def polygons(parts: Sequence[Sequence[Sequence[Position]]]) -> str:
    """One polygon, or several: each a closed shell and its closed holes."""
    if len(parts) == 1:
        return f'{{"type":"Polygon","coordinates":{_rings(parts[0])}}}'
    return f'{{"type":"MultiPolygon","coordinates":[{",".join(map(_rings, parts))}]}}'


def collection(shapes: Sequence[str]) -> str:
    """Shapes of several kinds; a single one is itself."""
    if len(shapes) == 1:
        return shapes[0]
    return f'{{"type":"GeometryCollection","geometries":[{",".join(shapes)}]}}'


def region(shape: S2Polygon) -> str:
    """A polygon of S2, which may have several shells; shells go round counterclockwise, holes clockwise."""
    from .points import corners

    parts: list[list[list[Position]]] = []
    shells: dict[int, list[list[Position]]] = {}
    for place in range(shape.num_loops()):
        loop = shape.loop(place)
        ring = [position(each) for each in corners(loop)]
        if loop.is_hole():
            ring.reverse()
        ring.append(ring[0])
        depth = loop.depth()
        if depth % 2:
            shells[depth - 1].append(ring)
        else:
            shells[depth] = [ring]
            parts.append(shells[depth])
    return polygons(parts)


def _position(place: Position) -> str:
    return f"[{number(place[0])},{number(place[1])}]"


def _positions(places: Iterable[Position]) -> str:
    return f"[{','.join(map(_position, places))}]"


def _rings(rings: Iterable[Iterable[Position]]) -> str:
    return f"[{','.join(map(_positions, rings))}]"
