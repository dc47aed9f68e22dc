"""Shapes on the sphere, and the cells that it is divided into.

Kusto computes with Google's S2 library and Uber's H3; so does this, through their own Python packages, which the extra
``geo`` installs. Nothing here is imported before a query needs it.

==========  ==========================================================================
packages    which of the packages are there
points      points of S2, and the edges between them
shapes      GeoJSON texts as S2's polygons and lines; what makes one valid; a cache
geojson     the way back
unions      several shapes as one
measures    lengths, areas, distances, centroids, points on lines
overlays    where shapes meet
bounds      the rectangles around shapes
coverings   the S2 cells that cover a shape
s2_cells    S2 cells by their tokens
h3_cells    H3 cells by theirs
geohashes   neighbours of geohashes, which need no package
hash_order  the order that Kusto gives sets of cells in
wkt         well-known text as GeoJSON
densifying  straight edges of a map as geodesics
buffers     shapes with what is near them
==========  ==========================================================================

Longitude and latitude are in degrees (WGS 84), lengths in metres. What Kusto documents as invalid gives None. What its
pages leave open gives None and a remark, or a remark beside the value.
"""
