"""Operators on text: ``has``, ``contains``, ``startswith``, ``=~``, ``matches regex`` and their kin.

A term is a run of letters and digits. ``has`` asks for the needle with no letter or digit next to
an end of it that is one itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..conversion import literal, lowered
from ..macros import TERM_LETTERS
from .casts import to_string
from .comparisons import constant_elements
from .regexes import regex_of
from .values import Value, constant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....kql.tree import Binary, Membership
    from .context import Context

_BEFORE = f"(?:^|[^{TERM_LETTERS}])"
_AFTER = f"(?:[^{TERM_LETTERS}]|$)"
_SPECIAL = re.compile(r"([\\.^$|?*+()\[\]{}\-/#&~@<>=!:,'\" ])")
_MAX_ALTERNATIVES = 200
_LONGEST_PATTERN = 8_000

_ALIASES = {
    "containscs": "contains_cs",
    "notcontains": "!contains",
    "notcontainscs": "!contains_cs",
}


def searchable_types(op: str, right: Value) -> frozenset[str]:
    """Types of the columns that ``* op right`` looks into."""
    if op in ("==", "!=", "<", "<=", ">", ">="):
        return frozenset({right.type, *(("int", "long", "real") if right.type in ("int", "long", "real") else ())})
    return frozenset({"string", "dynamic", "guid"})


def compare(context: Context, node: Binary, op: str, left: Value, right: Value) -> Value:
    """``left op right`` for the operators on text."""
    op = _ALIASES.get(op, op)
    for side in (left, right):
        if side.type not in ("string", "dynamic", "guid"):
            context.fail(node.at, f"Operator {op} does not take a {side.type}.", "Convert with tostring() first.")
    negated = op.startswith("!")
    word = op[1:] if negated else op
    hay, needle = to_string(left), to_string(right)
    if op in ("=~", "!~"):
        negated, sql = op == "!~", f"({_lowered(hay)} = {_lowered(needle)})"
    else:
        sql = _test(context, node, word, hay, needle)
    return Value(f"(NOT {sql})" if negated else sql, "bool")


def _lowered(value: Value) -> str:
    return literal(lowered(value.text)) if value.text is not None else f"lower({value.sql})"


def _test(context: Context, node: Binary, word: str, hay: Value, needle: Value) -> str:
    exact = word.endswith("_cs")
    match word.removesuffix("_cs"):
        case "contains":
            return contains_sql(hay, needle, exact=exact)
        case "startswith":
            return f"starts_with({hay.sql if exact else _lowered(hay)}, {needle.sql if exact else _lowered(needle)})"
        case "endswith":
            return f"ends_with({hay.sql if exact else _lowered(hay)}, {needle.sql if exact else _lowered(needle)})"
        case "has":
            return term_sql(hay, needle, exact=exact)
        case "hasprefix":
            return term_sql(hay, needle, exact=exact, after=False)
        case "hassuffix":
            return term_sql(hay, needle, exact=exact, before=False)
        case "matches regex":
            return regex_of(context, node.at, needle).found(hay.sql)
    raise context.refusal(node.at, f"the operator {word}", "Use contains, startswith, endswith or matches regex.")


def contains_sql(hay: Value, needle: Value, *, exact: bool) -> str:
    """SQL: whether ``needle`` is anywhere in ``hay``."""
    if needle.text is not None and needle.text.lower() == needle.text.upper():
        exact = True
    return f"contains({hay.sql}, {needle.sql})" if exact else f"contains({_lowered(hay)}, {_lowered(needle)})"


def term_sql(hay: Value, needle: Value, *, exact: bool, before: bool = True, after: bool = True) -> str:
    """SQL: whether ``needle`` stands in ``hay`` as a term, or as the beginning or end of one."""
    if needle.text is None:
        macro = "kql_term_cs" if exact else "kql_term"
        return f"{macro}({hay.sql}, {needle.sql}, {str(before).lower()}, {str(after).lower()})"
    text = needle.text
    if not text:
        return "true"
    quick = contains_sql(hay, needle, exact=exact)
    if bounds(text, before=before, after=after) == ("", ""):
        return quick
    found = _matched(hay.sql, [text], exact=exact, before=before, after=after)
    return f"CASE WHEN {quick} THEN {found} ELSE false END"


def any_term_sql(hays: list[str], text: str, *, exact: bool) -> str:
    """SQL: whether ``text`` stands as a term in any of some texts; one regular expression for all of them."""
    quick = " OR ".join(
        contains_sql(Value(hay, "string"), Value(literal(text), "string", text), exact=exact) for hay in hays
    )
    if bounds(text, before=True, after=True) == ("", ""):
        return f"({quick})"
    if "\n" in text:
        needle = constant(text, "string")
        return f"({' OR '.join(term_sql(Value(hay, 'string'), needle, exact=exact) for hay in hays)})"
    # A line break between the texts bounds terms, and no needle spans it.
    together = hays[0] if len(hays) == 1 else f"concat_ws(chr(10), {', '.join(hays)})"
    found = _matched(together, [text], exact=exact, before=True, after=True)
    return f"CASE WHEN {quick} THEN {found} ELSE false END"


def _matched(hay: str, texts: list[str], *, exact: bool, before: bool, after: bool) -> str:
    """SQL: whether one of some needles stands in a text within its bounds, which have to be the same for all."""
    first, last = bounds(texts[0], before=before, after=after)
    flag = ""
    if not exact and all(text.isascii() for text in texts):
        # Only s is folded to a letter beyond ASCII by a regular expression and not by lower().
        flag, sources = "(?i)", [re.sub("[sS]", "(?-i:[sS])", escaped(text)) for text in texts]
    elif not exact:
        hay, sources = f"lower({hay})", [escaped(lowered(text)) for text in texts]
    else:
        sources = [escaped(text) for text in texts]
    needles = sources[0] if len(sources) == 1 else f"(?:{'|'.join(sources)})"
    return f"regexp_matches({hay}, {literal(flag + first + needles + last)})"


def bounds(text: str, *, before: bool, after: bool) -> tuple[str, str]:
    """What must stand before and after a needle that begins or ends with a letter or digit."""
    first = _BEFORE if before and text[0].isalnum() else ""
    last = _AFTER if after and text[-1].isalnum() else ""
    return first, last


def escaped(text: str) -> str:
    """Text as a regular expression that matches it and nothing else."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", r"\n").replace("\0", r"\x00")


