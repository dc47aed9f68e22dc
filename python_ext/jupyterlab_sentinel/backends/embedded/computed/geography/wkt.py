"""Well-known text as GeoJSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..remarks import remark
from . import geojson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_TOKEN = re.compile(r"\s*(?:([A-Za-z]+)|([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([(),]))")
_DEEPEST = 50
_LEFT_OPEN = "Well-known text with altitudes, measures or EMPTY gives null here: Kusto's way is not documented."


class _InvalidError(ValueError):
    """What is no well-known text."""


class _LeftOpenError(Exception):
    """What the page says nothing of."""


def wkt_as_geojson(text: str | None) -> str | None:
    """A shape of well-known text as GeoJSON; None for what is none."""
    try:
        reader = _Reader(_tokens(text or ""))
        shape = reader.shape(0)
        reader.end()
    except _InvalidError:
        return None
    except _LeftOpenError:
        remark(_LEFT_OPEN)
        return None
    return shape


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _InvalidError
        found.append(match[1].upper() if match[1] else match[2] or match[3])
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise _InvalidError

    def shape(self, depth: int) -> str:
        kind = self._next()
        make = _KINDS.get(kind)
        if self._ahead() in ("Z", "M", "ZM", "EMPTY") and (make or kind == "GEOMETRYCOLLECTION"):
            raise _LeftOpenError
        if kind == "GEOMETRYCOLLECTION" and depth < _DEEPEST:
            shapes = self._listed(lambda: self.shape(depth + 1))
            return f'{{"type":"GeometryCollection","geometries":[{",".join(shapes)}]}}'
        if make is None:
            raise _InvalidError
        name, read = make
        return f'{{"type":"{name}","coordinates":{read(self)}}}'

    def position(self) -> str:
        numbers = [self._number(), self._number()]
        if self._ahead() not in (",", ")"):
            raise _LeftOpenError if _is_number(self._ahead()) else _InvalidError
        return _array(numbers)

    def point(self) -> str:
        (only,) = self._listed(self.position, most=1)
        return only

    def points(self) -> str:
        return _array(self._listed(lambda: self.point() if self._ahead() == "(" else self.position()))

    def line(self) -> str:
        return _array(self._listed(self.position))

    def lines(self) -> str:
        return _array(self._listed(self.line))

    def surfaces(self) -> str:
        return _array(self._listed(self.lines))

    def _listed(self, read: Callable[[], str], most: int | None = None) -> list[str]:
        self._take("(")
        found = [read()]
        while self._ahead() == "," and (most is None or len(found) < most):
            self._take(",")
            found.append(read())
        self._take(")")
        return found

    def _number(self) -> str:
        token = self._next()
        if not _is_number(token):
            raise _InvalidError
        number = float(token)
        if number - number != 0:
            raise _InvalidError
        return geojson.number(number)

    def _take(self, token: str) -> None:
        if self._next() != token:
            raise _InvalidError

    def _next(self) -> str:
        token = self._ahead()
        self._at += 1
        return token

    def _ahead(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


_KINDS: dict[str, tuple[str, Callable[[_Reader], str]]] = {
    "POINT": ("Point", _Reader.point),
    "LINESTRING": ("LineString", _Reader.line),
    "POLYGON": ("Polygon", _Reader.lines),
    "MULTIPOINT": ("MultiPoint", _Reader.points),
    "MULTILINESTRING": ("MultiLineString", _Reader.lines),
    "MULTIPOLYGON": ("MultiPolygon", _Reader.surfaces),
}


def _is_number(token: str) -> bool:
    return token[-1:].isdigit() or token[-1:] == "."


def _array(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"
