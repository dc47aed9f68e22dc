"""JSON texts: their canonical form."""

from __future__ import annotations

import json
from typing import Self


class _Number(float):
    """A number that is written as it was."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str

    def __repr__(self) -> str:
        return self.text


def parsed(text: str) -> object:
    """A JSON text as a value; :func:`written` writes its numbers as they were."""
    return json.loads(text, parse_float=_Number, parse_int=_Number)


def written(value: object, *, ordered: bool = False) -> str:
    """A value as a JSON text without blanks.

    :param ordered: whether the keys of bags are put in order.
    """
    if isinstance(value, dict):
        pairs = sorted(value.items()) if ordered else value.items()
        return "{" + ",".join(f"{written(key)}:{written(item, ordered=ordered)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(item, ordered=ordered) for item in value) + "]"
    return value.text if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def canonical(text: str | None) -> str:
    """A JSON text with the keys of its bags in order and no blanks; numbers stay as they are written."""
    return "" if text is None else written(parsed(text), ordered=True)


def paths(text: str | None) -> str | None:
    """The paths of all that a bag holds, as a JSON array; ``[0]`` stands for every element of an array."""
    value = json.loads(text) if text is not None else None
    if not isinstance(value, dict):
        return None
    found: dict[str, None] = {}
    _collect(value, "", found)
    return json.dumps(list(found), ensure_ascii=False, separators=(",", ":"))


def _collect(value: object, path: str, found: dict[str, None]) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            inner = f"{path}['{key}']"
            found[inner] = None
            _collect(item, inner, found)
    elif isinstance(value, list) and value:
        found[f"{path}[0]"] = None
        for item in value:
            _collect(item, f"{path}[0]", found)
