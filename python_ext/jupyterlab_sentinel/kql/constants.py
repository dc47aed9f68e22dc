"""Literals: their KQL type and value, and the values inside ``dynamic(…)``."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from . import tree
from .lexer import Token, string_value

if TYPE_CHECKING:
    from .cursor import Cursor
    from .tree import Expression, Literal

EPOCH_TICKS = 621_355_968_000_000_000
"""Ticks from 0001-01-01, where Kusto counts from, to 1970-01-01, where this package does."""
FIRST_TICK, LAST_TICK = -EPOCH_TICKS, 253_402_300_800 * 10_000_000 - 1
"""The first moment of a datetime, the beginning of year 1, and the last one, the end of year 9999."""

TYPE_NAMES = {
    **{
        name: name
        for name in ("bool", "int", "long", "real", "decimal", "datetime", "timespan", "guid", "string", "dynamic")
    },
    "boolean": "bool",
    "double": "real",
    "float": "real",
    "date": "datetime",
    "time": "timespan",
    "uuid": "guid",
    "uniqueid": "guid",
    "object": "dynamic",
    **dict.fromkeys(("int8", "int16", "int32", "uint8", "uint16", "uint32", "uint"), "int"),
    **dict.fromkeys(("int64", "uint64", "ulong"), "long"),
}
"""Every name that KQL has for a type, and the type's own."""

