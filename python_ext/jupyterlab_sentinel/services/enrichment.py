"""Asking the providers about indicators: who may be asked, what is sent, what is known already.

A provider's failure costs its own records only. What a third party answered is kept for a day;
failures are never kept. Whatever leaves for a third party is written down in the store first, by
the provider that sends it.
"""

from __future__ import annotations

import asyncio
import difflib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from ..enrichers.privacy import sendable, withheld_because
from ..errors import SentinelError, UsageError
from ..http import HttpClient, Memory
from ..models.enrichment import EnrichmentRecord, ProviderInfo
from ..models.indicators import Indicator, visible
from ..plugins import load_enrichers
from ..ports import EnricherContext
from ..settings import SecretVault, Settings, load_settings
from ..store import LookupKey, Store
from .connected import connected_backend

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from ..models.enrichment import Status
    from ..ports import Enricher, EnricherFactory, Progress, QueryBackend

_BATCH = 50
_LARGE_BATCH = 10_000
_LIFETIME = timedelta(days=1)
_KEPT: frozenset[Status] = frozenset({"found", "not_found"})
_MEMORY = Memory()
_ORDER = ("geoip", "asn", "workspace_ti")


@dataclass
class Enrichment:
    """The providers, ready to be asked on one event loop; close it after use.

    :param backend: the connected workspace, or None.
    :param factories: by name; default: all that are registered.
    """

    settings: Settings
    store: Store
    backend: QueryBackend | None = None
    http: HttpClient = field(default_factory=lambda: HttpClient(memory=_MEMORY))
    vault: SecretVault = field(default_factory=SecretVault)
    factories: Mapping[str, EnricherFactory] | None = None
    problems: list[str] = field(default_factory=list)
    _enrichers: dict[str, Enricher] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        context = EnricherContext(self.settings, self.http, self.store, self.vault, self.backend)
        factories, problems = (self.factories, ()) if self.factories is not None else load_enrichers()
        self.problems += map(str, problems)
        for name, factory in factories.items():
            try:
                self._enrichers[name] = factory(context)
            except Exception as error:  # noqa: BLE001  # a stranger's provider is reported, not raised
                self.problems.append(f"{name}: {type(error).__name__}: {error}")

    def infos(self) -> list[ProviderInfo]:
        """Every provider, ours first; ``enabled`` as the settings want it."""
        found = [self._info(name) for name in self._enrichers]
        return sorted(found, key=lambda info: (info.host is not None, _rank(info.name), info.name))

    def choose(self, names: Sequence[str] | None) -> list[str]:
        """The providers to ask: the offline ones in use, or ``names`` (``all``: also those that were switched on).

        :raises UsageError: an unknown name, or a third party that has not been switched on.
        """
        known = {info.name: info for info in self.infos()}
        if names is None:
            return [name for name, info in known.items() if info.enabled and info.host is None]
        wanted = list(dict.fromkeys(name.strip().lower() for name in names if name.strip()))
        if wanted == ["all"]:
            return [name for name, info in known.items() if info.enabled]
        for name in wanted:
            if name not in known:
                raise _unknown(name, known)
            info = known[name]
            if info.host is not None and not info.enabled:
                raise UsageError(
                    f"{name} sends values to third parties ({info.host}) and is not switched on; nothing was sent.",
                    hint=f"Switch it on with: jupyter sentinel provider enable {name}",
                )
        return wanted

    async def look_up(
        self,
        indicators: Iterable[Indicator],
        providers: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> dict[tuple[str, str], list[EnrichmentRecord]]:
        """What the providers say of each indicator, by (type, value), in the order of the providers.

        :raises UsageError: see :meth:`choose`.
        """
        chosen = self.choose(providers)
        wanted = list(dict.fromkeys(Indicator(one.type, one.value) for one in indicators))
        counter = _Counter(progress, total=len(wanted) * len(chosen))
        answers = await asyncio.gather(*(self._ask(name, wanted, counter) for name in chosen))
        found: dict[tuple[str, str], list[EnrichmentRecord]] = {(one.type, one.value): [] for one in wanted}
        for records in answers:
            for record in records:
                found[record.type, record.value].append(record)
        return found

    async def close(self) -> None:
        """Close the providers and the connections; what a stranger's close raises is dropped."""
        await asyncio.gather(*(one.close() for one in self._enrichers.values()), return_exceptions=True)
        await self.http.close()

    def _info(self, name: str) -> ProviderInfo:
        info = self._enrichers[name].info
        chosen = self.settings.provider(name).enabled
        enabled = (info.host is None) if chosen is None else chosen
        if info.host is not None and self.settings.offline_only:
            return msgspec.structs.replace(
                info, name=name, enabled=False, ready=False, problem="offline_only is set: no third party is asked."
            )
        return msgspec.structs.replace(info, name=name, enabled=enabled)

    async def _ask(self, name: str, wanted: Sequence[Indicator], counter: _Counter) -> list[EnrichmentRecord]:
        info = self._info(name)
        if info.host is not None:
            return await self._third_party(name, info, wanted, counter)
        asking: dict[Indicator, list[Indicator]] = defaultdict(list)
        for one in wanted:
            asked = _asked_of(one, info)
            if asked is not None:
                asking[Indicator(asked.type, asked.value)].append(one)
        records = await self._batches(name, list(asking), counter)
        counter.add(len(wanted) - len(asking), name)
        return _for_originals(records, asking)

    async def _third_party(
        self, name: str, info: ProviderInfo, wanted: Sequence[Indicator], counter: _Counter
    ) -> list[EnrichmentRecord]:
        """Ask with what may be sent only, and only for what is not known already."""
        records: list[EnrichmentRecord] = []
        asking: dict[Indicator, list[Indicator]] = defaultdict(list)
        for one in wanted:
            sent = sendable(one)
            if sent is not None and sent.type not in info.kinds:
                continue
            reason = "no part of it may be sent" if sent is None else withheld_because(sent, self.settings.privacy)
            if sent is None or reason is not None:
                records.append(_blank(one, name, "skipped", f"Not sent: {reason}."))
            else:
                asking[Indicator(sent.type, sent.value)].append(one)
        known = await self._cached(name, asking)
        fresh = await self._batches(name, [one for one in asking if one not in known], counter, keep=True)
        records += _for_originals([*(record for held in known.values() for record in held), *fresh], asking)
        counter.add(len(wanted) - sum(one not in known for one in asking), name)
        return records

    async def _batches(
        self, name: str, wanted: Sequence[Indicator], counter: _Counter, *, keep: bool = False
    ) -> list[EnrichmentRecord]:
        size = _BATCH if keep else _LARGE_BATCH
        records: list[EnrichmentRecord] = []
        for begin in range(0, len(wanted), size):
            part = wanted[begin : begin + size]
            answered = await self._answers(name, part)
            if keep:
                await asyncio.to_thread(self._remember, name, answered)
            records += answered
            counter.add(len(part), name)
        return records

    async def _answers(self, name: str, part: Sequence[Indicator]) -> list[EnrichmentRecord]:
        """One provider's records on exactly ``part``, whatever it does."""
        try:
            answered = await self._enrichers[name].look_up(part)
        except SentinelError as error:
            return [_blank(one, name, "error", visible(error.message, limit=300)) for one in part]
        except Exception as error:  # noqa: BLE001  # a stranger's provider must not cost the others' answers
            return [_blank(one, name, "error", f"{name} failed ({type(error).__name__}).") for one in part]
        asked = {(one.type, one.value) for one in part}
        records = [
            msgspec.structs.replace(record, provider=name)
            for record in answered
            if (record.type, record.value) in asked
        ]
        silent = asked - {(record.type, record.value) for record in records}
        return records + [
            _blank(one, name, "error", f"{name} gave no answer.") for one in part if (one.type, one.value) in silent
        ]

    async def _cached(self, name: str, wanted: Iterable[Indicator]) -> dict[Indicator, list[EnrichmentRecord]]:
        keys = {LookupKey(name, one.type, one.value): one for one in wanted}
        held = await asyncio.to_thread(self.store.lookups, keys)
        found: dict[Indicator, list[EnrichmentRecord]] = {}
        for key, cached in held.items():
            try:
                records = msgspec.json.decode(cached.payload, type=list[EnrichmentRecord])
            except msgspec.DecodeError:
                continue
            found[keys[key]] = [
                msgspec.structs.replace(record, cached=True, looked_up_at=cached.looked_up_at) for record in records
            ]
        return found

    def _remember(self, name: str, records: Iterable[EnrichmentRecord]) -> None:
        by_key: dict[LookupKey, list[EnrichmentRecord]] = defaultdict(list)
        for record in records:
            by_key[LookupKey(name, record.type, record.value)].append(record)
        whole = {
            key: msgspec.json.encode(held)
            for key, held in by_key.items()
            if all(record.status in _KEPT for record in held)
        }
        if whole:
            self.store.remember(whole, lifetime=_LIFETIME)


@dataclass
class _Counter:
    progress: Progress | None
    total: int
    done: int = 0

    def add(self, count: int, name: str) -> None:
        self.done += count
        if self.progress is not None and self.total:
            self.progress(min(1.0, self.done / self.total), f"enriching: {name}")


async def enrich(
    values: Iterable[str] | pd.DataFrame | pd.Series,
    *,
    column: str | None = None,
    providers: Sequence[str] | None = None,
    backend: QueryBackend | None = None,
    store: Store | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """What the providers know of ``values``, in long form: a row for each distinct value and provider.

    :param values: texts, a Series or Index, or a frame with ``column``; nulls are left out.
    :param providers: by name; ``["all"]``: every one that is switched on; default: the offline ones.
    :param backend: the workspace whose threat intelligence and location files count; default: the one connected last.
    :returns: ``value, type, provider, status, verdict, score, summary, details, link, looked_up_at, cached``.
        Values that are no indicator, or of which no provider knows, have a row with status ``skipped``.
    :raises UsageError: no such column or provider, or a third party that has not been switched on.
    """
    from .enrichment_frames import distinct_values, long_frame

    listed = distinct_values(values, column)
    engine = _engine(settings, store, backend)
    try:
        return await long_frame(engine, listed, providers, progress)
    finally:
        await engine.close()


async def enrich_wide(
    values: Iterable[str] | pd.DataFrame | pd.Series,
    *,
    column: str | None = None,
    providers: Sequence[str] | None = None,
    backend: QueryBackend | None = None,
    store: Store | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The rows of a frame, in their order and with their index, with what is known of a column beside them.

    Each distinct value is looked up once. For anything but a frame: one row a value, with its type.

    :returns: added are ``country, city, latitude, longitude``, ``asn, organisation, network``, ``ti_verdict,
        ti_threat, ti_active, ti_expires``, a verdict and a summary for each other provider, and, where anything
        failed or was withheld, ``enrich_notes``. A name that the frame has already gets the column's name before it.
    :raises UsageError: as :func:`enrich`.
    """
    from .enrichment_wide import wide_frame

    engine = _engine(settings, store, backend)
    try:
        return await wide_frame(engine, values, column, providers, progress)
    finally:
        await engine.close()


async def providers(
    *, backend: QueryBackend | None = None, store: Store | None = None, settings: Settings | None = None
) -> pd.DataFrame:
    """The providers: ``name, kinds, host`` (None: offline), ``key_needed, enabled, ready, problem, limits``."""
    import pandas as pd

    engine = _engine(settings, store, backend)
    try:
        rows = [msgspec.structs.asdict(info) for info in await asyncio.to_thread(engine.infos)]
        frame = pd.DataFrame(rows, columns=[item.name for item in msgspec.structs.fields(ProviderInfo)])
        frame["host"] = pd.Series([row["host"] for row in rows], dtype=object)
        frame.attrs["sentinel"] = {"problems": list(engine.problems)}
        return frame
    finally:
        await engine.close()


async def locate(
    values: Iterable[str] | pd.Series,
    *,
    backend: QueryBackend | None = None,
    settings: Settings | None = None,
) -> pd.DataFrame:
    """Where addresses are and whose they are; see :func:`.locations.locate_values`."""
    from .locations import locate_values

    chosen = settings if settings is not None else load_settings()
    counting = backend if backend is not None else connected_backend()
    return await asyncio.to_thread(locate_values, values, chosen, counting.info if counting else None)


@lru_cache(maxsize=1)
def default_store() -> Store:
    """The user's store, opened once a process."""
    chosen = load_settings().store
    return Store.open(on_disk=chosen.enabled, history_limit=chosen.history_limit)


def _engine(settings: Settings | None, store: Store | None, backend: QueryBackend | None) -> Enrichment:
    return Enrichment(
        settings if settings is not None else load_settings(),
        store if store is not None else default_store(),
        backend if backend is not None else connected_backend(),
    )


def _rank(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _asked_of(one: Indicator, info: ProviderInfo) -> Indicator | None:
    """What a provider on this machine is asked: of a URL its host, if it knows hosts only; None if it fits not."""
    if one.type in info.kinds:
        return one
    part = sendable(one) if one.type == "url" else None
    return part if part is not None and part.type in info.kinds else None


def _blank(one: Indicator, provider: str, status: Status, summary: str) -> EnrichmentRecord:
    return EnrichmentRecord(one.value, one.type, provider, status, summary=summary, looked_up_at=datetime.now(UTC))


def _for_originals(
    records: Iterable[EnrichmentRecord], asking: Mapping[Indicator, Sequence[Indicator]]
) -> list[EnrichmentRecord]:
    """Each record for every indicator that it was asked for."""
    return [
        _about(original, record)
        for record in records
        for original in asking.get(Indicator(record.type, record.value), ())
    ]


def _about(original: Indicator, record: EnrichmentRecord) -> EnrichmentRecord:
    if (original.type, original.value) == (record.type, record.value):
        return record
    return msgspec.structs.replace(
        record,
        type=original.type,
        value=original.value,
        details={**record.details, "asked": record.value},
    )


def _unknown(name: str, known: Mapping[str, ProviderInfo]) -> UsageError:
    close = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(known)}."
    return UsageError(f"There is no provider “{visible(name, limit=60)}”.", hint=hint)
