"""SQL macros for what KQL does and DuckDB has no function for; a database gets those that are called."""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import TYPE_CHECKING

from ...kql.constants import FIRST_TICK, LAST_TICK
from .addresses import IPV6_MACROS
from .conversion import BEYOND, ISO_DATETIME, TIMESPAN
from .loose_times import LOOSE_TIME_MACROS

if TYPE_CHECKING:
    import duckdb

# The portal writes 2/18/2019, 3:29:22.123 PM; spreadsheets drop the comma or the fraction, or half of the year.
_LONG_YEARS = (
    "%-m/%-d/%Y, %-I:%M:%S.%g %p",
    "%-m/%-d/%Y, %-I:%M:%S %p",
    "%-m/%-d/%Y %-I:%M:%S %p",
    "%-m/%-d/%Y %-H:%M:%S",
    "%-m/%-d/%Y %-H:%M",
    "%m-%d-%Y",
    "%m/%d/%Y",
    "%m-%d-%Y %H:%M:%S",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a %b %-d %H:%M:%S %Y",
    "%-d %b %Y",
    "%-d %b %Y %H:%M:%S",
    "%Y%m%d",
)
# DuckDB's %Y takes 20 for the year 20: two digits come first.
_FORMATS = tuple(
    form for long in _LONG_YEARS for form in ((long,) if long.startswith("%Y") else (long.replace("%Y", "%y"), long))
)


# Letters and digits, by Unicode's blocks: \pL and \pN cost four milliseconds a pattern to compile.
TERM_LETTERS = (
    r"0-9A-Za-z\x{AA}\x{B5}\x{BA}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{1FFF}\x{2C00}-\x{2DFF}"
    r"\x{3005}-\x{D7FF}\x{F900}-\x{FDFF}\x{FE70}-\x{FEFC}\x{FF10}-\x{FF19}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}"
    r"\x{FF66}-\x{FFDC}\x{10000}-\x{1EFFF}\x{20000}-\x{3FFFF}"
)

URL = (
    r"^([A-Za-z][A-Za-z0-9+.\-]*)://(?:([^:@/?#]*):([^@/?#]*)@)?(\[[^\]]*\]|[^:/?#]*)(?::([0-9]*))?"
    r"([^?#]*)(?:\?([^#]*))?(?:#(.*))?$"
)

URL_PARTS = {"Scheme": 1, "Host": 4, "Port": 5, "Username": 2, "Password": 3, "Fragment": 8}
"""What parse_url() finds, by the group of the pattern that holds it."""

PATH_PARTS = {
    "Scheme": "regexp_extract({x}, '^([A-Za-z][A-Za-z0-9+.-]+)://', 1)",
    "RootPath": "regexp_extract(kql_bare_path({x}), '^([A-Za-z]:)', 1)",
    "DirectoryPath": r"regexp_extract(kql_bare_path({x}), '^(.*)[\\/]', 1)",
    "DirectoryName": r"regexp_extract(kql_bare_path({x}), '([^\\/:]*)[\\/][^\\/]*$', 1)",
    "Filename": r"regexp_extract(kql_bare_path({x}), '([^\\/:]*)(?::[^\\/:]*)?$', 1)",
    "Extension": r"regexp_extract(kql_bare_path({x}), '\.([^.\\/:]*)(?::[^\\/:]*)?$', 1)",
    "AlternateDataStreamName": r"regexp_extract(kql_bare_path({x}), '[^\\/:]:([^\\/:]+)$', 1)",
}
"""What parse_path() finds: SQL over the path ``{x}``."""

_GUID = r"^\s*\{?([0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12})"
# So written that a matcher never has to try two ways: RE2 takes half the time for it.
_OCTET = r"(?:0|1\d{0,2}|2(?:[0-4]\d?|5[0-5]?|[6-9])?|[3-9]\d?)"
OCTET = _OCTET
_QUAD = rf"(?:{_OCTET}\.){{3}}{_OCTET}"
_PRIVATE = rf"^\s*(1)(?:0\.{_OCTET}|92\.168|72\.(?:1[6-9]|2\d|3[01]))\.{_OCTET}\.{_OCTET}\s*$"

