"""What the user has set: one TOML file, the environment over it, and secrets kept elsewhere."""

from __future__ import annotations

from .loading import ENVIRONMENT_PREFIX, load_settings, settings_path
from .model import (
    AzureSettings,
    GeoIPSettings,
    MapSettings,
    PrivacySettings,
    ProviderSettings,
    QuerySettings,
    Settings,
    StoreSettings,
    WorkspaceSettings,
)
from .secrets import Secret, SecretVault

__all__ = [
    "ENVIRONMENT_PREFIX",
    "AzureSettings",
    "GeoIPSettings",
    "MapSettings",
    "PrivacySettings",
    "ProviderSettings",
    "QuerySettings",
    "Secret",
    "SecretVault",
    "Settings",
    "StoreSettings",
    "WorkspaceSettings",
    "load_settings",
    "settings_path",
]
