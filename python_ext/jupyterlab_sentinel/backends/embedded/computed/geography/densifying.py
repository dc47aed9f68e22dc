"""Straight edges of a map as chains of geodesics, which is what every other function takes edges for.

The page tells how far the chain may be from the straight edge, and its outputs that an edge is halved as often as
that takes; here, while its middle is further than that from the geodesic.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ..remarks import checkpoint, remark
from ..spheres import RADIUS
from . import geojson
from .points import angle, point
from .shapes import line, parsed, polygon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .geojson import Position

_MOST_POINTS = 10_485_760
_FEWEST_METRES, _MOST_METRES = 0.1, 10_000.0
_ACROSS = "An edge over more than 180 degrees of longitude gives null here: how Kusto densifies it is not documented."


class _UnknownError(Exception):
    """An edge that the page says nothing of."""


def densified_line(text: str | None, tolerance: float | None, _crossing: object = None) -> str | None:
    """A line with more points.

    :param tolerance: metres that a straight edge may be from what comes out, 0.1 to 10,000.
    :param _crossing: what to do at the antimeridian, where an edge gives None in any case.
    """
    shape = line(text)
    if shape is None or not _fits(tolerance) or tolerance is None:
        return None
    found = _densified(shape.positions, tolerance)
    return None if found is None else geojson.lines(found)


def densified_polygon(text: str | None, tolerance: float | None, _crossing: object = None) -> str | None:
    """A polygon with more points.

    :param tolerance: metres that a straight edge may be from what comes out, 0.1 to 10,000.
    :param _crossing: what to do at the antimeridian, where an edge gives None in any case.
    """
    if polygon(text) is None or text is None or not _fits(tolerance) or tolerance is None:
        return None
    value = parsed(text)
    parts = value["coordinates"] if value["type"] == "MultiPolygon" else [value["coordinates"]]
    found = []
    for rings in parts:
        more = _densified([[(float(x), float(y)) for x, y in ring] for ring in rings], tolerance)
        if more is None:
            return None
        found.append(more)
    return geojson.polygons(found)


def _fits(tolerance: float | None) -> bool:
    return tolerance is not None and _FEWEST_METRES <= tolerance <= _MOST_METRES


def _densified(parts: Sequence[Sequence[Position]], tolerance: float) -> list[list[Position]] | None:
    found: list[list[Position]] = []
    room = _MOST_POINTS
    try:
        for part in parts:
            chain = [part[0]]
            for start, end in pairwise(part):
                chain += _halved(start, end, tolerance)
                if len(chain) > room:
                    return None
            room -= len(chain)
            found.append(chain)
    except _UnknownError:
        remark(_ACROSS)
        return None
    return found


def _halved(start: Position, end: Position, tolerance: float) -> list[Position]:
    """The points after the first one."""
    if abs(end[0] - start[0]) > 180:
        raise _UnknownError
    found: list[Position] = []
    waiting = [end]
    while waiting:
        checkpoint()
        middle = ((start[0] + waiting[-1][0]) / 2, (start[1] + waiting[-1][1]) / 2)
        if _apart(start, middle, waiting[-1]) > tolerance:
            waiting.append(middle)
        else:
            start = waiting.pop()
            found.append(start)
    return found


def _apart(start: Position, middle: Position, end: Position) -> float:
    """Metres from the middle to the geodesic."""
    import s2geometry as s2

    edge = s2.S2Polyline()
    edge.InitFromS2Points([point(*start), point(*end)])
    at = point(*middle)
    return angle((edge.Project(at)[0], at)) * RADIUS
