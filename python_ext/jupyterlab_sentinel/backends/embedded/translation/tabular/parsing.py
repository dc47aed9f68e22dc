"""``parse`` and ``parse-where``.

How a pattern becomes a regular expression follows what was measured on Kusto's emulator by the
authors of duckdb-kql: a pattern reaches to the end of the text (except ``kind=regex``), a text
column takes as little as it can (as much, in ``kind=regex``), a typed column before ``*`` takes what
looks like its type, and in ``kind=simple`` a row whose conversions do not all succeed gets nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ...conversion import literal
from ..casts import cast_to, to_string
from ..expressions import bind
from ..regexes import fixed_regex, grouped_regex
from ..text import escaped
from ..values import Value, null
from .columns import compute, merged
from .registry import operator
from .rows import filtered

if TYPE_CHECKING:
    from ..context import Context
    from ..relations import Column, Relation

_GUID = r"\s*\{?[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\}?"
_SHAPES = {
    "long": r"\s*[-+]?\d+",
    "int": r"\s*[-+]?\d+",
    "real": r"\s*[-+]?(?:\d+\.?\d*|\.\d+)",
    "decimal": r"\s*[-+]?(?:\d+\.?\d*|\.\d+)",
    "bool": r"\s*(?:[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[-+]?\d+)",
    "guid": _GUID,
    "datetime": r"\s*(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}/\d{1,2}/\d{1,4})"
    r"(?:[Tt ]\s*\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d*)?)?(?: ?[-+]\d{4})?)?(?:[Zz]|[-+]\d{1,2}(?::\d{1,2})?)?",
    "timespan": r"\s*-?(?:\d+\.\d{1,2}:\d{1,2}:\d{1,2}|\d{1,2}:\d{1,2}(?::\d{1,2})?)(?:\.\d*)?",
}

_NAMED = "kql_capture_{}"


@operator("parse", "parse-where")
def parse(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Columns cut out of a text by a pattern."""
    source, *parts = node.items
    if isinstance(source, tree.SortKey | tree.Expansion | tree.Capture):
        raise TypeError
    text = to_string(bind(context, source, rows))
    kind = _kind(context, node)
    captures = [each for each in parts if isinstance(each, tree.Capture)]
    found, rows, raw = _found(context, node, rows, text, _pattern(context, node, parts, kind), len(captures))
    values = [
        _converted(Value(column.ref, "string"), capture.type) for column, capture in zip(raw, captures, strict=True)
    ]
    tests = [found]
    tests += [f"{value.sql} IS NOT NULL" for value in values if value.type != "string"]
    ok = f"({' AND '.join(tests)})"
    if kind != "relaxed":
        values = [
            Value(f"CASE WHEN {ok} THEN {value.sql} ELSE {null(value.type).sql} END", value.type) for value in values
        ]
    if node.kind == "parse-where":
        rows = filtered(context, rows, Value(ok, "bool"))
    result, columns = compute(
        context, rows, [(capture.name, value) for capture, value in zip(captures, values, strict=True)]
    )
    return result.with_columns(merged(rows.columns, columns))


def _found(
    context: Context, node: tree.Operator, rows: Relation, text: Value, pattern: str, count: int
) -> tuple[str, Relation, list[Column]]:
    """SQL of whether the pattern fits, and the rows with what each capture holds, of one match."""
    given = node.parameters.get("kind")
    if isinstance(given, tree.Name) and given.name == "regex":
        regex = fixed_regex(context, node.at, pattern)
        fields = [f"g{regex.names.index(_NAMED.format(place)) + 1}" for place in range(count)]
        return regex.found(text.sql), *_captured(context, rows, regex.groups(text.sql) if count else "", fields)
    # DuckDB numbers nine groups, but names any number.
    names = [f"g{place}" for place in range(count)]
    listed = ", ".join(f"'{name}'" for name in names)
    found = f"regexp_matches({text.sql}, {literal(pattern)})"
    return found, *_captured(context, rows, f"regexp_extract({text.sql}, {literal(pattern)}, [{listed}])", names)


def _captured(context: Context, rows: Relation, match: str, fields: list[str]) -> tuple[Relation, list[Column]]:
    """The rows with the fields of a match as columns."""
    if not fields:
        return rows, []
    ref = context.ctes.new_ref()
    source = context.ctes.add(f"SELECT *, {match} AS {ref} FROM {rows.source}")
    groups = [("", Value(f"{ref}.{name}", "string")) for name in fields]
    return compute(context, replace(rows, source=source, label=""), groups)


def _kind(context: Context, node: tree.Operator) -> str:
    given = node.parameters.get("kind")
    kind = given.name if isinstance(given, tree.Name) else "simple"
    if kind not in ("simple", "relaxed", "regex"):
        context.fail(node.at, f"There is no parse of kind {kind!r}.", "Kinds are simple, relaxed and regex.")
    if kind == "relaxed" and node.kind == "parse-where":
        context.fail(node.at, "parse-where has no kind relaxed.")
    return kind


def _converted(value: Value, kind: str) -> Value:
    return value if kind == "string" else cast_to(value, kind)


def _pattern(
    context: Context,
    node: tree.Operator,
    parts: list[tree.Expression | tree.SortKey | tree.Expansion | tree.Capture],
    kind: str,
) -> str:
    flags = node.parameters.get("flags")
    out = [f"(?{_flags(context, flags)})" if isinstance(flags, tree.Name) else "(?s)" if kind != "regex" else ""]
    captures = 0
    for place, each in enumerate(parts):
        following = parts[place + 1] if place + 1 < len(parts) else None
        match each:
            case tree.Star():
                out.append(".*?")
            case tree.Literal():
                out.append(_fixed(context, each, kind))
            case tree.Capture():
                name = f"?<{_NAMED.format(captures)}>" if kind == "regex" else ""
                out.append(f"({name}{_capture(context, each, following, kind)})")
                captures += 1
    if kind != "regex":
        out.append("$")
    return "".join(out)


def _flags(context: Context, node: tree.Name) -> str:
    if not re.fullmatch("[Uimsx]+", node.name):
        context.fail(node.at, f"There are no flags {node.name!r}.", "Flags are U, i, m and s.")
    return node.name


def _fixed(context: Context, node: tree.Literal, kind: str) -> str:
    text = str(node.value)
    if kind != "regex":
        return escaped(text)
    # It may set flags for what follows, and so it is no group.
    grouped_regex(context, node.at, text)
    return text


def _capture(context: Context, node: tree.Capture, following: object, kind: str) -> str:
    shape = _SHAPES.get(node.type)
    if kind == "regex":
        return ".*" if shape is None else shape.replace(r"\d", "[0-9]").replace(r"\s", r"[\t-\r ]")
    if not isinstance(following, tree.Star):
        return ".*?"
    if node.type == "string":
        context.fail(node.at, f"The text column {node.name!r} has no end: '*' follows it.", "Put a text between them.")
    if shape is None:
        context.refuse(node.at, f"parse of a {node.type} before '*'")
    return shape
