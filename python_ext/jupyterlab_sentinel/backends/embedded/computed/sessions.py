"""Sessions of rows that follow one another closely."""

from __future__ import annotations

from .remarks import checkpoint

_OFTEN = 10_000


def session_starts(
    values: list[int | None] | None, restarts: list[bool | None] | None, longest: int, gap: int
) -> list[int | None]:
    """For each value the first one of its session; a null is in none, and the next value begins one.

    :param restarts: which values begin a session in any case.
    :param longest: a value that is as far as this from its session's first begins another.
    :param gap: the same for the value before.
    """
    out: list[int | None] = []
    first: int | None = None
    last: int | None = None
    flags = restarts or []
    for place, value in enumerate(values or []):
        if place % _OFTEN == 0:
            checkpoint()
        restart = place < len(flags) and flags[place] is True
        if value is None:
            first = None
        elif first is None or restart or value >= first + longest or last is None or value >= last + gap:
            first = value
        last = value
        out.append(first)
    return out
