"""The only store on disk: lookups with their age, what was asked, and what was sent to whom."""

from __future__ import annotations

from .store import CachedLookup, LookupKey, QueryRecord, SentRecord, Store, default_path

__all__ = ["CachedLookup", "LookupKey", "QueryRecord", "SentRecord", "Store", "default_path"]