_UNIT_TICKS = {
    **dict.fromkeys(("d", "day", "days"), 864_000_000_000),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 36_000_000_000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 600_000_000),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 10_000_000),
    **dict.fromkeys(("ms", "milli", "millis", "millisec", "millisecond", "milliseconds"), 10_000),
    **dict.fromkeys(("micro", "micros", "microsec", "microsecond", "microseconds"), 10),
    **dict.fromkeys(("tick", "ticks"), 1),
}
_NANOSECONDS = ("nano", "nanos", "nanosec", "nanosecond", "nanoseconds")
_SPAN = re.compile(r"(-?)(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)", re.IGNORECASE)
_CLOCK = re.compile(r"(-?)(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7})\d*)?)?")
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7})\d*)?)?)?"
    r"\s*(Z|GMT|[+-]\d{1,2}:?\d{2})?",
    re.IGNORECASE,
)
_OTHER_FORMATS = (
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y%m%d",
    "%Y",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%d %b %Y",
    "%m.%d.%Y",
    "%b %d, %Y",
    # RFC 822 and RFC 850, with seconds or without, and with the weekday or without.
    *(
        f"{day} {clock}{zone}"
        for day in ("%a, %d %b %y", "%d %b %y", "%A, %d-%b-%y", "%d-%b-%y")
        for clock in ("%H:%M:%S", "%H:%M")
        for zone in ("", " GMT")
    ),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def datetime_ticks(text: str) -> int | None:
    """Ticks since 1970 of a date as KQL writes it; None if it is none. Without a zone it is UTC."""
    text = text.strip()
    found = _ISO.fullmatch(text)
    if found is None:
        return _other_ticks(text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        ticks = (moment - _EPOCH) // timedelta(microseconds=1) * 10
    except ValueError:
        return None
    ticks += int((fraction or "0").ljust(7, "0"))
    if zone and zone.upper() not in ("Z", "GMT"):
        sign = -1 if zone[0] == "-" else 1
        digits = zone[1:].replace(":", "").rjust(4, "0")
        ticks -= sign * (int(digits[:2]) * 60 + int(digits[2:])) * 600_000_000
    return ticks


def _other_ticks(text: str) -> int | None:
    for form in _OTHER_FORMATS:
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        if form[:2].lower() == "%a" and "%y" in form and not text.lower().startswith(f"{moment:%a}".lower()):
            return None
        return (moment - _EPOCH) // timedelta(microseconds=1) * 10
    return None


def timespan_ticks(text: str) -> int | None:
    """Ticks of a duration: ``1.5h``, ``2.03:04:05.6``, a bare number of days; None if it is none, or too long."""
    ticks = _any_span_ticks(text.strip())
    return ticks if ticks is not None and -(1 << 63) <= ticks < 1 << 63 else None


def _any_span_ticks(text: str) -> int | None:
    clock = _CLOCK.fullmatch(text)
    if clock:
        sign, days, hours, minutes, seconds, fraction = clock.groups()
        whole = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds or 0)
        ticks = whole * 10_000_000 + int((fraction or "0").ljust(7, "0"))
        return -ticks if sign else ticks
    span = _SPAN.fullmatch(text)
    if span:
        return _span_ticks(*span.groups())
    if re.fullmatch(r"-?\d+", text):
        return int(text) * 864_000_000_000
    return None


def _span_ticks(sign: str, number: str, unit: str) -> int | None:
    unit = unit.lower()
    if unit in _NANOSECONDS:
        ticks = Decimal(number) / 100
    elif unit in _UNIT_TICKS:
        ticks = Decimal(number) * _UNIT_TICKS[unit]
    else:
        return None
    return -int(ticks) if sign else int(ticks)


BOOLEANS = {
    spelling: value for value in (True, False) for spelling in (str(value), str(value).lower(), str(value).upper())
}
"""What the words for truth mean; no other spellings are words."""


def read_literal(cursor: Cursor) -> Literal:
    """A number, a duration, a raw GUID, or a literal that names its type, such as ``datetime(2019-02-18)``."""
    token = cursor.next()
    if token.kind == "number":
        return _number(cursor, token)
    name, parenthesis, content = token.text.partition("(")
    if not parenthesis:
        return tree.Literal(token.start, "guid", token.text.lower())
    kind = TYPE_NAMES[name]
    text = content[:-1].strip()
    if text[:1] in ("'", '"', "@", "h"):
        text = string_value(text)
    if text.lower() in ("null", ""):
        return tree.Literal(token.start, kind, None)
    try:
        value = _READERS[kind](text)
    except (ValueError, InvalidOperation):
        value = None
    if value is None:
        cursor.fail(f"{text!r} is not a {kind}", token)
    return tree.Literal(token.start, kind, value)


def _number(cursor: Cursor, token: Token) -> Literal:
    text = token.text
    if text[:2] in ("0x", "0X"):
        value = int(text, 16)
        return tree.Literal(token.start, "long", value - (1 << 64) if value >= 1 << 63 else value)
    if text.isdigit():
        if int(text) >= 1 << 63:
            cursor.fail(f"{text} is larger than a long", token, hint="Write it as decimal(…) or real(…).")
        return tree.Literal(token.start, "long", int(text))
    if text[-1].isalpha():
        ticks = timespan_ticks(text)
        if ticks is not None:
            return tree.Literal(token.start, "timespan", ticks)
    return tree.Literal(token.start, "real", float(text))


def _whole(bits: int, text: str) -> int | None:
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
        value = int(text, 16)
        return value - (1 << bits) if value >= 1 << (bits - 1) else value
    if not re.fullmatch(r"[+-]?\d+", text):
        return None
    value = int(text)
    return value if -(1 << (bits - 1)) <= value < 1 << (bits - 1) else None


def _real(text: str) -> float:
    return float({"+inf": "inf", "-inf": "-inf"}.get(text.lower(), text))


def _guid(text: str) -> str | None:
    digits = text.replace("-", "").strip("{}").lower()
    if not re.fullmatch("[0-9a-f]{32}", digits):
        return None
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _bool(text: str) -> bool | None:
    return {"true": True, "false": False, "1": True, "0": False}.get(text.lower())


_PARTS = re.compile(r"(\d{4})\s*,\s*(\d{1,2})(?:\s*,\s*(\d{1,2}))?")


def _datetime(text: str) -> int | None:
    parts = _PARTS.fullmatch(text)
    return datetime_ticks("-".join(part for part in parts.groups() if part)) if parts else datetime_ticks(text)


_READERS = {
    "bool": _bool,
    "int": lambda text: _whole(32, text),
    "long": lambda text: _whole(64, text),
    "real": _real,
    "decimal": lambda text: format(Decimal(text), "f"),
    "datetime": _datetime,
    "timespan": timespan_ticks,
    "guid": _guid,
}


def negated(value: Expression) -> Literal | None:
    """A number or duration with the other sign, or None for anything else."""
    if not isinstance(value, tree.Literal) or value.value is None:
        return None
    if value.type in ("int", "long", "real", "timespan") and isinstance(value.value, int | float):
        return tree.Literal(value.at, "long" if value.type == "int" else value.type, -value.value)
    if value.type == "decimal":
        text = str(value.value)
        return tree.Literal(value.at, "decimal", text[1:] if text.startswith("-") else f"-{text}")
    return None


def read_dynamic(cursor: Cursor, at: int) -> Literal:
    """What stands in ``dynamic(…)``, as JSON text; the cursor is at the parenthesis."""
    cursor.expect("(")
    text = None if cursor.at("null") else _json(cursor)
    if text is None:
        cursor.next()
    cursor.expect(")", "after the value of dynamic")
    return tree.Literal(at, "dynamic", text)


def _json(cursor: Cursor) -> str:
    cursor.enter()
    token = cursor.peek()
    try:
        if token.kind == "string":
            return json.dumps(_joined(cursor), ensure_ascii=False)
        if token.kind == "quoted_name":
            # ["text"] is one token to the lexer, and here a list of one.
            return f"[{json.dumps(cursor.next().value, ensure_ascii=False)}]"
        if token.kind in ("number", "literal"):
            return _json_scalar(read_literal(cursor))
        if cursor.at("-", "+"):
            sign = "-" if cursor.next().text == "-" else ""
            return sign + _json(cursor)
        if cursor.at("null", *BOOLEANS):
            return cursor.next().text.lower()
        if cursor.at("["):
            return _json_array(cursor)
        if cursor.at("{"):
            return _json_object(cursor)
        if cursor.at("dynamic"):
            cursor.next()
            return str(read_dynamic(cursor, token.start).value or "null")
        cursor.fail(f"Expected a JSON value but found {cursor.found()}")
    finally:
        cursor.leave()


def _joined(cursor: Cursor) -> str:
    """The text of the string at the cursor; adjacent ones are one, here as everywhere."""
    text = cursor.next().value
    while cursor.peek().kind == "string":
        text += cursor.next().value
    return text


def _json_array(cursor: Cursor) -> str:
    cursor.next()
    items: list[str] = []
    while not cursor.at("]"):
        items.append(_json(cursor))
        if not cursor.accept(","):
            break
    cursor.expect("]", "to close the array")
    return f"[{','.join(items)}]"


def _json_object(cursor: Cursor) -> str:
    cursor.next()
    items: list[str] = []
    while not cursor.at("}"):
        token = cursor.next()
        if token.kind not in ("string", "name"):
            cursor.fail("Expected the name of a property", token)
        key = json.dumps(token.value, ensure_ascii=False)
        cursor.expect(":", "after the property's name")
        items.append(f"{key}:{_json(cursor)}")
        if not cursor.accept(","):
            break
    cursor.expect("}", "to close the object")
    return f"{{{','.join(items)}}}"


def _json_scalar(literal: Literal) -> str:
    value = literal.value
    if value is None:
        return "null"
    if literal.type == "datetime" and isinstance(value, int):
        from .ticks import datetime_text

        return json.dumps(datetime_text(value + EPOCH_TICKS))
    if literal.type == "timespan" and isinstance(value, int):
        return json.dumps(clock_text(value))
    if literal.type == "real" and isinstance(value, float) and value in (float("inf"), -float("inf")):
        return json.dumps("Infinity" if value > 0 else "-Infinity")
    if literal.type in ("guid", "decimal") or (isinstance(value, float) and math.isnan(value)):
        return json.dumps("NaN" if isinstance(value, float) else value)
    return json.dumps(value)


def clock_text(ticks: int) -> str:
    """A duration as Kusto shows it: ``[-][d.]hh:mm:ss[.fffffff]``."""
    seconds, fraction = divmod(abs(ticks), 10_000_000)
    days, rest = divmod(seconds, 86_400)
    text = f"{rest // 3600:02}:{rest % 3600 // 60:02}:{rest % 60:02}"
    sign = "-" if ticks < 0 else ""
    return f"{sign}{f'{days}.' if days else ''}{text}{f'.{fraction:07}' if fraction else ''}"
