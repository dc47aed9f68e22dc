"""What is not run here, and why, and what serves instead."""

from __future__ import annotations

from typing import Final

_UNPUBLISHED = "How Kusto chooses its patterns is not published, and another choice would be another answer."
_GRAPH = "It has no article. Filter the tables with where before make-graph, or the matches with graph-match … where."
_OUTSIDE = "Queries reach nothing outside of the workspace. Save the data as a file of its folder."
_LOCAL = "Who asks, and where, is known to a cluster only. Write the value itself."
_SIMPLER = "Which vertices Kusto keeps is not published. Use the shape as it is, or simplify it in the notebook."
_STORAGE = "Files have none of a cluster's extents and cursors. Filter by TimeGenerated."
_BYTES = "Compressors differ in the bytes that they write. Decompressing runs here."

OPERATORS: Final = {
    **dict.fromkeys(("graph-where-edges", "graph-where-nodes"), _GRAPH),
    "macro-expand": "There is one workspace here. Name each table, or use union with workspace().",
    "execute-and-cache": "Answers are not kept between queries. Save one as a table: %sentinel save.",
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
    "preview": "Run the query twice, once with take.",
    "schema_merge": "Compare what getschema says of each table.",
    **dict.fromkeys(("python", "r"), "Run the query without it, and go on with the frame in the notebook."),
    **dict.fromkeys(
        (
            "azure_digital_twins_query_request",
            "cosmosdb_sql_request",
            "ai_chat_completion",
            "ai_chat_completion_prompt",
            "ai_embeddings",
            "http_request",
            "http_request_post",
            "infer_storage_schema",
            "infer_storage_schema_with_suggestions",
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
    **dict.fromkeys(("cursor_after", "cursor_before_or_at", "cursor_current", "extent_id", "extent_tags"), _STORAGE),
    **dict.fromkeys(("geo_line_simplify", "geo_polygon_simplify", "geo_simplify_polygons_array"), _SIMPLER),
    "estimate_data_size": "It tells of Kusto's storage. string_size() of a text runs here.",
    **dict.fromkeys(("gzip_compress_to_base64_string", "zlib_compress_to_base64_string"), _BYTES),
    "weekofyear": "Its weeks are not those of ISO 8601, and how they begin is not documented. Use week_of_year().",
    "datetime_list_timezones": "Zones have the names of the IANA database, as datetime_utc_to_local() takes them.",
}
"""A hint for scalar functions."""

_FAMILIES: Final[tuple[tuple[str, str], ...]] = ()


def function_hint(name: str) -> str:
    """What serves instead of a scalar function that is not run here, or why it is not; empty: nothing is known."""
    return FUNCTIONS.get(name) or next((hint for prefix, hint in _FAMILIES if name.startswith(prefix)), "")
