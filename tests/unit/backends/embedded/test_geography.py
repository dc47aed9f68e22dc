"""Points on the sphere and places of addresses; the documented examples are elsewhere."""

from __future__ import annotations

import math

import pytest

from jupyterlab_sentinel.backends.embedded.computed import spheres


def test_distances() -> None:
    assert spheres.distance(0, 0, 0, 0) == 0
    assert spheres.distance(0, 0, 180, 0) == pytest.approx(math.pi * spheres.RADIUS)
    assert spheres.distance(-180, 10, 180, 10) == pytest.approx(0, abs=1e-6)
    assert spheres.distance(0, 0, None, 0) is None
    assert spheres.distance(0, 91, 0, 0) is None
    assert spheres.distance(math.nan, 0, 0, 0) is None


def test_circles() -> None:
    assert spheres.in_circle(0, 0, 0, 1, 111_196) is True
    assert spheres.in_circle(0, 0, 0, 1, 111_194) is False
    assert spheres.in_circle(0, 0, 0, 0, 0) is None
    assert spheres.in_circle(0, 0, 0, 0, math.inf) is None


def test_geohashes() -> None:
    assert spheres.geohash(10.40744, 57.64911, 11) == "u4pruydqqvj"
    assert spheres.geohash(180, 90, 3) == "zzz"
    assert spheres.geohash(0, 0, 19) == ""
    assert spheres.geohash(0, 0, 0) == ""
    whole = spheres.geohash(-73.9, 40.7, 18)
    west, south, east, north = spheres.geohash_bounds(whole) or (0, 0, 0, 0)
    assert west <= -73.9 <= east
    assert south <= 40.7 <= north
    assert spheres.geohash_centre("") is None
    assert spheres.geohash_centre("ab") is None
