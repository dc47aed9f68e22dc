"""``parse-kv``: columns from pairs of keys and values in a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .....kql import tree
from ...computed.key_values import KeyValueForm, values_of_keys
from ...conversion import literal
from ...python_functions import python_call, register
from ..casts import cast_to, to_string
from ..expressions import bind
from ..text import check_regex
from ..values import Value
from .columns import compute, merged
from .registry import operator

if TYPE_CHECKING:
    from ..context import Context
    from ..relations import Relation

register("key_values", values_of_keys, ("VARCHAR", "VARCHAR[]", "VARCHAR"), "VARCHAR[]")

_PROPERTIES = ("pair_delimiter", "kv_delimiter", "quote", "escape", "greedy", "regex")
_SPACES = literal(" \t\r\n")


@operator("parse-kv")
def parse_kv(context: Context, node: tree.Operator, rows: Relation) -> Relation:
    """Columns from pairs of keys and values in a text."""
    source, *parts = node.items
    if isinstance(source, tree.SortKey | tree.Expansion | tree.Capture):
        raise TypeError
    text = to_string(bind(context, source, rows))
    captures = [part for part in parts if isinstance(part, tree.Capture)]
    _check_properties(context, node)
    if "regex" in node.parameters:
        values = [(capture.name, _pair_of_regex(context, node, text, capture)) for capture in captures]
    else:
        keys = ", ".join(literal(capture.name) for capture in captures)
        call = python_call("key_values", text.sql, f"[{keys}]", literal(_form(context, node).text))
        rows, found = compute(context, rows, [("", Value(call, "dynamic"))])
        values = [
            (capture.name, cast_to(Value(f"coalesce({found[0].ref}[{place}], '')", "string"), capture.type))
            for place, capture in enumerate(captures, start=1)
        ]
    result, columns = compute(context, rows, values)
    return result.with_columns(merged(rows.columns, columns))


def _check_properties(context: Context, node: tree.Operator) -> None:
    for name, value in node.parameters.items():
        if _plain(name) not in _PROPERTIES:
            context.unknown(value.at, "property of parse-kv called", name, _PROPERTIES)


def _plain(name: str) -> str:
    """The name of a property, which may come several times."""
    return name.split("#", 1)[0]


def _form(context: Context, node: tree.Operator) -> KeyValueForm:
    pair, between = _text(context, node, "pair_delimiter"), _text(context, node, "kv_delimiter")
    if bool(pair) != bool(between):
        context.fail(node.at, "parse-kv takes pair_delimiter and kv_delimiter together, or neither.")
    greedy = node.parameters.get("greedy")
    if greedy is not None and not (isinstance(greedy, tree.Literal) and isinstance(greedy.value, bool)):
        context.fail(greedy.at, "greedy is true or false.")
    quotes, escapes = _texts(context, node, "quote"), _texts(context, node, "escape")
    if any(len(each) not in (1, 2) for each in quotes):
        context.fail(node.at, "quote takes one or two characters: the opening and the closing one.")
    if any(len(each) != 1 for each in escapes):
        context.fail(node.at, "escape takes one character.")
    return KeyValueForm(
        pair, between, quotes, "".join(escapes), greedy=isinstance(greedy, tree.Literal) and greedy.value is True
    )


def _text(context: Context, node: tree.Operator, name: str) -> str:
    texts = _texts(context, node, name)
    if len(texts) > 1:
        context.fail(node.at, f"parse-kv takes one {name}.")
    return texts[0] if texts else ""


def _texts(context: Context, node: tree.Operator, name: str) -> tuple[str, ...]:
    texts: list[str] = []
    for key, value in node.parameters.items():
        if _plain(key) == name:
            text = bind(context, value, None).text
            if not text:
                context.fail(value.at, f"{name} of parse-kv has to be a constant text.")
            texts.append(text)
    return tuple(texts)


def _pair_of_regex(context: Context, node: tree.Operator, text: Value, capture: tree.Capture) -> Value:
    """The second group of the first match whose first group is the key; white space around both does not count."""
    if len(node.parameters) > 1:
        context.fail(node.at, "parse-kv takes regex alone, without delimiters and quotes.")
    pattern = bind(context, node.parameters["regex"], None)
    if pattern.text is None:
        context.fail(node.at, "The regex of parse-kv has to be a constant text.")
    check_regex(context, node.at, pattern.text)
    if len(re.findall(r"\((?!\?)|\(\?P?<", re.sub(r"\\.|\[[^\]]*\]", "", pattern.text))) != 2:
        context.fail(node.at, "The regex of parse-kv has to have two groups: the key's and the value's.")
    keys, values = (f"regexp_extract_all({text.sql}, {pattern.sql}, {group})" for group in (1, 2))
    place = f"list_position(list_transform({keys}, lambda k: trim(k, {_SPACES})), {literal(capture.name)})"
    return cast_to(Value(f"coalesce(trim(({values})[{place}], {_SPACES}), '')", "string"), capture.type)
