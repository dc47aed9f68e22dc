"""Functions on times and durations, which are ticks of 100 ns since 1970 (or of length)."""

from __future__ import annotations

from fractions import Fraction

from .....kql.constants import EPOCH_TICKS, FIRST_TICK, LAST_TICK
from ...conversion import literal
from ..casts import common_type, to_datetime, to_number
from ..values import NUMERIC, WHOLE, Value, constant
from .registry import Arguments, function, template

_DAY = 864_000_000_000
_DECIMAL = "DECIMAL(38,18)"
_UNITS = {
    "week": 7 * _DAY,
    "day": _DAY,
    "hour": 36_000_000_000,
    "minute": 600_000_000,
    "second": 10_000_000,
    "millisecond": 10_000,
    "microsecond": 10,
}

template("dayofmonth", "int", "CAST(day(kql_ts({0})) AS INTEGER)", "datetime")
template("dayofyear", "int", "CAST(dayofyear(kql_ts({0})) AS INTEGER)", "datetime")
template("monthofyear", "int", "CAST(month(kql_ts({0})) AS INTEGER)", "datetime")
template("getmonth", "int", "CAST(month(kql_ts({0})) AS INTEGER)", "datetime")
template("getyear", "int", "CAST(year(kql_ts({0})) AS INTEGER)", "datetime")
template("hourofday", "int", f"CAST(({{0}} % {_DAY} + {_DAY}) // 36000000000 % 24 AS INTEGER)", "datetime")
template("week_of_year", "long", "CAST(weekofyear(kql_ts({0})) AS BIGINT)", "datetime")
template("dayofweek", "timespan", f"CAST(dayofweek(kql_ts({{0}})) AS BIGINT) * {_DAY}", "datetime")


def _since_1970(unit: str, ticks: Fraction) -> None:
    first, last = (int(bound / ticks) for bound in (FIRST_TICK, LAST_TICK))

    @function(f"unixtime_{unit}_todatetime", takes=("number",))
    def _moment(arguments: Arguments) -> Value:
        if arguments[0].type in WHOLE:
            number = f"CAST({arguments.sql(0)} AS BIGINT)"
            low, high = max(first, -(1 << 63)), min(last, (1 << 63) - 1)
            sql = f"{number} * {ticks.numerator}" if ticks.denominator == 1 else f"{number} // {ticks.denominator}"
        else:
            number, low, high = f"CAST({arguments.sql(0)} AS DOUBLE)", first, last
            sql = f"CAST(trunc({number} * {ticks.numerator} / {ticks.denominator}) AS BIGINT)"
        return Value(f"CASE WHEN {number} BETWEEN {low} AND {high} THEN {sql} END", "datetime")


for _unit, _ticks in (("seconds", 10_000_000), ("milliseconds", 10_000), ("microseconds", 10)):
    _since_1970(_unit, Fraction(_ticks))
_since_1970("nanoseconds", Fraction(1, 100))


@function("now", takes=("timespan",), required=0)
def _now(arguments: Arguments) -> Value:
    return _shifted(arguments, 1)


@function("ago", takes=("timespan",))
def _ago(arguments: Arguments) -> Value:
    return _shifted(arguments, -1)


def _shifted(arguments: Arguments, sign: int) -> Value:
    now = arguments.context.now
    if not len(arguments):
        return constant(now, "datetime")
    offset = arguments[0].constant
    if isinstance(offset, int):
        return constant(now + sign * offset, "datetime")
    return Value(f"(CAST({now} AS BIGINT) {'+' if sign > 0 else '-'} {arguments.sql(0)})", "datetime")


@function("bin", "floor", takes=("scalar", "scalar"))
def _bin(arguments: Arguments) -> Value:
    return binned(arguments, arguments[0], arguments[1], None)


@function("bin_at", takes=("scalar", "scalar", "scalar"))
def _bin_at(arguments: Arguments) -> Value:
    return binned(arguments, arguments[0], arguments[1], arguments[2])


