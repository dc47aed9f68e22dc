"""The names that addresses have in the DNS (PTR records). Off until switched on.

The question goes to the resolver of this machine and, through it, to the name servers of whoever
holds the address: an attacker who runs them can see that it was asked.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..models.enrichment import EnrichmentRecord, ProviderInfo
from ..models.indicators import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dns.asyncresolver import Resolver

    from ..models.enrichment import Status
    from ..models.indicators import Indicator
    from ..ports import EnricherContext

NAME = "rdns"
_LIFETIME_S = 5.0
_AT_ONCE = 20
_MOST_NAMES = 20


class ReverseDNSEnricher:
    """PTR names of an address, from the resolver of this machine.

    :param resolver: given by tests; default: what the system is configured with.
    """

    def __init__(self, context: EnricherContext, resolver: Resolver | None = None) -> None:
        self._context = context
        self._resolver = resolver
        self._places = asyncio.Semaphore(_AT_ONCE)

    @property
    def info(self) -> ProviderInfo:
        """Contacts DNS servers, so it is off until switched on."""
        return ProviderInfo(
            name=NAME,
            kinds=("ipv4", "ipv6"),
            description="Names of addresses in the DNS; the holder of an address can see the question",
            host="the DNS resolver, and through it the holder of the address",
            enabled=bool(self._context.settings.provider(NAME).enabled),
        )

    async def look_up(self, indicators: Sequence[Indicator]) -> Sequence[EnrichmentRecord]:
        """One record an address."""
        return await asyncio.gather(*(self._one(indicator) for indicator in indicators))

    async def close(self) -> None:
        """Nothing stays open."""

    async def _one(self, indicator: Indicator) -> EnrichmentRecord:
        import dns.exception
        import dns.resolver

        async with self._places:
            try:
                names = await self._ask(indicator)
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                return _record(indicator, "not_found", "No PTR record.")
            except dns.exception.Timeout:
                return _record(indicator, "error", f"The resolver did not answer within {_LIFETIME_S:g} seconds.")
            except dns.resolver.NoResolverConfiguration:
                return _record(indicator, "error", "This machine has no DNS resolver configured.")
            except (dns.exception.DNSException, OSError):
                return _record(indicator, "error", "The resolver could not answer.")
        shown = [visible(name, limit=253) for name in names[:_MOST_NAMES]]
        return _record(indicator, "found", ", ".join(shown[:3]), names=shown, count=len(names))

    async def _ask(self, indicator: Indicator) -> list[str]:
        resolver = self._system_resolver()
        self._context.store.record_sent(NAME, "DNS resolver", [(indicator.type, indicator.value)])
        answer = await resolver.resolve_address(indicator.value, lifetime=_LIFETIME_S)
        return sorted(str(record.target).rstrip(".") for record in answer)

    def _system_resolver(self) -> Resolver:
        if self._resolver is None:
            from dns.asyncresolver import Resolver

            self._resolver = Resolver()
        return self._resolver


def _record(indicator: Indicator, status: Status, summary: str, **details: object) -> EnrichmentRecord:
    return EnrichmentRecord(
        value=indicator.value,
        type=indicator.type,
        provider=NAME,
        status=status,
        verdict="informational" if status == "found" else "unknown",
        summary=summary,
        details=details,
        looked_up_at=datetime.now(UTC),
    )
