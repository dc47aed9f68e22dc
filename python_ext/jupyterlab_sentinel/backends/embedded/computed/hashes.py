"""xxHash64 of values, as Kusto's documented examples have it."""

from __future__ import annotations

_SIGN = 1 << 63


def of_text(text: str) -> int:
    """Of a text in UTF-8, as a signed number."""
    return _of_bytes(text.encode("utf-8", "surrogatepass"))


def of_ticks(ticks: int | None) -> int | None:
    """Of a moment in ticks of 100 ns since year 1."""
    return None if ticks is None else _of_bytes(ticks.to_bytes(8, "little", signed=True))


def _of_bytes(data: bytes) -> int:
    import xxhash

    digest = xxhash.xxh64_intdigest(data)
    return digest - 2 * _SIGN if digest >= _SIGN else digest
