"""What the connected workspace's own threat intelligence says, over all time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..errors import SentinelError
from ..models.enrichment import EnrichmentRecord, ProviderInfo
from ..models.indicators import Indicator, visible
from ..ports import QueryRequest
from .intel_tables import KINDS, block_holds, intel_tables, match_of, values_of
from .privacy import sendable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..models.enrichment import Status, Verdict
    from ..models.tables import QueryResult
    from ..ports import EnricherContext, QueryBackend
    from .intel_tables import IntelMatch, IntelTable

NAME = "workspace_ti"
_LARGEST_QUERY = 200_000
_MOST_VALUES = 2_000
_SHOWN = 20
_SURE = 50
_NOT_CONNECTED = "No workspace is connected: %sentinel connect NAME"
_NO_TABLE = "This workspace has no table of threat intelligence."


class WorkspaceIntelEnricher:
    """Indicators of ThreatIntelIndicators, ThreatIntelligenceIndicator and custom tables like them."""

    def __init__(self, context: EnricherContext) -> None:
        self._context = context

    @property
    def info(self) -> ProviderInfo:
        """Ready while a workspace is connected; its values go nowhere but there."""
        ready = self._context.backend is not None
        return ProviderInfo(
            name=NAME,
            kinds=KINDS,
            description="The connected workspace's own threat intelligence, over all time",
            enabled=True,
            ready=ready,
            problem="" if ready else _NOT_CONNECTED,
        )

    async def look_up(self, indicators: Sequence[Indicator]) -> Sequence[EnrichmentRecord]:
        """One record an indicator; for a URL its host counts too. One query a table, more if it grew too large.

        An indicator that no table holds is not_found only if every table answered completely.
        """
        backend, now = self._context.backend, datetime.now(UTC)
        if backend is None:
            return [_plain(one, "not_set_up", _NOT_CONNECTED, now) for one in indicators]
        try:
            tables = intel_tables(await backend.tables())
        except SentinelError as error:
            return [_plain(one, "error", visible(error.message, limit=300), now) for one in indicators]
        if not tables:
            return [_plain(one, "not_set_up", _NO_TABLE, now) for one in indicators]
        matches: dict[str, list[IntelMatch]] = defaultdict(list)
        failures: list[str] = []
        hosts = {one.value: host for one in indicators if one.type == "url" and (host := sendable(one))}
        wanted = list(dict.fromkeys(Indicator(one.type, one.value) for one in [*indicators, *hosts.values()]))
        for table in tables:
            for part in _parts(wanted):
                await _ask(backend, table, part, matches, failures)
        records = []
        for one in indicators:
            host = hosts.get(one.value)
            found = [*matches[one.value.lower()], *(matches[host.value.lower()] if host else ())]
            records.append(_record(one, found, failures, tables, now))
        return records

    async def close(self) -> None:
        """Leave the workspace open: it is the session's."""


async def _ask(
    backend: QueryBackend,
    table: IntelTable,
    indicators: Sequence[Indicator],
    matches: dict[str, list[IntelMatch]],
    failures: list[str],
) -> None:
    wanted: dict[str, list[str]] = defaultdict(list)
    for one in indicators:
        wanted[one.type].append(one.value)
    kql = table.query(wanted)
    if kql is None:
        return
    try:
        result = await backend.run(QueryRequest(kql, timeout_s=60))
    except SentinelError as error:
        failures.append(f"{table.name}: {visible(error.message, limit=200)}")
        return
    if result.status != "complete":
        failures.append(f"{table.name}: the answer is partial ({visible('; '.join(result.reasons), limit=200)})")
    _collect(table, result, indicators, matches)


def _collect(
    table: IntelTable,
    result: QueryResult,
    indicators: Sequence[Indicator],
    matches: dict[str, list[IntelMatch]],
) -> None:
    known = {one.value.lower() for one in indicators}
    addresses = [one.value for one in indicators if one.type in ("ipv4", "ipv6")]
    for row in _rows(result):
        match = match_of(table, row)
        if match is None:
            continue
        values, blocks = values_of(table, row)
        for value in values & known:
            matches[value].append(replace(match, matched=value))
        for block in blocks:
            for address in addresses:
                if block_holds(block, address):
                    matches[address.lower()].append(replace(match, matched=block))


