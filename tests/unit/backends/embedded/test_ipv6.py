"""Functions on IPv6 addresses against Python's own; their documented examples are in test_documented.py."""

from __future__ import annotations

import ipaddress

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_sentinel.backends.embedded.execution import Execution
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.kql.literals import string_literal


def _answer(execution: Execution, kql: str) -> object:
    rows = execution.rows(translate(f"print {kql}", {}, None, None, 0).statements[0].sql)
    return rows[0][0]


ADDRESSES = st.one_of(
    st.integers(0, 2**128 - 1), st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**128 - 1, 1 << 112, 0xFE80 << 112])
)


PAIRS = st.tuples(ADDRESSES, ADDRESSES, st.integers(0, 127), st.integers(0, 128), st.booleans())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(PAIRS, min_size=1, max_size=40))
def test_as_python_counts(execution: Execution, pairs: list[tuple[int, int, int, int, bool]]) -> None:
    rows, expected = [], []
    for a, other, flipped, bits, near in pairs:
        b = a ^ (1 << flipped) if near else other
        # Python writes short forms with "::" and, below 2**32, none with dots.
        one, two = ipaddress.IPv6Address(a), ipaddress.IPv6Address(b)
        left, right = a >> 128 - bits, b >> 128 - bits
        rows.append(f'"{one}", "{two}", "{two.exploded}", {bits}')
        inside = two in ipaddress.IPv6Network((a, bits), strict=False)
        network = ipaddress.IPv6Address(left << 128 - bits).exploded
        expected.append(((left > right) - (left < right), left == right, inside, network))
    kql = f"""datatable(one: string, two: string, exploded: string, bits: long) [{", ".join(rows)}]
        | extend network = strcat(one, "/", bits)
        | project ipv6_compare(one, two, bits), ipv6_is_match(network, exploded), ipv6_is_in_range(two, network),
            parse_ipv6(network)"""
    assert execution.rows(translate(kql, {}, None, None, 0).statements[0].sql) == expected


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("FE80::1", "fe80:0000:0000:0000:0000:0000:0000:0001"),
        (" ::1 ", "0000:0000:0000:0000:0000:0000:0000:0001"),
        ("::", "0000:0000:0000:0000:0000:0000:0000:0000"),
        ("64:ff9b::1.2.3.4", "0064:ff9b:0000:0000:0000:0000:0102:0304"),
        ("::ffff:1.2.3.4", "0000:0000:0000:0000:0000:ffff:0102:0304"),
        *((bad, "") for bad in ("", "x", "1::2::3", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9")),
        *(
            (bad, "")
            for bad in ("12345::", "g::", "::1/129", "1.2.3.4/33", "1.2.3", "1.2.3.256", "::1.2.3.256", "1:", ":1")
        ),
    ],
)
def test_what_is_an_address(execution: Execution, text: str, canonical: str) -> None:
    quoted = string_literal(text)
    assert _answer(execution, f"parse_ipv6({quoted})") == canonical
    assert (_answer(execution, f'ipv6_compare({quoted}, "::1")') is None) is (canonical == "")
    assert (_answer(execution, f'ipv6_is_in_range({quoted}, "::/0")') is None) is (canonical == "")


# The documentation's examples of ipv6_is_match(), which it prints with 1 for true.
@pytest.mark.parametrize(
    "arguments",
    [
        "'192.168.1.1/24', '192.168.1.255'",
        "'192.168.1.1', '192.168.1.255/24'",
        "'192.168.1.1/30', '192.168.1.255/24'",
        "'fe80::85d:e82c:9446:7994/120', 'fe80::85d:e82c:9446:7998'",
        "'192.168.1.1', '::ffff:c0a8:0101'",
        "'192.168.1.1/24', '::ffff:c0a8:01ff'",
        "'::192.168.1.1/30', '192.168.1.255/24'",
        "'192.168.1.1', '192.168.1.0', 31",
        "'192.168.1.1/24', '::ffff:c0a8:01ff', 127",
        "'::ffff:c0a8:0101', '192.168.1.255', 120",
    ],
)
def test_documented_matches(execution: Execution, arguments: str) -> None:
    assert _answer(execution, f"ipv6_is_match({arguments})") is True


def test_any_of_several_ranges(execution: Execution) -> None:
    assert _answer(execution, "ipv6_is_in_any_range('::1', 'fe80::/10', '::/127')") is True
    assert _answer(execution, "ipv6_is_in_any_range('::2', dynamic(['fe80::/10', '::/127']))") is False
    assert _answer(execution, "ipv6_is_in_any_range('::2', dynamic([]))") is False
    assert _answer(execution, "ipv6_is_in_any_range('x', 'fe80::/10')") is None


def test_what_the_documentation_leaves_open_is_an_error(execution: Execution) -> None:
    with pytest.raises(duckdb.Error, match="not documented"):
        _answer(execution, "ipv6_compare('10.0.0.1', '192.168.1.1', 24)")
    assert _answer(execution, "parse_ipv6('::ffff:1.2.3.4/24')") == "0000:0000:0000:0000:0000:ffff:0102:0300"
    assert _answer(execution, "ipv6_compare('10.0.0.1', '10.0.0.9', 24)") == 0
