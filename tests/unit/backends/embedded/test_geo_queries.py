"""Shapes and cells in queries: over constants and columns, stopped, with parts left open, and without the packages."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded import python_functions
from jupyterlab_sentinel.backends.embedded.computed.geography import packages
from jupyterlab_sentinel.backends.embedded.translation.functions import FUNCTIONS
from jupyterlab_sentinel.errors import KqlSemanticError, KqlUnsupportedError
from jupyterlab_sentinel.kql.names import SCALAR_FUNCTIONS
from jupyterlab_sentinel.ports import QueryRequest

from .asking import Opener, columns, rows

BOX = '{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]}'
FAR = '{"type":"Polygon","coordinates":[[[50,50],[52,50],[52,52],[50,50]]]}'
TRACK = '{"type":"LineString","coordinates":[[0,0],[2,2]]}'
POINTS = "T_CL | project place, lon, lat"
NONE = ("none", "null")
SHAPES = f"""let Shapes = datatable(shape: dynamic, name: string, place: long)
[
    dynamic({BOX}), "box", 1,
    dynamic({FAR}), "far", 2,
    dynamic({{"type":"Polygon"}}), "none", 3,
    dynamic(null), "null", 4,
];
"""


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("place,lon,lat\na,1.0,1.0\nb,51.5,51.0\nc,5.0,5.0\nd,,1.0\ne,200.0,1.0\n")
    return folder


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets a package be missing."""
    really = packages.missing

    def leave_out(name: str) -> None:
        monkeypatch.setattr(packages, "missing", lambda asked: asked == name or really(asked))

    return leave_out


async def test_columns_as_well_as_constants(opened: Opener) -> None:
    pytest.importorskip("s2geometry")
    backend = await opened()
    inside = f"geo_point_in_polygon(lon, lat, dynamic({BOX}))"
    assert await rows(backend, f"{POINTS} | project place, {inside}") == [
        ("a", True),
        ("b", False),
        ("c", False),
        ("d", None),
        ("e", None),
    ]
    assert await rows(backend, f"{POINTS} | where {inside} | project place") == [("a",)]
    kql = f"{SHAPES} Shapes | project name, geo_point_in_polygon(1, 1, shape), toint(geo_polygon_area(shape) / 1e9)"
    assert await rows(backend, kql) == [
        ("box", True, 49),
        ("far", False, 15),
        ("none", None, None),
        ("null", None, None),
    ]
    kql = f"{POINTS} | summarize count() by cell = geo_point_to_s2cell(lon, lat, 0) | order by cell asc"
    assert await rows(backend, kql) == [("", 2), ("1", 2), ("5", 1)]


@pytest.mark.parametrize(
    "ring",
    [
        "[[0,0],[40,0],[40,40],[0,40],[0,0]]",
        "[[-180,-60],[-100,-60],[-100,60],[-180,60],[-180,-60]]",
        "[[150,0],[-150,0],[-150,60],[150,60],[150,0]]",
        "[[0,70],[120,70],[-120,70],[0,70]]",
    ],
)
async def test_a_constant_polygon_is_as_one_of_a_column(opened: Opener, ring: str) -> None:
    pytest.importorskip("s2geometry")
    polygon = f'{{"type":"Polygon","coordinates":[{ring}]}}'
    kql = (
        "range x from -181 to 181 step 0.5 | extend y = x * 7 % 91 | extend x = iff(x == 3, real(null), x)"
        f"| extend x = iff(x == 5, real(nan), x), column = parse_json('{polygon}')"
        f"| extend a = geo_point_in_polygon(x, y, dynamic({polygon})), b = geo_point_in_polygon(x, y, column)"
        "| summarize countif(a == b), countif(isnull(a) and isnull(b)), countif(a), count()"
    )
    same, nulls, inside, whole = (await rows(await opened(), kql))[0]
    assert same + nulls == whole == 725
    assert nulls > 4
    assert inside


async def test_types_of_what_is_given(opened: Opener) -> None:
    pytest.importorskip("s2geometry")
    backend = await opened()
    kql = f"print geo_point_in_polygon(int(1), decimal(1), '{BOX}'), geo_point_to_s2cell(1, 2, long(null))"
    # A text is no bag: it becomes a dynamic that holds a text.
    assert await rows(backend, kql) == [(None, "")]
    kql = f"print geo_polygon_area(parse_json('{BOX}')) > 0, geo_h3cell_level('862a1072fffffff')"
    assert await rows(backend, kql) == [(True, 6)]
    assert await columns(backend, kql) == {"print_0": "bool", "print_1": "int"}
    with pytest.raises(KqlSemanticError, match="takes a real"):
        await rows(backend, "print geo_point_to_h3cell('1', 2)")
    with pytest.raises(KqlSemanticError, match="takes 3 arguments"):
        await rows(backend, "print geo_point_in_polygon(1, 2)")


