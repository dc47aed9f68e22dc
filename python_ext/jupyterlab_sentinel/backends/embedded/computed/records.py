"""Comma-separated values."""

from __future__ import annotations

import re

_VALUE = re.compile(r'"((?:[^"]|"")*)"([^,\r\n]*)|([^,\r\n]*)')


def first_record(text: str) -> list[str]:
    """The values of the first record; a quoted one may hold commas, line breaks and doubled quotation marks."""
    values: list[str] = []
    position = 0
    while True:
        found = _VALUE.match(text, position)
        if found is None:  # the last alternative matches anywhere
            raise AssertionError
        quoted, rest, plain = found.groups()
        values.append(plain if quoted is None else quoted.replace('""', '"') + rest)
        position = found.end()
        if position >= len(text) or text[position] != ",":
            return values
        position += 1