@function("bin_auto", takes=("scalar",))
def _bin_auto(arguments: Arguments) -> Value:
    settings = arguments.context.settings
    size, fixed = settings.get("query_bin_auto_size"), settings.get("query_bin_auto_at")
    if size is None:
        arguments.fail("the query says no size.", "Write for instance set query_bin_auto_size=1h; before it.")
    if fixed is not None and fixed.type != arguments[0].type and not {fixed.type, arguments[0].type} <= NUMERIC:
        arguments.fail(f"query_bin_auto_at is a {fixed.type}, and the value a {arguments[0].type}.")
    return binned(arguments, arguments[0], size, fixed)


def binned(arguments: Arguments, value: Value, size: Value, origin: Value | None) -> Value:
    """``value`` rounded down to a multiple of ``size``, counted from ``origin`` (for times, from year 1)."""
    x, step = value.sql, _size(size)
    if value.type in ("datetime", "timespan"):
        if size.type != "timespan":
            # A bare number is a count of days… of ticks for Kusto; nobody means it.
            arguments.fail("the size has to be a duration.", "Write for instance 1h.")
        if origin is not None and origin.type != value.type:
            arguments.fail(f"a {value.type} cannot be counted from a {origin.type}.")
        if origin is None and value.type == "datetime" and isinstance(size.constant, int) and size.constant > 0:
            # Counted from year 1 no time is negative, so that cutting off is rounding down.
            return Value(f"(({x} + {EPOCH_TICKS}) // {size.constant} * {size.constant} - {EPOCH_TICKS})", "datetime")
        zero = origin.sql if origin is not None else str(-EPOCH_TICKS) if value.type == "datetime" else "0"
        return Value(f"({zero} + kql_floor({x} - ({zero}), {step}) * {step})", value.type)
    if value.type not in NUMERIC or size.type not in NUMERIC:
        arguments.fail(f"cannot bin a {value.type} by a {size.type}.")
    if origin is not None and origin.type not in NUMERIC:
        arguments.fail(f"a {value.type} cannot be counted from a {origin.type}.")
    kind = common_type({value.type, size.type, *({origin.type} if origin is not None else ())}) or "real"
    start = to_number(origin, kind).sql if origin is not None else "0"
    if kind in WHOLE:
        return Value(f"({start} + kql_floor(CAST({x} AS BIGINT) - {start}, CAST({step} AS BIGINT)) * {step})", "long")
    if kind == "decimal":
        number, step = to_number(value, kind).sql, f"CAST({step} AS {_DECIMAL})"
        return Value(f"CAST({number} - kql_mod(CAST({number} - {start} AS {_DECIMAL}), {step}) AS {_DECIMAL})", kind)
    count = f"floor((CAST({x} AS DOUBLE) - {start}) / CAST({step} AS DOUBLE))"
    if isinstance(size.constant, int | float) and size.constant > 0:
        return Value(f"({start} + {count} * {step})", "real")
    # No number is a multiple of zero, and no null either.
    zero = f"{size.sql} = 0 AND {x} IS NOT NULL"
    return Value(f"CASE WHEN {zero} THEN CAST('NaN' AS DOUBLE) ELSE {start} + {count} * {step} END", "real")


def _size(size: Value) -> str:
    """SQL of a bin's size; null where it is no size."""
    if isinstance(size.constant, int | float) and size.constant > 0:
        return size.sql
    return f"CASE WHEN {size.sql} > 0 THEN {size.sql} END"


def _period(unit: str, *, end: bool) -> None:
    name = f"{'end' if end else 'start'}of{unit}"

    @function(name, takes=("datetime", "whole"), required=1)
    def _find(arguments: Arguments) -> Value:
        offset = f"CAST({arguments.sql(1)} AS INTEGER)" if len(arguments) > 1 else "0"
        start = _period_start(unit, arguments.sql(0), offset)
        if not end:
            return Value(start, "datetime")
        return Value(f"({_period_start(unit, arguments.sql(0), f'{offset} + 1')} - 1)", "datetime")


