"""Finding texts in texts, and replacing several at once."""

from __future__ import annotations


def index_of(text: str, wanted: str, start: int | None, length: int | None, occurrence: int | None) -> int | None:
    """Where an occurrence of ``wanted`` begins, counted from 0; -1: there is none, None: where none can be.

    :param start: where to begin; a negative one counts from the end.
    :param length: how many letters each occurrence is looked for in, from the one before on; -1: all.
    :param occurrence: the how manieth.
    """
    if start is None or length is None or occurrence is None or length < -1 or occurrence < 0:
        return None
    position, found = max(start + len(text) if start < 0 else start, 0), -1
    for _ in range(occurrence):
        found = text.find(wanted, position, None if length < 0 else position + length)
        if found < 0:
            break
        position = found + 1
    return found


def replace_all(text: str, lookups: list[object], rewrites: list[object]) -> str:
    """``text`` with each of ``lookups`` replaced by its rewrite, in their order; what one has matched no other does.

    A lookup that is no text is passed over; a rewrite that is none leaves what was matched as it is.
    """
    parts: list[tuple[str, bool]] = [(text, False)]
    for lookup, rewrite in zip(lookups, rewrites, strict=True):
        if not isinstance(lookup, str) or not lookup:
            continue
        put = rewrite if isinstance(rewrite, str) else lookup
        parts = [piece for part in parts for piece in _replaced(part, lookup, put)]
    return "".join(part for part, _ in parts)


def _replaced(part: tuple[str, bool], lookup: str, put: str) -> list[tuple[str, bool]]:
    text, done = part
    if done or lookup not in text:
        return [part]
    pieces: list[tuple[str, bool]] = []
    for place, rest in enumerate(text.split(lookup)):
        if place:
            pieces.append((put, True))
        pieces.append((rest, False))
    return pieces
