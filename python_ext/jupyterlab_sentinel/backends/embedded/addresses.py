"""SQL macros for IPv6 addresses: an address is 32 hexadecimal digits, so that texts compare as addresses do.

The texts that Kusto takes are an IPv6 address, one that ends in an IPv4 address, and an IPv4 address, each with the
length of a prefix or without. ``1.2.3.4`` and ``::1.2.3.4`` stand for ``::ffff:102:304``, and what follows their slash
counts the bits of the IPv4 address: Microsoft's examples of ``parse_ipv6_mask`` show both.
"""

from __future__ import annotations

_DOTTED = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"

IPV6_MACROS = (
    # What kql_ipv4 says of four numbers, with the text named once: DuckDB binds a copy for each mention.
    """
    CREATE MACRO kql_dotted(x) AS list_transform([string_split(x, '.')], lambda q: CASE
        WHEN len(list_filter(q, lambda e: regexp_full_match(e, '25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]'))) = 4
        THEN CAST(q[1] AS BIGINT) * 16777216 + CAST(q[2] AS BIGINT) * 65536 + CAST(q[3] AS BIGINT) * 256
            + CAST(q[4] AS BIGINT) END)[1]
    """,
    """
    CREATE MACRO kql_ipv6_side(p) AS CASE WHEN p = '' THEN CAST([] AS VARCHAR[]) ELSE string_split(p, ':') END
    """,
    """
    CREATE MACRO kql_ipv6_groups(a) AS list_transform([string_split(a, '::')], lambda p: CASE
        WHEN len(p) = 1 THEN string_split(a, ':')
        WHEN len(p) = 2 AND len(kql_ipv6_side(p[1])) + len(kql_ipv6_side(p[2])) < 8 THEN list_concat(
            kql_ipv6_side(p[1]),
            list_transform(range(8 - len(kql_ipv6_side(p[1])) - len(kql_ipv6_side(p[2]))), lambda i: '0'),
            kql_ipv6_side(p[2]))
        END)[1]
    """,
    """
    CREATE MACRO kql_ipv6_plain(a) AS list_transform([kql_ipv6_groups(a)], lambda g: CASE
        WHEN len(g) = 8 AND len(list_filter(g, lambda e: regexp_full_match(e, '[0-9a-f]{1,4}'))) = 8
        THEN array_to_string(list_transform(g, lambda e: lpad(e, 4, '0')), '') END)[1]
    """,
    f"""
    CREATE MACRO kql_ipv6_hex(a) AS CASE
        WHEN regexp_full_match(a, '(::)?{_DOTTED}')
            THEN '00000000000000000000ffff' || format('{{:08x}}', kql_dotted(ltrim(a, ':')))
        WHEN regexp_full_match(a, '[0-9a-f:]*:{_DOTTED}') THEN kql_ipv6_plain(
            regexp_extract(a, '^(.*:){_DOTTED}$', 1)
            || format('{{:x}}', kql_dotted(regexp_extract(a, '({_DOTTED})$', 1)) // 65536) || ':'
            || format('{{:x}}', kql_dotted(regexp_extract(a, '({_DOTTED})$', 1)) % 65536))
        ELSE kql_ipv6_plain(a) END
    """,
    f"""
    CREATE MACRO kql_ipv6_length(a, b) AS CASE
        WHEN b = '' THEN 128
        WHEN regexp_full_match(a, '([0:]*:ffff:|::)?{_DOTTED}') THEN
            CASE WHEN CAST(b AS BIGINT) <= 32 THEN CAST(b AS BIGINT) + 96 END
        WHEN CAST(b AS BIGINT) <= 128 THEN CAST(b AS BIGINT) END
    """,
    """
    CREATE MACRO kql_ipv6(x) AS list_transform(
        [regexp_extract(lower(trim(x)), '^([0-9a-f:.]+)(?:%[^/]*)?(?:/([0-9]{1,3}))?$', ['a', 'b'])],
        lambda m: {'h': kql_ipv6_hex(m.a), 'n': CAST(kql_ipv6_length(m.a, m.b) AS BIGINT)})[1]
    """,
    """
    CREATE MACRO kql_hex_masked(h, n) AS rpad(left(h, n // 4) || CASE WHEN n % 4 = 0 THEN '' ELSE substr(
        '0123456789abcdef',
        (strpos('0123456789abcdef', substr(h, n // 4 + 1, 1)) - 1) // (16 >> (n % 4)) * (16 >> (n % 4)) + 1,
        1) END, 32, '0')
    """,
    """
    CREATE MACRO kql_hex_compared(a, b, n) AS CASE
        WHEN kql_hex_masked(a, n) = kql_hex_masked(b, n) THEN 0
        WHEN kql_hex_masked(a, n) < kql_hex_masked(b, n) THEN -1
        WHEN kql_hex_masked(a, n) > kql_hex_masked(b, n) THEN 1 END
    """,
    # Two IPv4 addresses and a prefix below 97: the documentation has it count 128 bits and, in its examples, 32.
    """
    CREATE MACRO kql_ipv6_compare(x, y, n) AS list_transform([{'a': kql_ipv6(x), 'b': kql_ipv6(y)}], lambda p: CASE
        WHEN n IS NULL OR n NOT BETWEEN 0 AND 128
            OR p.a.h IS NULL OR p.b.h IS NULL OR p.a.n IS NULL OR p.b.n IS NULL THEN NULL
        WHEN n < 97 AND NOT contains(x, ':') AND NOT contains(y, ':')
            AND kql_hex_compared(p.a.h, p.b.h, least(n + 96, p.a.n, p.b.n)) <> 0
            THEN error('whether a prefix below 97 counts the bits of two IPv4 addresses is not documented: '
                || 'use the function for IPv4')
        ELSE kql_hex_compared(p.a.h, p.b.h, least(n, p.a.n, p.b.n)) END)[1]
    """,
    """
    CREATE MACRO kql_ipv6_in(x, net) AS list_transform([{'a': kql_ipv6(x), 'b': kql_ipv6(net)}], lambda p: CASE
        WHEN p.a.n IS NOT NULL AND p.b.n IS NOT NULL
        THEN kql_hex_masked(kql_hex_masked(p.a.h, p.a.n), p.b.n) = kql_hex_masked(p.b.h, p.b.n) END)[1]
    """,
    """
    CREATE MACRO kql_ipv6_text(x, n) AS list_transform([kql_ipv6(x)], lambda p: coalesce(CASE
        WHEN n BETWEEN 0 AND 128 AND p.n IS NOT NULL THEN rtrim(regexp_replace(
            kql_hex_masked(p.h, least(n, p.n)), '(.{4})', '\\1:', 'g'), ':') END, ''))[1]
    """,
)
