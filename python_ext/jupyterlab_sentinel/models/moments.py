"""Python's times as a column of a frame, whatever their years and whichever pandas."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

# What nanoseconds hold, whole years.
_FIRST, _LAST = datetime(1678, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)


def moments(values: Iterable[datetime | None]) -> pd.Series:
    """The times in UTC; None is NaT, and a naive time means UTC.

    In nanoseconds if all of them fit in there and one of them needs them, else in microseconds: ``pandas.to_datetime``
    of pandas 2 knows nanoseconds alone, and fails for a year beyond them.
    """
    import numpy as np
    import pandas as pd

    known = [None if pd.isna(value) else _in_utc(value) for value in values]
    fine = any(getattr(value, "nanosecond", 0) for value in known)
    unit = "ns" if fine and all(value is None or _FIRST <= value < _LAST for value in known) else "us"
    naive = [np.datetime64("NaT") if value is None else _plain(value, unit) for value in known]
    return pd.Series(np.array(naive, dtype=f"datetime64[{unit}]")).dt.tz_localize("UTC")


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _plain(value: datetime, unit: str) -> object:
    import numpy as np
    import pandas as pd

    naive = value.replace(tzinfo=None)
    found = naive.to_datetime64() if isinstance(naive, pd.Timestamp) else np.datetime64(naive, "us")
    return found.astype(f"datetime64[{unit}]")
