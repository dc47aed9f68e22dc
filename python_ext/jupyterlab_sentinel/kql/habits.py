"""What people write from the habit of other languages, or of word processors, and how KQL has it."""

from __future__ import annotations

import difflib
import re

_QUOTES = frozenset("\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019\u201a")
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!=", "=>": ">=", "=<": "<="}
_SMALL = frozenset(
    (
        "and",
        "or",
        "not",
        "in",
        "by",
        "on",
        "has",
        "contains",
        "startswith",
        "endswith",
        "between",
        "matches",
        "asc",
        "desc",
    )
)
_NEGATED = ("in", "has", "contains", "startswith", "endswith", "between", "has_any", "hasprefix", "hassuffix")
_NAME = re.compile(r"\s*([A-Za-z_]+)")
_AFTER_LIST = re.compile(r"\b(in~?|has_any|has_all)\s*$")


def habit_hint(text: str, start: int, found: str) -> str:
    """How to write what stands at ``start`` of a query that cannot be read; empty: nothing known.

    :param found: what the query has there.
    """
    if found[:1] in _QUOTES:
        return "Texts stand between straight quotes, \" or '."
    if found in _SIGNS:
        return f"Write {_SIGNS[found]}."
    if found.lower() in _SMALL and found.isupper():
        return f"KQL's words are written small: {found.lower()}."
    before, rest = text[:start], text[start + len(found) :]
    if found in ("[", "{") and _AFTER_LIST.search(before):
        return "A list stands in parentheses, as in (1, 2), or is dynamic([1, 2])."
    if before.rstrip().endswith("not") and found != "(":
        return "Write not( … ), with parentheses."
    return _by_sign(found, before, rest)


def _by_sign(found: str, before: str, rest: str) -> str:
    word = _NAME.match(rest)
    match found:
        case "not":
            return f"Write !{word[1]}." if word and word[1] in _NEGATED else "Write not( … ), with parentheses."
        case "is":
            return "Ask with isnull(x), isempty(x), isnotnull(x) or isnotempty(x)."
        case "!":
            near = difflib.get_close_matches(word[1], _NEGATED, 1) if word else []
            return f"Did you mean !{near[0]}?" if near else "Write not( … )."
        case "=" if "|" in before:
            return "Write == to compare."
        case "/" if rest.startswith("*"):
            return "Comments begin with // and end with the line."
        case "?":
            return "Write coalesce(a, b)." if rest.startswith("?") else "Write iff(condition, a, b)."
        case "descending" | "ascending":
            return f"Write {found.removesuffix('ending')}."
    return ""
