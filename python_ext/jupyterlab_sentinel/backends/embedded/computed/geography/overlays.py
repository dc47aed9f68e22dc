"""Where shapes meet. Lines and polygons contain their ends and borders here, as the pages have it.

Two shapes meet in points, lines and polygons; what is part of something larger is not told again.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ..remarks import checkpoint
from . import geojson
from .points import boundary, corners, vertex
from .shapes import line, polygon
from .unions import chains, edges_by_ends

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .points import Edge, Point, Region, Vertex
    from .shapes import Line, Polygon


def lines_meet(first: str | None, second: str | None) -> bool | None:
    """Whether two lines share a point; None where one is none."""
    a, b = line(first), line(second)
    if a is None or b is None:
        return None
    ours, theirs = edges_by_ends([a]), edges_by_ends([b])
    return bool(_corners(ours) & _corners(theirs)) or any(True for _ in _crossings(ours.values(), theirs.values()))


def line_meets_polygon(first: str | None, second: str | None) -> bool | None:
    """Whether a line and a polygon share a point; None where one is none."""
    a, b = line(first), polygon(second)
    if a is None or b is None:
        return None
    if any(b.region.Intersects(part) for part in a.parts):
        return True
    return bool(_corners(edges_by_ends([a])) & b.vertices)


def polygons_meet(first: str | None, second: str | None) -> bool | None:
    """Whether two polygons share a point; None where one is none."""
    a, b = polygon(first), polygon(second)
    if a is None or b is None:
        return None
    return bool(a.region.Intersects(b.region)) or bool(a.vertices & b.vertices)


def lines_common(first: str | None, second: str | None) -> str | None:
    """What two lines have in common; None where one is none."""
    a, b = line(first), line(second)
    if a is None or b is None:
        return None
    ours, theirs = edges_by_ends([a]), edges_by_ends([b])
    shared = {ends: edge for ends, edge in ours.items() if ends in theirs}
    points = _points_of(_touching(ours, _corners(theirs), shared))
    points += [geojson.position(each) for each in _crossings(ours.values(), theirs.values())]
    return geojson.collection([*_points(points), *_lines(shared.values())])


def line_polygon_common(first: str | None, second: str | None) -> str | None:
    """What a line and a polygon have in common; None where one is none."""
    a, b = line(first), polygon(second)
    if a is None or b is None:
        return None
    ours = edges_by_ends([a])
    inside = _edges_inside(a, b)
    inside.update((ends, edge) for ends, edge in ours.items() if ends in b.edges)
    points = _points_of(_touching(ours, b.vertices, inside))
    return geojson.collection([*_points(points), *_lines(inside.values())])


def polygons_common(first: str | None, second: str | None) -> str | None:
    """What two polygons have in common; None where one is none."""
    a, b = polygon(first), polygon(second)
    if a is None or b is None:
        return None
    region = _intersection(a.region, b.region)
    covered = {frozenset((vertex(start), vertex(end))) for start, end in boundary(region)}
    shared = {ends: edge for ends, edge in a.edges.items() if ends in b.edges and ends not in covered}
    known = {corner for ends in covered for corner in ends}
    touching = {ends: edge for ends, edge in a.edges.items() if not ends <= known}
    points = _points_of(
        [each for each in _touching(touching, b.vertices, shared) if vertex(each) not in known],
    )
    shapes = [*_points(points), *_lines(shared.values())]
    if not region.is_empty():
        shapes.append(geojson.region(region))
    return geojson.collection(shapes)


def _intersection(first: Region, second: Region) -> Region:
    import s2geometry as s2

    checkpoint()
    indexes = []
    for region in (first, second):
        index = s2.MutableS2ShapeIndex()
        index.Add(region.Clone())
        indexes.append(index)
    found = s2.S2Polygon()
    s2.S2BooleanOperation(s2.S2BooleanOperation.OpType_INTERSECTION, s2.S2PolygonLayer(found)).Build(*indexes)
    return found


def _edges_inside(shape: Line, other: Polygon) -> dict[frozenset[Vertex], Edge]:
    found: dict[frozenset[Vertex], Edge] = {}
    for part in shape.parts:
        checkpoint()
        for piece in other.region.IntersectWithPolyline(part):
            points = corners(piece)
            for start, end in pairwise(points):
                found.setdefault(frozenset((vertex(start), vertex(end))), (start, end))
    return found


def _corners(parts: Mapping[frozenset[Vertex], Edge]) -> set[Vertex]:
    return {corner for ends in parts for corner in ends}


def _touching(
    ours: Mapping[frozenset[Vertex], Edge], theirs: Iterable[Vertex], shared: Mapping[frozenset[Vertex], Edge]
) -> list[Point]:
    """Corners of ours that are theirs, but for those of shared edges; in our order."""
    checkpoint()
    wanted = set(theirs) - _corners(shared)
    found: dict[Vertex, Point] = {}
    for edge in ours.values():
        for each in edge:
            if vertex(each) in wanted:
                found.setdefault(vertex(each), each)
    return list(found.values())


def _crossings(ours: Iterable[Edge], theirs: Iterable[Edge]) -> Iterator[Point]:
    """The points in which edges cross between their ends, in the order of ours."""
    import s2geometry as s2

    first, second = list(ours), list(theirs)
    for a, b in _close(first, second):
        if s2.CrossingSign(*first[a], *second[b]) > 0:
            yield s2.GetIntersection(*first[a], *second[b])


def _close(ours: Sequence[Edge], theirs: Sequence[Edge]) -> Iterator[tuple[int, int]]:
    """Pairs of edges that may cross: no further apart than half of what they measure together."""
    import numpy as np

    def measured(parts: Sequence[Edge]) -> tuple[np.ndarray, np.ndarray]:
        ends = np.array([[vertex(start), vertex(end)] for start, end in parts])
        middles = ends.sum(axis=1)
        reach = np.arccos(np.clip((ends[:, 0] * ends[:, 1]).sum(axis=1), -1, 1)) / 2 + 1e-9
        lengths = np.linalg.norm(middles, axis=1)
        reach[lengths < 1e-6] = np.pi
        return middles / np.maximum(lengths, 1e-6)[:, None], reach

    (middles, reach), (others, other_reach) = measured(ours), measured(theirs)
    for place, middle in enumerate(middles):
        checkpoint()
        apart = np.arccos(np.clip(others @ middle, -1, 1))
        for other in np.nonzero(apart <= reach[place] + other_reach)[0]:
            yield place, int(other)


def _points_of(points: Iterable[Point]) -> list[geojson.Position]:
    return [geojson.position(each) for each in points]


def _points(positions: Sequence[geojson.Position]) -> list[str]:
    return [geojson.points(positions)] if positions else []


def _lines(parts: Iterable[Edge]) -> list[str]:
    found = chains(parts)
    return [geojson.lines([_points_of(chain) for chain in found])] if found else []
