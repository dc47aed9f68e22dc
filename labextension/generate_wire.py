"""Write ``labextension/src/wire.ts`` from ``jupyterlab_sentinel.models.wire``.

``python labextension/generate_wire.py`` writes it, ``--check`` only compares and exits with 1 on a
difference, ``--schema`` prints the JSON Schema (2020-12) that the TypeScript is made from.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from difflib import unified_diff
from inspect import cleandoc
from pathlib import Path
from typing import Any, get_args

import msgspec

from jupyterlab_sentinel.models import wire

TARGET = Path(__file__).parent / "src" / "wire.ts"
HEADER = """\
/*
 * Generated from python_ext/jupyterlab_sentinel/models/wire.py by
 * labextension/generate_wire.py. Do not edit.
 */
"""
CONSTANTS = ("COMM_TARGET", "API_ROOT", "METADATA_KEY")
ALIASES = ("Severity",)
UNIONS = ("PanelMessage", "KernelMessage")
FROM_BROWSER = (
    "ConnectRequest",
    "TimeRangeRequest",
    "SignInRequest",
    "AlertsQuery",
    "HistogramQuery",
    "AlertQuery",
    "Hello",
    "SetTimeRange",
    "Connect",
)
"""What the browser writes may leave out what has a default; what Python writes is always whole."""

_PARAMETER = re.compile(r"^:param (\w+):", re.MULTILINE)
_ROLE = re.compile(r":class:`(\w+)`")
_QUOTED_NAME = re.compile(r"``([^`]+)``")
Schema = Mapping[str, Any]
_PRIMITIVES = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def structs() -> list[type[msgspec.Struct]]:
    """The messages, in the order in which they are defined."""
    return [
        kind
        for kind in vars(wire).values()
        if isinstance(kind, type)
        and issubclass(kind, wire.WireStruct)
        and kind is not wire.WireStruct
        and kind.__module__ == wire.__name__
    ]


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of every message, under ``$defs``."""
    _, definitions = msgspec.json.schema_components(structs(), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {kind.__name__: definitions[kind.__name__] for kind in structs()},
    }


def typescript() -> str:
    """The whole of ``wire.ts``."""
    definitions = json_schema()["$defs"]
    aliases = {tuple(sorted(get_args(getattr(wire, name)))): name for name in ALIASES}
    blocks = [HEADER]
    blocks += [f"export const {name} = {_quoted(getattr(wire, name))};\n" for name in CONSTANTS]
    blocks += [_union(name, map(_quoted, get_args(getattr(wire, name)))) for name in ALIASES]
    blocks += [_interface(name, definition, aliases) for name, definition in definitions.items()]
    for name in UNIONS:
        blocks.append(_union(name, (f"I{kind.__name__}" for kind in get_args(getattr(wire, name)))))
    return "\n".join(blocks)


def _union(name: str, members: Iterable[str]) -> str:
    return f"export type {name} =\n  | " + "\n  | ".join(members) + ";\n"


def _interface(name: str, definition: Schema, aliases: Mapping[tuple[str, ...], str]) -> str:
    lines = [*_comment(definition.get("description", "")), f"export interface I{name} {{"]
    required = definition.get("required", ())
    for field, schema in definition["properties"].items():
        optional = "?" if name in FROM_BROWSER and field not in required else ""
        lines.append(f"  readonly {field}{optional}: {_type(schema, aliases)};")
    return "\n".join([*lines, "}\n"])


def _type(schema: Schema, aliases: Mapping[tuple[str, ...], str]) -> str:
    if "$ref" in schema:
        return "I" + str(schema["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in schema:
        members = (_type(option, aliases) for option in schema["anyOf"])
        return " | ".join(sorted(members, key="null".__eq__))
    if "enum" in schema:
        known = aliases.get(tuple(sorted(schema["enum"])))
        return known or " | ".join(_quoted(value) for value in schema["enum"])
    if schema["type"] == "array":
        item = _type(schema["items"], aliases)
        return f"readonly ({item})[]" if "|" in item else f"readonly {item}[]"
    if schema["type"] == "object":
        return f"Readonly<Record<string, {_type(schema['additionalProperties'], aliases)}>>"
    return _PRIMITIVES[schema["type"]]


def _comment(text: str) -> list[str]:
    markdown = _ROLE.sub(r"`I\1`", _PARAMETER.sub(r"- ``\1``:", cleandoc(text)))
    plain = _QUOTED_NAME.sub(_as_on_the_wire, markdown).replace("*/", "* /")
    body = [f" * {line}".rstrip() for line in plain.splitlines()]
    return ["/**", *body, " */"] if body else []


def _as_on_the_wire(match: re.Match[str]) -> str:
    for kind in structs():
        for name, wire_name in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
            if name == match[1]:
                return f"`{wire_name}`"
    return f"`{match[1]}`"


def _quoted(value: str) -> str:
    return "'" + json.dumps(value)[1:-1].replace("'", "\\'") + "'"


def main(arguments: Sequence[str]) -> int:
    """Write, check or print; the exit code."""
    if "--schema" in arguments:
        sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
        return 0
    wanted = typescript()
    found = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    if "--check" not in arguments:
        TARGET.write_text(wanted, encoding="utf-8", newline="\n")
        return 0
    if found == wanted:
        return 0
    before, after = (text.splitlines(keepends=True) for text in (found, wanted))
    sys.stderr.writelines(unified_diff(before, after, TARGET.name, "as models/wire.py says"))
    sys.stderr.write("\nRun `python labextension/generate_wire.py`.\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
