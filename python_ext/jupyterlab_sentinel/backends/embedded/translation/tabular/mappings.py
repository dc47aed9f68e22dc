"""``ingestionMapping`` of ``externaldata``: from which field of a file each column comes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from .....kql import tree
    from ..context import Context

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")

# Published mappings have a comma behind their last element; what is quoted comes first: it may look like one.
_LAST_COMMA = re.compile(r"""("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])""")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a column comes from.

    :param pointer: a JSON pointer into the record; empty: all of it.
    :param ordinal: the number of a field, from 0.
    :param fixed: a text that every row has instead.
    """

    pointer: str = ""
    ordinal: int = -1
    fixed: str | None = None


def origins(context: Context, node: tree.ExternalData, text: str, *, is_json: bool) -> dict[str, Origin]:
    """The origin of each column that a mapping names.

    :raises KqlError: no mapping, or one that is not run here.
    """
    try:
        listed = json.loads(_LAST_COMMA.sub(lambda found: found[1] or "", text))
    except ValueError:
        listed = None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        context.fail(node.at, "The ingestionMapping of externaldata has to be a JSON array of objects.")
    reader = _Reader(context, node, is_json=is_json)
    return dict(reader.element(each) for each in listed)


@dataclass(frozen=True, slots=True)
class _Reader:
    context: Context
    node: tree.ExternalData
    is_json: bool

    def _fail(self, message: str) -> NoReturn:
        self.context.fail(self.node.at, f"The ingestionMapping of externaldata: {message}")

    def element(self, element: dict[str, object]) -> tuple[str, Origin]:
        """The column of an element of the mapping, and where it comes from."""
        plain = {key.casefold(): value for key, value in element.items()}
        column = plain.get("column")
        if not isinstance(column, str):
            self._fail("each element names its Column.")
        inner = plain.get("properties")
        if isinstance(inner, dict):
            plain |= {key.casefold(): value for key, value in inner.items()}
        if plain.get("transform") not in (None, "", "None"):
            self.context.refuse(self.node.at, f"ingestionMapping with the transformation {plain['transform']}")
        if isinstance(fixed := plain.get("constvalue"), str):
            return column, Origin(fixed=fixed)
        return column, self._path(column, plain) if self.is_json else self._ordinal(column, plain)

    def _path(self, column: str, plain: dict[str, object]) -> Origin:
        path = plain.get("path")
        if not isinstance(path, str):
            self._fail(f"the column {column!r} has no Path.")
        if not path.startswith("$"):
            return Origin(fixed=path)
        pointer, place = "", 1
        while place < len(path):
            step = _STEP.match(path, place)
            if step is None:
                self.context.refuse(self.node.at, f"ingestionMapping with the path {path}", "Map a larger part.")
            key = next(group for group in step.groups() if group is not None)
            pointer += "/" + key.replace("~", "~0").replace("/", "~1")
            place = step.end()
        return Origin(pointer=pointer)

    def _ordinal(self, column: str, plain: dict[str, object]) -> Origin:
        ordinal = str(plain.get("ordinal", ""))
        if not re.fullmatch(r"[0-9]{1,4}", ordinal):
            self._fail(f"the column {column!r} has no Ordinal.")
        return Origin(ordinal=int(ordinal))
