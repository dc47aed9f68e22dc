"""Bodies of the query service as tables of raw rows, whatever they hold; no cell is read yet."""

from __future__ import annotations

import json
import re
from typing import NoReturn

import msgspec

from ...errors import LimitError, ServiceError
from ...models.indicators import visible

_SHOWN = 200
# A string, or a number that JSON does not have; possessive, so that hostile text costs linear time.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|-?Infinity|NaN', re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|.)", re.DOTALL)
_SECRET = re.compile(r"(?i)\b(bearer|basic|sharedkey)(\s+)[A-Za-z0-9._~+/=-]{4,}|\beyJ[A-Za-z0-9._-]{10,}")


class TooLargeError(LimitError):
    """A body that was not read further; in slices its rows may come."""


class WireColumn(msgspec.Struct):
    """A column as the service describes it."""

    name: str
    type: str


class WireTable(msgspec.Struct):
    """A table; each row is the JSON text of an array."""

    name: str
    columns: list[WireColumn]
    rows: list[msgspec.Raw]


class Body(msgspec.Struct):
    """What status 200 brings; every part but ``tables`` may be missing."""

    tables: list[WireTable] | None = None
    error: msgspec.Raw = msgspec.Raw()
    statistics: msgspec.Raw = msgspec.Raw()
    render: msgspec.Raw = msgspec.Raw()


def read_answer(body: bytes | bytearray) -> tuple[Body, bytes | bytearray]:
    r"""The parts of ``body``, and the text that they are views of.

    A byte-order mark, NaN literals and halves of surrogate pairs are accepted; of these is made another text. A half of
    a pair, which no UTF-8 text can hold, becomes the six characters of its escape: ``\ud800``.

    :raises ServiceError: not a Log Analytics answer; the message shows how it begins.
    """
    text = body
    try:
        found = _parsed(text)
        if found is None:
            text = acceptable(body)
            found = _parsed(text)
    except RecursionError:
        found = None
    if found is None or (found.tables is None and not present(found.error)):
        refuse(body)
    return found, text


def present(raw: msgspec.Raw) -> bool:
    """Whether a part was there, and not null."""
    return bytes(raw).strip() not in (b"", b"null")


def as_object(raw: msgspec.Raw) -> dict[str, object]:
    """A part as a dict; empty if it is missing or no object."""
    if not present(raw):
        return {}
    try:
        data = json.loads(bytes(raw))
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def told_error(raw: msgspec.Raw) -> dict[str, object]:
    """What an answer says of its own failure; empty only if it says nothing of any."""
    if not present(raw):
        return {}
    return as_object(raw) or {"code": "unknown", "message": f"it failed, and says of it only {excerpt(bytes(raw))}"}


def refuse(
    body: bytes | bytearray, why: str = "", *, request_id: str | None = None, service: str = "Log Analytics"
) -> NoReturn:
    """Raise the error for what is no answer of ``service``.

    :raises ServiceError: always.
    """
    start = excerpt(bytes(body[:2000]))
    begins = f" It begins: {start}" if start else " It is empty."
    raise ServiceError(
        f"What came back is not a {service} answer{f': {why}' if why else ''}.{begins}",
        hint="Something between here and the service answered instead (a proxy, a sign-in page), or the service is "
        "disturbed: check the endpoint and the proxy, then try again.",
        request_id=request_id,
    )


def excerpt(body: bytes) -> str:
    """The first 200 visible characters, on one line, without anything that looks like a token."""
    text = " ".join(body.decode("utf-8", "replace").split())
    return visible(without_secrets(text), limit=_SHOWN)


def without_secrets(text: str) -> str:
    """``text`` with tokens and passwords of headers taken out."""
    return _SECRET.sub(lambda found: f"{found[1]} …" if found[1] else "…", text)


def _parsed(body: bytes | bytearray) -> Body | None:
    try:
        return msgspec.json.decode(body, type=Body)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
        return None


def acceptable(body: bytes | bytearray) -> bytes:
    """``body`` in the JSON that strict readers take."""
    text = bytes(body)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = text.decode("utf-16", "replace").encode()
    return _TOKEN.sub(_token, text.removeprefix(b"\xef\xbb\xbf"))


def _token(match: re.Match[bytes]) -> bytes:
    token = match[0]
    if not token.startswith(b'"'):
        return b'"' + token + b'"'
    return _whole_pairs(token) if b"\\u" in token else token


def _whole_pairs(token: bytes) -> bytes:
    """A string whose halves of surrogate pairs are written out."""
    parts: list[bytes] = []
    last, high = 0, None
    for found in _ESCAPE.finditer(token):
        code = int(found[1], 16) if found[1] else 0
        if high is not None:
            paired = 0xDC00 <= code < 0xE000 and found.start() == high.end()
            parts.append(token[last : high.start()] + (high[0] if paired else b"\\" + high[0]))
            last, high = high.end(), None
            if paired:
                continue
        if 0xD800 <= code < 0xDC00:
            high = found
        elif 0xDC00 <= code < 0xE000:
            parts.append(token[last : found.start()] + b"\\" + found[0])
            last = found.end()
    if high is not None:
        parts.append(token[last : high.start()] + b"\\" + high[0])
        last = high.end()
    return b"".join([*parts, token[last:]])
