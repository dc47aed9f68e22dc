"""Plugins of ``evaluate``; their documented examples are in test_documented.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyterlab_sentinel.errors import (
    KqlError,
    KqlSemanticError,
    KqlUnsupportedError,
    QueryTimeoutError,
    SentinelError,
)
from jupyterlab_sentinel.ports import QueryRequest

from .asking import NOW, Opener, columns, rows

EVENTS = """
let Storms = datatable(State:string, EventType:string, Deaths:int) [
    'AL', 'Wind', 1, 'AL', 'Wind', 2, 'AK', 'Hail', 5, 'AK', 'Wind', 7
];
Storms
"""


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "T_CL.csv").write_text("a\n1\n")
    return folder


@pytest.fixture
def opened(kept_open: Opener) -> Opener:
    return kept_open


async def test_a_column_a_value_in_the_order_of_names(opened: Opener) -> None:
    backend = await opened()
    assert await columns(backend, f"{EVENTS} | evaluate pivot(State, sum(Deaths), EventType)") == {
        "EventType": "string",
        "AK": "long",
        "AL": "long",
    }
    got = await rows(backend, f"{EVENTS} | evaluate pivot(State, sum(Deaths), EventType)")
    assert sorted(got) == [("Hail", 5, 0), ("Wind", 7, 3)]
    assert sorted(await rows(backend, f"{EVENTS} | evaluate pivot(State, sum(Deaths))")) == sorted(got)
    assert sorted(await rows(backend, f"{EVENTS} | project-away Deaths | evaluate pivot(State)")) == [
        ("Hail", 1, 0),
        ("Wind", 1, 2),
    ]


async def test_a_cell_without_rows_is_null_where_there_is_no_zero(opened: Opener) -> None:
    got = await rows(await opened(), f"{EVENTS} | evaluate pivot(State, max(Deaths), EventType)")
    assert sorted(got) == [("Hail", 5, None), ("Wind", 7, 2)]


async def test_a_pivot_over_nothing_has_no_rows(opened: Opener) -> None:
    backend = await opened()
    assert await rows(backend, f"{EVENTS} | where Deaths > 99 | evaluate pivot(State, sum(Deaths), EventType)") == []
    assert await rows(backend, f"{EVENTS} | project State | evaluate pivot(State)") == [(2, 2)]
    assert await rows(backend, f"{EVENTS} | where Deaths > 99 | project State | evaluate pivot(State)") == []


async def test_a_schema_chooses_the_columns_of_a_pivot(opened: Opener) -> None:
    backend = await opened()
    schema = "(EventType:string, AL:long, TX:long)"
    got = await rows(backend, f"{EVENTS} | evaluate pivot(State, sum(Deaths), EventType): {schema}")
    assert sorted(got) == [("Hail", 0, 0), ("Wind", 3, 0)]
    with pytest.raises(KqlSemanticError, match="'AL' comes out as long, and the schema says string"):
        await rows(backend, f"{EVENTS} | evaluate pivot(State, sum(Deaths), EventType): (EventType:string, AL:string)")


async def test_values_that_name_no_column_are_refused(opened: Opener) -> None:
    backend = await opened()
    with pytest.raises(KqlSemanticError, match="empty value"):
        await rows(backend, "datatable(a:string, b:long)['', 1] | evaluate pivot(a, sum(b))")
    with pytest.raises(KqlSemanticError, match="called like columns"):
        await rows(backend, "datatable(a:string, b:string)['b', 'x'] | evaluate pivot(a)")
    with pytest.raises(KqlSemanticError, match="more than 1,000"):
        await rows(backend, "range x from 1 to 2000 step 1 | evaluate pivot(x)")
    with pytest.raises(KqlSemanticError, match="takes no percentile"):
        await rows(backend, f"{EVENTS} | evaluate pivot(State, percentile(Deaths, 5))")


async def test_a_slot_has_the_type_that_all_its_values_have(opened: Opener) -> None:
    kql = """
    datatable(n:long, d:dynamic) [
        1, dynamic({"l": 1, "r": 1.5, "b": true, "s": "x", "m": 1, "o": {"k": 1}, "z": null}),
        2, dynamic({"l": 2, "r": 2.5, "m": "one", "A": "up"}),
        3, dynamic(null),
        4, dynamic([1, 2])
    ] | evaluate bag_unpack(d)
    """
    backend = await opened()
    assert await columns(backend, kql) == {
        "n": "long",
        "A": "string",
        "b": "bool",
        "l": "long",
        "m": "dynamic",
        "o": "dynamic",
        "r": "real",
        "s": "string",
        "z": "dynamic",
    }
    got = await rows(backend, f"{kql} | project n, A, b, l, m=tostring(m), r, s")
    assert got == [
        (1, "", True, 1, "1", 1.5, "x"),
        (2, "up", None, 2, "one", 2.5, ""),
        (3, "", None, None, "", None, ""),
        (4, "", None, None, "", None, ""),
    ]


async def test_keys_that_only_json_pointers_reach(opened: Opener) -> None:
    bag = """dynamic({"a.b": 1, "c/d~": 2, "it's": 3, "q\\"": 4, "*": 5, "id": 6, "ID": 7})"""
    kql = f"print d={bag} | evaluate bag_unpack(d)"
    backend = await opened()
    assert list(await columns(backend, kql)) == ["*", "ID", "a.b", "c/d~", "id", "it's", 'q"']
    assert await rows(backend, kql) == [(5, 7, 1, 2, 6, 3, 4)]


async def test_what_a_column_would_hide_is_an_error(opened: Opener) -> None:
    backend = await opened()
    table = "datatable(Name:string, d:dynamic)['x', dynamic({'Name': 'y'})]"
    with pytest.raises(KqlSemanticError, match="would give too: Name"):
        await rows(backend, f"{table} | evaluate bag_unpack(d)")
    with pytest.raises(KqlSemanticError, match="would give too: Name"):
        await rows(backend, f"{table} | evaluate bag_unpack(d): (Name:string)")
    assert await rows(backend, f"{table} | evaluate bag_unpack(d, 'd_')") == [("x", "y")]
    with pytest.raises(KqlSemanticError, match="no columnsConflict 'other'"):
        await rows(backend, f"{table} | evaluate bag_unpack(d, columnsConflict='other')")


async def test_a_schema_that_the_data_breaks_is_an_error(opened: Opener) -> None:
    backend = await opened()
    with pytest.raises(SentinelError, match="'a' is not a long"):
        await rows(backend, "print d=dynamic({'a': 'x'}) | evaluate bag_unpack(d): (a:long)")
    with pytest.raises(SentinelError, match="'a' is not a long"):
        await rows(backend, "print d=dynamic({'a': 1.5}) | evaluate bag_unpack(d): (a:long)")
    assert await rows(backend, "print d=dynamic({'b': 1}) | evaluate bag_unpack(d): (a:long, b:long)") == [(None, 1)]


async def test_rows_drawn_by_lot_are_drawn_once(opened: Opener) -> None:
    kql = "range x from 1 to 50 step 1 | sample 1 | project x, d=bag_pack(tostring(x), x) | evaluate bag_unpack(d)"
    backend = await opened()
    answers = [(await backend.run(QueryRequest(kql, now=NOW))).tables[0] for _ in range(8)]
    for answer in answers:
        cells = [column.to_pylist()[0] for column in answer.data.columns]
        assert answer.columns[1].name == str(cells[0])
        assert cells[1] == cells[0]
    assert len({answer.columns[1].name for answer in answers}) > 1


async def test_the_same_question_asks_the_data_again(opened: Opener) -> None:
    kql = "T_CL | project d=bag_pack('k', a) | evaluate bag_unpack(d)"
    backend = await opened()
    backend.check(kql)
    backend.check("T_CL | project d=bag_pack('k', a) | evaluate bag_unpack(d) | where k == 1")
    assert await rows(backend, f"{kql} | where k == 1") == [(1,)]
    with pytest.raises(KqlSemanticError, match="no column 'j'"):
        await rows(backend, f"{kql} | where j == 1")


async def test_narrow(opened: Opener) -> None:
    got = await rows(
        await opened(), "datatable(a:long, b:bool, c:string)[1, true, 'x', 2, bool(null), ''] | evaluate narrow()"
    )
    assert got == [(0, "a", "1"), (0, "b", "True"), (0, "c", "x"), (1, "a", "2"), (1, "b", ""), (1, "c", "")]


LOOKUP = """
let Nets = datatable(net:string, kind:string, ip:string) [
    '10.0.0.0/8', 'big', 'p', '10.1.0.0/16', 'small', 'q', '192.168.1.7', 'host', 'r', 'nonsense', 'none', 's'
];
let Ips = datatable(ip:string, kind:string) ['10.1.2.3', 'small', '192.168.1.7', 'host', '8.8.8.8', '', 'x', ''];
Ips
"""


async def test_every_network_that_holds_an_address_matches(opened: Opener) -> None:
    backend = await opened()
    kql = f"{LOOKUP} | evaluate ipv4_lookup(Nets, ip, net)"
    assert list(await columns(backend, kql)) == ["ip", "kind", "net", "kind1", "ip1"]
    assert sorted(await rows(backend, f"{kql} | project ip, net")) == [
        ("10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "10.1.0.0/16"),
        ("192.168.1.7", "192.168.1.7"),
    ]
    extra = f"{LOOKUP} | evaluate ipv4_lookup(Nets, ip, net, kind, true)"
    assert sorted(await rows(backend, extra)) == [
        ("10.1.2.3", "small", "10.1.0.0/16", "q"),
        ("192.168.1.7", "host", "192.168.1.7", "r"),
        ("8.8.8.8", "", "", ""),
        ("x", "", "", ""),
    ]


async def test_a_network_is_looked_up_in_broader_ones_only(opened: Opener) -> None:
    backend = await opened()
    nets = "let N = datatable(net:string)['10.0.0.0/8'];"
    assert await rows(backend, f"{nets} print ip='10.1.0.0/16' | evaluate ipv4_lookup(N, ip, net)") == [
        ("10.1.0.0/16", "10.0.0.0/8")
    ]
    with pytest.raises(SentinelError, match="broader"):
        await rows(backend, f"{nets} print ip='10.0.0.0/7' | evaluate ipv4_lookup(N, ip, net)")


async def test_networks_of_both_kinds_of_addresses(opened: Opener) -> None:
    backend = await opened()
    nets = "let N = datatable(net:string, k:int)['2001:db8::/32', 1, '2001:db8:85a3::/48', 2, '10.0.0.0/8', 3, 'x', 4];"
    ips = "datatable(ip:string)['2001:db8:85a3::1', '2001:db8:1::', '10.2.3.4', '::1', 'nonsense']"
    kql = f"{nets} {ips} | evaluate ipv6_lookup(N, ip, net)"
    assert list(await columns(backend, kql)) == ["net", "k", "ip"]
    assert sorted(await rows(backend, f"{kql} | project ip, k")) == [
        ("10.2.3.4", 3),
        ("2001:db8:1::", 1),
        ("2001:db8:85a3::1", 1),
        ("2001:db8:85a3::1", 2),
    ]
    unmatched = f"{nets} {ips} | evaluate ipv6_lookup(N, ip, net, return_unmatched=true) | where isnull(k) | project ip"
    assert sorted(await rows(backend, unmatched)) == [("::1",), ("nonsense",)]
    with pytest.raises(SentinelError, match=r"ipv6_lookup: .* broader"):
        await rows(backend, f"{nets} print ip='2001::/16' | evaluate ipv6_lookup(N, ip, net)")


async def test_other_plugins_are_refused_by_name(opened: Opener) -> None:
    backend = await opened()
    with pytest.raises(KqlUnsupportedError, match="the plugin autocluster"):
        backend.check("T_CL | evaluate autocluster()")
    with pytest.raises(KqlError, match="no option of bag_unpack called 'colsConflict'"):
        await rows(backend, "print d=dynamic({}) | evaluate bag_unpack(d, colsConflict='error')")


async def test_a_question_to_the_data_is_bounded_as_the_query_is(opened: Opener) -> None:
    kql = "range x from 1 to 100000000000 step 1 | project d=bag_pack(tostring(x % 7), x) | evaluate bag_unpack(d)"
    backend = await opened()
    with pytest.raises(QueryTimeoutError):
        await backend.run(QueryRequest(kql, timeout_s=0.2))
    assert backend.running == 0
