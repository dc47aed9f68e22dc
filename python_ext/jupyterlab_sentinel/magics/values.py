"""Single values as text, as a table shows them."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NULL = "∅"


def value_text(value: object) -> str:
    """``value`` as text: times in UTC, numbers with all their digits, JSON compact, ``∅`` for null."""
    if isinstance(value, str):
        return value
    if value is None or _is_missing(value):
        return NULL
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, (date, int, float, Decimal)):
        return str(value)
    if isinstance(value, (dict, list, tuple)):
        return _json(value)
    return str(value)


def time_text(moment: datetime | pd.Timestamp) -> str:
    """``2019-02-18 15:29:22.123`` in UTC, with as many digits as the value has; naive means UTC."""
    utc = moment if moment.tzinfo is None else moment.astimezone(UTC)
    text = utc.replace(tzinfo=None).isoformat(sep=" ")
    return text.rstrip("0").rstrip(".") if "." in text else text


def duration_text(length: timedelta) -> str:
    """``1 days 02:03:04.5`` as pandas writes it, without days if there are none."""
    import pandas as pd

    text = str(pd.Timedelta(length)).removeprefix("0 days ")
    return text.rstrip("0") if "." in text else text


def count_text(count: int, noun: str) -> str:
    """``1 row``, ``3,412 rows``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def seconds_text(seconds: float) -> str:
    """``0.12 s``, ``12.3 s``, ``3 min 20 s``."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _is_missing(value: object) -> bool:
    """Whether a scalar is NaN, NaT or NA; without importing pandas, which made it if it is one of the latter."""
    if isinstance(value, float):
        return math.isnan(value)
    if isinstance(value, Decimal):
        return value.is_nan()
    return type(value).__name__ in ("NAType", "NaTType")


def _json(value: object) -> str:
    """Compact JSON of the beginning of ``value``: what is nested deeper than JSON can be written is named."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, separators=(", ", ": "))
    except (RecursionError, ValueError):
        return f"{type(value).__name__} that is nested too deeply to show"
