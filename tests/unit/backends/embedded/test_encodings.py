"""Base64, compressed texts, punycode and hashes, where the documented examples say nothing."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

import pytest

from jupyterlab_sentinel.backends.embedded.computed import encodings
from jupyterlab_sentinel.errors import KqlUnsupportedError

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


def test_bytes() -> None:
    assert encodings.decode_to_array("/w==") == "[255]"
    assert encodings.decode_to_array("") == "[]"
    assert encodings.decode_to_array("a") is None
    assert encodings.encode_from_array("[256]") == ""
    assert encodings.encode_from_array('["a"]') == ""
    assert encodings.encode_from_array("{}") == ""


def test_compressed_texts() -> None:
    packed = base64.b64encode(zlib.compress("grün".encode())).decode()
    assert encodings.inflate(packed, gzip=False) == "grün"
    assert encodings.inflate(packed, gzip=True) == ""
    assert encodings.inflate(packed[:8], gzip=False) == ""
    assert encodings.inflate(base64.b64encode(zlib.compress(b"\xff")).decode(), gzip=False) == ""


def test_a_small_text_does_not_grow_without_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "_LARGEST", 1000)
    bomb = base64.b64encode(zlib.compress(b"0" * 1_000_000)).decode()
    with pytest.raises(ValueError, match="larger than"):
        encodings.inflate(bomb, gzip=False)


def test_domains() -> None:
    assert encodings.domain_from_punycode("xn--zzzzzzz9999999.com") == ""
    assert encodings.domain_from_punycode("plain.com") == "plain.com"
    assert encodings.domain_as_punycode("") == ""


async def test_in_queries(opened: Opener) -> None:
    backend = await opened()
    kql = "print make_string(base64_decode_toarray('aABpAA==')), hash('World', 7) between (0 .. 6), hash('a', 0)"
    assert await rows(backend, kql) == [("h\x00i\x00", True, None)]
    for kql in ("print hash(1)", "print base64_decode_toguid('x')", "print zlib_compress_to_base64_string('x')"):
        with pytest.raises(KqlUnsupportedError):
            await rows(backend, kql)
