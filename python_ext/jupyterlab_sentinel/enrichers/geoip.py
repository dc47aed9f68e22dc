"""Where addresses are, from location files on this machine."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..locations.files import PLACE
from ..locations.sources import SET_UP, location_book
from ..models.enrichment import EnrichmentRecord, ProviderInfo
from ..settings import PrivacySettings
from .privacy import withheld_because

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..locations.files import Finding, LocationBook
    from ..models.indicators import Indicator
    from ..ports import EnricherContext

NAME = "geoip"


class GeoIPEnricher:
    """The place of an address: country, region, city, latitude and longitude."""

    def __init__(self, context: EnricherContext) -> None:
        self._context = context

    @property
    def info(self) -> ProviderInfo:
        """Ready if a file of places is there; ``problem`` also tells of files that are old or broken."""
        book = self._book()
        ready = book.knows("place")
        problems = [] if ready else [SET_UP]
        problems += [*book.problems, *book.age_notices(self._context.settings.geoip.warn_after_days)]
        problems += book.warnings()
        return ProviderInfo(
            name=NAME,
            kinds=("ipv4", "ipv6"),
            description="Where addresses are, from location files on this machine",
            enabled=True,
            ready=ready,
            problem=" ".join(problems),
            attribution=" ".join(book.attributions()),
        )

    async def look_up(self, indicators: Sequence[Indicator]) -> Sequence[EnrichmentRecord]:
        """One record an address."""
        book, now = self._book(), datetime.now(UTC)
        if not book.knows("place"):
            return [
                EnrichmentRecord(one.value, one.type, NAME, "not_set_up", summary=SET_UP, looked_up_at=now)
                for one in indicators
            ]
        return await asyncio.to_thread(lambda: [_record(one, book.find(one.value, PLACE), now) for one in indicators])

    async def close(self) -> None:
        """Keep the files open: other sessions of this process use them."""

    def _book(self) -> LocationBook:
        backend = self._context.backend
        return location_book(self._context.settings, backend.info if backend else None)


def _record(one: Indicator, finding: Finding, now: datetime) -> EnrichmentRecord:
    place, file = finding.place, finding.place_file
    if place is None or file is None:
        private = withheld_because(one, PrivacySettings())
        summary = f"In no location file: {private}." if private else "In no location file."
        return EnrichmentRecord(one.value, one.type, NAME, "not_found", summary=summary, looked_up_at=now)
    parts = (place.city, place.region, place.country)
    return EnrichmentRecord(
        value=one.value,
        type=one.type,
        provider=NAME,
        status="found",
        verdict="informational",
        summary=", ".join(dict.fromkeys(part for part in parts if part)),
        details={
            "country": place.country,
            "country_code": place.country_code,
            "region": place.region,
            "city": place.city,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "file": file.path.name,
            "built": f"{file.built:%Y-%m-%d}",
            "attribution": file.attribution,
        },
        looked_up_at=now,
    )
