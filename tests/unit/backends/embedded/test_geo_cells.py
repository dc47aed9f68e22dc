"""Cells of S2 and H3, and neighbours of geohashes; the documented examples are elsewhere."""

from __future__ import annotations

import json
import math
import random

import pytest

from jupyterlab_sentinel.backends.embedded.computed import spheres
from jupyterlab_sentinel.backends.embedded.computed.geography import coverings, geohashes, h3_cells, s2_cells
from jupyterlab_sentinel.backends.embedded.computed.geography.hash_order import in_hash_order
from jupyterlab_sentinel.backends.embedded.computed.remarks import StoppedError, collecting

h3 = pytest.importorskip("h3")
pytest.importorskip("s2geometry")

PARK = (
    '{"type":"Polygon","coordinates":[[[-73.9495,40.7969],[-73.95807,40.80068],[-73.98201,40.76825],'
    "[-73.97317,40.76455],[-73.9495,40.7969]]]}"
)
NO_TOKENS = (
    *("", " ", "a", "0", "x" * 16, "1" * 17, "1" * 10_000, "0x1234567", "123_4567", "12 34567", "\uff11\uff12\uff13"),
    *("-1", "+1234567", "nan", "\0", "ffffffffffffffff", "0000000000000000"),
)


@pytest.mark.parametrize("token", NO_TOKENS)
def test_what_is_no_cell(token: str) -> None:
    assert s2_cells.s2_centre(token) is None
    assert s2_cells.s2_outline(token) is None
    assert s2_cells.s2_neighbors(token) is None
    assert h3_cells.h3_level(token) is None
    assert h3_cells.h3_centre(token) is None
    assert h3_cells.h3_outline(token) is None
    assert h3_cells.h3_neighbors(token) is None
    assert h3_cells.h3_rings(token, 1) is None
    assert h3_cells.h3_parent(token, None, given=False) == ""
    assert h3_cells.h3_children(token, None, given=False) is None


@pytest.mark.parametrize("place", [(None, 0), (0, None), (181, 0), (0, -91), (math.nan, 0), (0, math.inf)])
def test_what_is_no_place(place: tuple[float, float]) -> None:
    assert s2_cells.s2_cell(*place, 5) == ""
    assert h3_cells.h3_cell(*place, 5) == ""


def test_levels_and_resolutions() -> None:
    assert [len(s2_cells.s2_cell(1, 2, level)) for level in (0, 1, 2, 30)] == [1, 2, 2, 16]
    assert [s2_cells.s2_cell(1, 2, level) for level in (None, -1, 31)] == [""] * 3
    assert [h3_cells.h3_level(h3_cells.h3_cell(1, 2, each)) for each in (0, 15)] == [0, 15]
    assert [h3_cells.h3_cell(1, 2, each) for each in (None, -1, 16)] == [""] * 3
    fine, coarse = h3_cells.h3_cell(1, 2, 15), h3_cells.h3_cell(1, 2, 0)
    assert h3_cells.h3_children(fine, None, given=False) is None
    assert h3_cells.h3_parent(coarse, None, given=False) == ""
    assert h3_cells.h3_parent(coarse, 0, given=True) == coarse
    assert h3_cells.h3_parent(fine, None, given=True) == ""
    assert h3_cells.h3_parent(fine, 15, given=True) == ""
    assert h3_cells.h3_parent(fine.upper(), 3, given=True) == h3_cells.h3_cell(1, 2, 3)
    middle = h3_cells.h3_cell(1, 2, 9)
    counts = [
        len(json.loads(h3_cells.h3_children(middle, each, given=True) or "[]")) for each in (8, 9, 10, 14, 15, 16)
    ]
    assert counts == [0, 1, 7, 16_807, 0, 0]
    assert h3_cells.h3_children(middle, None, given=True) is None
    assert h3_cells.h3_children(coarse, 0, given=True) is None


def test_a_cell_of_s2_is_within_its_parent() -> None:
    rng = random.Random(5)  # noqa: S311
    for _ in range(300):
        place, level = (rng.uniform(-180, 180), rng.uniform(-90, 90)), rng.randint(1, 30)
        token = s2_cells.s2_cell(*place, level)
        x, y = json.loads(s2_cells.s2_centre(token) or "")["coordinates"]
        assert s2_cells.s2_cell(x, y, level) == token
        assert s2_cells.s2_cell(x, y, level - 1) == s2_cells.s2_cell(*place, level - 1)


def test_a_corner_of_the_cube_has_seven_neighbours() -> None:
    counts = {
        len(json.loads(s2_cells.s2_neighbors(s2_cells.s2_cell(lon, lat, 0)) or "")) for lon, lat in ((0, 0), (0, 90))
    }
    assert counts == {4}
    corner = s2_cells.s2_cell(45 - 1e-6, 35.26438, 8)
    assert len(json.loads(s2_cells.s2_neighbors(corner) or "")) == 7


