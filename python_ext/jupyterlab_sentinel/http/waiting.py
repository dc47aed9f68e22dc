"""How long to wait: between tries, between requests, and after a provider has failed time and again."""

from __future__ import annotations

import email.utils
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import ServiceError

_BASE_S = 0.8
_LONGEST_S = 30.0
_FAILURES = 5
_OPEN_S = 60.0
_YEAR_S = 366 * 86_400.0


def backoff(attempt: int, dice: float) -> float:
    """Seconds to wait after try number ``attempt``: full jitter, ``dice`` from 0 to 1."""
    return dice * min(_LONGEST_S, _BASE_S * 2.0 ** (attempt - 1))


def retry_after(header: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds, at most a year, that a Retry-After header asks for (RFC 9110, 10.2.3).

    None without one, or if it makes no sense.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _YEAR_S)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (aware - (now or datetime.now(UTC))).total_seconds()), _YEAR_S)


@dataclass
class Pace:
    """At most ``per_second`` requests a second, evenly spread."""

    per_second: float
    _next: float = 0.0

    def reserve(self, now: float) -> float:
        """Take the next place; seconds to wait for it."""
        start = max(now, self._next)
        self._next = start + 1.0 / self.per_second
        return start - now


@dataclass
class Circuit:
    """After five failures in a row, a provider is left alone for a minute."""

    failures: int = 0
    opened_at: float = 0.0

    def check(self, provider: str, now: float) -> None:
        """Refuse while open; after a minute one request is let through.

        :raises ServiceError: with ``retry_after`` in seconds.
        """
        if self.failures < _FAILURES:
            return
        left = self.opened_at + _OPEN_S - now
        if left > 0:
            raise ServiceError(
                f"{provider} failed {self.failures} times in a row; it is left alone for {left:.0f} seconds.",
                hint="Try again then, or leave it out.",
                retry_after=left,
            )
        self.failures = _FAILURES - 1

    def failed(self, now: float) -> None:
        """Count a failure."""
        self.failures += 1
        self.opened_at = now

    def succeeded(self) -> None:
        """Forget the failures."""
        self.failures = 0
