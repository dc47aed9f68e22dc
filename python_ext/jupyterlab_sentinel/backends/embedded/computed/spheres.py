"""Distances and areas on the sphere that Kusto takes the Earth for, and geohashes.

Longitude and latitude in degrees (WGS 84); what lies outside of their ranges is no point.
"""

from __future__ import annotations

import json
import math

# The radius that Kusto's documented distances come out of, in metres.
RADIUS = 6_371_010.0

_LETTERS = "0123456789bcdefghjkmnpqrstuvwxyz"
_FINEST = 18


def is_point(longitude: float | None, latitude: float | None) -> bool:
    """Whether these are coordinates."""
    return longitude is not None and latitude is not None and -180 <= longitude <= 180 and -90 <= latitude <= 90


def distance(lon1: float | None, lat1: float | None, lon2: float | None, lat2: float | None) -> float | None:
    """Metres along the great circle; None where a point is none."""
    if not is_point(lon1, lat1) or not is_point(lon2, lat2):
        return None
    a, b = math.radians(lat1 or 0.0), math.radians(lat2 or 0.0)
    turn = math.radians((lon2 or 0.0) - (lon1 or 0.0))
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    return 2 * RADIUS * math.atan2(math.sqrt(half), math.sqrt(max(0.0, 1 - half)))


def in_circle(
    lon: float | None,
    lat: float | None,
    centre_lon: float | None,
    centre_lat: float | None,
    radius: float | None,
) -> bool | None:
    """Whether a point lies within so many metres of another; None where one is none, or the radius is not positive."""
    if radius is None or not 0 < radius < math.inf:
        return None
    apart = distance(lon, lat, centre_lon, centre_lat)
    return None if apart is None else apart <= radius


def geohash(longitude: float | None, latitude: float | None, accuracy: int | None) -> str:
    """The geohash of a point, of 1 to 18 letters; empty where there is none."""
    if longitude is None or latitude is None or accuracy is None:
        return ""
    if not is_point(longitude, latitude) or not 1 <= accuracy <= _FINEST:
        return ""
    east, north = [-180.0, 180.0], [-90.0, 90.0]
    letters, number = [], 0
    for place in range(5 * accuracy):
        bounds, value = (north, latitude) if place % 2 else (east, longitude)
        middle = (bounds[0] + bounds[1]) / 2
        upper = value >= middle
        bounds[0 if upper else 1] = middle
        number = number * 2 + upper
        if place % 5 == 4:
            letters.append(_LETTERS[number])
            number = 0
    return "".join(letters)


def geohash_bounds(text: str | None) -> tuple[float, float, float, float] | None:
    """West, south, east and north of a geohash; None for what is none."""
    if not text or len(text) > _FINEST:
        return None
    east, north = [-180.0, 180.0], [-90.0, 90.0]
    for place, letter in enumerate(text.lower()):
        number = _LETTERS.find(letter)
        if number < 0:
            return None
        for bit in range(5):
            bounds = north if (5 * place + bit) % 2 else east
            middle = (bounds[0] + bounds[1]) / 2
            bounds[0 if number >> (4 - bit) & 1 else 1] = middle
    return east[0], north[0], east[1], north[1]


def geohash_centre(text: str | None) -> str | None:
    """The middle of a geohash as a GeoJSON point; None for what is no geohash."""
    bounds = geohash_bounds(text)
    if bounds is None:
        return None
    west, south, east, north = bounds
    return f'{{"type":"Point","coordinates":[{(west + east) / 2!r},{(south + north) / 2!r}]}}'


def geohash_outline(text: str | None) -> str | None:
    """The rectangle of a geohash as a GeoJSON polygon; None for what is no geohash."""
    bounds = geohash_bounds(text)
    if bounds is None:
        return None
    west, south, east, north = bounds
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]}, separators=(",", ":"))


def azimuth(lon1: float | None, lat1: float | None, lon2: float | None, lat2: float | None) -> float | None:
    """Radians clockwise from true north to the great circle from one point to another.

    :returns: None where a point is none, or they are the same, or opposite.
    """
    apart = distance(lon1, lat1, lon2, lat2)
    if apart is None or apart < _NEAR or apart > math.pi * RADIUS - _NEAR:
        return None
    a, b = math.radians(lat1 or 0.0), math.radians(lat2 or 0.0)
    turn = math.radians((lon2 or 0.0) - (lon1 or 0.0))
    east = math.sin(turn) * math.cos(b)
    north = math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(turn)
    return math.atan2(east, north) % (2 * math.pi)


_NEAR = 1e-6


def angle(  # as the function of KQL
    lon1: float | None,
    lat1: float | None,
    lon2: float | None,
    lat2: float | None,
    lon3: float | None,
    lat3: float | None,
) -> float | None:
    """Radians clockwise from the line to the first point to the line to the third, seen from the second."""
    first, second = azimuth(lon2, lat2, lon1, lat1), azimuth(lon2, lat2, lon3, lat3)
    return None if first is None or second is None else (second - first) % (2 * math.pi)