def _period_start(unit: str, ticks: str, offset: str) -> str:
    if unit == "day":
        return f"(kql_floor({ticks}, {_DAY}) + ({offset})) * {_DAY}"
    if unit == "week":
        # Weeks start on Sunday; 1970-01-01 was a Thursday.
        return f"((kql_floor({ticks} + {4 * _DAY}, {7 * _DAY}) + ({offset})) * {7 * _DAY} - {4 * _DAY})"
    months = 12 if unit == "year" else 1
    return f"(epoch_us(date_trunc('{unit}', kql_ts({ticks})) + to_months(CAST(({offset}) * {months} AS INTEGER))) * 10)"


for _unit in ("day", "week", "month", "year"):
    _period(_unit, end=False)
    _period(_unit, end=True)


def _unit_of(arguments: Arguments) -> str:
    text = (arguments[0].text or "").lower()
    if not text:
        arguments.context.refuse(arguments.node.at, f"{arguments.node.name}() with a part that is not constant")
    return text


@function("datetime_part", "datepart", takes=("string", "datetime"))
def _datetime_part(arguments: Arguments) -> Value:
    unit, ticks = _unit_of(arguments), arguments.sql(1)
    moment = f"kql_ts({ticks})"
    parts = {
        "year": f"year({moment})",
        "quarter": f"quarter({moment})",
        "month": f"month({moment})",
        "week_of_year": f"weekofyear({moment})",
        "day": f"day({moment})",
        "dayofyear": f"dayofyear({moment})",
        "hour": f"({ticks} % {_DAY} + {_DAY}) // 36000000000 % 24",
        "minute": f"minute({moment})",
        "second": f"second({moment})",
        "millisecond": f"(kql_mod({ticks}, 10000000) // 10000)",
        "microsecond": f"(kql_mod({ticks}, 10000000) // 10)",
        "nanosecond": f"(kql_mod({ticks}, 10000000) * 100)",
    }
    if unit not in parts:
        arguments.fail(f"there is no part {unit!r}.", f"Parts are {', '.join(parts)}.")
    return Value(f"CAST({parts[unit]} AS BIGINT)", "long")


@function("datetime_diff", takes=("string", "datetime", "datetime"))
def _datetime_diff(arguments: Arguments) -> Value:
    unit, a, b = _unit_of(arguments), arguments.sql(1), arguments.sql(2)
    if unit in ("year", "quarter", "month"):
        return Value(f"CAST(date_diff('{unit}', kql_ts({b}), kql_ts({a})) AS BIGINT)", "long")
    if unit == "week":
        return Value(f"(kql_floor({a} + {4 * _DAY}, {7 * _DAY}) - kql_floor({b} + {4 * _DAY}, {7 * _DAY}))", "long")
    if unit == "nanosecond":
        return Value(f"(({a} - {b}) * 100)", "long")
    if unit not in _UNITS:
        arguments.fail(
            f"there is no unit {unit!r}.", "Units are year, quarter, month, week, day, hour, minute, second …"
        )
    return Value(f"(kql_floor({a}, {_UNITS[unit]}) - kql_floor({b}, {_UNITS[unit]}))", "long")


@function("datetime_add", takes=("string", "whole", "datetime"))
def _datetime_add(arguments: Arguments) -> Value:
    unit, amount, ticks = _unit_of(arguments), arguments.sql(1), arguments.sql(2)
    months = {"year": 12, "quarter": 3, "month": 1}.get(unit)
    if months:
        moved = f"kql_ts({ticks}) + to_months(CAST({amount} * {months} AS INTEGER))"
        return Value(f"(epoch_us({moved}) * 10 + kql_mod({ticks}, 10))", "datetime")
    if unit == "nanosecond":
        return Value(f"({ticks} + {amount} // 100)", "datetime")
    if unit not in _UNITS:
        arguments.fail(f"there is no unit {unit!r}.")
    return Value(f"({ticks} + {amount} * {_UNITS[unit]})", "datetime")


