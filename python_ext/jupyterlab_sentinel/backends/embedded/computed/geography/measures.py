"""Lengths, areas, distances and centroids of shapes, and points on lines; lengths in metres on Kusto's sphere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..remarks import remark
from ..spheres import RADIUS, is_point
from . import geojson
from .points import angle, boundary, point, vertex
from .shapes import line, polygon
from .unions import edges

if TYPE_CHECKING:
    from .points import Edge, Point
    from .shapes import Line

_NOWHERE = 1e-12
"""Of what a shape measures, a centroid's vector whose direction is rounding."""


def polygon_contains(longitude: float | None, latitude: float | None, text: str | None) -> bool | None:
    """Whether a point is inside of a polygon; None for what is none."""
    shape = polygon(text)
    if shape is None or longitude is None or latitude is None or not is_point(longitude, latitude):
        return None
    if not shape.bounds.hold(longitude, latitude):
        return False
    return bool(shape.region.Contains(point(longitude, latitude)))


def polygon_area(text: str | None) -> float | None:
    """Square metres."""
    shape = polygon(text)
    return None if shape is None else float(shape.region.GetArea() * RADIUS * RADIUS)


def polygon_perimeter(text: str | None) -> float | None:
    """Metres around a polygon and its holes."""
    shape = polygon(text)
    return None if shape is None else sum(map(angle, boundary(shape.region))) * RADIUS


def polygon_centroid(text: str | None) -> str | None:
    """The centroid of a polygon as a GeoJSON point."""
    shape = polygon(text)
    return None if shape is None else _centre(shape.region.GetCentroid(), shape.region.GetArea())


def polygon_distance(longitude: float | None, latitude: float | None, text: str | None) -> float | None:
    """Metres from a point to a polygon, 0 inside of it."""
    shape = polygon(text)
    if shape is None or longitude is None or latitude is None or not is_point(longitude, latitude):
        return None
    at = point(longitude, latitude)
    return 0.0 if shape.region.Contains(at) else angle((at, shape.region.Project(at))) * RADIUS


def polygon_closest(longitude: float | None, latitude: float | None, text: str | None) -> str | None:
    """The point of a polygon that is closest to a point, itself if it is inside."""
    shape = polygon(text)
    if shape is None or longitude is None or latitude is None or not is_point(longitude, latitude):
        return None
    at = point(longitude, latitude)
    if shape.region.Contains(at):
        return geojson.point((longitude, latitude))
    return geojson.point(geojson.position(shape.region.Project(at)))


def line_length(text: str | None) -> float | None:
    """Metres along a line; what lines of a multiline share counts once."""
    shape = line(text)
    if shape is None:
        return None
    if len(shape.parts) == 1:
        return float(shape.parts[0].GetLength().radians() * RADIUS)
    return sum(map(angle, edges([shape]))) * RADIUS


def line_centroid(text: str | None) -> str | None:
    """The centroid of a line as a GeoJSON point; what lines of a multiline share counts once."""
    import s2geometry as s2

    shape = line(text)
    if shape is None:
        return None
    if len(shape.parts) == 1:
        return _centre(shape.parts[0].GetCentroid(), shape.parts[0].GetLength().radians())
    sums = [0.0, 0.0, 0.0]
    parts = edges([shape])
    for edge in parts:
        part = s2.S2Polyline()
        part.InitFromS2Points(edge)
        for axis, each in enumerate(s2.S2Point_ToRaw(part.GetCentroid())):
            sums[axis] += each
    return _centre(s2.S2Point_FromRaw(*sums), sum(map(angle, parts)))


def line_distance(longitude: float | None, latitude: float | None, text: str | None) -> float | None:
    """Metres from a point to a line."""
    shape = line(text)
    if shape is None or longitude is None or latitude is None or not is_point(longitude, latitude):
        return None
    return _nearest(shape, point(longitude, latitude))[0] * RADIUS


def line_closest(longitude: float | None, latitude: float | None, text: str | None) -> str | None:
    """The point of a line that is closest to a point."""
    shape = line(text)
    if shape is None or longitude is None or latitude is None or not is_point(longitude, latitude):
        return None
    return geojson.point(geojson.position(_nearest(shape, point(longitude, latitude))[1]))


def line_point(text: str | None, fraction: float | None) -> str | None:
    """The point of a line at a fraction of it, between 0 and 1."""
    shape = line(text)
    if shape is None or len(shape.parts) != 1 or fraction is None or not 0 <= fraction <= 1:
        return None
    return geojson.point(geojson.position(shape.parts[0].Interpolate(fraction)))


def line_fraction(text: str | None, longitude: float | None, latitude: float | None) -> float | None:
    """The fraction of a line, between 0 and 1, at which it is closest to a point."""
    shape = line(text)
    if shape is None or len(shape.parts) != 1 or longitude is None or latitude is None:
        return None
    if not is_point(longitude, latitude):
        return None
    part = shape.parts[0]
    return float(part.UnInterpolate(*part.Project(point(longitude, latitude))))


def _centre(centroid: Point, size: float) -> str | None:
    if centroid.Norm() <= _NOWHERE * size:
        remark("A shape that lies evenly around the Earth has no centroid, and gives null.")
        return None
    return geojson.point(geojson.position(centroid.Normalize()))


def _chord_length(edge: Edge) -> float:
    """Radians from one point to another by way of the chord, as S2 finds what is closest."""
    (a, b, c), (x, y, z) = map(vertex, edge)
    square = (a - x) ** 2 + (b - y) ** 2 + (c - z) ** 2
    return 2 * math.asin(0.5 * math.sqrt(min(4.0, square)))


def _nearest(shape: Line, at: Point) -> tuple[float, Point]:
    """How far a line is in radians, and which of its points."""
    found = (part.Project(at)[0] for part in shape.parts)
    return min(((_chord_length((at, each)), each) for each in found), key=lambda pair: pair[0])
