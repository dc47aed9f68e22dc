"""Bodies of answers: unpacked under a cap, parsed under limits."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING

from ..errors import LimitError, ServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LARGEST_BODY = 10 << 20
DEEPEST = 64


async def read_body(chunks: AsyncIterator[bytes], encoding: str, *, largest: int = LARGEST_BODY) -> bytes:
    """The decoded body from its raw ``chunks``.

    :param encoding: the Content-Encoding; only gzip is ever asked for.
    :raises LimitError: larger than ``largest`` bytes once decoded.
    :raises ServiceError: another encoding, or broken.
    """
    if encoding not in ("", "identity", "gzip"):
        raise ServiceError("The answer is packed in a way that was not asked for.")
    unpacking = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    body = bytearray()
    async for chunk in chunks:
        if unpacking is None:
            body += chunk
        else:
            try:
                body += unpacking.decompress(chunk, largest + 1 - len(body))
            except zlib.error:
                raise ServiceError("The answer's packing is broken.") from None
        if len(body) > largest:
            raise LimitError(f"The answer is larger than {largest >> 20} MiB; it was not read further.")
    if unpacking is not None and not unpacking.eof:
        raise ServiceError("The answer ended too early.")
    return bytes(body)


async def write_body(chunks: AsyncIterator[bytes], target: Path, *, largest: int) -> None:
    """The body as it comes, into a file.

    :raises LimitError: larger than ``largest`` bytes, or no room.
    """
    written = 0
    try:
        with target.open("wb") as file:
            async for chunk in chunks:
                written += len(chunk)
                if written > largest:
                    raise LimitError(f"The answer is larger than {largest >> 20} MiB; it was not read further.")
                file.write(chunk)
    except OSError as error:
        raise LimitError(f"It cannot be written: {error.strerror}.", hint="Free some room.") from None


def parse_json(body: bytes) -> object:
    """``body`` as JSON.

    :raises ServiceError: no JSON, a number that no float can hold, or nested too deeply.
    """
    import orjson

    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise ServiceError("The answer is not JSON.") from None
    _check(data)
    return data


def _check(data: object) -> None:
    """Walk level by level: recursion would meet Python's own limit."""
    level, depth = [data], 0
    while level:
        values: list[object] = []
        for item in level:
            if isinstance(item, dict):
                values.extend(item.values())
            elif isinstance(item, list):
                values.extend(item)
            elif isinstance(item, float) and not math.isfinite(item):
                raise ServiceError("The answer holds a number that is out of range.")
        depth += any(isinstance(item, dict | list) for item in level)
        if depth > DEEPEST:
            raise ServiceError(f"The answer is nested more than {DEEPEST} levels deep.")
        level = values
