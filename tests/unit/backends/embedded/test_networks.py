"""Functions on IPv4 addresses: what is no address gives neither true nor false."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .asking import Opener, rows


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


TABLE = "datatable(ip:string)['10.1.1.1', '8.8.8.8', 'fe80::1', ''] | "


async def test_what_is_no_address_is_in_no_range_and_out_of_none(opened: Opener) -> None:
    backend = await opened()
    kql = TABLE + (
        "extend nets = dynamic(['10.0.0.0/8', '9.0.0.0/8']), bad = dynamic(['x', '10.0.0.0/8']) | project "
        "ipv4_is_in_range(ip, '10.0.0.0/8'), ipv4_is_in_any_range(ip, '10.0.0.0/8', '9.0.0.0/8'), "
        "ipv4_is_in_any_range(ip, nets), ipv4_is_in_any_range(ip, bad), ipv4_is_in_any_range(ip, 'x', '10.0.0.0/8')"
    )
    assert await rows(backend, kql) == [
        (True, True, True, True, True),
        (False, False, False, None, None),
        (None, None, None, None, None),
        (None, None, None, None, None),
    ]
    for test in ("not(ipv4_is_in_range(ip, '10.0.0.0/8'))", "ipv4_is_in_range(ip, '10.0.0.0/8') == false"):
        assert await rows(backend, TABLE + f"where {test}") == [("8.8.8.8",)]
    assert await rows(backend, TABLE + "where not(ipv4_is_private(ip))") == [("8.8.8.8",)]


PRIVATE = "10.0.0.1 10.255.255.255 172.16.0.1 172.31.9.250 192.168.0.0 10.1.2.3/24 11.0.0.0/7 10.9.8.7/0"
PUBLIC = "9.255.255.255 11.0.0.1 172.15.0.1 172.32.0.1 192.169.0.1 8.8.8.8 100.64.0.1 0.0.0.0 255.249.206.20 1.2.3.4/8"
NONE = "10.256.0.1 10.1.1 10.1.1.1.1 10.1.1.1000 10.01.1.1x 1O.1.1.1 fe80::1 10.1.1.1/33 10.1.1.1/ /"


@pytest.mark.parametrize(
    ("addresses", "wanted"),
    [
        ([*PRIVATE.split()[:7], " 10.0.0.1", "192.168.7.200\\t", " 172.20.1.1 "], True),
        ([*PUBLIC.split(), " 8.8.8.8 ", PRIVATE.split()[7]], False),
        ([*NONE.split(), "", " "], None),
    ],
)
async def test_private_addresses(opened: Opener, addresses: list[str], wanted: bool | None) -> None:
    backend = await opened()
    for address in addresses:
        for test, passes in (("{}", wanted is True), ("not({})", wanted is False), ("isnull({})", wanted is None)):
            kql = f"print ip='{address}' | where {test.format('ipv4_is_private(ip)')} | count"
            assert (address, test, await rows(backend, kql)) == (address, test, [(int(passes),)])


async def test_no_ranges_hold_nothing(opened: Opener) -> None:
    kql = TABLE + "take 1 | extend none = dynamic([]) | project ipv4_is_in_any_range(ip, none), has_any_ipv4(ip, none)"
    assert await rows(await opened(), kql) == [(False, False)]


async def test_ranges_that_are_none(opened: Opener) -> None:
    kql = "print ipv4_range_to_cidr_list('1.1.1.2', '1.1.1.1'), ipv4_range_to_cidr_list('x', '1.1.1.1')"
    assert await rows(await opened(), kql) == [(None, None)]


ADDRESSES = ["10.1.2.3", " 10.1.2.3", "10.1.2.3 ", "10.7.2.3/8", "10.1.2.3/16", "10.1.255.0/24", "10.10.2.3", "10.1.2"]
ADDRESSES += ["10.1.2.256", "10.1.02.3", "", "x", "10.1.2.3x", "0.0.0.0", "255.255.255.255/0", "10.1.1.1\n"]
NETWORKS = [
    "10.1.0.0/16",
    "10.0.0.0/8",
    "10.1.2.3",
    "10.1.2.3/32",
    "0.0.0.0/0",
    "10.1.2.0/23",
    "10.1.2.3/8",
    "10.1.0.0/99",
    "",
]


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_written_network_is_as_one_of_the_data(opened: Opener, network: str) -> None:
    listed = ", ".join(f"{place}, {json.dumps(text)}, {json.dumps(network)}" for place, text in enumerate(ADDRESSES))
    table = f"datatable(n:long, a:string, net:string)[{listed}]"
    backend = await opened()
    for asked in (
        "ipv4_is_in_range(a, {0})",
        "ipv4_is_in_any_range(a, {0}, '1.1.1.1')",
        "ipv4_is_match(a, {0})",
        "ipv4_is_match(a, {0}, 24)",
        "format_ipv4(a, 24)",
    ):
        fixed, held = asked.format(f"'{network}'"), asked.format("net").replace("24", "24 + n - n")
        assert await rows(backend, f"{table} | project {fixed}") == await rows(backend, f"{table} | project {held}")
        if not asked.startswith("format"):
            found = await rows(backend, f"{table} | where {fixed} | project n")
            assert found == await rows(backend, f"{table} | where {held} | project n")
