"""Functions on IPv6 addresses against Python's own; their documented examples are in test_documented.py."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_sentinel.backends.embedded.database import open_database
from jupyterlab_sentinel.backends.embedded.translation.statements import translate
from jupyterlab_sentinel.kql.literals import string_literal


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = open_database(tmp_path_factory.mktemp("scratch"), "1GB")
    yield opened
    opened.close()


def _answer(connection: duckdb.DuckDBPyConnection, kql: str) -> object:
    rows = connection.execute(translate(f"print {kql}", {}, None, None, 0).statements[0].sql).fetchall()
    return rows[0][0]


ADDRESSES = st.one_of(
    st.integers(0, 2**128 - 1), st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 2**128 - 1, 1 << 112, 0xFE80 << 112])
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a=ADDRESSES, b=ADDRESSES, flipped=st.integers(0, 127), bits=st.integers(0, 128), near=st.booleans())
def test_as_python_counts(
    connection: duckdb.DuckDBPyConnection, a: int, b: int, flipped: int, bits: int, near: bool
) -> None:
    b = a ^ (1 << flipped) if near else b
    # Python writes short forms with "::" and, below 2**32, none with dots.
    one, two = ipaddress.IPv6Address(a), ipaddress.IPv6Address(b)
    kept = 128 - bits
    left, right = a >> kept, b >> kept
    sign = (left > right) - (left < right)
    assert _answer(connection, f'ipv6_compare("{one}", "{two}", {bits})') == sign
    assert _answer(connection, f'ipv6_is_match("{one}/{bits}", "{two.exploded}")') is (sign == 0)
    inside = two in ipaddress.IPv6Network((a, bits), strict=False)
    assert _answer(connection, f'ipv6_is_in_range("{two}", "{one}/{bits}")') is inside
    assert _answer(connection, f'parse_ipv6("{one}/{bits}")') == ipaddress.IPv6Address(left << kept).exploded


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
def test_what_is_an_address(connection: duckdb.DuckDBPyConnection, text: str, canonical: str) -> None:
    quoted = string_literal(text)
    assert _answer(connection, f"parse_ipv6({quoted})") == canonical
    assert (_answer(connection, f'ipv6_compare({quoted}, "::1")') is None) is (canonical == "")
    assert (_answer(connection, f'ipv6_is_in_range({quoted}, "::/0")') is None) is (canonical == "")


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
def test_documented_matches(connection: duckdb.DuckDBPyConnection, arguments: str) -> None:
    assert _answer(connection, f"ipv6_is_match({arguments})") is True


def test_any_of_several_ranges(connection: duckdb.DuckDBPyConnection) -> None:
    assert _answer(connection, "ipv6_is_in_any_range('::1', 'fe80::/10', '::/127')") is True
    assert _answer(connection, "ipv6_is_in_any_range('::2', dynamic(['fe80::/10', '::/127']))") is False
    assert _answer(connection, "ipv6_is_in_any_range('::2', dynamic([]))") is False
    assert _answer(connection, "ipv6_is_in_any_range('x', 'fe80::/10')") is None


def test_what_the_documentation_leaves_open_is_an_error(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match="not documented"):
        _answer(connection, "ipv6_compare('10.0.0.1', '192.168.1.1', 24)")
    with pytest.raises(duckdb.Error, match="not documented"):
        _answer(connection, "parse_ipv6('::ffff:1.2.3.4/24')")
    assert _answer(connection, "ipv6_compare('10.0.0.1', '10.0.0.9', 24)") == 0
