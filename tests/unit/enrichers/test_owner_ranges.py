from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_sentinel.locations.files import open_file
from jupyterlab_sentinel.locations.owner_ranges import RangeReader, write_ranges

if TYPE_CHECKING:
    from pathlib import Path

V4 = """16777216,16777471,13335,"Cloudflare, Inc."
134744064,134744319,15169,Google LLC
400556032,401080319,8075,Microsoft\u202eCorporation
"""
V6 = "42541956101370907050197289607612071936,42541956180598891564461627201155923967,15169,Google LLC\n"


def made(folder: Path, v4: str = V4, v6: str = V6) -> Path:
    (folder / "4.csv").write_text(v4, encoding="utf-8")
    (folder / "6.csv").write_text(v6, encoding="utf-8")
    write_ranges({4: folder / "4.csv", 6: folder / "6.csv"}, folder / "o.npz", built=1_781_700_000)
    return folder / "o.npz"


def test_owners_of_both_families(tmp_path: Path) -> None:
    file = open_file(made(tmp_path))
    assert file.knows == {"owner"}
    assert f"{file.built:%Y-%m-%d}" == "2026-06-17"
    record, prefix = file.find("8.8.8.8") or ({}, 0)
    assert (record["autonomous_system_number"], prefix) == (15169, 24)
    assert file.find("1.0.0.255") is not None
    assert file.find("1.0.1.0") is None
    assert file.find("0.0.0.1") is None
    assert file.find("255.255.255.255") is None
    assert file.find("2001:4860:4860::8888") is not None
    assert file.find("2001:db8::1") is None
    assert file.find("nonsense") is None


ranges = st.lists(st.integers(0, 255), min_size=2, max_size=40, unique=True).map(sorted)


@settings(max_examples=60, deadline=None)
@given(ends=ranges)
def test_every_address_has_the_owner_of_its_range(tmp_path_factory: pytest.TempPathFactory, ends: list[int]) -> None:
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    base = 10 << 24
    text = "".join(f"{base + first},{base + last},{first},n{first}\n" for first, last in pairs)
    reader = RangeReader(made(tmp_path_factory.mktemp("r"), text, ""))
    for value in range(256):
        expected = next(((first, last) for first, last in pairs if first <= value <= last), None)
        address = ipaddress.IPv4Address(base + value)
        record, prefix = reader.get_with_prefix_len(str(address))
        assert (record is None) == (expected is None)
        if record is not None and expected is not None:
            assert record["autonomous_system_number"] == expected[0]
            assert record["autonomous_system_organization"] == f"n{expected[0]}"
            network = ipaddress.ip_network((str(address), prefix), strict=False)
            assert base + expected[0] <= int(network[0])
            assert int(network[-1]) <= base + expected[1]
            wider = network.supernet()
            assert int(wider[0]) < base + expected[0] or int(wider[-1]) > base + expected[1]


def test_addresses_that_two_ranges_claim_have_no_owner(tmp_path: Path) -> None:
    path = made(tmp_path, "10,29,1,a\n20,39,2,b\n25,35,3,c\n50,60,4,d\n", "")
    reader = RangeReader(path)

    def owner(value: int) -> object:
        record, _ = reader.get_with_prefix_len(str(ipaddress.IPv4Address(value)))
        return record and record["autonomous_system_number"]

    assert [owner(value) for value in (9, 10, 19, 20, 25, 29, 40, 50, 60, 61)] == [
        None, 1, 1, None, None, None, None, 4, 4, None,
    ]  # fmt: skip
    source = tmp_path / "4.csv"
    assert write_ranges({4: source, 6: tmp_path / "6.csv"}, path, built=0) == 2


@pytest.mark.parametrize(
    "line", ["1,2,3\n", "5,4,1,x\n", "x,2,3,y\n", "1,99999999999,3,y\n", "1,2,-3,y\n", "9,9,1,a\n3,4,1,b\n", "<html>\n"]
)
def test_damaged_ranges_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValueError, match=r"line|invalid|field"):
        made(tmp_path, line)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    whole = made(tmp_path).read_bytes()
    for number, content in enumerate([b"", b"x" * 100, whole[: len(whole) // 2], whole[:-30]]):
        path = tmp_path / f"{number}.npz"
        path.write_bytes(content)
        with pytest.raises((ValueError, OSError)):
            RangeReader(path)
    other = tmp_path / "other.npz"
    np.savez(other, format=np.array(2))
    with pytest.raises(ValueError, match="version"):
        RangeReader(other)
    pickled = tmp_path / "pickled.npz"
    np.savez(pickled, format=np.array([object()], dtype=object))
    with pytest.raises(ValueError):  # noqa: PT011  # NumPy's own words
        RangeReader(pickled)
