"""The settings, frozen; defaults are what a user without a file gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Cloud = Literal["public", "usgov", "china"]
Kind = Literal["adx", "datalake", "hunting"]
Option = bool | int | float | str | list[str]


class WorkspaceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named workspace: ``path`` (exported logs), ``workspace_id`` (a Log Analytics GUID), or a ``kind`` of service.

    :param kind: ``adx`` (a database of Azure Data Explorer), ``datalake`` (a workspace in the Sentinel data lake),
        ``hunting`` (Defender's advanced hunting); the name of the backend.
    :param cluster: the address of the cluster, for ``adx``.
    :param database: for ``adx`` and ``datalake``.
    :param scope: what tokens are asked for, where it is not the service's usual one.
    :param tenant_id: the Entra tenant that signs in, as a GUID or domain; None: the credential's own.
    :param also: more workspaces (GUIDs, names or resource ids) that every query asks, too.
    :param sign_in: names of credentials to try, in order; none: those of ``azure.sign_in``.
    :param endpoint: the query service's address, where it is not the cloud's usual one.
    """

    path: str | None = None
    workspace_id: str | None = None
    tenant_id: str | None = None
    cloud: Cloud = "public"
    also: tuple[str, ...] = ()
    sign_in: tuple[str, ...] = ()
    endpoint: str | None = None
    kind: Kind | None = None
    cluster: str | None = None
    database: str | None = None
    scope: str | None = None

    @property
    def place(self) -> str:
        """Where it is, on one line, for people."""
        if self.kind is None:
            return self.path or f"{self.workspace_id} ({self.cloud})"
        where = "/".join(filter(None, (self.cluster and self.cluster.rstrip("/"), self.database)))
        return f"{self.kind} {where or self.tenant_id or ''}".strip()


class AzureSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signing in to Azure.

    :param sign_in: names of credentials to try, in order; none: a chain that suits where this runs.
    :param plain_text_cache: sign-ins may be kept on disk unencrypted, where the system cannot encrypt them.
    """

    sign_in: tuple[str, ...] = ()
    plain_text_cache: bool = False


class ProviderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An enrichment provider. ``enabled`` None is the provider's own default: offline ones on, others off."""

    enabled: bool | None = None
    options: dict[str, Option] = {}


class GeoIPSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Location files (``.mmdb``) to read besides those that ``jupyter sentinel geoip update`` fetched."""

    paths: tuple[str, ...] = ()
    warn_after_days: int = 90


class QuerySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Queries.

    :param timeout_s: total deadline in seconds; of an answer that goes into a file: that of each request.
    :param save_timeout_s: total deadline of an answer that goes into a file.
    :param save_requests: how many requests such an answer may take.
    """

    timeout_s: float = 180.0
    save_timeout_s: float = 86_400.0
    save_requests: int = 10_000


class MapSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Maps. ``tiles``: get map images from OpenStreetMap's servers, which then see the browser."""

    tiles: bool = False


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The store on disk. ``enabled`` false keeps lookups and history in memory only."""

    enabled: bool = True
    history_limit: int = 1000


class PrivacySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Own domains and CIDR networks, never sent to a third party (nor are private and reserved ones)."""

    internal_domains: tuple[str, ...] = ()
    internal_networks: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set.

    :param offline_only: contact no third party at all, whatever providers are enabled.
    :param workspaces: by name; ``demo`` is taken.
    """

    offline_only: bool = False
    workspaces: Mapping[str, WorkspaceSettings] = {}
    providers: Mapping[str, ProviderSettings] = {}
    geoip: GeoIPSettings = GeoIPSettings()
    query: QuerySettings = QuerySettings()
    azure: AzureSettings = AzureSettings()
    map: MapSettings = MapSettings()
    store: StoreSettings = StoreSettings()
    privacy: PrivacySettings = PrivacySettings()

    def provider(self, name: str) -> ProviderSettings:
        """What is set for a provider; the defaults if nothing is."""
        return self.providers.get(name, ProviderSettings())

    def workspace(self, name: str) -> WorkspaceSettings | None:
        """The workspace of that name, whatever its case; None if there is none."""
        wanted = name.casefold()
        return next((found for key, found in self.workspaces.items() if key.casefold() == wanted), None)