def _rows(result: QueryResult) -> Iterator[Mapping[str, object]]:
    if result.tables:
        names = [column.name for column in result.columns]
        data = result.tables[0].data
        for batch in data.rename_columns(names).to_batches():
            yield from batch.to_pylist()


def _parts(indicators: Sequence[Indicator]) -> Iterator[Sequence[Indicator]]:
    """As few parts as keep each query within what a service takes."""
    part: list[Indicator] = []
    size = 0
    for one in indicators:
        length = 4 * len(one.value) + 4  # an ID is looked for in several columns, twice
        if part and (len(part) >= _MOST_VALUES or size + length > _LARGEST_QUERY):
            yield part
            part, size = [], 0
        part.append(one)
        size += length
    if part:
        yield part


def _record(
    one: Indicator,
    matches: Sequence[IntelMatch],
    failures: Sequence[str],
    tables: Sequence[IntelTable],
    now: datetime,
) -> EnrichmentRecord:
    if not matches and failures:
        return _plain(one, "error", "Not found where an answer came; " + "; ".join(failures), now)
    if not matches:
        names = ", ".join(table.name for table in tables)
        return _plain(one, "not_found", f"Not in {names} (all time).", now)
    best = max(matches, key=lambda match: (_is_live(match, now), match.received or datetime.min.replace(tzinfo=UTC)))
    confidences = [match.confidence for match in matches if match.confidence is not None]
    return EnrichmentRecord(
        value=one.value,
        type=one.type,
        provider=NAME,
        status="found",
        verdict=_verdict(matches, now),
        score=max(confidences) if confidences else None,
        summary=_summary(one.value, best, matches, failures, now),
        details={
            "threat_type": best.threat_type,
            "active": best.active,
            "expires": _iso(best.expires),
            "expired": best.expired(now),
            "tlp": best.tlp,
            "confidence": best.confidence,
            "description": best.description,
            "tables": list(dict.fromkeys(match.table for match in matches)),
            "range": "all time",
            "failures": list(failures),
            "matches": [_facts(match, now) for match in matches[:_SHOWN]],
            "match_count": len(matches),
        },
        looked_up_at=now,
    )


def _is_live(match: IntelMatch, now: datetime) -> bool:
    return match.active is not False and not match.expired(now)


def _verdict(matches: Sequence[IntelMatch], now: datetime) -> Verdict:
    """Malicious: in force, and not of low confidence. All else that somebody listed is suspicious."""
    sure = any(_is_live(match, now) and (match.confidence is None or match.confidence >= _SURE) for match in matches)
    return "malicious" if sure else "suspicious"


def _summary(
    value: str, best: IntelMatch, matches: Sequence[IntelMatch], failures: Sequence[str], now: datetime
) -> str:
    listed = best.threat_type or "Listed"
    parts = [listed if best.matched == value.lower() else f"{best.matched}: {listed}"]
    if best.tlp:
        parts.append(f"TLP {best.tlp}")
    if best.confidence is not None:
        parts.append(f"confidence {best.confidence:g}")
    if best.active is False:
        parts.append("not active")
    if best.expires is not None:
        parts.append(f"{'expired' if best.expired(now) else 'valid until'} {best.expires:%Y-%m-%d}")
    text = ", ".join(parts) + " in " + ", ".join(dict.fromkeys(match.table for match in matches))
    return visible(text + (f"; incomplete: {'; '.join(failures)}" if failures else ""), limit=400)


def _facts(match: IntelMatch, now: datetime) -> dict[str, object]:
    return {
        "table": match.table,
        "matched": match.matched,
        "id": match.identity,
        "threat_type": match.threat_type,
        "active": match.active,
        "expires": _iso(match.expires),
        "expired": match.expired(now),
        "confidence": match.confidence,
        "tlp": match.tlp,
        "description": match.description,
        "feed": match.feed,
        "received": _iso(match.received),
    }


def _plain(one: Indicator, status: Status, summary: str, now: datetime) -> EnrichmentRecord:
    return EnrichmentRecord(one.value, one.type, NAME, status, summary=summary, looked_up_at=now)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
