"""Texts with a structure of their own, which Python takes apart: XML, CSV, command lines, user agents, versions."""

from __future__ import annotations

import json

from ...computed.command_lines import windows_arguments
from ...computed.json_values import canonical, paths
from ...computed.markup import xml_as_json
from ...computed.records import first_record
from ...computed.user_agents import TARGETS, user_agent_as_json
from ...conversion import literal
from ...python_functions import python_call, register
from ..casts import to_string
from ..comparisons import constant_elements
from ..values import Value
from .registry import Arguments, function

_TEXT = ("VARCHAR",)


def _listed(items: list[str]) -> str:
    return json.dumps(items, ensure_ascii=False, separators=(",", ":"))


register("parse_xml", xml_as_json, _TEXT, "VARCHAR")
register("parse_csv", lambda text: _listed(first_record(text)), _TEXT, "VARCHAR")
register("command_line", lambda text: _listed(windows_arguments(text)), _TEXT, "VARCHAR")
register("user_agent", user_agent_as_json, ("VARCHAR", "VARCHAR"), "VARCHAR")
register("canonical", canonical, _TEXT, "VARCHAR")
register("treepath", paths, _TEXT, "VARCHAR")


@function("parse_xml", takes=("string",))
def _parse_xml(arguments: Arguments) -> Value:
    return Value(python_call("parse_xml", arguments.sql(0)), "dynamic")


@function("parse_csv", takes=("string",))
def _parse_csv(arguments: Arguments) -> Value:
    return Value(python_call("parse_csv", arguments.sql(0)), "dynamic")


@function("parse_command_line", takes=("string", "string"))
def _parse_command_line(arguments: Arguments) -> Value:
    if (arguments[1].text or "").lower() != "windows":
        arguments.fail('the parser has to be "windows".')
    return Value(python_call("command_line", arguments.sql(0)), "dynamic")


@function("parse_user_agent", takes=("string", "any"))
def _parse_user_agent(arguments: Arguments) -> Value:
    asked = constant_elements(arguments[1]) or [arguments[1]]
    wanted = [(target.text or "").lower() for target in asked]
    if not set(wanted) <= set(TARGETS):
        arguments.fail('what to look for has to be "browser", "os", "device", or an array of them.')
    listed = literal(",".join(dict.fromkeys(wanted)))
    return Value(python_call("user_agent", arguments.sql(0), listed), "dynamic")


@function("parse_version", takes=("string",))
def _parse_version(arguments: Arguments) -> Value:
    text = arguments.sql(0)
    parts = f"string_split({text}, '.')"
    number = " + ".join(
        f"coalesce(CAST({parts}[{place}] AS DECIMAL(38,0)), 0) * CAST(1{'0' * 8 * (4 - place)} AS DECIMAL(38,0))"
        for place in range(1, 5)
    )
    whole = rf"regexp_full_match({text}, '\d{{1,8}}(\.\d{{1,8}}){{0,3}}')"
    return Value(f"CASE WHEN {whole} THEN CAST({number} AS DECIMAL(38,0)) END", "decimal")


@function("dynamic_to_json", takes=("any",))
def _dynamic_to_json(arguments: Arguments) -> Value:
    value = arguments[0]
    return to_string(value) if value.type != "dynamic" else Value(python_call("canonical", value.sql), "string")


@function("treepath", takes=("dynamic",))
def _treepath(arguments: Arguments) -> Value:
    return Value(python_call("treepath", arguments.sql(0)), "dynamic")
