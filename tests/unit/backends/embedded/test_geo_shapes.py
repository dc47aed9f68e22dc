"""Polygons and lines on the sphere; the documented examples are elsewhere."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest

from jupyterlab_sentinel.backends.embedded.computed.geography import (
    buffers,
    densifying,
    measures,
    overlays,
    points,
    shapes,
    unions,
    wkt,
)
from jupyterlab_sentinel.backends.embedded.computed.geography.bounds import polygon_bounds
from jupyterlab_sentinel.backends.embedded.computed.remarks import StoppedError, collecting
from jupyterlab_sentinel.backends.embedded.computed.spheres import RADIUS, is_point

pytest.importorskip("s2geometry")

Ring = list[list[float]]
WHOLE = 4 * math.pi * RADIUS**2
NOTHING = {"type": "GeometryCollection", "geometries": []}


def polygon(*rings: object) -> str:
    return json.dumps({"type": "Polygon", "coordinates": rings})


def multipolygon(*polygons: object) -> str:
    return json.dumps({"type": "MultiPolygon", "coordinates": polygons})


def line(*positions: object) -> str:
    return json.dumps({"type": "LineString", "coordinates": positions})


def multiline(*lines: object) -> str:
    return json.dumps({"type": "MultiLineString", "coordinates": lines})


def square(west: float, south: float, size: float) -> Ring:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def remarked(compute: Callable[[], object]) -> tuple[object, list[str]]:
    told: dict[str, None] = {}
    with collecting(told, lambda: False):
        return compute(), list(told)


def parsed(text: str | None) -> object:
    return None if text is None else json.loads(text, parse_float=lambda digits: round(float(digits), 9))


OCTANT = [[0, 0], [90, 0], [0, 90], [0, 0]]
UNIT = square(0, 0, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "1",
        "[]",
        "{}",
        '"POLYGON ((0 0, 1 0, 1 1, 0 0))"',
        polygon(),
        polygon([]),
        polygon([[0, 0], [1, 0], [0, 0]]),
        polygon([[0, 0], [1, 0], [1, 1]]),
        polygon([[0, 0], [1, 0], [1, 1], [0, 1]]),
        polygon([[0, 0], [1, 0], [1, 0], [0, 0]]),
        polygon([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]),
        polygon([[0, 0], [180, 0], [0, 10], [0, 0]]),
        polygon([[0, 0], [181, 0], [0, 10], [0, 0]]),
        polygon([[0, 0], [1, 91], [0, 10], [0, 0]]),
        polygon([[0, 0], ["1", 0], [0, 10], [0, 0]]),
        polygon([[0, 0], [True, 0], [0, 10], [0, 0]]),
        polygon([[0, 0], [None, 0], [0, 10], [0, 0]]),
        polygon([[0, 0], [1], [0, 10], [0, 0]]),
        polygon([[0, 0], {"x": 1}, [0, 10], [0, 0]]),
        polygon([[0, 0], [math.nan, 0], [0, 10], [0, 0]]),
        '{"type":"Polygon","coordinates":[[[0,0],[1e999,0],[1,1],[0,0]]]}',
        '{"type":"polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}',
        '{"type":["Polygon"],"coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}',
        '{"type":"Polygon","coordinates":{"0":[[0,0],[1,0],[1,1],[0,0]]}}',
        '{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}',
        polygon(UNIT, square(0, 0, 0.5)),
        polygon(UNIT, square(0.5, 0.5, 1)),
        polygon(UNIT, UNIT),
        multipolygon(UNIT),
        multipolygon([UNIT], []),
        multipolygon([UNIT], [[[0, 0], [1, 0]]]),
        "[" * 100_000 + "]" * 100_000,
        '{"type":"Polygon","coordinates":' + "[" * 5_000 + "]" * 5_000 + "}",
        line([0, 0], [1, 1]),
    ],
)
def test_what_is_no_polygon(text: str) -> None:
    assert remarked(lambda: shapes.polygon(text)) == (None, [])
    assert measures.polygon_area(text) is None
    assert overlays.polygons_meet(polygon(UNIT), text) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (polygon([[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]]), "more than two coordinates"),
        (polygon(UNIT) + " " * 2**20, "more than 1 MB"),
        (polygon(UNIT, square(5, 5, 1)), "outside of its shell"),
        (polygon(square(0.2, 0.2, 0.1), UNIT), "outside of its shell"),
        (polygon(square(0, 0, 9), square(1, 1, 5), square(2, 2, 1)), "outside of its shell"),
    ],
)
def test_what_the_documentation_leaves_open_is_told(text: str, told: str) -> None:
    for _ in range(2):  # from the text, and from the cache
        value, remarks = remarked(lambda: measures.polygon_area(text))
        assert value is None
        assert [told in sentence for sentence in remarks] == [True]


def test_the_way_round_does_not_matter() -> None:
    for ring in (OCTANT, OCTANT[::-1], OCTANT[1:] + OCTANT[1:2]):
        assert measures.polygon_area(polygon(ring)) == pytest.approx(WHOLE / 8)
    there, back = (square(0, 0, 10), square(1, 1, 1)), (square(0, 0, 10)[::-1], square(1, 1, 1)[::-1])
    assert measures.polygon_area(polygon(*there)) == pytest.approx(measures.polygon_area(polygon(*back)))


def test_the_smaller_of_two_regions_is_meant() -> None:
    near_pole = [[longitude, -80] for longitude in (0, 90, 180, -90, 0)]
    assert (measures.polygon_area(polygon(near_pole)) or 0) < WHOLE / 2
    assert measures.polygon_contains(7, -89, polygon(near_pole)) is True
    assert measures.polygon_contains(7, 89, polygon(near_pole)) is False


def test_the_whole_earth() -> None:
    sides = [(west, pole) for west in (-180, -90, 0, 90) for pole in (90, -90)]
    octants = [[[[west, 0], [west + 90, 0], [0, pole], [west, 0]]] for west, pole in sides]
    octants[0:2] = [[[[180, 0], *octant[0][1:-1], [180, 0]]] for octant in octants[0:2]]
    for compute in (
        lambda: measures.polygon_area(multipolygon(*octants)),
        lambda: unions.polygons_array("[" + ",".join(polygon(*octant) for octant in octants) + "]"),
    ):
        value, told = remarked(compute)
        assert value is None
        assert "whole Earth" in told[0]
    value, told = remarked(lambda: measures.line_centroid(line([0, 0], [120, 0], [-120, 0], [0, 0])))
    assert value is None
    assert "no centroid" in told[0]


def test_centroids_of_small_shapes() -> None:
    small = measures.polygon_centroid(polygon(square(10, 20, 1e-4)))
    assert json.loads(small or "")["coordinates"] == pytest.approx([10.00005, 20.00005], abs=1e-6)
    short = measures.line_centroid(line([10, 20], [10.000001, 20]))
    assert json.loads(short or "")["coordinates"] == pytest.approx([10.0000005, 20], abs=1e-7)


def test_points_in_polygons() -> None:
    holed = polygon(square(0, 0, 10), square(4, 4, 2))
    assert measures.polygon_contains(1, 1, holed) is True
    assert measures.polygon_contains(5, 5, holed) is False
    assert measures.polygon_contains(11, 1, holed) is False
    both = multipolygon([square(0, 0, 2)], [square(1, 1, 2)], [square(50, 50, 1)])
    assert [measures.polygon_contains(x, x, both) for x in (0.5, 1.5, 2.5, 50.5, 4)] == [True, True, True, True, False]
    for longitude, latitude in ((181, 0), (0, 91), (None, 0), (0, None), (math.nan, 0), (0, math.inf)):
        assert measures.polygon_contains(longitude, latitude, holed) is None
        assert measures.polygon_distance(longitude, latitude, holed) is None
        assert measures.polygon_closest(longitude, latitude, holed) is None
        assert measures.line_distance(longitude, latitude, line([0, 0], [1, 1])) is None
        assert measures.line_closest(longitude, latitude, line([0, 0], [1, 1])) is None
        assert measures.line_fraction(line([0, 0], [1, 1]), longitude, latitude) is None


def test_polygons_beyond_the_antimeridian() -> None:
    across = polygon([[170, 0], [-170, 0], [-170, 10], [170, 10], [170, 0]])
    inside = [(175, 5), (-175, 5), (180, 5), (-180, 5)]
    assert [measures.polygon_contains(*place, across) for place in inside] == [True] * 4
    assert [measures.polygon_contains(*place, across) for place in ((165, 5), (-165, 5), (0, 5))] == [False] * 3
    bounds = polygon_bounds(across, 0) or {}
    assert bounds["west"] == pytest.approx(170)
    assert bounds["east"] == pytest.approx(-170)


def test_both_names_of_the_antimeridian() -> None:
    for ring in (square(170, 0, 10), square(-180, 0, 10)):
        shape = shapes.polygon(polygon(ring))
        assert shape is not None
        for longitude in (180, -180):
            inside = shape.region.Contains(points.point(longitude, 5))
            assert measures.polygon_contains(longitude, 5, polygon(ring)) is inside


def test_every_point_is_in_exactly_one_of_polygons_that_divide_the_sphere() -> None:
    sides = [(west, pole) for west in (-180, -90, 0, 90) for pole in (90, -90)]
    octants = [polygon([[west, 0], [west + 90, 0], [0, pole], [west, 0]]) for west, pole in sides]
    places = [(0, 0), (90, 0), (45, 0), (0, 45), (-90, -30), (12, 34), (-1e-9, 1e-9)]
    for place in places:
        assert sum(bool(measures.polygon_contains(*place, octant)) for octant in octants) == 1, place


def test_a_rectangle_around_it_loses_no_point() -> None:
    rng = random.Random(7)  # noqa: S311
    for _ in range(200):
        west, south, size = rng.uniform(-180, 175), rng.uniform(-89, 80), rng.uniform(0.001, 5)
        text = polygon(square(west, south, min(size, 180 - west)))
        shape = shapes.polygon(text)
        assert shape is not None
        for _ in range(20):
            place = rng.uniform(west - 1, west + size + 1), rng.uniform(south - 1, min(90, south + size + 1))
            if is_point(*place):
                assert measures.polygon_contains(*place, text) is shape.region.Contains(points.point(*place))


def test_areas_and_lengths() -> None:
    degree = math.pi * RADIUS / 180
    a, b = square(0, 0, 2), square(1, 0, 2)
    both = measures.polygon_area(overlays.polygons_common(polygon(a), polygon(b))) or 0
    assert measures.polygon_area(multipolygon([a], [b])) == pytest.approx(
        (measures.polygon_area(polygon(a)) or 0) + (measures.polygon_area(polygon(b)) or 0) - both
    )
    assert measures.polygon_perimeter(polygon(OCTANT)) == pytest.approx(270 * degree)
    holed, plain, hole = polygon(square(0, 0, 9), UNIT_AT_4), polygon(square(0, 0, 9)), polygon(UNIT_AT_4)
    assert measures.polygon_perimeter(holed) == pytest.approx(
        (measures.polygon_perimeter(plain) or 0) + (measures.polygon_perimeter(hole) or 0)
    )
    assert measures.line_length(line([0, 0], [1, 0], [0, 0])) == pytest.approx(2 * degree)
    assert measures.line_length(multiline([[0, 0], [1, 0], [2, 0]], [[1, 0], [0, 0]])) == pytest.approx(2 * degree)
    assert measures.line_length(line([0, 0], [180, 1])) == pytest.approx(179 * degree)


UNIT_AT_4 = square(4, 4, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (line(), ""),
        (line([0, 0]), ""),
        (line([0, 0], [180, 0]), ""),
        (line([0, 0], [0, 91]), ""),
        (line([[0, 0], [0, 1]]), ""),
        (multiline([0, 0], [1, 1]), ""),
        (multiline([[0, 0], [1, 1]], [[0, 0]]), ""),
        (multiline(), ""),
        (polygon(UNIT), ""),
        (line([0, 0], [0, 0]), "twice in a row"),
    ],
)
def test_what_is_no_line(text: str, told: str) -> None:
    value, remarks = remarked(lambda: measures.line_length(text))
    assert value is None
    assert [told in sentence for sentence in remarks] == ([True] if told else [])
    assert measures.line_centroid(text) is None
    assert overlays.lines_common(text, line([0, 0], [1, 1])) is None
    assert unions.lines_array(f"[{line([0, 0], [1, 1])},{text}]") is None


def test_points_on_lines() -> None:
    equator = line([0, 0], [10, 0])
    assert parsed(measures.line_point(equator, 0.5)) == {"type": "Point", "coordinates": pytest.approx([5, 0])}
    assert measures.line_fraction(equator, 2.5, 1) == pytest.approx(0.25)
    for fraction in (None, -0.1, 1.1, math.nan, math.inf):
        assert measures.line_point(equator, fraction) is None
    several = multiline([[0, 0], [10, 0]], [[0, 5], [10, 5]])
    assert measures.line_point(several, 0.5) is None
    assert measures.line_fraction(several, 1, 1) is None
    assert parsed(measures.line_closest(5, 4, several)) == {
        "type": "Point",
        "coordinates": pytest.approx([5, 5.019002], abs=1e-6),
    }
    assert measures.line_distance(5, 0, several) == pytest.approx(0, abs=1e-6)


def test_closest_points_of_polygons() -> None:
    assert parsed(measures.polygon_closest(0.3, 0.7, polygon(UNIT))) == {"type": "Point", "coordinates": [0.3, 0.7]}
    assert measures.polygon_distance(0.3, 0.7, polygon(UNIT)) == 0
    assert measures.polygon_distance(0.5, -1, polygon(UNIT)) == pytest.approx(math.pi * RADIUS / 180)


def test_where_lines_meet() -> None:
    across, up = line([-1, 0], [1, 0]), line([0, -1], [0, 1])
    assert overlays.lines_meet(across, up) is True
    assert parsed(overlays.lines_common(across, up)) == {"type": "Point", "coordinates": pytest.approx([0, 0])}
    zigzag = line([-1, -1], [-0.5, 1], [0, -1], [0.5, 1])
    assert parsed(overlays.lines_common(zigzag, across))["type"] == "MultiPoint"
    assert parsed(overlays.lines_common(line([0, 0], [1, 1]), line([1, 1], [2, 0]))) == {
        "type": "Point",
        "coordinates": pytest.approx([1, 1]),
    }
    shared = parsed(overlays.lines_common(line([0, 0], [1, 0], [2, 1], [3, 0]), line([3, 0], [2, 1], [1, 0], [1, 5])))
    assert shared == {"type": "LineString", "coordinates": [pytest.approx(at) for at in ([1, 0], [2, 1], [3, 0])]}
    mixed = parsed(overlays.lines_common(line([0, 0], [1, 0], [1, 1], [0, 1]), line([0, 0], [1, 0], [0.5, 2])))
    assert [shape["type"] for shape in mixed["geometries"]] == ["Point", "LineString"]
    assert parsed(overlays.lines_common(across, line([-1, 1], [1, 1]))) == NOTHING


def test_where_lines_and_polygons_meet() -> None:
    box = polygon(square(0, 0, 2))
    through = parsed(overlays.line_polygon_common(line([-1, 1], [3, 1]), box))
    assert through["coordinates"] == [pytest.approx([0, 1], abs=1e-3), pytest.approx([2, 1], abs=1e-3)]
    assert parsed(overlays.line_polygon_common(line([0.5, 0.5], [1, 1]), box))["type"] == "LineString"
    border = parsed(overlays.line_polygon_common(line([2, 0], [0, 0]), box))
    assert border == {"type": "LineString", "coordinates": [pytest.approx([2, 0]), pytest.approx([0, 0])]}
    corner = line([-1, 1], [0, 0], [-1, -1])
    assert parsed(overlays.line_polygon_common(corner, box)) == {"type": "Point", "coordinates": [0, 0]}
    assert overlays.line_meets_polygon(corner, box) is True
    assert overlays.line_meets_polygon(line([5, 5], [6, 6]), box) is False
    hole = polygon(square(0, 0, 9), square(3, 3, 3))
    assert parsed(overlays.line_polygon_common(line([1, 4], [8, 4]), hole))["type"] == "MultiLineString"
    assert overlays.line_meets_polygon(line([4, 4], [5, 5]), hole) is False


def test_where_polygons_meet() -> None:
    box = polygon(square(0, 0, 2))
    assert parsed(overlays.polygons_common(box, polygon(square(2, 2, 1)))) == {
        "type": "Point",
        "coordinates": pytest.approx([2, 2]),
    }
    beside = parsed(overlays.polygons_common(box, polygon(square(2, 0, 2))))
    assert beside["type"] == "LineString"
    assert overlays.polygons_meet(box, polygon(square(2, 0, 2))) is True
    assert overlays.polygons_meet(box, polygon(square(2, 2, 1))) is True
    assert overlays.polygons_meet(box, polygon(square(3, 3, 1))) is False
    assert parsed(overlays.polygons_common(box, box))["type"] == "Polygon"
    inner = polygon(square(0.5, 0.5, 1))
    assert measures.polygon_area(overlays.polygons_common(box, inner)) == pytest.approx(measures.polygon_area(inner))
    two = multipolygon([square(1, 1, 2)], [square(-1, -1, 1.5)])
    assert parsed(overlays.polygons_common(box, two))["type"] == "MultiPolygon"


def test_a_point_is_in_what_polygons_have_in_common_when_it_is_in_both() -> None:
    rng = random.Random(11)  # noqa: S311

    def star() -> str:
        reach = [rng.uniform(1, 5) for _ in range(9)]
        corners = [[5 + far * f(math.tau * each / 9) for f in (math.cos, math.sin)] for each, far in enumerate(reach)]
        return polygon([*corners, corners[0]])

    for _ in range(60):
        a, b = star(), star()
        common, union = overlays.polygons_common(a, b), unions.polygons_array(f"[{a},{b}]")
        for _ in range(30):
            place = rng.uniform(0, 10), rng.uniform(0, 10)
            in_a, in_b = measures.polygon_contains(*place, a), measures.polygon_contains(*place, b)
            assert bool(measures.polygon_contains(*place, common)) is (in_a and in_b)
            assert measures.polygon_contains(*place, union) is (in_a or in_b)
        assert (measures.polygon_area(union) or 0) + (measures.polygon_area(common) or 0) == pytest.approx(
            (measures.polygon_area(a) or 0) + (measures.polygon_area(b) or 0)
        )


def test_holes_go_the_other_way_round() -> None:
    ring = unions.polygons_array(
        f"[{polygon([[0, 0], [9, 0], [9, 2], [0, 2], [0, 0]])},{polygon([[0, 7], [9, 7], [9, 9], [0, 9], [0, 7]])},"
        f"{polygon([[0, 0], [2, 0], [2, 9], [0, 9], [0, 0]])},{polygon([[7, 0], [9, 0], [9, 9], [7, 9], [7, 0]])}]"
    )
    shell, hole = parsed(ring)["coordinates"]
    assert _turns(shell) > 0
    assert _turns(hole) < 0
    assert measures.polygon_contains(4, 4, ring) is False
    assert measures.polygon_contains(1, 4, ring) is True


def _turns(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def test_unions_of_arrays() -> None:
    for text in ("", "[]", "{}", "1", f"[{polygon(UNIT)},1]", f"[{polygon(UNIT)},null]", "[[]]"):
        assert unions.polygons_array(text) is None
    for compute in (unions.polygons_array, unions.lines_array):
        value, told = remarked(partial(compute, "[]"))
        assert value is None
        assert "no shapes" in told[0]
    long = [[each / 1e4, 0] for each in range(200_001)]
    value, told = remarked(lambda: unions.lines_array(f"[{line(*long)}]"))
    assert value is None
    assert "200,000 positions" in told[0]
    assert parsed(unions.polygons_array(f"[{polygon(UNIT)}]"))["type"] == "Polygon"
    apart = f"[{polygon(UNIT)},{polygon(square(5, 5, 1))}]"
    assert parsed(unions.polygons_array(apart))["type"] == "MultiPolygon"
    lines = f"[{line([0, 0], [1, 0])},{line([5, 0], [6, 0])},{multiline([[1, 0], [2, 0]], [[0, 0], [1, 0]])}]"
    assert parsed(unions.lines_array(lines)) == {
        "type": "MultiLineString",
        "coordinates": [[[0, 0], [1, 0], [2, 0]], [[5, 0], [6, 0]]],
    }
    ring = parsed(unions.lines_array(f"[{line([0, 0], [1, 0], [1, 1])},{line([1, 1], [0, 0])}]"))
    assert ring["coordinates"][0] == ring["coordinates"][-1]


def test_long_work_on_one_value_ends_when_it_is_not_wanted() -> None:
    many = "[" + ",".join(polygon(square(each % 100, each // 100, 0.9)) for each in range(2_000)) + "]"
    with pytest.raises(StoppedError), collecting({}, lambda: True):
        unions.polygons_array(many)


def test_densified() -> None:
    assert parsed(densifying.densified_line(line([0, 0], [10, 0]), 10)) == {
        "type": "LineString",
        "coordinates": [[0, 0], [10, 0]],
    }
    fine = parsed(densifying.densified_line(line([0, 50], [10, 50]), 1))["coordinates"]
    coarse = parsed(densifying.densified_line(line([0, 50], [10, 50]), 1000))["coordinates"]
    assert len(fine) > len(coarse) > 2
    assert [latitude for _, latitude in fine] == [50] * len(fine)
    for tolerance in (None, 0, 0.09, 10_001, -1, math.nan, math.inf):
        assert densifying.densified_line(line([0, 0], [1, 1]), tolerance) is None
        assert densifying.densified_polygon(polygon(UNIT), tolerance) is None
    parts = parsed(densifying.densified_polygon(multipolygon([UNIT], [square(5, 50, 1)]), 10))
    assert parts["type"] == "MultiPolygon"
    assert len(parts["coordinates"][0][0]) == 5
    assert len(parts["coordinates"][1][0]) > 5
    across, told = remarked(lambda: densifying.densified_line(line([170, 0], [-170, 1]), 10))
    assert across is None
    assert "180 degrees" in told[0]


def test_buffers_are_within_their_tolerance() -> None:
    def ratio(text: str | None, area: float) -> float:
        return (measures.polygon_area(text) or 0) / area

    assert ratio(buffers.point_buffer(10, 50, 1000, 1), math.pi * 1e6) == pytest.approx(1, abs=2e-3)
    track = line([0, 0], [0, 1], [1, 1], [1, 0])
    length = measures.line_length(track) or 0
    assert ratio(buffers.line_buffer(track, 40, 0.1), 80 * length + math.pi * 1600) == pytest.approx(1, abs=1e-3)
    box = polygon(UNIT)
    grown = (measures.polygon_area(box) or 0) + 1000 * (measures.polygon_perimeter(box) or 0)
    assert ratio(buffers.polygon_buffer(box, 1000, 1), grown) == pytest.approx(1, abs=1e-3)
    for radius, tolerance in (
        (0, 1),
        (-1, 1),
        (None, 1),
        (math.inf, 1),
        (math.nan, 1),
        (1e6, 0.9),
        (10, None),
        (10, -1),
    ):
        assert buffers.point_buffer(0, 0, radius, tolerance) is None
        assert buffers.polygon_buffer(box, radius, tolerance) is None
        assert buffers.line_buffer(track, radius, tolerance) is None
    assert buffers.point_buffer(0, 91, 10, 1) is None
    for radius in (0.02, 1, 9.99):
        assert parsed(buffers.point_buffer(7, 7, radius, 10))["type"] == "Polygon"
    for radius in (1.3e7, 1e-4):
        value, told = remarked(partial(buffers.point_buffer, 0, 0, radius, 1000))
        assert value is None
        assert "gives null here" in told[0]


@pytest.mark.parametrize(
    "text",
    [
        *("", "POINT", "POINT()", "POINT(1)", "POINT(1,2)", "POINT(a b)", "POINT(1 2", "POINT(1 2))", "POINT(1 2)x"),
        *("LINESTRING(1 2,)", "POLYGON(0 0, 1 0, 1 1, 0 0)", "CIRCLE(1 2)", "SRID=4326;POINT(1 2)", "POINT(1e999 0)"),
        *("POINT(1 2) POINT(1 2)", "POINT(0x1 2)", "POINT(nan 1)", "GEOMETRYCOLLECTION()", "MULTIPOINT((1 2, 3 4))"),
        *("GEOMETRYCOLLECTION(" * 100_000, "(" * 100_000, "POINT(" + "1" * 5_000 + " 2)"),
    ],
)
def test_what_is_no_well_known_text(text: str) -> None:
    assert remarked(lambda: wkt.wkt_as_geojson(text)) == (None, [])


@pytest.mark.parametrize("text", ["POINT EMPTY", "POINT Z (1 2 3)", "POINT(1 2 3)", "LINESTRING M (1 2 3, 4 5 6)"])
def test_what_is_left_open_of_well_known_text(text: str) -> None:
    value, told = remarked(lambda: wkt.wkt_as_geojson(text))
    assert value is None
    assert "not documented" in told[0]


def test_well_known_text() -> None:
    assert wkt.wkt_as_geojson("  point( -1.50   +2e0 ) ") == '{"type":"Point","coordinates":[-1.5,2]}'
    assert wkt.wkt_as_geojson("MULTIPOINT((1 2),(3 4))") == wkt.wkt_as_geojson("MultiPoint(1 2,3 4)")
