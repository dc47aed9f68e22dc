"""Neighbours of geohashes."""

from __future__ import annotations

import json

from ..remarks import remark
from ..spheres import geohash, geohash_bounds
from .hash_order import in_hash_order

# Clockwise from the north-west, in widths and heights of the cell.
_AROUND = ((-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0))


def geohash_neighbors(text: str | None) -> str | None:
    """The eight geohashes around one, as a JSON array; None for what is none."""
    bounds = geohash_bounds(text)
    if bounds is None or text is None:
        return None
    west, south, east, north = bounds
    wide, high = east - west, north - south
    if south == -90 or north == 90:
        remark("A geohash at a pole has null for its neighbours here: which Kusto takes is not documented.")
        return None
    found = []
    for right, up in _AROUND:
        longitude = (west + east) / 2 + right * wide
        longitude += 360 * ((longitude < -180) - (longitude > 180))
        found.append(geohash(longitude, (south + north) / 2 + up * high, len(text)))
    return json.dumps(in_hash_order(found), separators=(",", ":"))
