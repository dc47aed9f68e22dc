"""Shapes with all that is within a distance of them, as polygons that deviate from that by a tolerance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..remarks import remark
from ..spheres import RADIUS, is_point
from . import geojson
from .points import point
from .shapes import line, polygon
from .unions import edges

if TYPE_CHECKING:
    from .points import Region

    # An S2BufferOperation.
    Operation = Any

_FINEST = 1e-6
"""Of the radius, the least tolerance that Kusto takes, and S2."""

_COARSEST = 1 - _FINEST
"""Of the radius, the tolerance that stands for larger ones."""

_SMALL = "A buffer of less than a centimetre gives null here: it has no inside that S2 can tell."
_LARGE = "A buffer of more than half of the Earth gives null here: what Kusto makes of it is not documented."


def point_buffer(
    longitude: float | None, latitude: float | None, radius: float | None, tolerance: float | None
) -> str | None:
    """A polygon around a point; None for what is none, or no positive radius.

    :param tolerance: metres that the polygon may deviate from a circle.
    """
    if longitude is None or latitude is None or not is_point(longitude, latitude):
        return None
    if not _fits(radius, tolerance) or radius is None or tolerance is None:
        return None
    operation, found = _operation(radius, tolerance)
    operation.AddPoint(point(longitude, latitude))
    return _built(operation, found)


def polygon_buffer(text: str | None, radius: float | None, tolerance: float | None) -> str | None:
    """A polygon around a polygon; None for what is none, or no positive radius."""
    shape = polygon(text)
    if shape is None or not _fits(radius, tolerance) or radius is None or tolerance is None:
        return None
    operation, found = _operation(radius, tolerance)
    operation.AddPolygon(shape.region.Clone())
    return _built(operation, found)


def line_buffer(text: str | None, radius: float | None, tolerance: float | None) -> str | None:
    """A polygon around a line, on both sides of it and round at its ends; None for what is none, or no positive radius.

    The package has no way to add a line. There and back again an edge is a polygon without an inside, which S2 takes.
    """
    import s2geometry as s2

    shape = line(text)
    if shape is None or not _fits(radius, tolerance) or radius is None or tolerance is None:
        return None
    operation, found = _operation(radius, tolerance)
    for edge in edges([shape]):
        operation.AddPolygon(s2.S2Polygon(s2.S2Loop(edge)))
    return _built(operation, found)


def _fits(radius: float | None, tolerance: float | None) -> bool:
    if radius is None or tolerance is None or not 0 < radius < math.pi * RADIUS:
        return False
    return _FINEST * radius <= tolerance < math.inf


def _operation(radius: float, tolerance: float) -> tuple[Operation, Region]:
    import s2geometry as s2

    options = s2.S2BufferOperationOptions()
    options.set_buffer_radius(s2.S1Angle.Radians(radius / RADIUS))
    options.set_error_fraction(min(_COARSEST, tolerance / radius))
    found = s2.S2Polygon()
    return s2.S2BufferOperation(s2.S2PolygonLayer(found), options), found


def _built(operation: Operation, found: Region) -> str | None:
    operation.Build()
    if found.GetArea() > 2 * math.pi:
        remark(_LARGE)
        return None
    if found.is_empty():
        remark(_SMALL)
        return None
    return geojson.region(found)
