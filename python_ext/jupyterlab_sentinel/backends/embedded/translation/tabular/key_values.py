"""``parse-kv``: columns from pairs of keys and values in a text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .....kql import tree
from ...computed.key_values import KeyValueForm, values_of_keys
from ...conversion import literal
from ...python_functions import python_call, register
from ..casts import cast_to, to_string
from ..expressions import bind
from ..regexes import fixed_regex
from ..text import escaped
from ..values import Value
from .columns import compute, merged
from .registry import operator

if TYPE_CHECKING:
    from ..context import Context
    from ..relations import Relation

register("key_values", values_of_keys, ("VARCHAR", "VARCHAR"), "VARCHAR[]")

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
        form = _form(context, node, tuple(capture.name for capture in captures))
        rows, texts = _texts_of_keys(context, rows, text, form)
        values = [
            (capture.name, cast_to(Value(sql, "string"), capture.type))
            for capture, sql in zip(captures, texts, strict=True)
        ]
    result, columns = compute(context, rows, values)
    return result.with_columns(merged(rows.columns, columns))


def _texts_of_keys(context: Context, rows: Relation, text: Value, form: KeyValueForm) -> tuple[Relation, list[str]]:
    """The rows, and SQL of the text that each key has."""
    if form.pair and not form.quotes and not form.greedy:
        return rows, [_between_delimiters(text, key, form) for key in form.keys]
    found = context.ctes.new_ref()
    refs = list(dict.fromkeys([*(column.ref for column in rows.columns), *(key.ref for key in rows.order)]))
    call = python_call("key_values", text.sql, literal(form.text))

    def body(needed: frozenset[str]) -> str:
        return f"SELECT {', '.join([*(ref for ref in refs if ref in needed), f'{call} AS {found}'])} FROM {rows.source}"

    # DuckDB would call Python anew for each key.
    source = context.ctes.add(body, materialized=True)
    texts = [f"coalesce({found}[{place}], '')" for place in range(1, len(form.keys) + 1)]
    return replace(rows, source=source, label=""), texts


def _between_delimiters(text: Value, key: str, form: KeyValueForm) -> str:
    pair, between = escaped(form.pair), escaped(form.between)
    # White space counts for nothing, unless it is what stands between pairs.
    blank = r"\s*" if form.pair.strip() else r"[^\S" + re.escape(form.pair[0]) + "]*"
    pattern = rf"(?s)(?:^|{pair}){blank}{escaped(key)}{blank}{between}(.*?)(?:{pair}|$)"
    return f"trim(regexp_extract({text.sql}, {literal(pattern)}, 1), {_SPACES})"


def _check_properties(context: Context, node: tree.Operator) -> None:
    for name, value in node.parameters.items():
        if _plain(name) not in _PROPERTIES:
            context.unknown(value.at, "property of parse-kv called", name, _PROPERTIES)


def _plain(name: str) -> str:
    """The name of a property, which may come several times."""
    return name.split("#", 1)[0]


def _form(context: Context, node: tree.Operator, keys: tuple[str, ...]) -> KeyValueForm:
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
        keys, pair, between, quotes, "".join(escapes), greedy=isinstance(greedy, tree.Literal) and greedy.value is True
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
    regex = fixed_regex(context, node.at, pattern.text)
    if len(regex.names) != 2:
        context.fail(node.at, "The regex of parse-kv has to have two groups: the key's and the value's.")
    keys, values = (regex.every(text.sql, group) for group in (1, 2))
    place = f"list_position(list_transform({keys}, lambda k: trim(k, {_SPACES})), {literal(capture.name)})"
    return cast_to(Value(f"coalesce(trim(({values})[{place}], {_SPACES}), '')", "string"), capture.type)
