"""Whose networks addresses belong to, from location files on this machine."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..locations.files import OWNER
from ..locations.sources import location_book
from ..models.enrichment import EnrichmentRecord, ProviderInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..locations.files import Finding, LocationBook
    from ..models.indicators import Indicator
    from ..ports import EnricherContext

NAME = "asn"
SET_UP = "No file of network owners: run “jupyter sentinel geoip update”, or set geoip.paths in the settings."


class ASNEnricher:
    """The owner of an address's network: autonomous system, organisation, network."""

    def __init__(self, context: EnricherContext) -> None:
        self._context = context

    @property
    def info(self) -> ProviderInfo:
        """Ready if a file of owners is there; what is wrong with files is said by the provider of places."""
        book = self._book()
        ready = book.knows("owner")
        return ProviderInfo(
            name=NAME,
            kinds=("ipv4", "ipv6"),
            description="Owners of networks, from location files on this machine",
            enabled=True,
            ready=ready,
            problem=" ".join(book.warnings()) if ready else SET_UP,
        )

    async def look_up(self, indicators: Sequence[Indicator]) -> Sequence[EnrichmentRecord]:
        """One record an address."""
        book, now = self._book(), datetime.now(UTC)
        if not book.knows("owner"):
            return [
                EnrichmentRecord(one.value, one.type, NAME, "not_set_up", summary=SET_UP, looked_up_at=now)
                for one in indicators
            ]
        return await asyncio.to_thread(lambda: [_record(one, book.find(one.value, OWNER), now) for one in indicators])

    async def close(self) -> None:
        """Keep the files open: other sessions of this process use them."""

    def _book(self) -> LocationBook:
        backend = self._context.backend
        return location_book(self._context.settings, backend.info if backend else None)


def _record(one: Indicator, finding: Finding, now: datetime) -> EnrichmentRecord:
    owner, file = finding.owner, finding.owner_file
    if owner is None or file is None:
        return EnrichmentRecord(
            one.value, one.type, NAME, "not_found", summary="In no file of owners.", looked_up_at=now
        )
    number = f"AS{owner.asn}" if owner.asn is not None else ""
    return EnrichmentRecord(
        value=one.value,
        type=one.type,
        provider=NAME,
        status="found",
        verdict="informational",
        summary=" ".join(part for part in (number, owner.organisation, finding.network) if part),
        details={
            "asn": owner.asn,
            "organisation": owner.organisation,
            "network": finding.network,
            "file": file.path.name,
            "built": f"{file.built:%Y-%m-%d}",
            "attribution": file.attribution,
            "warning": file.warning,
        },
        looked_up_at=now,
    )
