"""Functions on IPv4 addresses, and on those of either kind."""

from __future__ import annotations

import ipaddress
import re

from ...computed.networks import range_as_networks
from ...macros import OCTET
from ...python_functions import python_call, register
from ..casts import to_string
from ..comparisons import constant_elements
from ..values import Value
from .registry import Arguments, function, template

template("parse_ipv4", "long", "kql_ipv4({0})", "string")
template("ipv4_netmask_suffix", "long", "kql_ipv4_bits({0})", "string")
template("has_ipv4", "bool", "kql_has_ipv4({0}, {1})", "string", "string")
template("has_ipv4_prefix", "bool", "kql_has_ipv4_prefix({0}, {1})", "string", "string")


@function("ipv4_is_private", takes=("string",))
def _ipv4_is_private(arguments: Arguments) -> Value:
    address = arguments.sql(0)
    return Value(f"kql_ipv4_private({address})", "bool", passing=f"kql_ipv4_private_passing({address})")


def _formatted(arguments: Arguments, *, with_mask: bool) -> Value:
    value = arguments[0]
    number = f"kql_ipv4({value.sql})" if value.type == "string" else f"TRY_CAST({value.sql} AS BIGINT)"
    own = f"kql_ipv4_bits({value.sql})" if value.type == "string" else "32"
    mask = f"least({arguments.sql(1)}, {own})" if len(arguments) == 2 else own
    valid = f"{arguments.sql(1)} BETWEEN 0 AND 32" if len(arguments) == 2 else "true"
    text = f"kql_ipv4_text(kql_ipv4_masked({number}, {mask}))"
    if with_mask:
        text = f"{text} || '/' || CAST({mask} AS VARCHAR)"
    return Value(f"coalesce(CASE WHEN {valid} AND {number} BETWEEN 0 AND 4294967295 THEN {text} END, '')", "string")


@function("format_ipv4", takes=("scalar", "whole"), required=1)
def _format_ipv4(arguments: Arguments) -> Value:
    kept = arguments[1].constant if len(arguments) == 2 else 32
    if arguments[0].type != "string" or not isinstance(kept, int) or kept not in (8, 16, 24, 32):
        return _formatted(arguments, with_mask=False)
    # Of an address without a prefix whole numbers go.
    octets, text = kept // 8, arguments.sql(0)
    begin = rf"^({OCTET}(?:\.{OCTET}){{{octets - 1}}})(?:\.{OCTET}){{{4 - octets}}}$"
    found = f"regexp_extract({text}, '{begin}', 1)"
    return Value(
        f"CASE WHEN {found} <> '' THEN {found} || '{'.0' * (4 - octets)}' ELSE kql_ipv4_shown({text}, {kept}) END",
        "string",
    )


@function("format_ipv4_mask", takes=("scalar", "whole"), required=1)
def _format_ipv4_mask(arguments: Arguments) -> Value:
    return _formatted(arguments, with_mask=True)


@function("parse_ipv4_mask", takes=("string", "whole"))
def _parse_ipv4_mask(arguments: Arguments) -> Value:
    address, bits = f"kql_ipv4({arguments.sql(0)})", arguments.sql(1)
    return Value(f"CASE WHEN {bits} BETWEEN 0 AND 32 THEN kql_ipv4_masked({address}, {bits}) END", "long")


@function("ipv4_is_in_range", takes=("string", "string"))
def _ipv4_is_in_range(arguments: Arguments) -> Value:
    return _in_range(arguments[0], arguments[1])


_NETWORK = re.compile(rf"({OCTET}(?:\.{OCTET}){{3}})(?:/(3[0-2]|[12]?[0-9]))?")
_COLUMN = re.compile(r"\w+")


def _in_range(address: Value, network: Value) -> Value:
    found = _NETWORK.fullmatch(network.text or "")
    if found is None:
        return Value(f"kql_ipv4_in({address.sql}, {network.sql})", "bool")
    known = ipaddress.IPv4Network((found[1], int(found[2] or 32)), strict=False)
    return _between(address.sql, known, f"kql_ipv4({address.sql}) {_bounds(known)}")


def _bounds(network: ipaddress.IPv4Network) -> str:
    return f"BETWEEN {int(network.network_address)} AND {int(network.broadcast_address)}"


def _between(address: str, network: ipaddress.IPv4Network, test: str) -> Value:
    """A test that only addresses of a network pass; their beginning, which is quickly looked at, rules most out.

    White space may stand before one, and one with a prefix of its own stands for the first of its network.
    """
    octets = network.prefixlen // 8
    begin = ".".join(str(network.network_address).split(".")[:octets]) + ("." if octets < 4 else "")
    passing = ""
    if octets and _COLUMN.fullmatch(address):
        quick = f"(prefix({address}, '{begin}') OR {address} < '!' OR contains({address}, '/'))"
        exact = rf"^{re.escape(begin)}{OCTET}(?:\.{OCTET}){{{3 - octets}}}$" if octets < 4 else f"^{re.escape(begin)}$"
        whole = network.prefixlen % 8 == 0
        decided = f"CASE WHEN regexp_extract({address}, '{exact}') <> '' THEN true ELSE {test} END" if whole else test
        passing = f"CASE WHEN {quick} THEN {decided} ELSE false END"
    return Value(f"({test})", "bool", passing=passing)


