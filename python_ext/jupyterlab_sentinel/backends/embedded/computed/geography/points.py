"""Points of S2, and the edges between them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..remarks import checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

# An S2Polygon, S2Loop, S2Polyline or S2Point: the package has no types.
Region = Any
Point = Any

Vertex = tuple[float, float, float]
"""A point of S2 that can be compared and looked up."""

Edge = tuple[Point, Point]


def point(longitude: float, latitude: float) -> Point:
    """A point of S2."""
    import s2geometry as s2

    return s2.S2LatLng.FromDegrees(latitude, longitude).ToPoint()


def vertex(at: Point) -> Vertex:
    """What a point of S2 is known by."""
    import s2geometry as s2

    x, y, z = s2.S2Point_ToRaw(at)
    return x, y, z


def angle(edge: Edge) -> float:
    """Radians from one point to another, as S2 computes it; its own object for that takes ten times as long."""
    (a, b, c), (x, y, z) = map(vertex, edge)
    across = math.sqrt((b * z - c * y) ** 2 + (c * x - a * z) ** 2 + (a * y - b * x) ** 2)
    return math.atan2(across, a * x + b * y + c * z)


def corners(path: Region) -> list[Point]:
    """The points of an S2Loop or S2Polyline, which may go: what ``vertex`` gives points into its memory."""
    import s2geometry as s2

    checkpoint()
    return [s2.S2Point_FromRaw(*s2.S2Point_ToRaw(path.vertex(each))) for each in range(path.num_vertices())]


def boundary(region: Region) -> Iterator[Edge]:
    """The edges of an S2Polygon."""
    for place in range(region.num_loops()):
        points = corners(region.loop(place)) if not is_whole(region) else []
        yield from zip(points, (*points[1:], *points[:1]), strict=True)


def is_whole(region: Region) -> bool:
    """Whether an S2Polygon is the whole sphere, which has no edges."""
    return bool(region.num_loops() == 1 and region.loop(0).num_vertices() == 1)
