"""Functions on IPv4 addresses, and on those of either kind."""

from __future__ import annotations

from ...computed.networks import range_as_networks
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
    return _formatted(arguments, with_mask=False)


@function("format_ipv4_mask", takes=("scalar", "whole"), required=1)
def _format_ipv4_mask(arguments: Arguments) -> Value:
    return _formatted(arguments, with_mask=True)


@function("parse_ipv4_mask", takes=("string", "whole"))
def _parse_ipv4_mask(arguments: Arguments) -> Value:
    address, bits = f"kql_ipv4({arguments.sql(0)})", arguments.sql(1)
    return Value(f"CASE WHEN {bits} BETWEEN 0 AND 32 THEN kql_ipv4_masked({address}, {bits}) END", "long")


@function("ipv4_is_in_range", takes=("string", "string"))
def _ipv4_is_in_range(arguments: Arguments) -> Value:
    return Value(f"kql_ipv4_in({arguments.sql(0)}, {arguments.sql(1)})", "bool")


@function("ipv4_is_match", takes=("string", "string", "whole"), required=2)
def _ipv4_is_match(arguments: Arguments) -> Value:
    return Value(f"({_compared(arguments)} = 0)", "bool")


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
