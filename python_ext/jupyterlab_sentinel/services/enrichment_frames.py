"""Values in, frames of records out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from ..errors import UsageError
from ..models.enrichment import EnrichmentRecord
from ..models.indicators import visible
from .indicator_values import indicator_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    from pandas.api.extensions import ExtensionArray

    from ..models.indicators import Indicator
    from ..ports import Progress
    from .enrichment import Enrichment

COLUMNS = tuple(item.name for item in msgspec.structs.fields(EnrichmentRecord))
_USUAL = ("value", "indicator", "ip", "ipaddress", "address")
NO_INDICATOR = "Not an address, domain, URL or hash."
NO_PROVIDER = "No provider that is in use knows of this type."


def column_of(frame: pd.DataFrame, column: str | None) -> pd.Series:
    """The column of a frame to be enriched.

    :raises UsageError: none of that name, several, or none given where it is not plain which.
    """
    names = [str(name) for name in frame.columns]
    if column is None:
        usual = [name for name in names if name.lower().replace("_", "") in _USUAL]
        if len(names) == 1:
            usual = names
        if len(usual) != 1:
            raise UsageError("Which column is to be enriched?", hint=f"Name one: {_listed(names)}")
        column = usual[0]
    count = names.count(column)
    if count == 0:
        raise UsageError(f"The frame has no column “{visible(column, limit=60)}”.", hint=f"It has: {_listed(names)}")
    if count > 1:
        raise UsageError(
            f"The frame has {count} columns “{visible(column, limit=60)}”.", hint="Rename them, so that one is meant."
        )
    return frame.iloc[:, names.index(column)]


def series_of(values: Iterable[str] | pd.DataFrame | pd.Series, column: str | None) -> pd.Series:
    """The values as a Series; a text alone is one value.

    :raises UsageError: see :func:`column_of`.
    """
    import pandas as pd

    if isinstance(values, pd.DataFrame):
        return column_of(values, column)
    if column is not None:
        raise UsageError("A column can only be named for a frame.", hint="Leave the column out.")
    if isinstance(values, pd.Series):
        return values
    if isinstance(values, str):
        values = [values]
    return pd.Series(list(values), dtype=object)


def distinct_values(values: Iterable[str] | pd.DataFrame | pd.Series, column: str | None) -> list[str]:
    """The distinct values as text, in their order, without nulls and blanks."""
    series = series_of(values, column).dropna()
    return [text for text in dict.fromkeys(map(text_of, series.tolist())) if text.strip()]


def text_of(value: object) -> str:
    """A cell as text that Arrow can hold: lone surrogates as escapes."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


async def long_frame(
    engine: Enrichment,
    values: Sequence[str],
    providers: Sequence[str] | None,
    progress: Progress | None,
) -> pd.DataFrame:
    """A row for each distinct indicator and provider, in order, and one for each value that is none."""
    import pandas as pd

    indicators = await asyncio.to_thread(lambda: [indicator_of(value) for value in values])
    found = await engine.look_up([one for one in indicators if one], providers, progress)
    records: dict[tuple[str, str], list[EnrichmentRecord]] = {}
    for value, one in zip(values, indicators, strict=True):
        key = (one.type, one.value) if one else ("", value)
        records.setdefault(key, found.get(key) or [_skipped(value, one)])
    rows = [msgspec.structs.asdict(record) for held in records.values() for record in held]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"score": "float64", "cached": "bool"})
    frame["looked_up_at"] = pd.to_datetime(frame["looked_up_at"], utc=True).astype("datetime64[ns, UTC]")
    frame.attrs["sentinel"] = provenance(engine, [record for held in records.values() for record in held])
    return frame


def provenance(engine: Enrichment, records: Iterable[EnrichmentRecord]) -> dict[str, object]:
    """Whom to credit, and what a reader must know: providers that are not set up, files that are old."""
    used = {record.provider for record in records}
    credits_to = dict.fromkeys(
        str(record.details["attribution"]) for record in records if record.details.get("attribution")
    )
    notices = [f"{info.name}: {info.problem}" for info in engine.infos() if info.name in used and info.problem]
    return {
        "attribution": list(credits_to),
        "notices": [*notices, *engine.problems, *engine.store.take_notices()],
    }


def typed_series(cells: Sequence[object], dtype: str | None) -> pd.Series:
    """Cells with nulls among them as a Series of ``dtype``; None: text."""
    import pandas as pd
    from pandas.api.types import pandas_dtype

    plain = pd.Series(list(cells), dtype=object)
    if dtype is None:
        return plain.astype(pandas_dtype("str")) if pd.__version__ >= "3" else plain
    if dtype.startswith("datetime64"):
        plain = pd.to_datetime(plain, utc=True, format="ISO8601")
    return plain.astype(pandas_dtype(dtype))


def spread(cells: pd.Series, codes: np.ndarray) -> ExtensionArray | np.ndarray:
    """The cells of distinct values over all rows: ``codes`` are positions, -1 for a row without a value.

    The last cell is the one for -1.
    """
    spread_out: ExtensionArray | np.ndarray = cells.take(codes).array
    return spread_out


def _skipped(value: str, one: Indicator | None) -> EnrichmentRecord:
    if one is None:
        return EnrichmentRecord(value, "", "", "skipped", summary=NO_INDICATOR)
    return EnrichmentRecord(one.value, one.type, "", "skipped", summary=NO_PROVIDER)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(visible(name, limit=60) for name in names[:20])
    return shown + (", …" if len(names) > 20 else "") if names else "(none)"
