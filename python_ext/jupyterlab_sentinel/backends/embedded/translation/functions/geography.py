"""Places: of addresses, and on the sphere."""

from __future__ import annotations

from ...computed import spheres
from ...conversion import literal
from ...places import place_as_json, sealed
from ...python_functions import python_call, register
from ..values import Value, constant
from .registry import Arguments, function

register("geo_in_circle", spheres.in_circle, ("DOUBLE",) * 5, "BOOLEAN")
register("geo_geohash", spheres.geohash, ("DOUBLE", "DOUBLE", "BIGINT"), "VARCHAR")
register("geo_geohash_centre", spheres.geohash_centre, ("VARCHAR",), "VARCHAR")
register("geo_geohash_outline", spheres.geohash_outline, ("VARCHAR",), "VARCHAR")
register("geo_azimuth", spheres.azimuth, ("DOUBLE",) * 4, "DOUBLE")
register("geo_angle", spheres.angle, ("DOUBLE",) * 6, "DOUBLE")
register("geo_distance", spheres.distance, ("DOUBLE",) * 4, "DOUBLE")


def _call(name: str, arguments: Arguments) -> str:
    return python_call(name, *(value.sql for value in arguments.values))


@function("geo_distance_2points", takes=("real", "real", "real", "real", "bool"), required=4)
def _distance(arguments: Arguments) -> Value:
    if len(arguments) == 5 and arguments[4].constant is not False:
        arguments.context.refuse(arguments.node.at, "geo_distance_2points() on the spheroid")
    return Value(python_call("geo_distance", *(value.sql for value in arguments.values[:4])), "real")


@function("geo_point_in_circle", takes=("real",) * 5)
def _in_circle(arguments: Arguments) -> Value:
    return Value(_call("geo_in_circle", arguments), "bool")


@function("geo_point_to_geohash", takes=("real", "real", "whole"), required=2)
def _geohash(arguments: Arguments) -> Value:
    accuracy = arguments[2] if len(arguments) == 3 else constant(5, "long")
    return Value(python_call("geo_geohash", arguments.sql(0), arguments.sql(1), accuracy.sql), "string")


@function("geo_geohash_to_central_point", takes=("string",))
def _geohash_centre(arguments: Arguments) -> Value:
    return Value(_call("geo_geohash_centre", arguments), "dynamic")


@function("geo_geohash_to_polygon", takes=("string",))
def _geohash_outline(arguments: Arguments) -> Value:
    return Value(_call("geo_geohash_outline", arguments), "dynamic")


@function("geo_azimuth", takes=("real",) * 4)
def _azimuth(arguments: Arguments) -> Value:
    return Value(_call("geo_azimuth", arguments), "real")


@function("geo_angle", takes=("real",) * 6)
def _angle(arguments: Arguments) -> Value:
    return Value(_call("geo_angle", arguments), "real")


register("place_of_address", place_as_json, ("VARCHAR", "VARCHAR"), "VARCHAR")


@function("geo_info_from_ip_address", takes=("string",))
def _place_of_address(arguments: Arguments) -> Value:
    context = arguments.context
    book = context.places.book()
    if not book.knows("place"):
        reason = f" ({' '.join(book.problems)})" if book.problems else ""
        context.refuse(
            arguments.node.at,
            f"geo_info_from_ip_address() without a location file{reason}",
            "Run “jupyter sentinel geoip update”, or set geoip.paths in the settings.",
        )
    # The files may be replaced at any time: the SQL is good for their present state.
    context.asked = True
    for source in book.attributions() or ("a location file of your own",):
        context.warnings[f"geo_info_from_ip_address() answers from local files, not Azure's. {source}"] = None
    return Value(python_call("place_of_address", arguments.sql(0), literal(sealed(book))), "dynamic")
