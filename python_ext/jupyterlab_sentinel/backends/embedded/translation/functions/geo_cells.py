"""Cells that the sphere is divided into: geohashes, S2's and H3's."""

from __future__ import annotations

from ...computed.geography import packages
from .geo_calls import Geo, declare

_POINT = ("real", "real")

for _each in (
    Geo("geo_geohash_neighbors", ("geohashes", "geohash_neighbors"), ("string",), "dynamic", ""),
    Geo("geo_point_to_s2cell", ("s2_cells", "s2_cell"), (*_POINT, "whole"), "string", defaults=(11,)),
    Geo("geo_s2cell_to_central_point", ("s2_cells", "s2_centre"), ("string",), "dynamic"),
    Geo("geo_s2cell_to_polygon", ("s2_cells", "s2_outline"), ("string",), "dynamic"),
    Geo("geo_s2cell_neighbors", ("s2_cells", "s2_neighbors"), ("string",), "dynamic"),
    Geo("geo_point_to_h3cell", ("h3_cells", "h3_cell"), (*_POINT, "whole"), "string", packages.H3, (6,)),
    Geo("geo_h3cell_level", ("h3_cells", "h3_level"), ("string",), "int", packages.H3),
    Geo("geo_h3cell_to_central_point", ("h3_cells", "h3_centre"), ("string",), "dynamic", packages.H3),
    Geo("geo_h3cell_to_polygon", ("h3_cells", "h3_outline"), ("string",), "dynamic", packages.H3),
    Geo("geo_h3cell_neighbors", ("h3_cells", "h3_neighbors"), ("string",), "dynamic", packages.H3),
    Geo("geo_h3cell_rings", ("h3_cells", "h3_rings"), ("string", "whole"), "dynamic", packages.H3),
    Geo("geo_h3cell_parent", ("h3_cells", "h3_parent"), ("string", "whole"), "string", packages.H3, (0,), tells=True),
    Geo(
        "geo_h3cell_children",
        ("h3_cells", "h3_children"),
        ("string", "whole"),
        "dynamic",
        packages.H3,
        (0,),
        tells=True,
    ),
):
    declare(_each)
