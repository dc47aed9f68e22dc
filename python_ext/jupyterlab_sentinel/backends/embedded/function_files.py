"""Files that hold functions: KQL, the YAML of Microsoft's parsers, and saved searches as Log Analytics exports them.

The keys of the YAML are those of the parsers that Microsoft publishes for ASIM and for its solutions. A file defines
its function under each name that it gives: ``ParserName`` and ``EquivalentBuiltInParser``, ``FunctionName`` and its
alias.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DataError
from ...models.indicators import visible
from .sources import FUNCTION_FOLDERS, leads_outside

if TYPE_CHECKING:
    from collections.abc import Iterator

_KQL = frozenset({".kql", ".csl"})
_YAML = frozenset({".yaml", ".yml"})
_MOST_FILES = 5_000
_MOST_BYTES = 1_000_000
_DEEPEST = 8
_NAMES = ("ParserName", "EquivalentBuiltInParser", "FunctionName", "FunctionAlias", "EquivalentBuiltInFunction")
_PARAMETER = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class FunctionText:
    """A function as a file has it.

    :param names: every name that it goes by; empty: the text says, or else the file's ``stem``.
    :param text: KQL that :func:`~jupyterlab_sentinel.kql.definitions.read_definitions` reads.
    :param parameters: as they are written; empty where only the text tells.
    :param header: lines of ``text`` that are not lines of the body.
    """

    names: tuple[str, ...]
    text: str
    origin: str
    parameters: str = ""
    description: str = ""
    header: int = 0
    stem: str = ""


@dataclass(slots=True)
class Listing:
    """The files below the folders of functions."""

    paths: list[Path] = field(default_factory=list)
    links: int = 0
    odd: int = 0
    large: int = 0
    full: bool = False

    def notices(self) -> Iterator[str]:
        """What was left out."""
        if self.links:
            yield f"{self.links:,} links among the functions are left out."
        if self.odd:
            yield f"{self.odd:,} pipes or devices among the functions are left out."
        if self.large:
            yield f"{self.large:,} files among the functions are left out: each has more than {_MOST_BYTES:,} bytes."
        if self.full:
            yield f"Of the functions only the first {_MOST_FILES:,} files are read."


def find_function_files(root: Path) -> Listing:
    """The files of functions in a workspace's folder, in order of their paths; links are not followed."""
    found = Listing()
    try:
        folders = sorted(path for path in root.iterdir() if path.name.casefold() in FUNCTION_FOLDERS and path.is_dir())
    except OSError:
        return found
    for folder in folders:
        if leads_outside(folder, root) or folder.is_symlink():
            found.links += 1
        else:
            _collect(folder, found, 0, saved=folder.name.casefold() == "functions")
    return found


def _collect(folder: Path, found: Listing, depth: int, *, saved: bool) -> None:
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in listed:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            found.links += 1
        elif entry.is_dir():
            if depth < _DEEPEST:
                _collect(Path(entry.path), found, depth + 1, saved=saved)
        elif _is_function_file(entry.name, saved=saved):
            if len(found.paths) >= _MOST_FILES:
                found.full = True
                return
            _add(entry, found)


def _add(entry: os.DirEntry[str], found: Listing) -> None:
    if not entry.is_file():
        # Whoever opens a pipe may wait for ever.
        found.odd += 1
    elif entry.stat().st_size > _MOST_BYTES:
        found.large += 1
    else:
        found.paths.append(Path(entry.path))


def _is_function_file(name: str, *, saved: bool) -> bool:
    """By the name; JSON only where nothing but functions lies: published parsers come with templates of themselves."""
    suffix = Path(name).suffix.casefold()
    return suffix in _KQL or suffix in _YAML or (saved and suffix == ".json")


def read_function_file(path: Path, origin: str) -> list[FunctionText]:
    """The functions of a file; none where it is of another kind.

    :param origin: what to call the file.
    :raises DataError: a file that cannot be read, or is not what its name says.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"it cannot be opened: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError("its text is not UTF-8") from error
    suffix = path.suffix.casefold()
    if suffix in _YAML:
        return _of_yaml(text, origin)
    if suffix == ".json":
        return _of_saved_searches(text, origin)
    return [FunctionText((), text, origin)]


def _of_yaml(text: str, origin: str) -> list[FunctionText]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(text, Loader=loader)  # noqa: S506  # it is the safe one, by libyaml where there is one
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DataError("it is not YAML") from error
    if not isinstance(content, dict):
        return []
    names = tuple(dict.fromkeys(str(content[key]).strip() for key in _NAMES if isinstance(content.get(key), str | int)))
    query = content.get("ParserQuery", content.get("FunctionQuery"))
    if not names or not isinstance(query, str):
        return []
    parameters = _parameters(content.get("ParserParams", content.get("FunctionParams")))
    description = content.get("Description")
    return [_of_body(names, parameters, query, origin, description if isinstance(description, str) else "")]


def _of_body(names: tuple[str, ...], parameters: str, query: str, origin: str, description: str) -> FunctionText:
    header = parameters.count("\n") + 1
    return FunctionText(names, f"{parameters} {{\n{query}\n}}", origin, parameters, description.strip(), header)


def _parameters(listed: object) -> str:
    """The list of ``Name``, ``Type`` and ``Default`` as KQL writes parameters."""
    if listed is None:
        return "()"
    if not isinstance(listed, list):
        raise DataError("its parameters are no list")
    return f"({', '.join(_parameter(each) for each in listed)})"


def _parameter(entry: object) -> str:
    if not isinstance(entry, dict):
        raise DataError("a parameter lacks its Name or Type")
    name, kind, default = entry.get("Name"), entry.get("Type"), entry.get("Default")
    # Only plain values are written out: aliases of YAML make lists of lists that no memory holds as text.
    if not isinstance(name, str) or not isinstance(kind, str) or isinstance(default, list | dict | set):
        raise DataError("a parameter lacks its Name or Type, or its Default is no plain value")
    name, kind = name.strip(), kind.strip()
    if kind.casefold().startswith("table"):
        # Published files write `T` of type `table:(*)`, and `T:(a:string)` of type `table`.
        return name if ":" in name else f"{name}:{kind[len('table') :].lstrip(' :') or '(*)'}"
    if not _PARAMETER.fullmatch(name):
        raise DataError(f"{visible(name, limit=60)} cannot be a parameter's name")
    written = f"{name}:{kind}"
    return f"{written}={_default(default, kind)}" if default is not None else written


def _default(value: object, kind: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if kind == "string" and not re.fullmatch(r"""'[^']*'|"[^"]*"|""", text, re.DOTALL):
        return json.dumps(text)
    return text if text or kind != "string" else "''"


def _of_saved_searches(text: str, origin: str) -> list[FunctionText]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError("it is not JSON") from error
    return list(_saved_searches(content, origin, 0))


def _saved_searches(content: object, origin: str, depth: int) -> Iterator[FunctionText]:
    """Whatever has an alias and a query: an export, or a template for deployment."""
    if depth > _DEEPEST:
        return
    if isinstance(content, list):
        for each in content:
            yield from _saved_searches(each, origin, depth + 1)
    elif isinstance(content, dict):
        alias, query = content.get("functionAlias"), content.get("query")
        if isinstance(alias, str) and alias and isinstance(query, str):
            written = content.get("functionParameters")
            shown = content.get("displayName")
            yield _of_body(
                (alias,), f"({written if isinstance(written, str) else ''})", query, origin, str(shown or "")
            )
            return
        for key in ("value", "properties", "resources"):
            if key in content:
                yield from _saved_searches(content[key], origin, depth + 1)
