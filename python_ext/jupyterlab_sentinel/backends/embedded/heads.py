"""How a file begins: its compression undone, its encoding told, its first characters at hand."""

from __future__ import annotations

import codecs
import gzip
import secrets
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from ...errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_HEAD_BYTES = 256 * 1024
_BLOCK = 1024 * 1024
# Real logs shrink to a fiftieth; what shrinks to a five-hundredth was made to fill a disk.
_MOST_EXPANSION = 500
_SAMPLED = 64 * 1024 * 1024

# How files begin that are no text, and what to call them; a name that says otherwise is not believed.
_OTHERS = (
    (b"\x1f\x8b", "it is compressed with gzip; let its name end with .gz"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd; let its name end with .zst"),
    (b"PK\x03\x04", "it is a zip archive, as .xlsx files are; unpack it, or save it as CSV"),
    (b"PAR1", "it is a Parquet file; let its name end with .parquet"),
    (codecs.BOM_UTF32_LE, "its text is UTF-32; save it as UTF-8"),
    (codecs.BOM_UTF32_BE, "its text is UTF-32; save it as UTF-8"),
    (b"SQLite format 3\0", "it is a SQLite database"),
    (b"ElfFile\0", "it is an .evtx file; make JSON or CSV of it with evtx_dump or EvtxECmd"),
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file.

    :param text: without a byte-order mark; it may end anywhere in a line unless ``whole``.
    :param whole: whether that is all of it.
    """

    text: str
    encoding: str
    whole: bool

    @property
    def lines(self) -> list[str]:
        """Its lines, without the last one if that may be cut."""
        lines = self.text.splitlines()
        return lines if self.whole or len(lines) < 2 else lines[:-1]


def open_unpacked(path: Path, compression: str) -> IO[bytes]:
    """The file's content as a stream. ``compression`` is ``none``, ``gzip`` or ``zstd``."""
    if compression == "gzip":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if compression == "zstd":
        import pyarrow as pa

        return cast("IO[bytes]", pa.input_stream(str(path), compression="zstd"))
    return path.open("rb")


def read_head(path: Path, compression: str) -> Head:
    """How the file begins.

    :raises DataError: it is empty, no text, or its compression is damaged.
    """
    try:
        with open_unpacked(path, compression) as stream:
            data = stream.read(_HEAD_BYTES)
    except (EOFError, gzip.BadGzipFile) as error:
        raise DataError("its compression is damaged") from error
    except OSError as error:
        if compression == "none":
            raise
        raise DataError("its compression is damaged") from error
    if not data:
        raise DataError("the file is empty")
    for begin, told in _OTHERS:
        if data.startswith(begin):
            raise DataError(told)
    encoding, mark = _encoding(data)
    text = data[mark:].decode(encoding, "replace")
    return Head(text, encoding, len(data) < _HEAD_BYTES)


def _encoding(data: bytes) -> tuple[str, int]:
    """The encoding, and how many bytes its mark takes. UTF-16 without a mark shows by its zero bytes."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    begin = data[:64]
    if len(begin) >= 4 and len(begin) % 2 == 0:
        if not any(begin[1::2]) and all(begin[::2]):
            return "utf-16-le", 0
        if not any(begin[::2]) and all(begin[1::2]):
            return "utf-16-be", 0
    return "utf-8", 0


def as_utf8(path: Path, compression: str, encoding: str, folder: Path, check: Callable[[], None]) -> Path:
    """A plain UTF-8 copy of the file in ``folder``, written in blocks.

    :param check: called between blocks; what it raises ends the work.
    :raises DataError: the file is not of that encoding.
    """
    target = folder / f"{secrets.token_hex(8)}.txt"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with open_unpacked(path, compression) as stream, target.open("wb") as out:
            begun = False
            while block := stream.read(_BLOCK):
                check()
                text = decoder.decode(block)
                out.write((text if begun else text.removeprefix("\ufeff")).encode("utf-8", "surrogatepass"))
                begun = begun or bool(text)
            out.write(decoder.decode(b"", final=True).encode())
    except UnicodeDecodeError as error:
        target.unlink(missing_ok=True)
        raise DataError(f"its text is not {encoding.upper()}") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def refuse_bomb(path: Path, compression: str, check: Callable[[], None]) -> None:
    """Look how far a compressed file expands, on its first 64 MB.

    :raises DataError: more than logs ever do.
    """
    packed = path.stat().st_size
    if compression == "none" or packed * _MOST_EXPANSION > _SAMPLED * 16:
        return
    most = min(packed * _MOST_EXPANSION, _SAMPLED)
    unpacked = 0
    try:
        with open_unpacked(path, compression) as stream:
            while block := stream.read(_BLOCK):
                check()
                unpacked += len(block)
                if unpacked > most and unpacked > packed * _MOST_EXPANSION:
                    raise DataError(
                        f"it expands to more than {_MOST_EXPANSION} times its size, which logs do not; "
                        "unpack it yourself if you trust it"
                    )
                if unpacked > _SAMPLED:
                    return
    except (EOFError, OSError) as error:
        raise DataError("its compression is damaged") from error
