"""The rectangles around shapes, and what is near them: what rows can be compared with before S2 is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..spheres import RADIUS
from .shapes import line, polygon

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARGIN = 1e-9
"""Degrees, against rounding."""


class Bounds(NamedTuple):
    """Degrees; west is greater than east where the antimeridian is between."""

    south: float
    north: float
    west: float
    east: float

    def hold(self, longitude: float, latitude: float) -> bool:
        """Whether a place is inside."""
        if not self.south <= latitude <= self.north:
            return False
        if abs(longitude) == 180:
            return True  # it is both ends of a map
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


def polygon_bounds(text: str | None, radius: float | None) -> dict[str, float] | None:
    """The bounds of a polygon and of what is so many metres around it; None for what is none."""
    shape = polygon(text)
    return None if shape is None else around([shape.region], radius)._asdict()


def line_bounds(text: str | None, radius: float | None) -> dict[str, float] | None:
    """The bounds of a line and of what is so many metres around it; None for what is none."""
    shape = line(text)
    return None if shape is None else around(shape.parts, radius)._asdict()


def around(parts: Iterable[Any], radius: float | None = None) -> Bounds:
    """The bounds of polygons or lines of S2, and of what is so many metres around them."""
    import s2geometry as s2

    whole = s2.S2LatLngRect.Empty()
    for part in parts:
        whole = whole.Union(part.GetRectBound())
    if radius:
        whole = whole.ExpandedByDistance(s2.S1Angle.Radians(min(radius / RADIUS, 4.0)))
    low, high = whole.lo(), whole.hi()
    return Bounds(
        low.lat().degrees() - _MARGIN,
        high.lat().degrees() + _MARGIN,
        low.lng().degrees() - _MARGIN,
        high.lng().degrees() + _MARGIN,
    )
