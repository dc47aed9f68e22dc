"""Pairs of keys and values in a text, as ``parse-kv`` finds them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache

_OTHER = r"[^\W_]"
_WORD = re.compile(rf"{_OTHER}+")


@dataclass(frozen=True, slots=True)
class KeyValueForm:
    """How keys and values are set apart.

    :param keys: the keys whose values are wanted.
    :param pair: what stands between pairs; empty: anything that is no letter and no digit.
    :param between: what stands between a key and its value; empty: the same.
    :param quotes: an opening and a closing character each.
    :param escapes: characters that take its meaning from the next, inside quotes.
    :param greedy: whether a value goes on to the next key.
    """

    keys: tuple[str, ...]
    pair: str
    between: str
    quotes: tuple[str, ...] = ()
    escapes: str = ""
    greedy: bool = False

    @property
    def text(self) -> str:
        """As a text, for :func:`values_of_keys`."""
        return json.dumps([self.keys, self.pair, self.between, self.quotes, self.escapes, self.greedy])


@lru_cache(64)
def _form(text: str) -> KeyValueForm:
    keys, pair, between, quotes, escapes, greedy = json.loads(text)
    return KeyValueForm(tuple(keys), pair, between, tuple(quotes), escapes, greedy)


def values_of_keys(text: str | None, form: str | None) -> list[str | None] | None:
    """The value that stands with each key for the first time, None where it stands nowhere.

    :param form: a :class:`KeyValueForm` as text.
    """
    if text is None or form is None:
        return None
    settings = _form(form)
    keys = settings.keys
    if not settings.between:
        return [_after_word(text, key, settings) for key in keys]
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        place = _read_pair(text, place, settings, found)
    return [found.get(key) for key in keys]


def _read_pair(text: str, place: int, form: KeyValueForm, found: dict[str, str]) -> int:
    """Read one pair; where the next one starts."""
    place = _after_spaces(text, place, form.pair)
    quoted = _quoted(text, place, form)
    if quoted is not None:
        key, after = quoted
        after = _after_spaces(text, after, form.pair)
        if not text.startswith(form.between, after):
            return _next_pair(text, after, form)
        return _read_value(text, after + len(form.between), key, form, found)
    middle, end = text.find(form.between, place), text.find(form.pair, place)
    if middle < 0:
        return len(text)
    if 0 <= end < middle:
        return end + len(form.pair)
    return _read_value(text, middle + len(form.between), text[place:middle], form, found)


def _read_value(text: str, place: int, key: str, form: KeyValueForm, found: dict[str, str]) -> int:
    start = _after_spaces(text, place, form.pair)
    quoted = _quoted(text, start, form)
    if quoted is not None:
        value, after = quoted
        found.setdefault(key.strip(), value.strip())
        return _next_pair(text, after, form)
    end = _value_end(text, place, form)
    found.setdefault(key.strip(), text[place:end].strip())
    return end + len(form.pair)


def _value_end(text: str, place: int, form: KeyValueForm) -> int:
    if not form.greedy:
        end = text.find(form.pair, place)
        return len(text) if end < 0 else end
    middle = text.find(form.between, place)
    while middle >= 0:
        end = text.rfind(form.pair, place, middle)
        if end >= 0:
            return end
        middle = text.find(form.between, middle + len(form.between))
    return len(text)


def _next_pair(text: str, place: int, form: KeyValueForm) -> int:
    end = text.find(form.pair, place)
    return len(text) if end < 0 else end + len(form.pair)


def _after_spaces(text: str, place: int, pair: str) -> int:
    while place < len(text) and text[place].isspace() and not text.startswith(pair, place):
        place += 1
    return place


def _quoted(text: str, place: int, form: KeyValueForm) -> tuple[str, int] | None:
    """What is quoted at a place, and where it ends; None where nothing is, or the quotes do not close."""
    for quotes in form.quotes:
        if text.startswith(quotes[0], place):
            out: list[str] = []
            at = place + 1
            while at < len(text):
                letter = text[at]
                if letter in form.escapes and at + 1 < len(text):
                    out.append(text[at + 1])
                    at += 2
                    continue
                if letter == quotes[-1]:
                    return "".join(out), at + 1
                out.append(letter)
                at += 1
    return None


# --- without delimiters --------------------------------------------------------------------------


@lru_cache(1024)
def _key_pattern(key: str) -> re.Pattern[str]:
    before = rf"(?<!{_OTHER})" if _WORD.match(key[:1]) else ""
    after = rf"(?!{_OTHER})" if _WORD.match(key[-1:]) else ""
    return re.compile(before + re.escape(key) + after)


def _after_word(text: str, key: str, form: KeyValueForm) -> str | None:
    found = _key_pattern(key).search(text)
    if found is None:
        return None
    place = found.end()
    closing = {quotes[-1] for quotes in form.quotes}
    if text[place : place + 1] in closing and place < len(text):
        # The end of a quoted key.
        place += 1
    while place < len(text) and not _WORD.match(text[place]):
        quoted = _quoted(text, place, form)
        if quoted is not None:
            return quoted[0].strip()
        place += 1
    word = _WORD.match(text, place)
    return word[0] if word is not None else ""
