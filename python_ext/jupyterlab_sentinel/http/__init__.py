"""The only HTTP client: every request to another host is made here.

Bounded in time, size and depth; retried with care; paced a provider; never redirected on its own;
never to an address that is not public.
"""

from __future__ import annotations

from .client import Answer, HttpClient, Memory, Rules

__all__ = ["Answer", "HttpClient", "Memory", "Rules"]