@function("make_datetime", takes=("any", "whole", "whole", "whole", "whole", "number"), required=1)
def _make_datetime(arguments: Arguments) -> Value:
    if len(arguments) == 1:
        return to_datetime(arguments[0])
    if len(arguments) == 2 or arguments[0].type not in ("int", "long", "dynamic"):
        arguments.fail("it takes year, month and day, then hour, minute and second, all whole numbers but the last.")
    parts = [f"CAST({to_number(arguments[0], 'long').sql} AS BIGINT)", *(value.sql for value in arguments.values[1:])]
    parts += ["0"] * (6 - len(parts))
    year, month, day, hour, minute, second = parts
    date = f"TRY(epoch_us(make_timestamp({year}, {month}, {day}, {hour}, {minute}, 0.0::DOUBLE)) * 10)"
    seconds = f"CAST(round(CAST({second} AS DOUBLE) * 10000000) AS BIGINT)"
    valid = f"{year} BETWEEN 1 AND 9999 AND {hour} BETWEEN 0 AND 23 AND {second} >= 0 AND {second} < 60"
    return Value(f"CASE WHEN {valid} THEN {date} + {seconds} END", "datetime")


@function("make_timespan", takes=("whole", "whole", "number", "number"), required=2)
def _make_timespan(arguments: Arguments) -> Value:
    parts = [value.sql for value in arguments.values]
    if len(parts) == 2:
        parts = ["0", *parts, "0"]
    elif len(parts) == 3:
        parts = ["0", *parts]
    day, hour, minute, second = parts
    whole = f"({day} * {_DAY} + {hour} * 36000000000 + CAST({minute} AS BIGINT) * 600000000)"
    return Value(
        f"CASE WHEN {hour} BETWEEN 0 AND 23 AND {minute} BETWEEN 0 AND 59 AND {second} >= 0 AND {second} < 60"
        f" THEN {whole} + CAST(round(CAST({second} AS DOUBLE) * 10000000) AS BIGINT) END",
        "timespan",
    )


# --- formats -------------------------------------------------------------------------------

_SIZES = range(8, 0, -1)


@function("format_datetime", takes=("datetime", "string"))
def _format_datetime(arguments: Arguments) -> Value:
    ticks = arguments.sql(0)
    moment = f"kql_ts({ticks})"
    fraction = f"lpad(CAST(kql_mod({ticks}, 10000000) AS VARCHAR), 7, '0')"
    hour12 = f"((hour({moment}) + 11) % 12 + 1)"
    pieces = {
        "yyyy": f"lpad(CAST(year({moment}) AS VARCHAR), 4, '0')",
        "yy": f"lpad(CAST(year({moment}) % 100 AS VARCHAR), 2, '0')",
        "y": f"CAST(year({moment}) % 100 AS VARCHAR)",
        "tt": f"CASE WHEN hour({moment}) < 12 THEN 'AM' ELSE 'PM' END",
    }
    for letter, sql in (
        ("M", f"month({moment})"),
        ("d", f"day({moment})"),
        ("H", f"hour({moment})"),
        ("h", hour12),
        ("m", f"minute({moment})"),
        ("s", f"second({moment})"),
    ):
        pieces[letter] = f"CAST({sql} AS VARCHAR)"
        pieces[letter * 2] = f"lpad(CAST({sql} AS VARCHAR), 2, '0')"
    for count in range(1, 8):
        pieces["f" * count] = f"left({fraction}, {count})"
        # Nothing where all are zeros, as Kusto has it; the reference's table cuts those at the end.
        first = f"left({fraction}, {count})"
        pieces["F" * count] = f"CASE WHEN ltrim({first}, '0') <> '' THEN {first} ELSE '' END"
    words = _words(arguments, pieces, "/-:,. _[]T")
    if all(word in _CODES or word not in pieces for word in words):
        form = "".join(_CODES.get(word, word) for word in words)
        return Value(f"coalesce(strftime({moment}, {literal(form)}), '')", "string")
    return Value(f"coalesce({_assembled(words, pieces)}, '')", "string")


