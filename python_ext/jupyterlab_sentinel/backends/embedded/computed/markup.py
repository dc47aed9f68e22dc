"""XML as JSON."""

from __future__ import annotations

import json
from xml.parsers import expat

_MOST_BYTES = 1_048_576
_DEEPEST = 200

# An element in the making: its tag, attributes and children by name, and its texts.
_Children = dict[str, list[object]]


class _RefusedError(Exception):
    """A document with declarations of its own, or nested too deeply."""


class _Builder:
    """Builds the value of a document while it is read."""

    def __init__(self) -> None:
        self.root: dict[str, object] | None = None
        self._open: list[tuple[str, _Children]] = []
        self._text: list[str] = []
        self._skipping = False

    def start(self, tag: str, attributes: list[str]) -> None:
        self._close_text()
        if len(self._open) >= _DEEPEST:
            raise _RefusedError
        children: _Children = {}
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            children[f"@{name}"] = [value]
        self._open.append((tag, children))

    def end(self, _tag: str) -> None:
        self._close_text()
        tag, children = self._open.pop()
        value = _value(children)
        if self._open:
            self._open[-1][1].setdefault(tag, []).append(value)
        else:
            self.root = {tag: value}

    def text(self, text: str) -> None:
        if not self._skipping:
            self._text.append(text)

    def start_cdata(self) -> None:
        self._skipping = True

    def end_cdata(self) -> None:
        self._skipping = False

    def refuse(self, *_: object) -> int:
        raise _RefusedError

    def _close_text(self) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        if text and self._open:
            self._open[-1][1].setdefault("#text", []).append(text)


def _value(children: _Children) -> object:
    """An element's value: null, its text alone, or a bag; what is repeated is an array."""
    if not children:
        return None
    values = {name: items[0] if len(items) == 1 else items for name, items in children.items()}
    return values["#text"] if list(values) == ["#text"] else values


def xml_as_json(text: str) -> str | None:
    """A document as a JSON text; None where it is no XML, longer than a megabyte, or declares entities.

    Attributes are ``@name``, texts beside other things ``#text``; only elements, attributes and texts are kept.
    """
    document = text.strip().encode("utf-8", "surrogatepass")
    if not document or len(document) > _MOST_BYTES:
        return None
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.buffer_text = False
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartCdataSectionHandler = builder.start_cdata
    parser.EndCdataSectionHandler = builder.end_cdata
    parser.EntityDeclHandler = builder.refuse
    parser.UnparsedEntityDeclHandler = builder.refuse
    parser.ExternalEntityRefHandler = builder.refuse
    # What a document type elsewhere may declare.
    parser.SkippedEntityHandler = builder.refuse
    try:
        parser.Parse(document, True)  # noqa: FBT003  # expat takes no names
    except (expat.ExpatError, _RefusedError):
        return None
    return json.dumps(builder.root, ensure_ascii=False, separators=(",", ":"))