_MACROS = (
    "CREATE MACRO kql_ipv4_masked(n, bits) AS n - n % CAST(pow(2, 32 - bits) AS BIGINT)",
    "CREATE MACRO kql_mod(a, b) AS ((a % b) + b) % b",
    # By the number that the decimal point is moved to, as C does it: DuckDB's own round() takes 2.15 for less than it.
    """
    CREATE MACRO kql_round(x, places) AS CASE
        WHEN places = 0 THEN round(x)
        WHEN places < 0 THEN round(x / pow(10.0::DOUBLE, -places)) * pow(10.0::DOUBLE, -places)
        WHEN isfinite(x * pow(10.0::DOUBLE, places)) THEN
            round(x * pow(10.0::DOUBLE, places)) / pow(10.0::DOUBLE, places)
        WHEN places IS NOT NULL THEN x END
    """,
    # DuckDB shifts nothing out, and takes no negative number.
    """
    CREATE MACRO kql_shift_left(x, n) AS CASE
        WHEN n < 0 THEN NULL
        WHEN n % 64 = 0 THEN x
        ELSE kql_signed(CAST(x & CAST((CAST(1 AS HUGEINT) << CAST(64 - n % 64 AS INTEGER)) - 1 AS BIGINT) AS HUGEINT)
            * (CAST(1 AS HUGEINT) << CAST(n % 64 AS INTEGER))) END
    """,
    """
    CREATE MACRO kql_signed(x) AS CAST(
        CASE WHEN x >= 9223372036854775808 THEN x - 18446744073709551616 ELSE x END AS BIGINT)
    """,
    "CREATE MACRO kql_shift_right(x, n) AS CASE WHEN n >= 0 THEN x >> (n % 64) END",
    "CREATE MACRO kql_floor(a, b) AS (a - ((a % b) + b) % b) // b",
    # A finer fraction than DuckDB's microseconds is one more digit of ours.
    f"""
    CREATE MACRO kql_datetime(x) AS CASE
        WHEN regexp_full_match(x, '{ISO_DATETIME}') THEN
            epoch_us(coalesce(
                TRY_CAST(replace(x, ',', '.') AS TIMESTAMPTZ),
                TRY_CAST(
                    regexp_replace(trim(replace(x, ',', '.')), '\\s+(Z|[+-]\\d{{2}}:?\\d{{2}})$', '\\1') AS TIMESTAMPTZ
                )
            )) * 10
            + coalesce(TRY_CAST(regexp_extract(x, '[.,]\\d{{6}}(\\d)', 1) AS BIGINT), 0)
        ELSE epoch_us(try_strptime(trim(x), [{", ".join(f"'{form}'" for form in _FORMATS)}])) * 10
    END
    """,
    f"""
    CREATE MACRO kql_timespan(x) AS CASE
        WHEN regexp_full_match(x, '{TIMESPAN}') THEN
            (CASE WHEN starts_with(trim(x), '-') THEN -1 ELSE 1 END) * (
                coalesce(TRY_CAST(regexp_extract(x, '(\\d+)\\.\\d{{1,2}}:', 1) AS BIGINT), 0) * 864000000000
                + CAST(regexp_extract(x, '(\\d{{1,2}}):\\d', 1) AS BIGINT) * 36000000000
                + CAST(regexp_extract(x, ':(\\d{{1,2}})', 1) AS BIGINT) * 600000000
                + coalesce(TRY_CAST(regexp_extract(x, ':\\d{{1,2}}:(\\d{{1,2}})', 1) AS BIGINT), 0) * 10000000
                + coalesce(TRY_CAST(left(rpad(regexp_extract(
                    x, ':\\d{{1,2}}:\\d{{1,2}}\\.(\\d+)', 1), 7, '0'), 7) AS BIGINT), 0))
        ELSE NULL
    END
    """,
    # The first test reads x outside TRY, which would hide its failures (see trust.py).
    """
    CREATE MACRO kql_json(x) AS CASE
        WHEN getvariable('trusting_json') AND x >= '{' AND x < '|' THEN CAST(json(x) AS VARCHAR)
        WHEN length(x) < 12 AND regexp_full_match(x, '(?i)\\s*-?(nan|inf|infinity)\\s*')
            THEN CAST(to_json(x) AS VARCHAR)
        WHEN json_valid(x) THEN nullif(TRY(CAST(json(x) AS VARCHAR)), 'null')
        WHEN trim(x) = '' THEN NULL
        ELSE CAST(to_json(x) AS VARCHAR)
    END
    """,
    "CREATE MACRO kql_divide(a, b) AS CASE WHEN b = 0 THEN a / 0.0::DOUBLE ELSE a / b END",
    # The elements of an array as texts; of anything else its own.
    """
    CREATE MACRO kql_strings(x) AS CASE
        WHEN x IS NULL THEN CAST([] AS VARCHAR[])
        WHEN json_type(x) = 'ARRAY' THEN
            list_transform(CAST(json_extract(x, '$[*]') AS JSON[]), lambda e: coalesce(json_extract_string(e, '$'), ''))
        ELSE [coalesce(json_extract_string(x, '$'), '')]
    END
    """,
    # Those of the arrays in it too, and of the arrays in those: where a list is meant, deeper ones are not.
    """
    CREATE MACRO kql_flat(items) AS flatten(list_transform(items, lambda e:
        CASE WHEN json_type(e) = 'ARRAY' THEN CAST(json_extract(e, '$[*]') AS JSON[]) ELSE [e] END))
    """,
    """
    CREATE MACRO kql_all_strings(x) AS CASE
        WHEN contains(substr(x, 2), '[') AND json_type(x) = 'ARRAY' THEN list_transform(
            kql_flat(kql_flat(CAST(json_extract(x, '$[*]') AS JSON[]))),
            lambda e: coalesce(json_extract_string(e, '$'), ''))
        ELSE kql_strings(x) END
    """,
    # The elements of an array as JSON; null is no array.
    """
    CREATE MACRO kql_elements(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN CAST(json_extract(x, '$[*]') AS JSON[]) END
    """,
    f"""
    CREATE MACRO kql_term_pattern(needle, before, after) AS
        (CASE WHEN before AND regexp_matches(needle, '^[{TERM_LETTERS}]') THEN '(?:^|[^{TERM_LETTERS}])' ELSE '' END)
        || regexp_escape(needle)
        || (CASE WHEN after AND regexp_matches(needle, '[{TERM_LETTERS}]$') THEN '(?:[^{TERM_LETTERS}]|$)' ELSE '' END)
    """,
    f"""
    CREATE MACRO kql_stands_alone(hay, needle, place, before, after) AS
        NOT (before AND place > 1 AND regexp_matches(left(needle, 1), '[{TERM_LETTERS}]')
             AND regexp_matches(substr(hay, place - 1, 1), '[{TERM_LETTERS}]'))
        AND NOT (after AND regexp_matches(right(needle, 1), '[{TERM_LETTERS}]')
             AND regexp_matches(substr(hay, place + length(needle), 1), '[{TERM_LETTERS}]'))
    """,
    # A pattern that only the data knows costs milliseconds a row: it is the last resort.
    """
    CREATE MACRO kql_term_cs(hay, needle, before, after) AS CASE
        WHEN NOT contains(hay, needle) THEN false
        WHEN kql_stands_alone(hay, needle, strpos(hay, needle), before, after) THEN true
        WHEN NOT contains(substr(hay, strpos(hay, needle) + 1), needle) THEN false
        ELSE regexp_matches(hay, kql_term_pattern(needle, before, after)) END
    """,
    "CREATE MACRO kql_term(hay, needle, before, after) AS kql_term_cs(lower(hay), lower(needle), before, after)",
    # The usual form first: it takes half the time. Outside CASE, where what is the same is worked out once.
    rf"""
    CREATE MACRO kql_ipv4_octets(x) AS string_split(nullif(regexp_extract(x, '^{_QUAD}$'), ''), '.')
    """,
    """
    CREATE MACRO kql_ipv4(x) AS coalesce(
        CAST(kql_ipv4_octets(x)[1] AS BIGINT) * 16777216 + CAST(kql_ipv4_octets(x)[2] AS BIGINT) * 65536
            + CAST(kql_ipv4_octets(x)[3] AS BIGINT) * 256 + CAST(kql_ipv4_octets(x)[4] AS BIGINT),
        kql_ipv4_other(x))
    """,
    r"""
    CREATE MACRO kql_ipv4_other(x) AS CASE
        WHEN regexp_full_match(x, '\s*((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)'
            || '(/(3[0-2]|[12]?\d))?\s*') THEN
            kql_ipv4_masked(
                CAST(regexp_extract(x, '(\d+)\.\d+\.\d+\.\d+', 1) AS BIGINT) * 16777216
                + CAST(regexp_extract(x, '\d+\.(\d+)\.\d+\.\d+', 1) AS BIGINT) * 65536
                + CAST(regexp_extract(x, '\d+\.\d+\.(\d+)\.\d+', 1) AS BIGINT) * 256
                + CAST(regexp_extract(x, '\d+\.\d+\.\d+\.(\d+)', 1) AS BIGINT),
                coalesce(TRY_CAST(regexp_extract(x, '/(\d+)', 1) AS BIGINT), 32))
    END
    """,
    r"""
    CREATE MACRO kql_ipv4_bits(x) AS CASE WHEN kql_ipv4(x) IS NOT NULL THEN
        coalesce(TRY_CAST(regexp_extract(x, '/(\d+)', 1) AS BIGINT), 32) END
    """,
    """
    CREATE MACRO kql_ipv4_in(x, net) AS kql_ipv4_masked(kql_ipv4(x), kql_ipv4_bits(net)) = kql_ipv4(net)
    """,
    # What is extracted is worked out once for each value of a dictionary, unlike what is matched.
    rf"""
    CREATE MACRO kql_ipv4_private(x) AS CASE
        WHEN regexp_extract(x, '{_PRIVATE}', 1) = '1' THEN true
        WHEN contains(x, '/') THEN kql_ipv4_private_other(x)
        WHEN regexp_full_match(x, '\s*{_QUAD}\s*') THEN false
    END
    """,
    # For WHERE, which needs not know whether it is false or null.
    rf"""
    CREATE MACRO kql_ipv4_private_passing(x) AS CASE
        WHEN regexp_extract(x, '{_PRIVATE}', 1) = '1' THEN true
        WHEN contains(x, '/') THEN kql_ipv4_private_other(x)
    END
    """,
    # Those with a prefix. The address is named once: DuckDB binds a copy for each mention, which takes milliseconds.
    """
    CREATE MACRO kql_ipv4_private_other(x) AS list_transform([kql_ipv4_other(x)], lambda n:
        n BETWEEN 167772160 AND 184549375 OR n BETWEEN 2886729728 AND 2887778303
        OR n BETWEEN 3232235520 AND 3232301055)[1]
    """,
    r"""
    CREATE MACRO kql_ipv4_and_bits(x, most) AS {'n': kql_ipv4_other(x),
        'bits': least(most, coalesce(TRY_CAST(regexp_extract(x, '/(\d+)', 1) AS BIGINT), 32))}
    """,
    """
    CREATE MACRO kql_ipv4_alike(x, other, most) AS list_transform([kql_ipv4_and_bits(x, most)], lambda a:
        kql_ipv4_masked(a.n, a.bits) = kql_ipv4_masked(other, a.bits))[1]
    """,
    """
    CREATE MACRO kql_ipv4_shown(x, most) AS list_transform([kql_ipv4_and_bits(x, most)], lambda a:
        kql_ipv4_text(kql_ipv4_masked(a.n, a.bits)))[1]
    """,
    """
    CREATE MACRO kql_ipv4_text(n) AS CASE WHEN n BETWEEN 0 AND 4294967295 THEN
        CAST(n // 16777216 AS VARCHAR) || '.' || CAST(n // 65536 % 256 AS VARCHAR) || '.'
        || CAST(n // 256 % 256 AS VARCHAR) || '.' || CAST(n % 256 AS VARCHAR) ELSE '' END
    """,
    r"""
    CREATE MACRO kql_has_ipv4(hay, ip) AS coalesce(kql_ipv4(ip) IS NOT NULL AND contains(hay, trim(ip))
        AND regexp_matches(hay, '(?:^|[^0-9A-Za-z.])' || regexp_escape(trim(ip))
            || '(?:[^0-9A-Za-z.]|\.(?:[^0-9]|$)|$)'), false)
    """,
    # The prefix is a whole address, or ends with a dot; what follows it has to make an address of it.
    rf"""
    CREATE MACRO kql_has_ipv4_prefix(hay, p) AS CASE
        WHEN NOT contains(hay, p) THEN false
        WHEN regexp_full_match(p, '({_OCTET}\.){{3}}{_OCTET}') THEN kql_has_ipv4(hay, p)
        WHEN NOT regexp_full_match(p, '({_OCTET}\.){{1,3}}') THEN false
        ELSE regexp_matches(hay, '(?:^|[^0-9A-Za-z.])' || regexp_escape(p)
            || '(?:{_OCTET}\.){{' || CAST(3 - length(p) + length(replace(p, '.', '')) AS VARCHAR) || '}}{_OCTET}'
            || '(?:[^0-9A-Za-z.]|\.(?:[^0-9]|$)|$)') END
    """,
    # Keys sorted; one that comes twice holds an array; an empty key or value is dropped.
    r"""
    CREATE MACRO kql_query_items(q) AS list_transform(
        list_filter(string_split(q, '&'), lambda p: instr(p, '=') > 1 AND length(p) > instr(p, '=')),
        lambda p: {'k': p[1:instr(p, '=') - 1], 'v': p[instr(p, '=') + 1:]})
    """,
    r"""
    CREATE MACRO kql_query_pairs(q) AS '{' || coalesce(array_to_string(list_transform(
        list_sort(list_distinct(list_transform(kql_query_items(q), lambda p: p.k))),
        lambda k: CAST(to_json(k) AS VARCHAR) || ':' || CASE
            WHEN len(list_filter(kql_query_items(q), lambda p: p.k = k)) = 1
            THEN CAST(to_json(list_filter(kql_query_items(q), lambda p: p.k = k)[1].v) AS VARCHAR)
            ELSE CAST(to_json(list_transform(
                list_filter(kql_query_items(q), lambda p: p.k = k), lambda p: p.v)) AS VARCHAR)
        END), ','), '') || '}'
    """,
    f"""
    CREATE MACRO kql_url_part(u, place) AS regexp_extract(u, '{URL}', place)
    """,
    """
    CREATE MACRO kql_parse_url(u) AS CAST(json_object(
        'Scheme', kql_url_part(u, 1),
        'Host', kql_url_part(u, 4),
        'Port', kql_url_part(u, 5),
        'Path', CASE WHEN kql_url_part(u, 6) = '/' AND NOT regexp_matches(u, '[?#]') THEN ''
            ELSE kql_url_part(u, 6) END,
        'Username', kql_url_part(u, 2),
        'Password', kql_url_part(u, 3),
        'Query Parameters', CAST(kql_query_pairs(kql_url_part(u, 7)) AS JSON),
        'Fragment', kql_url_part(u, 8)) AS VARCHAR)
    """,
    "CREATE MACRO kql_bare_path(x) AS regexp_replace(x, '^[A-Za-z][A-Za-z0-9+.-]+:///?', '')",
    f"""
    CREATE MACRO kql_parse_path(x) AS CAST(json_object(
        {", ".join(f"'{key}', {sql.format(x='x')}" for key, sql in PATH_PARTS.items())}) AS VARCHAR)
    """,
    # What mv-expand makes rows of: null is one row, an empty array none, a bag a bag a key.
    """
    CREATE MACRO kql_expand(x) AS CASE
        WHEN x IS NULL THEN [CAST(NULL AS VARCHAR)]
        WHEN json_type(x) = 'ARRAY' THEN
            list_transform(CAST(json_extract(x, '$[*]') AS JSON[]), lambda e: nullif(CAST(e AS VARCHAR), 'null'))
        WHEN json_type(x) = 'OBJECT' THEN
            list_transform(json_keys(x), lambda k: CAST(json_object(k, json_extract(x, kql_pointer(k))) AS VARCHAR))
        ELSE [x]
    END
    """,
    """
    CREATE MACRO kql_expand_pairs(x) AS CASE
        WHEN json_type(x) = 'OBJECT' THEN
            list_transform(json_keys(x), lambda k: CAST(json_array(k, json_extract(x, kql_pointer(k))) AS VARCHAR))
        ELSE kql_expand(x)
    END
    """,
    # The first bag to have a key keeps it.
    """
    CREATE MACRO kql_merge_bags(bags) AS '{' || coalesce(array_to_string(list_transform(
        kql_unique(flatten(list_transform(coalesce(bags, []), lambda b: json_keys(b)))),
        lambda k: CAST(to_json(k) AS VARCHAR) || ':' || CAST(json_extract(
            list_filter(bags, lambda b: list_contains(json_keys(b), k))[1], kql_pointer(k)) AS VARCHAR)
        ), ','), '') || '}'
    """,
    """
    CREATE MACRO kql_url_encode(x) AS array_to_string(list_transform(string_split(url_encode(x), '%'),
        lambda part, i: CASE WHEN i = 1 THEN part ELSE '%' || lower(part[1:2]) || part[3:] END), '')
    """,
    """
    CREATE MACRO kql_letter(n) AS CASE
        WHEN n BETWEEN 0 AND 55295 OR n BETWEEN 57344 AND 1114111 THEN chr(CAST(n AS INTEGER)) END
    """,
    """
    CREATE MACRO kql_letters(items) AS CASE
        WHEN len(list_filter(items, lambda e: json_type(e) NOT IN ('BIGINT', 'UBIGINT')
            OR kql_letter(TRY_CAST(e AS BIGINT)) IS NULL)) = 0
        THEN coalesce(array_to_string(list_transform(items, lambda e: kql_letter(TRY_CAST(e AS BIGINT))), ''), '') END
    """,
    # Only for what parses x and fails where it is no JSON: a query may trust texts that look like it (see trust.py).
    """
    CREATE MACRO kql_json_or_null(x) AS CASE
        WHEN getvariable('trusting_json') AND x >= '{' AND x < '|' THEN x
        WHEN json_valid(x) THEN x END
    """,
    "CREATE MACRO kql_split(x, d) AS CASE WHEN d = '' THEN [x] ELSE string_split(x, d) END",
    """
    CREATE MACRO kql_first_term(hay, needles) AS coalesce(
        list_position(list_transform(needles, lambda e: kql_term(hay, e, true, true)), true) - 1, -1)
    """,
    "CREATE MACRO kql_pointer(k) AS '/' || replace(replace(k, '~', '~0'), '/', '~1')",
    "CREATE MACRO kql_ts(t) AS make_timestamp(kql_floor(t, 10))",
    # Unlike list_distinct: in the order of first appearance.
    "CREATE MACRO kql_unique(items) AS list_filter(items, lambda e, i: list_position(items, e) = i)",
    f"""
    CREATE MACRO kql_datetime_text(t) AS coalesce(
        CASE WHEN t NOT BETWEEN {FIRST_TICK} AND {LAST_TICK} THEN error('{BEYOND}') END,
        strftime(make_timestamp(kql_floor(t, 10)), '%Y-%m-%dT%H:%M:%S.%f')
        || CAST(((t % 10) + 10) % 10 AS VARCHAR) || 'Z',
        '')
    """,
    """
    CREATE MACRO kql_timespan_text(t) AS CASE WHEN t IS NULL THEN '' ELSE
        (CASE WHEN t < 0 THEN '-' ELSE '' END)
        || (CASE WHEN abs(t) >= 864000000000 THEN CAST(abs(t) // 864000000000 AS VARCHAR) || '.' ELSE '' END)
        || lpad(CAST(abs(t) // 36000000000 % 24 AS VARCHAR), 2, '0') || ':'
        || lpad(CAST(abs(t) // 600000000 % 60 AS VARCHAR), 2, '0') || ':'
        || lpad(CAST(abs(t) // 10000000 % 60 AS VARCHAR), 2, '0')
        || (CASE WHEN abs(t) % 10000000 = 0 THEN '' ELSE
            '.' || lpad(CAST(abs(t) % 10000000 AS VARCHAR), 7, '0') END)
        END
    """,
    """
    CREATE MACRO kql_real_text(x) AS CASE
        WHEN x IS NULL THEN ''
        WHEN isnan(x) THEN 'NaN'
        WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
        ELSE replace(CAST(x AS VARCHAR), 'e', 'E')
    END
    """,
    """
    CREATE MACRO kql_real_json(x) AS CASE
        WHEN isnan(x) OR isinf(x) THEN CAST(to_json(kql_real_text(x)) AS VARCHAR)
        ELSE CAST(to_json(x) AS VARCHAR)
    END
    """,
    """
    CREATE MACRO kql_decimal_text(x) AS coalesce(
        CASE WHEN contains(CAST(x AS VARCHAR), '.') THEN rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.')
        ELSE CAST(x AS VARCHAR) END, '')
    """,
    # A fraction or an exponent in a text is no whole number; hexadecimal is.
    """
    CREATE MACRO kql_to_long(x) AS
        TRY_CAST(regexp_extract(x, '^\\s*([+-]?\\d{1,19}|0[xX][0-9a-fA-F]{1,16})\\s*$', 1) AS BIGINT)
    """,
    # DuckDB takes 1_000 for a number.
    "CREATE MACRO kql_to_real(x) AS CASE WHEN NOT contains(x, '_') THEN TRY_CAST(trim(x) AS DOUBLE) END",
    "CREATE MACRO kql_to_decimal(x) AS CASE WHEN NOT contains(x, '_') THEN TRY_CAST(trim(x) AS DECIMAL(38,18)) END",
    "CREATE MACRO kql_to_int(x) AS TRY_CAST(kql_to_long(x) AS INTEGER)",
    # A long keeps its lower bits; a real stops at the bounds, and is null where it is no number.
    "CREATE MACRO kql_int_of_long(x) AS CAST(((x % 4294967296) + 6442450944) % 4294967296 - 2147483648 AS INTEGER)",
    """
    CREATE MACRO kql_int_of_real(x) AS CASE WHEN isfinite(x) THEN
        CAST(trunc(greatest(least(x, 2147483647::DOUBLE), -2147483648::DOUBLE)) AS INTEGER) END
    """,
    """
    CREATE MACRO kql_long_of_real(x) AS CASE
        WHEN isfinite(x) AND x >= 9223372036854775807::DOUBLE THEN 9223372036854775807
        WHEN isfinite(x) AND x <= '-9223372036854775808'::DOUBLE THEN CAST('-9223372036854775808' AS BIGINT)
        WHEN isfinite(x) THEN CAST(trunc(x) AS BIGINT) END
    """,
    rf"""
    CREATE MACRO kql_guid(x) AS lower(CAST(TRY_CAST(regexp_extract(x, '{_GUID}', 1) AS UUID) AS VARCHAR))
    """,
)


