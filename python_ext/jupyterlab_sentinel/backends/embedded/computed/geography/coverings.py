"""The S2 cells of one level that cover a shape, or all that is within a distance of it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from ..remarks import checkpoint
from ..spheres import RADIUS
from .points import angle, boundary
from .shapes import line, polygon
from .unions import edges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .points import Edge, Region

    # An S2Cell and an S2CellId.
    Cell = Any
    CellId = Any

_MOST_CELLS = 65_536
# S2's own figures (s2metrics): the area and the diagonal of the largest cell, of level 0, by steradians and radians.
_LARGEST_AREA, _LONGEST_DIAGONAL = 2.635799256963161491, 2.438654594434021032


def polygon_s2_cells(text: str | None, level: int | None, radius: float | None) -> str | None:
    """The tokens of the cells that cover a polygon, as a JSON array; None where they are more than Kusto gives.

    :param level: 0 to 30.
    :param radius: metres around the polygon that are covered, too.
    """
    shape = polygon(text)
    if shape is None or not _fits(level, radius) or level is None:
        return None
    parts = list(boundary(shape.region))
    if _at_least(parts, level, shape.region.GetArea()) > _MOST_CELLS:
        return None
    if not radius:
        return _json(_covering(shape.region, level))
    return _json(_descent(parts, _within(radius), level, shape.region))


def line_s2_cells(text: str | None, level: int | None, radius: float | None) -> str | None:
    """The tokens of the cells that cover a line, as a JSON array; None where they are more than Kusto gives.

    :param level: 0 to 30.
    :param radius: metres around the line that are covered, too.
    """
    shape = line(text)
    if shape is None or not _fits(level, radius) or level is None:
        return None
    parts = edges([shape])
    if _at_least(parts, level) > _MOST_CELLS:
        return None
    if radius:
        return _json(_descent(parts, _within(radius), level))
    return _json(_descent([_polyline(edge) for edge in parts], _meets, level))


def _fits(level: int | None, radius: float | None) -> bool:
    return level is not None and 0 <= level <= 30 and radius is not None and 0 <= radius < math.inf


def _at_least(parts: Sequence[Edge], level: int, area: float = 0.0) -> float:
    """How many cells of a level an area takes, and the longest of some edges, at least."""
    longest = max(map(angle, parts))
    return max(area / (_LARGEST_AREA / 4.0**level), longest / (_LONGEST_DIAGONAL / 2.0**level))


def _covering(region: Region, level: int) -> Sequence[CellId] | None:
    """The cells of a level, coarser ones first, since each has one to four of the next."""
    import s2geometry as s2

    cells: Sequence[CellId] = ()
    for each in range(level + 1):
        checkpoint()
        coverer = s2.S2RegionCoverer()
        coverer.set_fixed_level(each)
        coverer.set_max_cells(2**31 - 1)
        cells = coverer.GetCovering(region)
        if len(cells) > _MOST_CELLS:
            return None
    return cells


def _descent(
    parts: Sequence[Any], near: Callable[[Cell, Any], bool], level: int, region: Region | None = None
) -> Sequence[CellId] | None:
    """The cells of a level that are near to some of the parts or meet the region; a part goes down with its cells."""
    import s2geometry as s2

    found = _near([s2.S2CellId.FromFacePosLevel(face, 0, 0) for face in range(6)], parts, near, region)
    for _ in range(level):
        children: list[tuple[CellId, Sequence[Any]]] = []
        for cell, its in found:
            children += _near([cell.child(each) for each in range(4)], its, near, region)
        if len(children) > _MOST_CELLS:
            return None
        found = children
    return [cell for cell, _ in found]


def _near(
    cells: Iterable[CellId], parts: Sequence[Any], near: Callable[[Cell, Any], bool], region: Region | None
) -> list[tuple[CellId, Sequence[Any]]]:
    import s2geometry as s2

    found: list[tuple[CellId, Sequence[Any]]] = []
    for cell in cells:
        checkpoint()
        whole = s2.S2Cell(cell)
        if region is not None and region.Contains(whole):
            found.append((cell, ()))
            continue
        its = [part for part in parts if near(whole, part)]
        if its or (region is not None and region.MayIntersect(whole)):
            found.append((cell, its))
    return found


def _within(radius: float) -> Callable[[Cell, Edge], bool]:
    reach = radius / RADIUS
    return lambda cell, edge: bool(cell.GetDistance(*edge).ToAngle().radians() <= reach)


def _polyline(edge: Edge) -> Region:
    import s2geometry as s2

    found = s2.S2Polyline()
    found.InitFromS2Points(edge)
    return found


def _meets(cell: Cell, part: Region) -> bool:
    return bool(part.MayIntersect(cell))


def _json(cells: Sequence[CellId] | None) -> str | None:
    return None if cells is None else json.dumps([str(cell.ToToken()) for cell in cells], separators=(",", ":"))