# What strftime() writes alike, in one go.
_CODES = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


@function("format_timespan", takes=("timespan", "string"))
def _format_timespan(arguments: Arguments) -> Value:
    ticks = f"abs({arguments.sql(0)})"
    fraction = f"lpad(CAST({ticks} % 10000000 AS VARCHAR), 7, '0')"
    pieces: dict[str, str] = {}
    for letter, divisor, modulus in (
        ("H", 36_000_000_000, 24),
        ("h", 36_000_000_000, 24),
        ("m", 600_000_000, 60),
        ("s", 10_000_000, 60),
    ):
        sql = f"CAST({ticks} // {divisor} % {modulus} AS VARCHAR)"
        pieces[letter] = sql
        pieces[letter * 2] = f"lpad({sql}, 2, '0')"
    days = f"CAST({ticks} // {_DAY} AS VARCHAR)"
    for count in range(1, 9):
        pieces["d" * count] = f"lpad({days}, CAST(greatest({count}, length({days})) AS INTEGER), '0')"
        if count < 8:
            pieces["f" * count] = f"left({fraction}, {count})"
            pieces["F" * count] = f"rtrim(left({fraction}, {count}), '0')"
    return Value(f"coalesce({_assembled(_words(arguments, pieces, '/-:,. _[]'), pieces)}, '')", "string")


def _assembled(words: list[str], pieces: dict[str, str]) -> str:
    return " || ".join(pieces.get(word) or literal(word) for word in words) if words else "''"


def _words(arguments: Arguments, pieces: dict[str, str], delimiters: str) -> list[str]:
    """The parts of a format: those that have a meaning, and what stands between them."""
    form = arguments[1].text
    if form is None:
        arguments.context.refuse(arguments.node.at, f"{arguments.node.name}() with a format that is not constant")
    parts: list[str] = []
    position = 0
    while position < len(form):
        # A run that is longer than any is several: ddd is dd and d.
        word = next((form[position : position + size] for size in _SIZES if form[position:][:size] in pieces), "")
        if not word and form[position] not in delimiters:
            arguments.fail(f"{form[position]!r} has no meaning in a format.")
        parts.append(word or form[position])
        position += len(word) or 1
    return parts


# Microsoft's list calls them so, and the IANA database otherwise.
_ZONES = {"T\u00fcrkiye": "Turkey", "Asia/Ho_Chi_Minh_City": "Asia/Ho_Chi_Minh"}


def _zone(arguments: Arguments) -> str:
    zone = arguments[1].text
    if zone is None:
        named = " ".join(f"WHEN {literal(name)} THEN {literal(other)}" for name, other in _ZONES.items())
        return f"CASE {arguments.sql(1)} {named} ELSE {arguments.sql(1)} END"
    from zoneinfo import available_timezones

    zone = _ZONES.get(zone, zone)
    if zone not in available_timezones():
        arguments.fail(f"there is no time zone {zone!r}.", "Write for instance 'Europe/Berlin'.")
    return literal(zone)


@function("datetime_utc_to_local", takes=("datetime", "string"))
def _utc_to_local(arguments: Arguments) -> Value:
    ticks, zone = arguments.sql(0), _zone(arguments)
    local = f"timezone({zone}, timezone('UTC', kql_ts({ticks})))"
    return Value(f"(epoch_us({local}) * 10 + kql_mod({ticks}, 10))", "datetime")


@function("datetime_local_to_utc", takes=("datetime", "string"))
def _local_to_utc(arguments: Arguments) -> Value:
    ticks, zone = arguments.sql(0), _zone(arguments)
    instant = f"timezone({zone}, kql_ts({ticks}))"
    # A time that the clocks leave out comes back later than it was: Kusto's is as much earlier.
    skipped = f"(epoch_us(timezone({zone}, {instant})) - epoch_us(kql_ts({ticks})))"
    return Value(f"((epoch_us(timezone('UTC', {instant})) - {skipped}) * 10 + kql_mod({ticks}, 10))", "datetime")
