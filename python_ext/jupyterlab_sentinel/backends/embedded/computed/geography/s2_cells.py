"""S2 cells, by their tokens."""

from __future__ import annotations

import json
import re
from typing import Any

from ..spheres import is_point
from . import geojson
from .hash_order import in_hash_order

_TOKEN = re.compile(r"[0-9a-fA-F]{1,16}")


def s2_cell(longitude: float | None, latitude: float | None, level: int | None) -> str:
    """The token of the cell of a level, 0 to 30, that a point is in; empty where there is none."""
    import s2geometry as s2

    if longitude is None or latitude is None or level is None:
        return ""
    if not is_point(longitude, latitude) or not 0 <= level <= 30:
        return ""
    leaf = s2.S2CellId(s2.S2LatLng.FromDegrees(latitude, longitude)).id()
    # A cell's number ends with a bit for its level, and its token without zeros; S2's own way takes thrice as long.
    last = 1 << 2 * (30 - level)
    return f"{leaf & -last | last:016x}".rstrip("0")


def s2_centre(token: str | None) -> str | None:
    """The centre of a cell as a GeoJSON point; None for what is no cell."""
    cell = _cell(token)
    return None if cell is None else geojson.point(geojson.position(cell.ToPoint()))


def s2_outline(token: str | None) -> str | None:
    """The corners of a cell as a GeoJSON polygon; None for what is no cell."""
    import s2geometry as s2

    cell = _cell(token)
    if cell is None:
        return None
    whole = s2.S2Cell(cell)
    ring = [geojson.position(whole.GetVertex(each)) for each in (0, 1, 2, 3, 0)]
    return geojson.polygons([[ring]])


def s2_neighbors(token: str | None) -> str | None:
    """The cells of the same level around one, eight of them or seven, as a JSON array; None for what is no cell."""
    cell = _cell(token)
    if cell is None:
        return None
    tokens = in_hash_order(str(each.ToToken()) for each in cell.GetAllNeighbors(cell.level()))
    return json.dumps(tokens, separators=(",", ":"))


def _cell(token: str | None) -> Any:  # noqa: ANN401  # an S2CellId
    import s2geometry as s2

    if token is None or not _TOKEN.fullmatch(token):
        return None
    cell = s2.S2CellId.FromToken(token)
    return cell if cell.is_valid() else None
