"""Several shapes as one."""

from __future__ import annotations

import heapq
from itertools import pairwise
from typing import TYPE_CHECKING

from ..remarks import checkpoint, remark
from . import geojson
from .points import corners, is_whole, vertex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .points import Edge, Point, Region, Vertex
    from .shapes import Line


def united(regions: Sequence[Region]) -> Region:
    """The union of polygons, of the two with the fewest vertices at a time, as S2 unites many."""
    import s2geometry as s2

    queue = [(region.num_vertices(), place, region) for place, region in enumerate(regions)]
    heapq.heapify(queue)
    for place in range(len(regions), 2 * len(regions) - 1):
        checkpoint()
        (few, _, first), (more, _, second) = heapq.heappop(queue), heapq.heappop(queue)
        union = s2.S2Polygon()
        union.InitToUnion(first, second)
        heapq.heappush(queue, (few + more, place, union))
    return queue[0][2]


def polygons_array(text: str | None) -> str | None:
    """The union of an array of polygons; None where one is not valid."""
    from .shapes import WHOLE, polygons

    given = polygons(text)
    if not given:
        _tell_of_none(given)
        return None
    region = united([each.region for each in given])
    if is_whole(region):
        remark(WHOLE)
        return None
    return geojson.region(region)


def lines_array(text: str | None) -> str | None:
    """The union of an array of lines; None where one is not valid."""
    from .shapes import lines

    given = lines(text)
    if not given:
        _tell_of_none(given)
        return None
    return geojson.lines([[geojson.position(point) for point in chain] for chain in chains(edges(given))])


def _tell_of_none(given: Sequence[object] | None) -> None:
    if given is not None:
        remark("The union of no shapes gives null here: what Kusto makes of it is not documented.")


def edges(lines: Iterable[Line]) -> list[Edge]:
    """The edges of lines, each once, whichever way it goes."""
    return list(edges_by_ends(lines).values())


def edges_by_ends(lines: Iterable[Line]) -> dict[frozenset[Vertex], Edge]:
    """The edges of lines, by their ends; the first of those that go both ways."""
    found: dict[frozenset[Vertex], Edge] = {}
    for line in lines:
        checkpoint()
        for part in line.parts:
            points = corners(part)
            for start, end in pairwise(points):
                found.setdefault(frozenset((vertex(start), vertex(end))), (start, end))
    return found


def chains(parts: Iterable[Edge]) -> list[list[Point]]:
    """Edges as lines, which end where more or fewer than two edges meet, or where two meet head to head.

    :returns: the points of each line.
    """
    pairs = [(vertex(start), vertex(end), start, end) for start, end in parts]
    after: dict[Vertex, list[int]] = {}
    before: dict[Vertex, list[int]] = {}
    for place, (start, end, _, _) in enumerate(pairs):
        after.setdefault(start, []).append(place)
        before.setdefault(end, []).append(place)

    def passes(at: Vertex) -> bool:
        return len(after.get(at, ())) == 1 and len(before.get(at, ())) == 1

    taken: set[int] = set()
    found = []
    starts = [place for place, pair in enumerate(pairs) if not passes(pair[0])]
    for first in (*starts, *range(len(pairs))):
        if first in taken:
            continue
        chain, place = [pairs[first][2]], first
        while place not in taken:
            taken.add(place)
            chain.append(pairs[place][3])
            end = pairs[place][1]
            if passes(end):
                place = after[end][0]
        found.append(chain)
    return found
