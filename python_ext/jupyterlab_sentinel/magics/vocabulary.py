"""Words of KQL that completion offers.

Source: the query language reference of Microsoft (learn.microsoft.com/kusto/query), operators and
functions that Azure Monitor supports.
"""

from __future__ import annotations

# ruff: noqa: SIM905  # as prose these lists can be read and compared with the documentation

CELL_OPTIONS = ("--from", "--to", "--last", "--range", "--workspace", "--timeout", "--strict", "--show", "--help")

STARTS = ("let", "search", "union", "find", "print", "range", "datatable", "externaldata")

OPERATORS = tuple(
    """
    where extend project project-away project-keep project-rename project-reorder summarize count distinct
    take limit top top-nested sort order join union lookup mv-expand mv-apply parse parse-kv parse-where
    make-series render search sample sample-distinct serialize evaluate getschema invoke as consume
    partition reduce scan fork facet
    """.split()
)

COMPARISONS = tuple(
    """
    and or not has has_cs !has !has_cs has_any has_all hasprefix hassuffix contains contains_cs !contains
    startswith !startswith endswith !endswith matches in in~ !in !in~ between !between
    """.split()
)

WORDS = {
    "summarize": ("by",),
    "make-series": ("on", "from", "to", "step", "by", "default"),
    "join": ("kind", "on", "inner", "innerunique", "leftouter", "rightouter", "fullouter", "leftanti", "rightanti"),
    "lookup": ("kind", "on", "leftouter", "inner"),
    "union": ("kind", "withsource", "isfuzzy"),
    "sort": ("by", "asc", "desc", "nulls", "first", "last"),
    "order": ("by", "asc", "desc", "nulls", "first", "last"),
    "top": ("by", "asc", "desc"),
    "mv-expand": ("to", "typeof", "with_itemindex", "limit"),
    "mv-apply": ("to", "typeof", "on", "with_itemindex"),
    "parse": ("kind", "with"),
    "search": ("in", "kind"),
    "find": ("in", "where", "project", "withsource"),
    "render": tuple(
        """timechart barchart columnchart piechart linechart areachart stackedareachart scatterchart table card
        with title xcolumn ycolumns series kind stacked unstacked""".split()
    ),
    "evaluate": ("bag_unpack", "pivot", "narrow", "autocluster", "basket"),
}

AGGREGATES = tuple(
    """
    count countif dcount dcountif sum sumif avg avgif min minif max maxif arg_max arg_min take_any take_anyif
    make_list make_list_if make_set make_set_if make_bag percentile percentiles stdev variance
    hll hll_merge buildschema count_distinct
    """.split()
)

FUNCTIONS = tuple(
    """
    ago now bin bin_at floor ceiling round abs sqrt pow log log10 exp rand hash hash_sha256 hash_md5
    startofday startofhour startofweek startofmonth startofyear endofday endofweek endofmonth
    datetime_add datetime_diff datetime_part format_datetime format_timespan dayofweek dayofmonth dayofyear
    getyear getmonth hourofday monthofyear make_datetime make_timespan totimespan todatetime
    unixtime_seconds_todatetime unixtime_milliseconds_todatetime
    tostring toint tolong todouble toreal todecimal tobool toguid todynamic parse_json gettype
    strcat strcat_array strcat_delim strlen substring split trim trim_start trim_end tolower toupper replace_string
    replace_regex reverse indexof countof extract extract_all extract_json parse_url parse_path parse_urlquery
    parse_csv parse_xml parse_version parse_user_agent parse_command_line url_decode url_encode
    base64_decode_tostring base64_encode_tostring base64_decode_toarray translate unicode_codepoints_to_string
    ipv4_is_private ipv4_is_match ipv4_is_in_range ipv4_is_in_any_range ipv4_compare parse_ipv4 parse_ipv4_mask
    ipv6_is_match ipv6_compare parse_ipv6 ipv4_netmask_suffix geo_info_from_ip_address format_ipv4
    iff iif case coalesce isempty isnotempty isnull isnotnull isnan isfinite max_of min_of
    pack pack_all pack_array bag_pack bag_keys bag_merge bag_has_key bag_remove_keys
    array_length array_concat array_index_of array_slice array_sort_asc array_sort_desc array_sum array_reverse
    set_union set_intersect set_difference set_has_element zip repeat range
    prev next row_number row_cumsum row_rank_dense row_window_session
    toscalar materialize dynamic datetime typeof
    series_decompose series_decompose_anomalies series_fit_line series_outliers series_stats
    has_ipv4 has_any_ipv4 has_ipv4_prefix has_any_index dcount_hll new_guid
    """.split()
)
