"""The order that Kusto gives sets of cells in.

No page speaks of it, but the outputs that the pages print have the order of a hash set of texts: 64-bit FNV-1a, eight
buckets at first, a cell before those of its bucket and else at the end. So do these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BASIS, _PRIME, _MASK = 14_695_981_039_346_656_037, 1_099_511_628_211, 2**64 - 1


def in_hash_order(texts: Iterable[str]) -> list[str]:
    """Texts, each once, in that order."""
    hashes = {text: _hash(text) for text in texts}
    order: list[str] = []
    waiting, room = list(hashes), 8
    while waiting:
        count = room - len(order)
        order = _placed([*order, *waiting[:count]], hashes, room)
        waiting = waiting[count:]
        room *= 8 if room < 512 else 2
    return order


def _placed(texts: Iterable[str], hashes: dict[str, int], room: int) -> list[str]:
    """The order after each text went before those of its bucket."""
    buckets: dict[int, list[str]] = {}
    for text in texts:
        buckets.setdefault(hashes[text] & (room - 1), []).append(text)
    return [text for bucket in buckets.values() for text in reversed(bucket)]


def _hash(text: str) -> int:
    found = _BASIS
    for byte in text.encode():
        found = (found ^ byte) * _PRIME & _MASK
    return found