async def test_what_is_left_open_makes_an_answer_that_is_not_whole(opened: Opener) -> None:
    pytest.importorskip("s2geometry")
    flat = '{"type":"LineString","coordinates":[[0,0,7],[1,1,7]]}'
    answer = await (await opened()).run(QueryRequest(f"print geo_line_length(dynamic({flat}))"))
    assert answer.status == "partial"
    assert "more than two coordinates" in answer.reasons[0]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (f"geo_line_densify(dynamic({TRACK}))", "halves an edge"),
        ("geo_point_buffer(1, 1, 100)", "within its tolerance"),
    ],
)
async def test_what_may_differ_is_told(opened: Opener, call: str, told: str) -> None:
    pytest.importorskip("s2geometry")
    answer = await (await opened()).run(QueryRequest(f"print {call}"))
    assert answer.status == "complete"
    assert told in str(answer.statistics["warnings"])


@pytest.mark.parametrize(
    ("kql", "match"),
    [
        (f"print geo_line_locate_point(dynamic({TRACK}), 1, 1, true)", "on the spheroid"),
        (f"print geo_polygon_to_h3cells(dynamic({BOX}), 5, 100)", "with a radius"),
        (f"print geo_line_simplify(dynamic({TRACK}))", "geo_line_simplify"),
        (f"print geo_polygon_simplify(dynamic({BOX}), 10)", "geo_polygon_simplify"),
    ],
)
async def test_refused(opened: Opener, kql: str, match: str) -> None:
    with pytest.raises(KqlUnsupportedError, match=match):
        await rows(await opened(), kql)


@pytest.mark.parametrize("package", [packages.S2, packages.H3])
async def test_without_a_package_its_functions_are_refused_with_what_to_install(
    opened: Opener, without: Callable[[str], None], package: str
) -> None:
    without(package)
    backend = await opened()
    needing = {
        packages.S2: (f"print geo_polygon_area(dynamic({BOX}))", "print geo_point_to_s2cell(1, 2)"),
        packages.H3: ("print geo_point_to_h3cell(1, 2)", f"print geo_polygon_to_h3cells(dynamic({BOX}))"),
    }
    for kql in needing[package]:
        with pytest.raises(KqlUnsupportedError, match=f"without the package {package}") as caught:
            await rows(backend, kql)
        assert "jupyterlab-sentinel[geo]" in caught.value.hint
    kql = "print geo_geohash_neighbors('sunny')[0], geo_from_wkt('POINT(1 2)').coordinates[1]"
    assert await rows(backend, kql) == [("sunnt", 2)]


async def test_without_s2_the_lookups_are_refused(opened: Opener, without: Callable[[str], None]) -> None:
    without(packages.S2)
    kql = f"{SHAPES} {POINTS} | evaluate geo_polygon_lookup(Shapes, shape, lon, lat)"
    with pytest.raises(KqlUnsupportedError, match="geo_polygon_lookup without the package s2geometry"):
        await rows(await opened(), kql)


def test_nothing_is_imported_beforehand() -> None:
    script = (
        "import sys; from jupyterlab_sentinel.backends.embedded.translation.functions import FUNCTIONS;"
        "print([name for name in ('s2geometry', 'h3', 'numpy') if name in sys.modules], 'geo_line_length' in FUNCTIONS)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[] True"


def test_every_function_is_known_and_takes_nulls() -> None:
    pytest.importorskip("s2geometry")
    assert {name for name in FUNCTIONS if name.startswith("geo_")} <= SCALAR_FUNCTIONS
    registered = {name: made for name, made in python_functions._REGISTRY.items() if name.startswith("kql_py_geo_")}
    assert len(registered) > 45
    for name, made in registered.items():
        assert made.function(*[None] * len(made.takes)) in (None, ""), name


async def test_a_query_over_many_rows_can_be_stopped(opened: Opener) -> None:
    pytest.importorskip("s2geometry")
    backend = await opened()
    corners = ",".join(f"[{x},{x % 7}]" for x in range(2, 60))
    comb = f'{{"type":"LineString","coordinates":[{corners}]}}'
    kql = (
        f"range x from 1 to 10000000 step 1 | extend t = strcat('[', x, ']') "
        f"| summarize count() by geo_line_to_s2cells(dynamic({comb}), 12, toreal(x))"
    )
    work = asyncio.create_task(backend.run(QueryRequest(kql)))
    await asyncio.sleep(0.5)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(work, 20)
    assert await rows(backend, "print 1") == [(1,)]


def lookup(more: str) -> str:
    return f"{SHAPES} {POINTS} | evaluate geo_polygon_lookup(Shapes, shape, lon, lat{more}) | order by place asc"


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("", [("a", "box"), ("b", "far")]),
        (", radius = 1", [("a", "box"), ("b", "far")]),
        (", 1000000", [("a", "box"), ("b", "far"), ("c", "box")]),
        (", 0, true", [("a", "box"), ("b", "far"), ("c", ""), ("d", ""), ("e", "")]),
        (", return_unmatched = true", [("a", "box"), ("b", "far"), ("c", ""), ("d", ""), ("e", "")]),
        (", 40000000", [("a", "box"), ("a", "far"), ("b", "box"), ("b", "far"), ("c", "box"), ("c", "far")]),
    ],
)
async def test_polygon_lookup(opened: Opener, more: str, found: list[tuple[str, str]]) -> None:
    pytest.importorskip("s2geometry")
    answer = await rows(await opened(), lookup(more) + " , name asc | project place, name")
    assert answer == found


