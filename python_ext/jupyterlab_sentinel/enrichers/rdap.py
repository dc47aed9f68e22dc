"""Who holds an address's network or a domain: RDAP, the registries' protocol. Off until switched on.

Which registry to ask is read from IANA's bootstrap files (RFC 9224), kept a day; only hosts that
stand there are contacted, also where a registry points to another. Answers: RFC 9083.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from ..errors import SentinelError
from ..models.enrichment import EnrichmentRecord, ProviderInfo
from ..models.hosts import suffixes
from ..models.indicators import Indicator, visible
from ..store import LookupKey
from .rdap_answers import describes, domain_facts, network_facts, summary_of
from .rdap_bootstrap import Registries, parse_bootstrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..http import Answer
    from ..models.enrichment import Status
    from ..ports import EnricherContext

NAME = "rdap"
BOOTSTRAP = "https://data.iana.org/rdap/"
_FILES = {"ipv4": "ipv4.json", "ipv6": "ipv6.json", "domain": "dns.json"}
_KEPT = timedelta(days=1)
_PER_SECOND = 4.0


class RDAPEnricher:
    """Registration data of networks and domains.

    :param bootstrap: where IANA's files are; given by tests.
    """

    def __init__(self, context: EnricherContext, bootstrap: str = BOOTSTRAP) -> None:
        self._context = context
        self._bootstrap = bootstrap
        self._registries: dict[str, Registries] = {}
        self._lock = asyncio.Lock()

    @property
    def info(self) -> ProviderInfo:
        """Contacts registries, so it is off until switched on."""
        return ProviderInfo(
            name=NAME,
            kinds=("ipv4", "ipv6", "domain"),
            description="Holders of networks and domains, from the registries",
            host="data.iana.org and the registry of the network or domain",
            enabled=bool(self._context.settings.provider(NAME).enabled),
            limits=f"{_PER_SECOND:g} a second, by us; registries have limits of their own",
        )

    async def look_up(self, indicators: Sequence[Indicator]) -> Sequence[EnrichmentRecord]:
        """One record an indicator."""
        return await asyncio.gather(*(self._one(indicator) for indicator in indicators))

    async def close(self) -> None:
        """The client is the session's."""

    async def _one(self, indicator: Indicator) -> EnrichmentRecord:
        try:
            registries = await self._of(indicator.type)
            asked = _question(indicator)
            base = registries.base_for(asked)
            if base is None:
                return _record(indicator, "not_found", "No registry offers RDAP for it.")
            answer = await self._ask(asked, base, registries)
        except SentinelError as error:
            return _record(indicator, "error", visible(error.message, limit=300))
        if not answer.found:
            return _record(indicator, "not_found", f"Not registered, says {answer.host}.")
        return _read(indicator, asked, answer)

    async def _ask(self, asked: Indicator, base: str, registries: Registries) -> Answer:
        kind = "domain" if asked.type == "domain" else "ip"
        url = f"{base.rstrip('/')}/{kind}/{quote(asked.value, safe='')}"
        self._context.store.record_sent(NAME, urlsplit(url).hostname or "", [(asked.type, asked.value)])
        return await self._context.http.get_json(
            NAME,
            url,
            headers={"Accept": "application/rdap+json, application/json"},
            per_second=_PER_SECOND,
            may_move_to=registries.hosts,
        )

    async def _of(self, kind: str) -> Registries:
        """IANA's list for a kind of indicator; nothing about the indicator is told to get it."""
        async with self._lock:
            held = self._registries.get(kind)
            if held is None:
                held = self._registries[kind] = await self._fetched(kind)
            return held

    async def _fetched(self, kind: str) -> Registries:
        import orjson

        key = LookupKey(NAME, "bootstrap", kind)
        cached = self._context.store.lookups([key]).get(key)
        if cached is not None:
            return parse_bootstrap(kind, orjson.loads(cached.payload))
        answer = await self._context.http.get_json(f"{NAME} bootstrap", self._bootstrap + _FILES[kind])
        registries = parse_bootstrap(kind, answer.data)
        self._context.store.remember({key: orjson.dumps(answer.data)}, lifetime=_KEPT)
        return registries


def _question(indicator: Indicator) -> Indicator:
    """Registries know domains as they are registered, not the hosts below them."""
    if indicator.type != "domain":
        return indicator
    labels = indicator.value.split(".")
    longer = suffixes()[1]
    size = 2
    while size < len(labels) and ".".join(labels[-size:]) in longer:
        size += 1
    return Indicator("domain", ".".join(labels[-size:]))


def _read(indicator: Indicator, asked: Indicator, answer: Answer) -> EnrichmentRecord:
    if not isinstance(answer.data, dict) or not describes(answer.data, asked):
        return _record(indicator, "error", f"{answer.host} answered about something else.")
    facts = domain_facts(answer.data) if asked.type == "domain" else network_facts(answer.data)
    facts["registry"] = answer.host
    if asked.value != indicator.value:
        facts["asked"] = asked.value
    return _record(indicator, "found", summary_of(facts), **facts)


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
