"""The functions that a workspace's folder holds, by name, for queries to call."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import DataError, KqlSyntaxError
from ...kql.definitions import read_definitions
from ...models.indicators import visible
from ...models.workspace import FunctionInfo
from .function_files import FunctionText, find_function_files, read_function_file
from .sources import leads_outside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ...kql.tree import Function

# What is checked while the workspace opens; the bodies of larger collections are checked when they are called.
_CHECKED_CHARACTERS = 200_000
_MOST_NAMED = 10
_NAME = re.compile(r"[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True)
class SavedFunction:
    """A function of the folder.

    :param place: which of the functions of ``text`` it is.
    :param parameters: as they are written, with parentheses.
    :param header: lines of ``text`` that are not lines of the body as the file has it.
    """

    name: str
    text: str
    place: int
    parameters: str
    origin: str
    description: str = ""
    header: int = 0

    @property
    def node(self) -> Function:
        """Its syntax tree, read at the first use.

        :raises KqlSyntaxError: the body is not KQL.
        """
        return read_definitions(self.text)[self.place].function

    @property
    def info(self) -> FunctionInfo:
        """The function as the product describes functions."""
        return FunctionInfo(self.name, self.parameters, self.description or self.origin)


def load_functions(root: Path, named: Mapping[str, str]) -> tuple[dict[str, SavedFunction], list[str]]:
    """The functions of a folder by each of their names, and notices on what is left out.

    :param named: files of the folder by the function that they hold, as ``workspace.json`` lists them.
    """
    listing = find_function_files(root)
    notices = list(listing.notices())
    texts: list[FunctionText] = []
    for name, path in _named_files(root, named, notices):
        texts.extend(_read(path, root, notices, name))
    for path in listing.paths:
        texts.extend(_read(path, root, notices))
    return _by_name(texts, notices), notices


def _named_files(root: Path, named: Mapping[str, str], notices: list[str]) -> list[tuple[str, Path]]:
    found: list[tuple[str, Path]] = []
    for name, file in named.items():
        path = root / file
        inside = path.resolve().is_relative_to(root.resolve())
        if inside and path.is_file() and not leads_outside(path, root):
            found.append((name, path))
        else:
            notices.append(f"{visible(file)}, named for the function {visible(name)}, is not a file of the folder.")
    return found


def _read(path: Path, root: Path, notices: list[str], name: str = "") -> list[FunctionText]:
    origin = visible(path.relative_to(root).as_posix(), limit=200)
    try:
        return [replace(each, stem=name or path.stem) for each in read_function_file(path, origin)]
    except DataError as error:
        notices.append(f"{origin} is left out: {error.message}.")
    return []


def _by_name(texts: Sequence[FunctionText], notices: list[str]) -> dict[str, SavedFunction]:
    functions: dict[str, SavedFunction] = {}
    twice: dict[str, None] = {}
    left = _CHECKED_CHARACTERS
    for each in texts:
        left -= len(each.text)
        try:
            saved = _saved(each, checked=left > 0)
        except KqlSyntaxError as error:
            notices.append(f"{each.origin} is left out: {_told(error, each)}")
            continue
        for function in saved:
            problem = _problem(function.name)
            if problem:
                notices.append(f"{function.origin}: the function {visible(function.name, limit=80)} {problem}.")
            elif function.name in functions:
                twice[f"{function.name} ({function.origin})"] = None
            else:
                functions[function.name] = function
    if twice:
        listed = [*list(twice)[:_MOST_NAMED], *(["…"] if len(twice) > _MOST_NAMED else [])]
        notices.append(f"Functions that an earlier file already gives are left out: {', '.join(listed)}.")
    return functions


def _saved(found: FunctionText, *, checked: bool) -> list[SavedFunction]:
    """The functions of a text under all their names.

    :raises KqlSyntaxError: it is not KQL.
    """
    if found.names:
        if checked:
            read_definitions(found.text)
        return [
            SavedFunction(name, found.text, 0, found.parameters, found.origin, found.description, found.header)
            for name in found.names
        ]
    return [
        SavedFunction(each.name or found.stem, found.text, place, each.parameters, found.origin, each.description)
        for place, each in enumerate(read_definitions(found.text))
    ]


def _told(error: KqlSyntaxError, found: FunctionText) -> str:
    if error.position is None:
        return error.message
    return f"line {max(1, error.position.line - found.header)}: {error.message}"


def _problem(name: str) -> str:
    from .translation.aggregates import AGGREGATES
    from .translation.functions import is_function

    if not _NAME.fullmatch(name):
        return "is left out: its name is no name of KQL"
    if is_function(name) or name in AGGREGATES:
        return "is left out: KQL has one of that name"
    return ""