@function("ipv4_is_match", takes=("string", "string", "whole"), required=2)
def _ipv4_is_match(arguments: Arguments) -> Value:
    address = arguments.sql(0)
    mask = arguments[2].constant if len(arguments) == 3 else 32
    found = _NETWORK.fullmatch(arguments[1].text or "")
    if found is None or not isinstance(mask, int) or not 0 <= mask <= 32:
        return Value(f"({_compared(arguments)} = 0)", "bool")
    known = ipaddress.IPv4Network((found[1], min(mask, int(found[2] or 32))), strict=False)
    # The shorter prefix counts, and the address may have one.
    shorter = f"kql_ipv4_alike({address}, {int(known.network_address)}, {known.prefixlen})"
    test = f"CASE WHEN contains({address}, '/') THEN {shorter} ELSE kql_ipv4({address}) {_bounds(known)} END"
    return _between(address, known, test)


@function("ipv4_compare", takes=("string", "string", "whole"), required=2)
def _ipv4_compare(arguments: Arguments) -> Value:
    return Value(_compared(arguments), "long")


def _compared(arguments: Arguments) -> str:
    a, b = arguments.sql(0), arguments.sql(1)
    bits = f"least(kql_ipv4_bits({a}), kql_ipv4_bits({b}))"
    if len(arguments) == 3:
        bits = f"CASE WHEN {arguments.sql(2)} BETWEEN 0 AND 32 THEN least({arguments.sql(2)}, {bits}) END"
    left, right = (f"kql_ipv4_masked(kql_ipv4({side}), {bits})" for side in (a, b))
    return f"CAST(sign({left} - {right}) AS BIGINT)"


register("ipv4_networks", range_as_networks, ("VARCHAR", "VARCHAR"), "VARCHAR")


@function("ipv4_range_to_cidr_list", takes=("string", "string"))
def _range_as_networks(arguments: Arguments) -> Value:
    return Value(python_call("ipv4_networks", arguments.sql(0), arguments.sql(1)), "dynamic")


@function("ipv4_is_in_any_range", takes=("string", "any", "..."), required=2)
def _ipv4_is_in_any_range(arguments: Arguments) -> Value:
    if all(value.text is not None for value in arguments.values[1:]):
        tests = [_in_range(arguments[0], network) for network in arguments.values[1:]]
        passing = " OR ".join(test.passing or test.sql for test in tests)
        return Value(f"({' OR '.join(test.sql for test in tests)})", "bool", passing=f"({passing})")
    return Value(f"({' OR '.join(_any(arguments, 'kql_ipv4_in'))})", "bool")


@function("ipv6_compare", takes=("string", "string", "whole"), required=2)
def _ipv6_compare(arguments: Arguments) -> Value:
    return Value(f"CAST({_compared_v6(arguments)} AS BIGINT)", "long")


@function("ipv6_is_match", takes=("string", "string", "whole"), required=2)
def _ipv6_is_match(arguments: Arguments) -> Value:
    return Value(f"({_compared_v6(arguments)} = 0)", "bool")


def _compared_v6(arguments: Arguments) -> str:
    mask = arguments.sql(2) if len(arguments) == 3 else "128"
    return f"kql_ipv6_compare({arguments.sql(0)}, {arguments.sql(1)}, {mask})"


template("ipv6_is_in_range", "bool", "kql_ipv6_in({0}, {1})", "string", "string")
template("parse_ipv6", "string", "kql_ipv6_text({0}, 128)", "string")
template("parse_ipv6_mask", "string", "kql_ipv6_text({0}, {1})", "string", "whole")


@function("ipv6_is_in_any_range", takes=("string", "any", "..."), required=2)
def _ipv6_is_in_any_range(arguments: Arguments) -> Value:
    return Value(f"({' OR '.join(_any(arguments, 'kql_ipv6_in'))})", "bool")


@function("has_any_ipv4", takes=("string", "any", "..."), required=2)
def _has_any_ipv4(arguments: Arguments) -> Value:
    return Value(f"({' OR '.join(_any(arguments, 'kql_has_ipv4'))})", "bool")


@function("has_any_ipv4_prefix", takes=("string", "any", "..."), required=2)
def _has_any_ipv4_prefix(arguments: Arguments) -> Value:
    return Value(f"({' OR '.join(_any(arguments, 'kql_has_ipv4_prefix'))})", "bool")


def _any(arguments: Arguments, macro: str) -> list[str]:
    """A test for each further argument; one for an array that only the data knows."""
    tests: list[str] = []
    for value in arguments.values[1:]:
        if value.type not in ("string", "dynamic"):
            arguments.fail(f"takes texts and arrays of texts, and here is a {value.type}.")
        elements = constant_elements(value)
        if elements is None and value.type == "dynamic":
            each = f"list_transform(kql_strings({value.sql}), lambda e: {macro}({arguments.sql(0)}, e))"
            # Neither true nor false where one of them is neither, as in the list that is written out.
            unknown = f"len(list_filter({each}, lambda t: t IS NULL)) > 0"
            found = f"coalesce(list_bool_or({each}), false)"
            tests.append(f"CASE WHEN {found} THEN true WHEN NOT coalesce({unknown}, false) THEN false END")
            continue
        tests.extend(
            f"{macro}({arguments.sql(0)}, {to_string(element).sql})"
            for element in (elements if elements is not None else [value])
        )
    return tests or ["false"]