async def test_columns_of_a_lookup(opened: Opener) -> None:
    pytest.importorskip("s2geometry")
    backend = await opened()
    assert list(await columns(backend, lookup(""))) == ["place", "lon", "lat", "name", "place1"]
    kql = lookup(", return_lookup_key = true")
    assert list(await columns(backend, kql)) == ["place", "lon", "lat", "shape", "name", "place1"]
    (row,) = await rows(backend, f"{kql} | where place == 'a' | project shape")
    assert row == (json.loads(BOX),)


async def test_line_lookup(opened: Opener) -> None:
    pytest.importorskip("s2geometry")
    backend = await opened()
    lines = f"let Lines = datatable(road: string, shape: dynamic) ['track', dynamic({TRACK}), 'none', dynamic(1)];"
    for radius, found in ((100, [("a", "track")]), (600_000, [("a", "track"), ("c", "track")])):
        kql = f"{lines} {POINTS} | evaluate geo_line_lookup(Lines, shape, lon, lat, {radius}) | project place, road"
        assert await rows(backend, kql) == found
    with pytest.raises(KqlSemanticError, match="takes a radius"):
        await rows(backend, lines + POINTS + " | evaluate geo_line_lookup(Lines, shape, lon, lat)")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ("Shapes, shape, lon", "it takes a table"),
        ("Shapes, other, lon, lat", "other"),
        ("Shapes, name, lon, lat", "not a dynamic"),
        ("Shapes, shape, place, lat", "not a real"),
        ("Shapes, shape, lon, lat, -1", "radius has to be"),
        ("Shapes, shape, lon, lat, lon", "lon"),
        ("Shapes, shape, lon, lat, return_unmatched = 1", "return_unmatched has to be"),
        ("Shapes, shape, lon, lat, something = 1", "something"),
    ],
)
async def test_mistakes_in_a_lookup(opened: Opener, arguments: str, match: str) -> None:
    pytest.importorskip("s2geometry")
    with pytest.raises(KqlSemanticError, match=match):
        await rows(await opened(), f"{SHAPES} {POINTS} | evaluate geo_polygon_lookup({arguments})")


@pytest.mark.parametrize(
    ("plugin", "radius", "condition"),
    [
        ("geo_polygon_lookup", "", "geo_point_in_polygon(x, y, shape)"),
        ("geo_polygon_lookup", ", 900000", "geo_distance_point_to_polygon(x, y, shape) <= 900000"),
        ("geo_line_lookup", ", 900000", "geo_distance_point_to_line(x, y, shape) <= 900000"),
    ],
)
async def test_a_lookup_is_a_join(opened: Opener, plugin: str, radius: str, condition: str) -> None:
    pytest.importorskip("s2geometry")
    kind, ring = ("Polygon", "[[{}]]") if "polygon" in plugin else ("LineString", "[{}]")
    corners = [[(-20, -20), (30, -15), (0, 40), (-20, -20)], [(170, 60), (-170, 50), (175, -80), (170, 60)]]
    corners.append([(0, 70), (120, 75), (-120, 80), (0, 70)])
    shapes = [ring.format(",".join(f"[{x},{y}]" for x, y in shape)) for shape in corners]
    listed = ",".join(
        f'{place}, dynamic({{"type":"{kind}","coordinates":{shape}}})' for place, shape in enumerate(shapes)
    )
    tables = (
        f"let S = datatable(s: long, shape: dynamic) [{listed}];"
        "let P = range i from 1 to 600 step 1 | extend x = (i * 7919 % 3600) / 10.0 - 180, y = i * 31 % 180 - 90.0;"
    )
    backend = await opened()
    joined = f"P | extend k = 1 | join kind=inner (S | extend k = 1) on k | where {condition} | project i, s"
    wanted = sorted(await rows(backend, f"{tables} {joined}"))
    assert (
        sorted(await rows(backend, f"{tables} P | evaluate {plugin}(S, shape, x, y{radius}) | project i, s")) == wanted
    )
    assert {shape for _, shape in wanted} == {0, 1, 2}
