"""Defender's advanced hunting, through Microsoft Graph."""

from __future__ import annotations

from .backend import AdvancedHuntingBackend

__all__ = ["AdvancedHuntingBackend"]
