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


def canonical(text: str | None) -> str:
    """A JSON text with the keys of its bags in order and no blanks; numbers stay as they are written."""
    if text is None:
        return ""
    return _written(json.loads(text, parse_float=_Number, parse_int=_Number))


def _written(value: object) -> str:
    if isinstance(value, dict):
        pairs = sorted(value.items())
        return "{" + ",".join(f"{_written(key)}:{_written(item)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return value.text if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
