"""A local workspace behind the wire protocols of Azure's query services, on this machine alone."""

from __future__ import annotations