def has_list(context: Context, node: Membership, hay: Value, items: list[Value]) -> Value:
    """``hay has_any (items)`` and ``has_all``."""
    hay = to_string(hay)
    negated, every = node.op.startswith("!"), node.op.endswith("has_all")
    terms: list[Value] = []
    for item in items:
        elements = constant_elements(item)
        if elements is None and item.type == "dynamic":
            return has_in_sql_list(context, node, hay, f"kql_strings({item.sql})")
        terms.extend(to_string(element) for element in (elements if elements is not None else [item]))
    texts = [term.text for term in terms]
    fixed = [text for text in texts if text is not None]
    if not every and len(fixed) == len(terms) > 1:
        sql = _any_term(hay, fixed)
    else:
        tests = [term_sql(hay, term, exact=False) for term in terms]
        sql = f"({(' AND ' if every else ' OR ').join(tests)})" if tests else str(every).lower()
    return Value(f"(NOT {sql})" if negated else sql, "bool")


def _any_term(hay: Value, texts: list[str]) -> str:
    """One pass for any number of terms; an empty one is in every text."""
    if "" in texts:
        return "true"
    unique = list(dict.fromkeys(lowered(text) for text in texts))
    if len(unique) == 1:
        return term_sql(hay, constant(unique[0], "string"), exact=False)
    return f"({' OR '.join(_any_term_of(hay, part) for part in _parts(unique))})"


def _parts(texts: list[str]) -> Iterator[list[str]]:
    """Lists of a size at which the engine's regular expressions still run at full speed."""
    part: list[str] = []
    length = 0
    for text in texts:
        if part and (len(part) >= _MAX_ALTERNATIVES or length + len(text) > _LONGEST_PATTERN):
            yield part
            part, length = [], 0
        part.append(text)
        length += len(text)
    yield part


def _any_term_of(hay: Value, texts: list[str]) -> str:
    """A pattern without bounds is fast and rules out most rows; one with bounds decides about the others."""
    quick = _matched(hay.sql, texts, exact=False, before=False, after=False)
    bounded: dict[tuple[str, str], list[str]] = {}
    for text in texts:
        bounded.setdefault(bounds(text, before=True, after=True), []).append(text)
    exact = " OR ".join(_matched(hay.sql, held, exact=False, before=True, after=True) for held in bounded.values())
    return f"CASE WHEN {quick} THEN {exact} ELSE false END"


def has_in_sql_list(context: Context, node: Membership, hay: Value, listed: str) -> Value:
    """``has_any`` over a list of texts that only the data knows."""
    del context
    hay = to_string(hay)
    negated, every = node.op.startswith("!"), node.op.endswith("has_all")
    test = f"kql_term({hay.sql}, e, true, true)"
    found = f"len(list_filter({listed}, lambda e: {'NOT ' if every else ''}{test}))"
    sql = f"coalesce({found} {'= 0' if every else '> 0'}, {str(every).lower()})"
    return Value(f"(NOT {sql})" if negated else sql, "bool")
