r"""Names of Unicode properties in ``\p{…}``."""

from __future__ import annotations

import re

from . import points
from .tree import Class, Item, Property, Span

_CATEGORIES = {
    "C": "other", "Cc": "control cntrl", "Cf": "format", "Cn": "unassigned", "Co": "privateuse", "Cs": "surrogate",
    "L": "letter", "LC": "casedletter", "Ll": "lowercaseletter", "Lm": "modifierletter", "Lo": "otherletter",
    "Lt": "titlecaseletter", "Lu": "uppercaseletter", "M": "mark combiningmark", "Mc": "spacingmark",
    "Me": "enclosingmark", "Mn": "nonspacingmark", "N": "number", "Nd": "decimalnumber digit", "Nl": "letternumber",
    "No": "othernumber", "P": "punctuation punct", "Pc": "connectorpunctuation", "Pd": "dashpunctuation",
    "Pe": "closepunctuation", "Pf": "finalpunctuation", "Pi": "initialpunctuation", "Po": "otherpunctuation",
    "Ps": "openpunctuation", "S": "symbol", "Sc": "currencysymbol", "Sk": "modifiersymbol", "Sm": "mathsymbol",
    "So": "othersymbol", "Z": "separator", "Zl": "lineseparator", "Zp": "paragraphseparator", "Zs": "spaceseparator",
}  # fmt: skip
_SCRIPTS = {
    name.lower(): name
    for name in [
        "Arabic",
        "Armenian",
        "Bengali",
        "Bopomofo",
        "Braille",
        "Cherokee",
        "Common",
        "Coptic",
        "Cyrillic",
        "Devanagari",
        "Ethiopic",
        "Georgian",
        "Gothic",
        "Greek",
        "Gujarati",
        "Gurmukhi",
        "Han",
        "Hangul",
        "Hebrew",
        "Hiragana",
        "Inherited",
        "Kannada",
        "Katakana",
        "Khmer",
        "Lao",
        "Latin",
        "Malayalam",
        "Mongolian",
        "Myanmar",
        "Ogham",
        "Oriya",
        "Runic",
        "Sinhala",
        "Syriac",
        "Tamil",
        "Telugu",
        "Thaana",
        "Thai",
        "Tibetan",
        "Yi",
    ]
}
_BY_NAME = {
    name: short for short, long in _CATEGORIES.items() for name in (short.lower(), *long.split()) if short != "LC"
}


def named(name: str, *, negated: bool) -> Item | None:
    r"""What ``\p{name}`` means; None: no property that is known here.

    Names are read as Unicode has it: case, spaces, ``_`` and ``-`` do not count.
    """
    plain = re.sub(r"[\s_-]", "", name.lower())
    kind, sign, value = re.match(r"(?:(\w+)([=:]))?(.*)", plain, re.DOTALL).groups()  # type: ignore[union-attr]
    if sign and kind not in ("gc", "generalcategory", "sc", "script"):
        return None
    if kind not in ("sc", "script"):
        if value in _BY_NAME:
            return _categories(_BY_NAME[value], negated=negated)
        if not sign and (ranges := _binary(value)) is not None:
            return Class(tuple(Span(*span) for span in ranges), negated)
    if kind not in ("gc", "generalcategory") and value in _SCRIPTS:
        return Property(_SCRIPTS[value], negated)
    return None


def _categories(short: str, *, negated: bool) -> Item:
    # RE2 has no name for what is not assigned, and so its C is another.
    if short in ("C", "Cn", "Cs"):
        return Class(tuple(Span(*span) for span in points.category(short)), negated)
    return Property(short, negated)


def _binary(name: str) -> points.Ranges | None:
    match name:
        case "any":
            return points.EVERYTHING
        case "ascii":
            return points.POSIX["ascii"]
        case "lc" | "casedletter":
            parts = ("Lu", "Ll", "Lt")
            return points.merged(span for part in parts for span in points.category(part))
        case "uppercase" | "upper":
            return points.told_by(str.isupper)
        case "lowercase" | "lower":
            return points.told_by(str.islower)
        case "whitespace" | "space":
            return points.SPACES
        case "assigned":
            return points.complement(points.category("Cn"))
    return None
