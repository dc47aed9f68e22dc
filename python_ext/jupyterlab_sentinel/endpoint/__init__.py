"""A local workspace behind the Log Analytics wire protocol, on this machine alone."""

from __future__ import annotations
