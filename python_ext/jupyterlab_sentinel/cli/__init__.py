"""``jupyter sentinel``: what is set and fetched from a shell."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
