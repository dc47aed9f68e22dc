"""Words whose letters are of scripts that are not written together, such as a Cyrillic letter among Latin ones.

The rule is the profile “Highly Restrictive” of Unicode's Security Mechanisms (UTS 39, section 5.2), judged a word
at a time by the property Script_Extensions: one script, or Latin with Chinese, Japanese or Korean. A word ends at
whatever is no letter or digit, so a label of a domain has one word or more. Names that are wholly of one script pass.
Scripts that put no space between words (Thai, Lao, Khmer, Burmese) are words of their own beside Latin.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+")
_ANY = frozenset({"Zyyy", "Zinh", "Zzzz"})
_UNSPACED = frozenset({"Thai", "Laoo", "Khmr", "Mymr"})
_LATIN = "Latn"
# UTS 39, section 5.1: systems of writing that join scripts.
_SYSTEMS = {
    "Hani": ("Hanb", "Jpan", "Kore"),
    "Hira": ("Jpan",),
    "Kana": ("Jpan",),
    "Hang": ("Kore",),
    "Bopo": ("Hanb",),
}
_WITH_LATIN = frozenset({"Hanb", "Jpan", "Kore"})


def spelled_out(text: str) -> str:
    """``text`` with the letters that do not belong in their word written as ``<U+0430>``.

    In a word with Latin letters that is whatever is not Latin; in any other, what is not of its most frequent script.
    """
    return text if text.isascii() else _WORD.sub(_word, text)


def is_mixed(word: str) -> bool:
    """Whether a word mixes scripts that are not written together."""
    found = [scripts for scripts in map(_scripts, word) if scripts]
    if len(found) < 2 or _share(found):
        return False
    others = [scripts for scripts in found if _LATIN not in scripts]
    return not _share(others) & _WITH_LATIN


def _word(match: re.Match[str]) -> str:
    word = match[0]
    if word.isascii() or not is_mixed(word):
        return word
    kept = _kept(word)
    return "".join(letter if _belongs(letter, kept) else f"<U+{ord(letter):04X}>" for letter in word)


def _kept(word: str) -> str:
    counted = Counter(min(scripts) for scripts in map(_scripts, word) if scripts)
    return _LATIN if any(_LATIN in _scripts(letter) for letter in word) else counted.most_common(1)[0][0]


def _belongs(letter: str, script: str) -> bool:
    scripts = _scripts(letter)
    return not scripts or script in scripts


def _share(found: list[frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*found) if found else frozenset()


@lru_cache(maxsize=4096)
def _scripts(letter: str) -> frozenset[str]:
    """Scripts and systems of writing that a letter belongs to; empty if it goes with any."""
    if letter.isascii():
        return frozenset({_LATIN}) if letter.isalpha() else frozenset()
    from fontTools.unicodedata import script_extension

    own = set(script_extension(letter))
    if own & (_ANY | _UNSPACED):
        return frozenset()
    return frozenset(own.union(*(_SYSTEMS.get(script, ()) for script in own)))
