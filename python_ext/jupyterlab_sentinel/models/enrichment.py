"""What a provider says of an indicator."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

Status = Literal["found", "not_found", "error", "skipped", "not_set_up"]
Verdict = Literal["malicious", "suspicious", "harmless", "unknown", "informational"]


class EnrichmentRecord(msgspec.Struct, frozen=True):
    """One answer of one provider on one indicator.

    :param score: 0 (harmless) to 100 (malicious) where the provider has such a thing.
    :param summary: one line, plain text.
    :param details: JSON-like facts; for locations: country, city, latitude, longitude, asn,
        organisation, network.
    :param link: an allow-listed https page, or None.
    :param looked_up_at: UTC.
    """

    value: str
    type: str
    provider: str
    status: Status
    verdict: Verdict = "unknown"
    score: float | None = None
    summary: str = ""
    details: dict[str, object] = {}
    link: str | None = None
    looked_up_at: datetime | None = None
    cached: bool = False


class ProviderInfo(msgspec.Struct, frozen=True):
    """A provider: what it knows about, what it contacts, what it needs.

    :param kinds: indicator types, e.g. ``("ipv4", "ipv6", "domain")``.
    :param host: the host that receives the values, or None for offline providers.
    :param enabled: may be asked; never true for a third party until the user has switched it on.
    :param ready: set up: key, file or table present; ``problem`` says what is missing.
    :param limits: in words, e.g. ``1,000 a day``.
    """

    name: str
    kinds: tuple[str, ...]
    description: str = ""
    host: str | None = None
    key_needed: bool = False
    enabled: bool = False
    ready: bool = True
    problem: str = ""
    limits: str = ""
    attribution: str = ""
