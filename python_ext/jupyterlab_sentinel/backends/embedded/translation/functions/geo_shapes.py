"""Points, lines and polygons on the sphere, as GeoJSON has them."""

from __future__ import annotations

from dataclasses import replace

from ...computed.geography import packages
from ..values import Value
from .geo_calls import Geo, answer, declare, provide, require
from .registry import Arguments, function
from .subqueries import has_subquery

_POINT = ("real", "real")
_HALVED = (
    "{0}() halves an edge while its middle is further than the tolerance from the geodesic; Kusto's points may differ."
)
_AROUND = "{0}() is within its tolerance, as Kusto's is; the corners may be others."

_LOCATE = Geo("geo_line_locate_point", ("measures", "line_fraction"), ("dynamic", *_POINT), "real")
_CONTAINS = Geo("geo_point_in_polygon", ("measures", "polygon_contains"), (*_POINT, "dynamic"), "bool")
_HEXAGONS = Geo(
    "geo_polygon_to_h3cells", ("h3_cells", "polygon_h3_cells"), ("dynamic", "whole"), "dynamic", defaults=(6,)
)

for _each in (
    Geo("geo_polygon_area", ("measures", "polygon_area"), ("dynamic",), "real"),
    Geo("geo_polygon_perimeter", ("measures", "polygon_perimeter"), ("dynamic",), "real"),
    Geo("geo_polygon_centroid", ("measures", "polygon_centroid"), ("dynamic",), "dynamic"),
    Geo("geo_distance_point_to_polygon", ("measures", "polygon_distance"), (*_POINT, "dynamic"), "real"),
    Geo("geo_closest_point_on_polygon", ("measures", "polygon_closest"), (*_POINT, "dynamic"), "dynamic"),
    Geo("geo_line_length", ("measures", "line_length"), ("dynamic",), "real"),
    Geo("geo_line_centroid", ("measures", "line_centroid"), ("dynamic",), "dynamic"),
    Geo("geo_distance_point_to_line", ("measures", "line_distance"), (*_POINT, "dynamic"), "real"),
    Geo("geo_closest_point_on_line", ("measures", "line_closest"), (*_POINT, "dynamic"), "dynamic"),
    Geo("geo_line_interpolate_point", ("measures", "line_point"), ("dynamic", "real"), "dynamic"),
    Geo("geo_intersects_2lines", ("overlays", "lines_meet"), ("dynamic", "dynamic"), "bool"),
    Geo("geo_intersects_2polygons", ("overlays", "polygons_meet"), ("dynamic", "dynamic"), "bool"),
    Geo("geo_intersects_line_with_polygon", ("overlays", "line_meets_polygon"), ("dynamic", "dynamic"), "bool"),
    Geo("geo_intersection_2lines", ("overlays", "lines_common"), ("dynamic", "dynamic"), "dynamic"),
    Geo("geo_intersection_2polygons", ("overlays", "polygons_common"), ("dynamic", "dynamic"), "dynamic"),
    Geo("geo_intersection_line_with_polygon", ("overlays", "line_polygon_common"), ("dynamic", "dynamic"), "dynamic"),
    Geo("geo_union_lines_array", ("unions", "lines_array"), ("dynamic",), "dynamic"),
    Geo("geo_union_polygons_array", ("unions", "polygons_array"), ("dynamic",), "dynamic"),
    Geo(
        "geo_polygon_to_s2cells",
        ("coverings", "polygon_s2_cells"),
        ("dynamic", "whole", "real"),
        "dynamic",
        defaults=(11, 0.0),
    ),
    Geo(
        "geo_line_to_s2cells",
        ("coverings", "line_s2_cells"),
        ("dynamic", "whole", "real"),
        "dynamic",
        defaults=(11, 0.0),
    ),
    Geo("geo_from_wkt", ("wkt", "wkt_as_geojson"), ("string",), "dynamic", ""),
    Geo(
        "geo_line_buffer",
        ("buffers", "line_buffer"),
        ("dynamic", "real", "real"),
        "dynamic",
        defaults=(10.0,),
        unlike=_AROUND.format("geo_line_buffer"),
    ),
    Geo(
        "geo_polygon_buffer",
        ("buffers", "polygon_buffer"),
        ("dynamic", "real", "real"),
        "dynamic",
        defaults=(10.0,),
        unlike=_AROUND.format("geo_polygon_buffer"),
    ),
    Geo(
        "geo_point_buffer",
        ("buffers", "point_buffer"),
        (*_POINT, "real", "real"),
        "dynamic",
        defaults=(10.0,),
        unlike=_AROUND.format("geo_point_buffer"),
    ),
    Geo(
        "geo_line_densify",
        ("densifying", "densified_line"),
        ("dynamic", "real", "bool"),
        "dynamic",
        defaults=(10.0, False),
        unlike=_HALVED.format("geo_line_densify"),
    ),
    Geo(
        "geo_polygon_densify",
        ("densifying", "densified_polygon"),
        ("dynamic", "real", "bool"),
        "dynamic",
        defaults=(10.0, False),
        unlike=_HALVED.format("geo_polygon_densify"),
    ),
):
    declare(_each)


provide(_LOCATE)
provide(_CONTAINS)
provide(_HEXAGONS)


@function("geo_point_in_polygon", takes=_CONTAINS.takes)
def _contains(arguments: Arguments) -> Value:
    found = answer(_CONTAINS, arguments)
    text = arguments[2].constant
    if not isinstance(text, str) or has_subquery(arguments[0]) or has_subquery(arguments[1]):
        return found
    from ...computed.geography.bounds import polygon_bounds

    around = polygon_bounds(text, None)
    if around is None or around["west"] > around["east"]:
        return found
    # A call of Python takes a hundred times as long as a comparison, and most points are far away.
    longitude, latitude = arguments.sql(0), arguments.sql(1)
    far = (
        f"{latitude} BETWEEN -90 AND 90 AND abs({longitude}) < 180 AND NOT "
        f"({latitude} BETWEEN {around['south']!r} AND {around['north']!r} AND "
        f"{longitude} BETWEEN {around['west']!r} AND {around['east']!r})"
    )
    return Value(f"CASE WHEN {far} THEN false ELSE {found.sql} END", "bool")


@function("geo_line_locate_point", takes=(*_LOCATE.takes, "bool"), required=3)
def _locate(arguments: Arguments) -> Value:
    if len(arguments) == 4 and arguments[3].constant is not False:
        arguments.context.refuse(arguments.node.at, "geo_line_locate_point() on the spheroid")
    return answer(_LOCATE, _first(arguments, 3))


@function("geo_polygon_to_h3cells", takes=(*_HEXAGONS.takes, "real"), required=1)
def _hexagons(arguments: Arguments) -> Value:
    require(arguments.context, arguments.node.at, "geo_polygon_to_h3cells()", packages.H3)
    if len(arguments) == 3 and arguments[2].constant != 0:
        hint = "Enlarge the polygon first, with geo_polygon_buffer()."
        arguments.context.refuse(arguments.node.at, "geo_polygon_to_h3cells() with a radius", hint)
    return answer(_HEXAGONS, _first(arguments, 2))


def _first(arguments: Arguments, count: int) -> Arguments:
    return replace(arguments, values=arguments.values[:count])
