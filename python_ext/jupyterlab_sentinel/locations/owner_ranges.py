"""Network owners from ranges of addresses, kept as arrays: ip-location-db's ``asn`` comes as CSV only.

Its lines are ``first,last,number,organisation``, sorted and apart from each other, one file a
family. A file of ours is NumPy's ``.npz`` without pickled objects: for each family the first and
last addresses (big-endian bytes), the numbers, and where in one text each organisation stands.
"""

from __future__ import annotations

import csv
import ipaddress
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import numpy as np

SUFFIX = ".npz"
KIND = "ip-location-db-asn"
_FORMAT = 1
_WIDTHS = {4: 4, 6: 16}
_Row = tuple[int, int, int, int, int]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class RangesMetadata:
    """What a MaxMind DB file would tell of itself."""

    database_type: str
    build_epoch: int
    description: Mapping[str, str]


class RangeReader:
    """Reads such a file as ``maxminddb.Reader`` reads its own.

    :raises OSError: it cannot be read.
    :raises ValueError: no such file, or damaged.
    """

    def __init__(self, path: Path) -> None:
        import numpy as np

        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
                if int(held["format"]) != _FORMAT:
                    raise ValueError("of another version")
                self._built = int(held["built"])
                self._names = bytes(held["names"])
                self._tables = {family: _Table.of(held, family) for family in _WIDTHS}
        except (KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError("not a file of network owners, or damaged") from error

    def metadata(self) -> RangesMetadata:
        """Its kind, and when it was built (seconds since 1970)."""
        return RangesMetadata(KIND, self._built, {})

    def get_with_prefix_len(self, text: str) -> tuple[dict[str, object] | None, int]:
        """The owner's record, and the prefix of the largest network around the address within its range.

        :raises ValueError: no address.
        """
        address = ipaddress.ip_address(text)
        found = self._tables[address.version].find(address.packed)
        if found is None:
            return None, 0
        first, last, number, begin, end = found
        record: dict[str, object] = {
            "autonomous_system_number": number,
            "autonomous_system_organization": self._names[begin:end].decode("utf-8", "replace"),
        }
        return record, _prefix(address, first, last)

    def __iter__(self) -> Iterator[tuple[str, dict[str, object]]]:
        for table in self._tables.values():
            for first in table.first[:20]:
                address = str(ipaddress.ip_address(bytes(first).ljust(table.width, b"\0")))
                record, _ = self.get_with_prefix_len(address)
                if record is not None:
                    yield address, record

    def close(self) -> None:
        """Nothing stays open."""


@dataclass(frozen=True, slots=True)
class _Table:
    width: int
    first: np.ndarray
    last: np.ndarray
    number: np.ndarray
    begin: np.ndarray
    end: np.ndarray

    @classmethod
    def of(cls, held: Mapping[str, np.ndarray], family: int) -> _Table:
        columns = [held[f"{name}{family}"] for name in ("first", "last", "number", "begin", "end")]
        if len({len(column) for column in columns}) != 1:
            raise ValueError("columns of different lengths")
        return cls(_WIDTHS[family], *columns)

    def find(self, packed: bytes) -> tuple[bytes, bytes, int, int, int] | None:
        """NumPy drops zero bytes at the end, and compares arrays as if they were there; Python does not."""
        import numpy as np

        at = int(np.searchsorted(self.first, np.bytes_(packed), side="right")) - 1
        if at < 0:
            return None
        first, last = (bytes(column[at]).ljust(self.width, b"\0") for column in (self.first, self.last))
        if last < packed:
            return None
        return first, last, int(self.number[at]), int(self.begin[at]), int(self.end[at])


def write_ranges(sources: Mapping[int, Path], target: Path, *, built: int) -> int:
    """Make a file from the CSV files of each family (4 and 6).

    Where two ranges overlap, the addresses in both have no owner: there is no telling which is right.

    :param built: seconds since 1970.
    :returns: how many overlaps there were.
    :raises ValueError: a line that is none of the form, or out of order.
    """
    import numpy as np

    names = _Names()
    arrays: dict[str, np.ndarray] = {"format": np.array(_FORMAT), "built": np.array(built)}
    count = 0
    for family, source in sources.items():
        read = list(_rows(source, family, names))
        rows, overlaps = _apart(read)
        count += overlaps
        width = _WIDTHS[family]
        for position, name in enumerate(("first", "last")):
            ends = [row[position].to_bytes(width, "big") for row in rows]
            arrays[f"{name}{family}"] = np.array(ends, dtype=np.dtype(("S", width)))
        for position, name in enumerate(("number", "begin", "end"), start=2):
            arrays[f"{name}{family}"] = np.array([row[position] for row in rows], dtype=np.uint32)
    arrays["names"] = np.frombuffer(bytes(names.text), dtype=np.uint8)
    with target.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    return count


class _Names:
    """Every organisation once, in one text."""

    def __init__(self) -> None:
        self.text = bytearray()
        self._places: dict[str, tuple[int, int]] = {}

    def place(self, name: str) -> tuple[int, int]:
        found = self._places.get(name)
        if found is None:
            begin = len(self.text)
            self.text += name.encode("utf-8")
            found = self._places[name] = (begin, len(self.text))
        return found


def _apart(rows: list[_Row]) -> tuple[list[_Row], int]:
    """The ranges without what two of them claim, and how often that was so."""
    kept: list[_Row] = []
    overlaps, claimed = 0, -1
    for first, last, *owner in rows:
        begin = first
        if first <= claimed:
            overlaps += 1
            begin = claimed + 1
            while kept and kept[-1][1] >= first:
                before = kept.pop()
                if before[0] < first:
                    kept.append((before[0], first - 1, *before[2:]))
        claimed = max(claimed, last)
        if begin <= last:
            kept.append((begin, last, owner[0], owner[1], owner[2]))
    return kept, overlaps


def _rows(source: Path, family: int, names: _Names) -> Iterator[_Row]:
    width, before = _WIDTHS[family], -1
    with source.open(encoding="utf-8", newline="") as file:
        for number, line in enumerate(csv.reader(file), start=1):
            if len(line) != 4:
                raise ValueError(f"line {number} has {len(line)} fields")
            first, last, asn = int(line[0]), int(line[1]), int(line[2])
            if not (before <= first <= last < 1 << 8 * width) or not 0 <= asn < 1 << 32:
                raise ValueError(f"line {number} is out of order")
            before = first
            yield (first, last, asn, *names.place(line[3].strip()))


def _prefix(address: Address, first: bytes, last: bytes) -> int:
    value, low, high = int(address), int.from_bytes(first, "big"), int.from_bytes(last, "big")
    free = 0
    while free < address.max_prefixlen:
        base = value >> (free + 1) << (free + 1)
        if base < low or base + (1 << (free + 1)) - 1 > high:
            break
        free += 1
    return address.max_prefixlen - free
