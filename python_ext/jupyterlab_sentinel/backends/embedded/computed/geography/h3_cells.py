"""H3 cells, by their tokens."""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ..remarks import checkpoint, remark
from ..spheres import is_point
from . import geojson
from .hash_order import in_hash_order
from .points import corners
from .shapes import polygon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from h3 import LatLngPoly

    from .points import Region

_TOKEN = re.compile(r"[0-9a-fA-F]{15}")
_DEEPEST = 5
_MOST_CELLS = 61_680
# Of the H3 library's own estimate, which goes by the rectangle around a polygon.
_MOST_ROOM = 4_000_000


def h3_cell(longitude: float | None, latitude: float | None, resolution: int | None) -> str:
    """The token of the cell of a resolution, 0 to 15, that a point is in; empty where there is none."""
    import h3

    if longitude is None or latitude is None or resolution is None:
        return ""
    if not is_point(longitude, latitude) or not 0 <= resolution <= 15:
        return ""
    return str(h3.latlng_to_cell(latitude, longitude, resolution))


def h3_level(token: str | None) -> int | None:
    """The resolution of a cell; None for what is no cell."""
    import h3

    cell = _cell(token)
    return None if cell is None else int(h3.get_resolution(cell))


def h3_centre(token: str | None) -> str | None:
    """The centre of a cell as a GeoJSON point; None for what is no cell."""
    import h3

    cell = _cell(token)
    if cell is None:
        return None
    latitude, longitude = h3.cell_to_latlng(cell)
    return geojson.point((longitude, latitude))


def h3_outline(token: str | None) -> str | None:
    """The corners of a cell as a GeoJSON polygon; None for what is no cell."""
    import h3

    cell = _cell(token)
    if cell is None:
        return None
    ring = [(longitude, latitude) for latitude, longitude in h3.cell_to_boundary(cell)]
    return geojson.polygons([[[*ring, ring[0]]]])


def h3_parent(token: str | None, resolution: int | None, given: bool) -> str:  # noqa: FBT001  # SQL gives it
    """The cell of a coarser resolution, 0 to 14, that holds one; empty for what has none.

    :param given: whether there is a resolution; else it is the next coarser one.
    """
    import h3

    level = h3_level(token)
    if level is None or token is None:
        return ""
    wanted = resolution if given else level - 1
    if wanted is None or not 0 <= wanted <= min(14, level):
        return ""
    return str(h3.cell_to_parent(token.lower(), wanted))


def h3_children(token: str | None, resolution: int | None, given: bool) -> str | None:  # noqa: FBT001  # SQL gives it
    """The cells of a finer resolution, 1 to 15, within one, as a JSON array; None for what has none.

    :param given: whether there is a resolution, at most five finer; else it is the next finer one.
    """
    import h3

    level = h3_level(token)
    if level is None or token is None:
        return None
    wanted = resolution if given else level + 1
    if wanted is None or not max(1, level) <= wanted <= min(15, level + _DEEPEST):
        return None
    return _json(h3.cell_to_children(token.lower(), wanted))


def h3_neighbors(token: str | None) -> str | None:
    """The cells around one, six of them or five, as a JSON array; None for what is no cell."""
    import h3

    cell = _cell(token)
    return None if cell is None else _json([each for each in h3.grid_disk(cell, 1) if each != cell])


def h3_rings(token: str | None, distance: int | None) -> str | None:
    """The cells around one, a JSON array for each distance from 0 to one of at most 142; None for what is no cell."""
    import h3

    cell = _cell(token)
    if cell is None or distance is None or not 0 <= distance <= 142:
        return None
    disk = h3.grid_disk(cell, distance)
    if len(disk) == 1 + 3 * distance * (distance + 1):
        # Ring after ring, when there is no pentagon among them.
        ends = [1 + 3 * each * (each + 1) for each in range(-1, distance + 1)]
        ends[0] = 0
        rings = [disk[start:end] for start, end in pairwise(ends)]
    else:
        rings = _rings(cell, distance)
    return f"[{','.join(map(_json, rings))}]"


def polygon_h3_cells(text: str | None, resolution: int | None) -> str | None:
    """The cells of a resolution, 0 to 15, whose centres are in a polygon, as a JSON array; None where they are many."""
    import h3

    shape = polygon(text)
    if shape is None or resolution is None or not 0 <= resolution <= 15:
        return None
    if _cells_of(shape.region.GetArea(), resolution) > 2 * _MOST_CELLS:
        return None
    cells: dict[str, None] = {}
    for part in _parts(shape.region):
        checkpoint()
        _refuse_wide(part, resolution)
        try:
            cells.update(dict.fromkeys(reversed(h3.polygon_to_cells(part, resolution))))
        except h3.H3BaseException:
            remark("geo_polygon_to_h3cells() gives null for a polygon that the H3 library cannot fill.")
            return None
    return None if len(cells) > _MOST_CELLS else _json(in_hash_order(cells))


def _parts(region: Region) -> list[LatLngPoly]:
    import h3

    parts: list[list[list[tuple[float, float]]]] = []
    for place in range(region.num_loops()):
        loop = region.loop(place)
        ring = [geojson.position(each)[::-1] for each in corners(loop)]
        if loop.is_hole():
            parts[-1].append(ring)
        else:
            parts.append([ring])
    return [h3.LatLngPoly(*rings) for rings in parts]


def _cells_of(area: float, resolution: int) -> float:
    """About how many cells cover so many steradians."""
    import h3

    return float(h3.get_num_cells(resolution)) * area / (4 * math.pi)


def _refuse_wide(part: LatLngPoly, resolution: int) -> None:
    latitudes, longitudes = zip(*part.outer, strict=True)
    area = math.radians(max(latitudes) - min(latitudes)) * math.radians(max(longitudes) - min(longitudes))
    if _cells_of(area, resolution) > _MOST_ROOM:
        raise ValueError("geo_polygon_to_h3cells() takes no polygon here that is so long and thin at this resolution.")


def _rings(cell: str, distance: int) -> list[list[str]]:
    import h3

    rings, seen = [[cell]], {cell}
    for _ in range(distance):
        checkpoint()
        ring = dict.fromkeys(near for each in rings[-1] for near in h3.grid_disk(each, 1) if near not in seen)
        seen.update(ring)
        rings.append(list(ring))
    return rings


def _cell(token: str | None) -> str | None:
    import h3

    if token is None or not _TOKEN.fullmatch(token) or not h3.is_valid_cell(token):
        return None
    return token.lower()


def _json(cells: Sequence[str]) -> str:
    return json.dumps(list(cells), separators=(",", ":"))
