"""SQL macros for times and durations as people write them, where the files' own forms do not fit.

They read a column as a constant is read: ``2020-1-5``, ``2020``, ``5 Jan 20 10:00``; ``1.5h``, ``2 days``, and a
bare number of days.
"""

from __future__ import annotations

_UNITS = {
    864_000_000_000: ("d", "day", "days"),
    36_000_000_000: ("h", "hr", "hrs", "hour", "hours"),
    600_000_000: ("m", "min", "minute", "minutes"),
    10_000_000: ("s", "sec", "second", "seconds"),
    10_000: ("ms", "milli", "millis", "millisec", "millisecond", "milliseconds"),
    10: ("micro", "micros", "microsec", "microsecond", "microseconds"),
    1: ("tick", "ticks"),
}
_TICKS = " ".join(f"WHEN u IN {names!r} THEN {ticks}" for ticks, names in _UNITS.items())
_NANOSECONDS = "u IN ('nano', 'nanos', 'nanosec', 'nanosecond', 'nanoseconds')"

# RFC 822 and RFC 850, with seconds or without, and with the weekday or without.
_WORDED = tuple(
    f"{day} {clock}"
    for day in ("%a, %d %b %y", "%d %b %y", "%A, %d-%b-%y", "%d-%b-%y")
    for clock in ("%H:%M:%S", "%H:%M")
)
_WORDED += ("%m.%d.%Y", "%b %-d, %Y")

LOOSE_TIME_MACROS = (
    rf"""
    CREATE MACRO kql_unit_ticks(n, u) AS CASE
        WHEN u = '' AND NOT contains(n, '.') THEN CAST(TRY_CAST(n AS DECIMAL(25,12)) * 864000000000 AS DECIMAL(38,12))
        WHEN {_NANOSECONDS} THEN CAST(TRY_CAST(n AS DECIMAL(25,12)) / 100 AS DECIMAL(38,12))
        ELSE CAST(TRY_CAST(n AS DECIMAL(25,12)) * CAST(CASE {_TICKS} END AS DECIMAL(13,0)) AS DECIMAL(38,12)) END
    """,
    r"""
    CREATE MACRO kql_loose_timespan(x) AS list_transform(
        [regexp_extract(lower(trim(x)), '^(-?)(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)$', ['s', 'n', 'u'])],
        lambda m: CASE WHEN m.n <> '' THEN
            CASE WHEN m.s = '' THEN 1 ELSE -1 END * TRY_CAST(trunc(kql_unit_ticks(m.n, m.u)) AS BIGINT) END)[1]
    """,
    r"""
    CREATE MACRO kql_loose_datetime(x) AS CASE
        WHEN regexp_matches(x, '^\s*\d{4}(-|\s*$)') THEN list_transform([regexp_extract(trim(x),
            '^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:[T ]+(\d{1,2})(:.*?))?(?i: ?GMT)?$', ['y', 'm', 'd', 'h', 'r'])],
            lambda p: CASE WHEN p.y <> '' THEN kql_datetime(
                p.y || '-' || lpad(CASE WHEN p.m = '' THEN '1' ELSE p.m END, 2, '0')
                || '-' || lpad(CASE WHEN p.d = '' THEN '1' ELSE p.d END, 2, '0')
                || CASE WHEN p.h = '' THEN '' ELSE 'T' || lpad(p.h, 2, '0') || p.r END) END)[1]
        WHEN x <> '' THEN kql_worded_datetime(regexp_replace(trim(x), '(?i) GMT$', '')) END
    """,
    # strptime heeds no weekday: where there is one, it has to be that of the date.
    f"""
    CREATE MACRO kql_worded_datetime(x) AS list_transform(
        [try_strptime(x, [{", ".join(f"'{form}'" for form in _WORDED)}])],
        lambda t: CASE WHEN NOT regexp_matches(x, '^[A-Za-z]+,') OR starts_with(lower(x), lower(strftime(t, '%a')))
            THEN epoch_us(t) * 10 END)[1]
    """,
)