_CALLED = re.compile(r"\bkql_\w+")
# What the views of tables and the reading of files call.
_FILES = "kql_datetime kql_timespan kql_json"


def holds_lambda(sql: str) -> bool:
    """Whether SQL has a lambda in it, or calls a macro that has."""
    return "lambda" in sql or not _lambdas().isdisjoint(_CALLED.findall(sql))


class Macros:
    """The macros that one database knows: each is made when a query first calls it, since all of them cost 150 ms."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: set[str] = set()

    def prepare(self, cursor: duckdb.DuckDBPyConnection, sql: str) -> None:
        """Make what ``sql`` calls; all cursors of the database know it then."""
        missing = set(_CALLED.findall(sql)) - self._made
        if not missing:
            return
        with self._lock:
            for name in sorted(missing):
                self._make(cursor, name)

    def _make(self, cursor: duckdb.DuckDBPyConnection, name: str) -> None:
        definition = _definitions().get(name)
        if definition is None or name in self._made:
            return
        for called in _CALLED.findall(definition):
            if called != name:
                self._make(cursor, called)
        cursor.execute(definition)
        self._made.add(name)


def create_file_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros that reading files takes."""
    Macros().prepare(connection, _FILES)


@cache
def _lambdas() -> frozenset[str]:
    """The macros that have a lambda in them, or call one that has."""
    bodies = {name: set(_CALLED.findall(text)) - {name} for name, text in _definitions().items()}
    found = {name for name, text in _definitions().items() if "lambda" in text}
    while more := {name for name, called in bodies.items() if name not in found and not called.isdisjoint(found)}:
        found |= more
    return frozenset(found)


@cache
def _definitions() -> dict[str, str]:
    """Each macro's statement, by its name; a second time it does nothing."""
    found: dict[str, str] = {}
    for text in (*_MACROS, *IPV6_MACROS, *LOOSE_TIME_MACROS):
        statement = text.replace("CREATE MACRO", "CREATE MACRO IF NOT EXISTS", 1)
        found[_CALLED.findall(statement)[0]] = statement
    return found
