"""The providers as they are set up, without a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..services.enrichment import Enrichment
from ..settings import load_settings
from ..store import Store

if TYPE_CHECKING:
    from ..models.enrichment import ProviderInfo


class Providers(NamedTuple):
    """What there is, and what did not load."""

    infos: list[ProviderInfo]
    problems: list[str]


def provider_infos() -> Providers:
    """Every registered provider.

    :raises SettingsError: the settings cannot be read.
    """
    with Store.open(on_disk=False) as store:
        engine = Enrichment(load_settings(), store)
        return Providers(engine.infos(), list(engine.problems))
