"""Base64 of bytes, compressed texts and punycode."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
import zlib

_LARGEST = 64 * 1024 * 1024
_DOTS = str.maketrans("。．｡", "...")  # noqa: RUF001  # what IDNA takes for full stops
_ENCODED = "xn--"


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def decode_to_array(text: str) -> str | None:
    """The bytes of a base64 text as a JSON array; None where it is none."""
    data = _decoded(text)
    return None if data is None else json.dumps(list(data), separators=(",", ":"))


def encode_from_array(array: str | None) -> str:
    """A JSON array of bytes in base64; empty where it is none."""
    items = json.loads(array) if array is not None else None
    if not isinstance(items, list) or not all(isinstance(item, int) and 0 <= item < 256 for item in items):
        return ""
    return base64.b64encode(bytes(items)).decode("ascii")


def encode_from_guid(guid: str | None) -> str:
    """A GUID in base64; empty for none."""
    return "" if guid is None else base64.b64encode(uuid.UUID(guid).bytes_le).decode("ascii")


def inflate(text: str, *, gzip: bool) -> str:
    """The text that was compressed and put into base64; empty where it was not, or is no UTF-8.

    :raises ValueError: it would be larger than 64 MB.
    """
    data = _decoded(text)
    if data is None:
        return ""
    reader = zlib.decompressobj(31 if gzip else 15)
    try:
        found = reader.decompress(data, _LARGEST)
        if not reader.eof and reader.unconsumed_tail:
            raise ValueError("A compressed text is larger than 64 MB.")
        return found.decode("utf-8") if reader.eof else ""
    except (zlib.error, UnicodeDecodeError):
        return ""


def punycode(text: str) -> str:
    """A text in punycode, without the mark of an encoded label; empty where that fails."""
    try:
        return text.encode("punycode").decode("ascii").removesuffix("-") if not text.isascii() else text
    except UnicodeError:
        return ""


def from_punycode(text: str) -> str:
    """The text that punycode stands for; empty where that fails."""
    try:
        return text.encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return ""


def domain_as_punycode(domain: str) -> str:
    """Each label of a domain that is not plain ASCII in punycode, marked."""
    labels = domain.translate(_DOTS).split(".")
    return ".".join(label if label.isascii() else f"{_ENCODED}{punycode(label)}" for label in labels)


def domain_from_punycode(domain: str) -> str:
    """Each label of a domain that is marked as punycode as what it stands for; empty where one fails."""
    labels = [
        from_punycode(label[len(_ENCODED) :]) if label[: len(_ENCODED)].lower() == _ENCODED else label
        for label in domain.split(".")
    ]
    return "" if "" in labels and domain else ".".join(labels)
