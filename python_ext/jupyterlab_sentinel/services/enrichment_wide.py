"""A frame's rows with what is known of one column beside them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from .enrichment_frames import NO_INDICATOR, provenance, series_of, spread, text_of, typed_series
from .indicator_values import indicator_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    import pandas as pd

    from ..models.enrichment import EnrichmentRecord
    from ..models.indicators import Indicator
    from ..ports import Progress
    from .enrichment import Enrichment

_DTYPES = {
    "latitude": "float64",
    "longitude": "float64",
    "asn": "Int64",
    "ti_active": "boolean",
    "ti_expires": "datetime64[ns, UTC]",
}
_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "geoip": {name: name for name in ("country", "city", "latitude", "longitude")},
    "asn": {name: name for name in ("asn", "organisation", "network")},
    "workspace_ti": {"ti_threat": "threat_type", "ti_active": "active", "ti_expires": "expires"},
}
NOTES = "enrich_notes"
_TELLING = frozenset({"error", "skipped"})


async def wide_frame(
    engine: Enrichment,
    values: Iterable[str] | pd.DataFrame | pd.Series,
    column: str | None,
    providers: Sequence[str] | None,
    progress: Progress | None,
) -> pd.DataFrame:
    """See :func:`.enrichment.enrich_wide`."""
    import pandas as pd

    series = series_of(values, column)
    codes, indicators = await asyncio.to_thread(_distinct, series)
    found = await engine.look_up([one for one in indicators if one], providers, progress)
    records = [found.get((one.type, one.value), []) if one else [] for one in indicators]
    table = _table(engine.choose(providers), records, indicators)
    if isinstance(values, pd.DataFrame):
        frame, prefix = values.copy(), str(series.name)
    else:
        kinds = typed_series([*(one.type if one else None for one in indicators), None], None)
        frame = pd.DataFrame({"value": series.array, "type": spread(kinds, codes)}, index=series.index)
        prefix = "value"
    for name, held in table.items():
        frame[_free_name(name, prefix, frame.columns)] = spread(held, codes)
    told = provenance(engine, [record for held in records for record in held])
    frame.attrs["sentinel_enrichment"] = {**told, "column": prefix}
    return frame


def _distinct(series: pd.Series) -> tuple[np.ndarray, list[Indicator | None]]:
    """Which distinct value each row has (-1: none), and what those values are."""
    import pandas as pd

    first_codes, first = pd.factorize(series, use_na_sentinel=True)
    texts = [_text(value) for value in first]
    second_codes, distinct = pd.factorize(pd.Series(texts, dtype=object).to_numpy(), use_na_sentinel=True)
    codes = second_codes.take(first_codes) if len(first) else first_codes
    codes = codes.copy()
    codes[first_codes == -1] = -1
    return codes, [indicator_of(text) for text in distinct]


def _table(
    providers: Sequence[str],
    records: Sequence[Sequence[EnrichmentRecord]],
    indicators: Sequence[Indicator | None],
) -> dict[str, pd.Series]:
    """The columns to add: a cell for each distinct value, and a null for rows without one."""
    raw: dict[str, list[object]] = {}
    for provider in providers:
        mine = [next((record for record in held if record.provider == provider), None) for held in records]
        for name, read in _readers(provider).items():
            raw[name] = [read(record) if record and record.status == "found" else None for record in mine]
    notes = [_notes(held, one) for held, one in zip(records, indicators, strict=True)]
    if any(notes):
        raw[NOTES] = [note or None for note in notes]
    return {name: typed_series([*cells, None], _DTYPES.get(name)) for name, cells in raw.items()}


def _readers(provider: str) -> dict[str, Callable[[EnrichmentRecord], object]]:
    columns = _COLUMNS.get(provider)
    if columns is None:
        return {
            f"{provider}_verdict": lambda record: record.verdict,
            f"{provider}_summary": lambda record: record.summary,
        }
    details = {name: partial(_detail, key) for name, key in columns.items()}
    return {"ti_verdict": lambda record: record.verdict, **details} if provider == "workspace_ti" else dict(details)


def _detail(key: str, record: EnrichmentRecord) -> object:
    return record.details.get(key)


def _notes(records: Sequence[EnrichmentRecord], one: Indicator | None) -> str:
    if one is None:
        return NO_INDICATOR
    return "; ".join(f"{record.provider}: {record.summary}" for record in records if record.status in _TELLING)


def _text(value: object) -> str | None:
    return text_of(value).strip() or None


def _free_name(name: str, prefix: str, taken: pd.Index) -> str:
    for candidate in (name, f"{prefix}_{name}"):
        if candidate not in taken:
            return candidate
    number = 2
    while f"{prefix}_{name}_{number}" in taken:
        number += 1
    return f"{prefix}_{name}_{number}"
