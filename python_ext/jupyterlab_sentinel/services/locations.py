"""Where addresses are and whose networks they belong to, for whole columns at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..locations.sources import SET_UP, location_book
from ..models.refang import refang
from .enrichment_frames import series_of, spread, typed_series

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from ..locations.files import Finding, LocationBook
    from ..models.workspace import WorkspaceInfo
    from ..settings import Settings

_DTYPES = {"latitude": "float64", "longitude": "float64", "asn": "Int64"}
COLUMNS = ("country", "city", "latitude", "longitude", "asn", "organisation", "network")


def locate_values(
    values: Iterable[str] | pd.Series, settings: Settings, workspace: WorkspaceInfo | None = None
) -> pd.DataFrame:
    """One row a value, in order; a Series keeps its index. Each distinct address is looked up once.

    :param workspace: its location files come before the user's own.
    :returns: ``value, country, city, latitude, longitude`` (degrees), ``asn, organisation, network``; nulls where
        the files say nothing. ``attrs["sentinel"]`` names whom to credit (``attribution``) and tells of missing,
        broken or old files (``notices``).
    """
    import pandas as pd

    series = series_of(values, None)
    book = location_book(settings, workspace)
    codes, distinct = pd.factorize(series, use_na_sentinel=True)
    rows = [_row(book.find(_address(str(value)))) for value in distinct]
    rows.append((None,) * len(COLUMNS))  # for nulls
    frame = pd.DataFrame({"value": series.array}, index=series.index)
    for name, cells in zip(COLUMNS, zip(*rows, strict=True), strict=True):
        frame[name] = spread(typed_series(cells, _DTYPES.get(name)), codes)
    frame.attrs["sentinel"] = {
        "attribution": list(book.attributions()),
        "notices": _notices(book, settings),
    }
    return frame


def _address(text: str) -> str:
    plain = text.strip()
    return refang(plain).strip("[]") if "[" in plain or "(" in plain else plain


def _row(finding: Finding) -> tuple[object, ...]:
    place, owner = finding.place, finding.owner
    return (
        place.country if place else None,
        place.city if place else None,
        place.latitude if place else None,
        place.longitude if place else None,
        owner.asn if owner else None,
        owner.organisation if owner else None,
        finding.network,
    )


def _notices(book: LocationBook, settings: Settings) -> list[str]:
    missing = [] if book.knows("place") else [SET_UP]
    return [*missing, *book.problems, *book.age_notices(settings.geoip.warn_after_days), *book.warnings()]
