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
from ..text import check_regex, escaped
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
    r"(?:[Tt ]\s*\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d*)?)?)?(?:[Zz]|[-+]\d{1,2}(?::\d{1,2})?)?",
    "timespan": r"\s*-?(?:\d+\.\d{1,2}:\d{1,2}:\d{1,2}|\d{1,2}:\d{1,2}(?::\d{1,2})?)(?:\.\d*)?",
}


@operator("parse", "parse-where")
def parse(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Columns cut out of a text by a pattern."""
    source, *parts = node.items
    if isinstance(source, tree.SortKey | tree.Expansion | tree.Capture):
        raise TypeError
    text = to_string(bind(context, source, rows))
    kind = _kind(context, node)
    pattern = literal(_pattern(context, node, parts, kind))
    captures = [part for part in parts if isinstance(part, tree.Capture)]
    rows, raw = _captured(context, rows, text, pattern, len(captures))
    values = [
        _converted(Value(column.ref, "string"), capture.type) for column, capture in zip(raw, captures, strict=True)
    ]
    tests = [f"regexp_matches({text.sql}, {pattern})"]
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


def _captured(context: Context, rows: Relation, text: Value, pattern: str, count: int) -> tuple[Relation, list[Column]]:
    """What each group of the pattern holds, of one match; DuckDB numbers nine groups, but names any number."""
    if not count:
        return rows, []
    match = context.ctes.new_ref()
    names = ", ".join(f"'g{place}'" for place in range(count))
    source = context.ctes.add(
        f"SELECT *, regexp_extract({text.sql}, {pattern}, [{names}]) AS {match} FROM {rows.source}"
    )
    groups = [("", Value(f"{match}.g{place}", "string")) for place in range(count)]
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
    for place, part in enumerate(parts):
        following = parts[place + 1] if place + 1 < len(parts) else None
        match part:
            case tree.Star():
                out.append(".*?")
            case tree.Literal():
                out.append(_fixed(context, part, kind))
            case tree.Capture():
                out.append(f"({_capture(context, part, following, kind)})")
    if kind != "regex":
        out.append("$")
    return "".join(out)


def _flags(context: Context, node: tree.Name) -> str:
    if not re.fullmatch("[Uimsx]+", node.name):
        context.fail(node.at, f"There are no flags {node.name!r}.", "Flags are U, i, m and s.")
    return node.name


def _fixed(context: Context, part: tree.Literal, kind: str) -> str:
    text = str(part.value)
    if kind != "regex":
        return escaped(text)
    check_regex(context, part.at, text)
    return without_groups(text)


def without_groups(pattern: str) -> str:
    """A regular expression whose groups capture nothing."""
    out: list[str] = []
    place, in_class = 0, False
    while place < len(pattern):
        letter = pattern[place]
        if letter == "\\":
            out.append(pattern[place : place + 2])
            place += 2
            continue
        if letter == "[":
            in_class = True
        elif letter == "]":
            in_class = False
        if letter == "(" and not in_class and pattern[place + 1 : place + 2] != "?":
            letter = "(?:"
        out.append(letter)
        place += 1
    return "".join(out)


def _capture(context: Context, part: tree.Capture, following: object, kind: str) -> str:
    if kind == "regex":
        return _SHAPES.get(part.type, ".*")
    if not isinstance(following, tree.Star):
        return ".*?"
    if part.type == "string":
        context.fail(part.at, f"The text column {part.name!r} has no end: '*' follows it.", "Put a text between them.")
    shape = _SHAPES.get(part.type)
    if shape is None:
        context.refuse(part.at, f"parse of a {part.type} before '*'")
    return shape