def test_rings_around_pentagons_and_far_ones() -> None:
    pentagon = h3.get_pentagons(5)[0]
    assert [len(ring) for ring in json.loads(h3_cells.h3_rings(pentagon, 3) or "")] == [1, 5, 10, 15]
    assert len(json.loads(h3_cells.h3_neighbors(pentagon) or "")) == 5
    cell = h3_cells.h3_cell(-74, 40.7, 9)
    for ring, cells in enumerate(json.loads(h3_cells.h3_rings(cell, 12) or "")):
        assert {h3.grid_distance(cell, each) for each in cells} == {ring}
    assert [len(ring) for ring in json.loads(h3_cells.h3_rings(cell, 142) or "")][-2:] == [846, 852]
    assert [h3_cells.h3_rings(cell, each) for each in (None, -1, 143)] == [None] * 3
    assert h3_cells.h3_rings(cell, 0) == f'[["{cell}"]]'


def test_polygons_as_cells_of_h3() -> None:
    cells = json.loads(h3_cells.polygon_h3_cells(PARK, 9) or "")
    assert len(cells) == len(set(cells)) > 20
    assert {h3_cells.h3_level(each) for each in cells} == {9}
    assert [h3_cells.polygon_h3_cells(PARK, each) for each in (None, -1, 16)] == [None] * 3
    assert h3_cells.polygon_h3_cells(PARK, 15) is None
    both = json.dumps({"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]] * 2})
    one = json.dumps({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]})
    assert h3_cells.polygon_h3_cells(both, 5) == h3_cells.polygon_h3_cells(one, 5)
    sliver = '{"type":"Polygon","coordinates":[[[0,0],[40,40],[40,40.000001],[0,0]]]}'
    with pytest.raises(ValueError, match="long and thin"):
        h3_cells.polygon_h3_cells(sliver, 12)


def test_coverings_hold_every_point() -> None:
    rng = random.Random(3)  # noqa: S311
    for level in (8, 14, 16):
        cells = set(json.loads(coverings.polygon_s2_cells(PARK, level, 0) or ""))
        wide = set(json.loads(coverings.polygon_s2_cells(PARK, level, 500) or ""))
        assert cells <= wide
        for _ in range(300):
            place = rng.uniform(-73.99, -73.94), rng.uniform(40.76, 40.81)
            apart = _apart(place)
            if apart == 0:
                assert s2_cells.s2_cell(*place, level) in cells
            if apart <= 500:
                assert s2_cells.s2_cell(*place, level) in wide


def _apart(place: tuple[float, float]) -> float:
    from jupyterlab_sentinel.backends.embedded.computed.geography import measures

    found = measures.polygon_distance(*place, PARK)
    assert found is not None
    return found


def test_coverings_of_lines() -> None:
    track = '{"type":"LineString","coordinates":[[0,0],[0.01,0.01]]}'
    cells = json.loads(coverings.line_s2_cells(track, 16, 0) or "")
    assert cells == json.loads(coverings.line_s2_cells(track, 16, 1e-6) or "")
    assert s2_cells.s2_cell(0, 0, 16) in cells
    assert s2_cells.s2_cell(0.01, 0.01, 16) in cells
    assert set(cells) < set(json.loads(coverings.line_s2_cells(track, 16, 200) or ""))
    for level, radius in ((None, 0), (-1, 0), (31, 0), (5, None), (5, -1), (5, math.nan), (5, math.inf)):
        assert coverings.line_s2_cells(track, level, radius) is None
        assert coverings.polygon_s2_cells(PARK, level, radius) is None
    assert coverings.line_s2_cells(track, 30, 0) is None
    assert coverings.polygon_s2_cells(PARK, 30, 0) is None
    assert coverings.polygon_s2_cells(PARK, 30, 5) is None
    with pytest.raises(StoppedError), collecting({}, lambda: True):
        coverings.polygon_s2_cells(PARK, 20, 0)


def test_neighbours_of_geohashes() -> None:
    assert [geohashes.geohash_neighbors(text) for text in (None, "", "a", "sunn!", "s" * 19)] == [None] * 5
    around = json.loads(geohashes.geohash_neighbors("s") or "")
    assert sorted(around) == sorted(_around("s"))
    east = spheres.geohash(179.9, 10, 4)
    assert sorted(json.loads(geohashes.geohash_neighbors(east) or "")) == sorted(_around(east))
    told: dict[str, None] = {}
    with collecting(told, lambda: False):
        assert geohashes.geohash_neighbors(spheres.geohash(0, 90, 3)) is None
    assert "at a pole" in next(iter(told))


def _around(text: str) -> list[str]:
    west, south, east, north = spheres.geohash_bounds(text) or (0, 0, 0, 0)
    wide, high = east - west, north - south
    places = [
        ((west + east) / 2 + right * wide, (south + north) / 2 + up * high)
        for right in (-1, 0, 1)
        for up in (-1, 0, 1)
        if right or up
    ]
    return [spheres.geohash((x + 180) % 360 - 180, y, len(text)) for x, y in places]


def test_the_order_of_a_hash_set() -> None:
    assert in_hash_order([]) == []
    assert in_hash_order(["b", "a", "b"]) == ["b", "a"]
    # Two of one bucket: the later one goes first.
    assert in_hash_order(["89c2f9", "89c251", "89c25d"]) == ["89c25d", "89c2f9", "89c251"]
    many = [f"{each:x}" for each in range(2_000)]
    assert sorted(in_hash_order(many)) == sorted(many)
