"""GeoJSON texts as polygons and lines of S2, and what makes one valid.

What Kusto documents (geo_point_in_polygon, geo_distance_point_to_line): a ring is closed, has at least three distinct
vertices and does not cross itself or another, and no edge is shared; coordinates lie in their ranges; a shell encloses
the smaller of the two regions that it divides the sphere into; a line has at least two entries; no edge joins opposite
points. Polygons of a multipolygon may overlap: it is their union.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..remarks import checkpoint, remark
from ..spheres import is_point
from .points import boundary, is_whole, point, vertex

if TYPE_CHECKING:
    from collections.abc import Callable

    from .bounds import Bounds
    from .geojson import Position
    from .points import Edge, Region, Vertex


class Polygon:
    """A polygon or multipolygon.

    :ivar region: the S2Polygon.
    """

    def __init__(self, region: Region) -> None:
        self.region = region

    @cached_property
    def bounds(self) -> Bounds:
        """The rectangle around it."""
        from .bounds import around

        return around([self.region])

    @property
    def edges(self) -> dict[frozenset[Vertex], Edge]:
        """The edges of all rings, by their ends."""
        return _edges(self)

    @property
    def vertices(self) -> frozenset[Vertex]:
        """The corners of all rings."""
        return _vertices(self)


# Many times larger than the polygon: kept for those that meet others just now.
@lru_cache(maxsize=8)
def _edges(shape: Polygon) -> dict[frozenset[Vertex], Edge]:
    return {frozenset((vertex(start), vertex(end))): (start, end) for start, end in boundary(shape.region)}


@lru_cache(maxsize=8)
def _vertices(shape: Polygon) -> frozenset[Vertex]:
    return frozenset(vertex(start) for start, _ in boundary(shape.region))


@dataclass(frozen=True, slots=True)
class Line:
    """A line or multiline.

    :param parts: an S2Polyline each.
    :param positions: the same as they were written.
    """

    parts: tuple[Any, ...]
    positions: tuple[tuple[Position, ...], ...]


class _InvalidError(ValueError):
    """What is no shape; the sentence, if any, says what the documentation leaves open."""


WHOLE = "Polygons that are the whole Earth together give null here: GeoJSON has no word for it."
"""The remark of a polygon without a border."""

_ALTITUDE = (
    "A position of more than two coordinates gives null here: what Kusto makes of an altitude is not documented."
)
_HOLE = "A polygon with a ring outside of its shell gives null here: what Kusto makes of it is not documented."
_LARGE = "A shape of more than 1 MB or 200,000 positions gives null here: Kusto stores no larger dynamic."
_LARGEST, _MOST_POSITIONS = 2**20, 200_000
_TWICE = "A line with one point twice in a row gives null here: what Kusto makes of it is not documented."


def polygon(text: str | None) -> Polygon | None:
    """A polygon or multipolygon; None where it is none, or not valid."""
    found: Polygon | None = _read(_POLYGONS, text)
    return found


def line(text: str | None) -> Line | None:
    """A line or multiline; None where it is none, or not valid."""
    found: Line | None = _read(_LINES, text)
    return found


def polygons(text: str | None) -> list[Polygon] | None:
    """An array of polygons; None where one is none, or not valid, or there is no array."""
    return _several(text, _polygon)


def lines(text: str | None) -> list[Line] | None:
    """An array of lines; None where one is none, or not valid, or there is no array."""
    return _several(text, _line)


class _Cache:
    """The shapes of the texts that were read last: a query meets the same polygon in every row."""

    def __init__(self, make: Callable[[object], object], room: int) -> None:
        self._make, self._room = make, room
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[object, str]] = OrderedDict()
        self._size = 0

    def get(self, text: str) -> tuple[object, str]:
        """The shape or None, and what to remark."""
        if len(text) > _LARGEST:
            return None, _LARGE
        with self._lock:
            found = self._held.get(text)
            if found is not None:
                self._held.move_to_end(text)
                return found
        made = self._made(text)
        with self._lock:
            if text not in self._held:
                self._held[text] = made
                self._size += len(text)
            while self._size > self._room:
                oldest, _ = self._held.popitem(last=False)
                self._size -= len(oldest)
        return made

    def _made(self, text: str) -> tuple[object, str]:
        try:
            return self._make(parsed(text)), ""
        except _InvalidError as problem:
            return None, str(problem)


def _read(cache: _Cache, text: str | None) -> Any:  # noqa: ANN401  # what the cache makes
    if text is None:
        return None
    shape, told = cache.get(text)
    if told:
        remark(told)
    return shape


def _several(text: str | None, make: Callable[[object], Any]) -> list[Any] | None:
    try:
        value = parsed(text or "")
        if not isinstance(value, list):
            return None
        made = []
        for each in value:
            checkpoint()
            made.append(make(each))
    except _InvalidError as problem:
        if str(problem):
            remark(str(problem))
        return None
    return made


def parsed(text: str) -> Any:  # noqa: ANN401  # any JSON
    """What a JSON text holds.

    :raises ValueError: it is none.
    """
    import orjson

    try:
        return orjson.loads(text)
    except ValueError:
        raise _InvalidError from None


def _shape(value: object, kind: str) -> list[Any]:
    """The coordinates of a shape, those of a single one as of several."""
    if not isinstance(value, dict):
        raise _InvalidError
    found, coordinates = value.get("type"), value.get("coordinates")
    if not isinstance(coordinates, list) or not coordinates or found not in (kind, f"Multi{kind}"):
        raise _InvalidError
    return [coordinates] if found == kind else coordinates


def _positions(value: object, fewest: int) -> list[Position]:
    if not isinstance(value, list) or len(value) < fewest:
        raise _InvalidError
    if len(value) > _MOST_POSITIONS:
        raise _InvalidError(_LARGE)
    found = [_position(each) for each in value]
    if any(_opposite(*pair) for pair in pairwise(found)):
        raise _InvalidError
    return found


def _opposite(start: Position, end: Position) -> bool:
    """Whether an edge is 180 degrees long: S2 would see an angle that rounding made."""
    if start[1] != -end[1]:
        return False
    return abs(start[0] - end[0]) == 180 or abs(start[1]) == 90


def _position(value: object) -> Position:
    if not isinstance(value, list) or len(value) < 2:
        raise _InvalidError
    longitude, latitude = value[0], value[1]
    if type(longitude) not in (int, float) or type(latitude) not in (int, float):
        raise _InvalidError
    if not is_point(longitude, latitude):
        raise _InvalidError
    if len(value) > 2:
        raise _InvalidError(_ALTITUDE)
    return float(longitude), float(latitude)


def _polygon(value: object) -> Polygon:
    from .unions import united

    region = united([_single(rings) for rings in _shape(value, "Polygon")])
    if is_whole(region):
        raise _InvalidError(WHOLE)
    return Polygon(region)


def _single(value: object) -> Region:
    import s2geometry as s2

    if not isinstance(value, list) or not value:
        raise _InvalidError
    loops = [_loop(ring) for ring in value]
    region = s2.S2Polygon()
    region.InitNested(loops)
    if not region.IsValid():
        raise _InvalidError
    if region.num_loops() > 1:
        depths = [region.loop(place).depth() for place in range(region.num_loops())]
        if any(depth != 1 for depth in depths[1:]) or not region.loop(0).Equals(loops[0]):
            raise _InvalidError(_HOLE)
    return region


def _loop(value: object) -> Region:
    import s2geometry as s2

    ring = _positions(value, 4)
    if ring[0] != ring[-1]:
        raise _InvalidError
    loop = s2.S2Loop([point(*each) for each in ring[:-1]])
    if not loop.IsValid():
        raise _InvalidError
    loop.Normalize()
    return loop


def _line(value: object) -> Line:
    import s2geometry as s2

    positions = tuple(tuple(_positions(each, 2)) for each in _shape(value, "LineString"))
    parts = []
    for each in positions:
        part = s2.S2Polyline()
        part.InitFromS2Points([point(*place) for place in each])
        if not part.IsValid():
            raise _InvalidError(_TWICE if any(a == b for a, b in pairwise(each)) else "")
        parts.append(part)
    return Line(tuple(parts), positions)


_ROOM = 16_000_000
_POLYGONS = _Cache(_polygon, _ROOM)
_LINES = _Cache(_line, _ROOM)
