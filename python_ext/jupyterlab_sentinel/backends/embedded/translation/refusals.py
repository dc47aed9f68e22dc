"""What is not run here, and why, and what serves instead."""

from __future__ import annotations

from typing import Final

_UNPUBLISHED = "How Kusto chooses its patterns is not published, and another choice would be another answer."
_GRAPH = "Follow the edges with joins: a join for each step, on the target of one and the source of the next."
_OUTSIDE = "Queries reach nothing outside of the workspace. Save the data as a file of its folder."
_LOCAL = "Who asks, and where, is known to a cluster only. Write the value itself."
_POLYGONS = "Filter by geo_distance_2points() or geo_point_in_circle(), or take the result to a notebook's geo library."
_CELLS = "Group by geo_point_to_geohash()."

OPERATORS: Final = {
    **dict.fromkeys(
        ("make-graph", "graph-match", "graph-shortest-paths", "graph-to-table", "graph-mark-components"), _GRAPH
    ),
    "reduce": f"{_UNPUBLISHED} Replace what varies with replace_regex(), and summarize count() by the rest.",
}
"""A hint for each tabular operator that exists and is not run here."""

PLUGINS: Final = {
    **dict.fromkeys(
        ("autocluster", "basket", "diffpatterns", "diffpatterns_text"),
        f"{_UNPUBLISHED} Count combinations with summarize count() by the columns, or use top-nested.",
    ),
    **dict.fromkeys(
        ("sequence_detect", "funnel_sequence", "funnel_sequence_completion"),
        "Describe the sequence with scan, which runs here.",
    ),
    "session_count": "Use row_window_session(), and count its values.",
    **dict.fromkeys(
        ("active_users_count", "activity_engagement", "activity_metrics", "new_activity_metrics"),
        "Use activity_counts_metrics or sliding_window_counts, which run here.",
    ),
    "dcount_intersect": "Intersect with set_intersect() of make_set(), and count with array_length().",
    **dict.fromkeys(("python", "r"), "Run the query without it, and go on with the frame in the notebook."),
    **dict.fromkeys(
        (
            "azure_digital_twins_query_request",
            "cosmosdb_sql_request",
            "http_request",
            "http_request_post",
            "infer_storage_schema",
            "mysql_request",
            "postgresql_request",
            "sql_request",
        ),
        _OUTSIDE,
    ),
}
"""A hint for plugins of ``evaluate``."""

FUNCTIONS: Final = {
    **dict.fromkeys(
        ("series_periods_detect", "series_periods_validate"),
        "Kusto's score of a period is not published. Give the period to series_decompose() yourself.",
    ),
    **dict.fromkeys(
        (
            "merge_tdigest",
            "percentile_array_tdigest",
            "percentile_tdigest",
            "percentrank_tdigest",
            "rank_tdigest",
            "tdigest_merge",
        ),
        "Digests are estimates. percentile() is exact here.",
    ),
    **dict.fromkeys(
        (
            "current_cluster_endpoint",
            "current_database",
            "current_principal",
            "current_principal_details",
            "current_principal_is_member_of",
        ),
        _LOCAL,
    ),
    **dict.fromkeys(("hash_combine", "hash_many"), "How hashes are combined is not published. Hash strcat_delim()."),
    "base64_decode_toguid": "Its example contradicts that of base64_encode_fromguid(). Use base64_decode_toarray().",
    "geo_point_in_polygon": _POLYGONS,
    "geo_distance_point_to_polygon": _POLYGONS,
    "geo_distance_point_to_line": _POLYGONS,
    **dict.fromkeys(("geo_point_to_s2cell", "geo_point_to_h3cell"), _CELLS),
}
"""A hint for scalar functions."""
