"""Where addresses are, for ``geo_info_from_ip_address``: from location files of the workspace and of its user."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...locations.files import OPEN_FILES, PLACE, LocationBook
from ...locations.sources import book_of

if TYPE_CHECKING:
    from ...locations.files import Place


@dataclass(frozen=True, slots=True)
class Places:
    """Which location files there are.

    :param own: those of the workspace, which come first.
    :param listed: those of the user's settings; what ``geoip update`` fetched is found when it is asked for.
    """

    own: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    def book(self) -> LocationBook:
        """The files as they are now."""
        return book_of(self.own, self.listed)


def sealed(book: LocationBook) -> str:
    """A text that names the files of ``book`` that tell places, in this very state."""
    files = [file.path for file in book.files if "place" in file.knows]
    return json.dumps([[str(path), path.stat().st_mtime_ns] for path in files])


@lru_cache(maxsize=100_000)
def place_as_json(address: str, files: str) -> str | None:
    """Country, state, city, latitude and longitude (degrees) of an address, as far as they are known, as a JSON text.

    :param files: what :func:`sealed` gives.
    :returns: None for what is no address, and where the files say nothing.
    """
    found = _book(files).find(address.strip(), PLACE).place
    return None if found is None else json.dumps(_bag(found), ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=8)
def _book(files: str) -> LocationBook:
    return OPEN_FILES.book((Path(path), "", "") for path, _ in json.loads(files))


def _bag(place: Place) -> dict[str, str | float]:
    told = {
        "country": place.country,
        "state": place.region,
        "city": place.city,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }
    return {name: value for name, value in told.items() if value is not None}
