"""Which columns there are where a query is being written, as far as its finished operators tell."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ..errors import KqlError
from ..kql import tree
from ..kql.lexer import tokenize
from ..kql.parser import parse_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ..kql.lexer import Token
    from ..models.workspace import TableInfo

_OPENING = {"(": ")", "{": "}", "[": "]"}
_SAME = frozenset(
    """where filter take limit top sort order sample serialize as consume render assert-schema
    project-reorder top-hitters""".split()  # noqa: SIM905  # reads better
)
_LONGEST = 20_000


class _UnknownError(Exception):
    """What an operator makes of its columns is not known here."""


def columns_before(text: str, tables: Mapping[str, TableInfo]) -> tuple[str, ...] | None:
    """Names of the columns that the operator at the end of ``text`` works on; None if that is not known.

    Inside the parentheses of a ``join`` or the like, those of the query in there.
    """
    if len(text) > _LONGEST:
        return None
    code = [token for token in tokenize(text) if token.kind != "directive"]
    scope = _scope(code, tables)
    pipes = _pipes(scope)
    if not pipes:
        return None
    try:
        query = parse_query(text[scope[0].start : scope[pipes[-1]].start])
        return tuple(_columns(query.statements[-1], tables))
    except (KqlError, _UnknownError):
        return None


def _scope(code: list[Token], tables: Mapping[str, TableInfo]) -> list[Token]:
    """The tokens of the query that is being written: after the innermost parenthesis that holds one."""
    opened: list[int] = []
    for at, token in enumerate(code):
        if token.text in _OPENING:
            opened.append(at)
        elif token.text in _OPENING.values() and opened:
            opened.pop()
    for at in reversed(opened):
        inside = code[at + 1 :]
        if inside and inside[0].text in tables:
            return inside
    for at in range(len(code) - 1, -1, -1):
        if code[at].text == ";":
            code = code[at + 1 :]
            break
    named = len(code) > 2 and code[0].text == "let" and code[2].text == "="
    return code[3:] if named else code


def _pipes(scope: Sequence[Token]) -> list[int]:
    """Positions of the pipes that are in no parentheses but those still open."""
    found: list[list[int]] = [[]]
    for at, token in enumerate(scope):
        if token.text in _OPENING:
            found.append([])
        elif token.text in _OPENING.values() and len(found) > 1:
            found.pop()
        elif token.text == "|" and len(found) == 1:
            found[0].append(at)
    return found[0]


def _columns(query: object, tables: Mapping[str, TableInfo]) -> list[str]:
    """The columns of a query.

    :raises _UnknownError: not known here.
    """
    if isinstance(query, tree.Name) and query.name in tables:
        return [column.name for column in tables[query.name].columns]
    if not isinstance(query, tree.Pipe):
        raise _UnknownError
    columns = _columns(query.source, tables)
    for operator in query.operators:
        columns = list(dict.fromkeys(_after(operator, columns, tables)))
    return columns


def _after(operator: tree.Operator, columns: list[str], tables: Mapping[str, TableInfo]) -> Iterable[str]:
    """What an operator makes of its columns."""
    if operator.kind in _SAME:
        return columns
    if operator.kind in ("join", "lookup"):
        return _joined(operator, columns, tables)
    change = _CHANGES.get(operator.kind)
    if change is None:
        raise _UnknownError
    return change(operator, columns)


def _joined(operator: tree.Operator, columns: list[str], tables: Mapping[str, TableInfo]) -> list[str]:
    given = operator.parameters.get("kind")
    kind = given.name.lower() if isinstance(given, tree.Name) else ""
    if kind in ("leftsemi", "leftanti", "leftantisemi", "anti"):
        return columns
    if operator.pipe is None or kind in ("rightsemi", "rightanti", "rightantisemi"):
        raise _UnknownError
    right = _columns(_plain(operator.pipe), tables)
    if operator.kind == "lookup":
        keys = {item.name for item in operator.by if isinstance(item, tree.Name)}
        right = [name for name in right if name not in keys]
    return [*columns, *(f"{name}1" if name in columns else name for name in right)]


def _plain(pipe: tree.Pipe) -> object:
    return pipe if pipe.operators else pipe.source


def _extended(operator: tree.Operator, columns: list[str]) -> list[str]:
    return [*columns, *_names(operator.items, columns)]


def _projected(operator: tree.Operator, columns: list[str]) -> list[str]:
    return _names(operator.items, columns)


def _summarized(operator: tree.Operator, columns: list[str]) -> list[str]:
    return [*_names(operator.by, columns), *_names(operator.items, columns)]


def _counted(operator: tree.Operator, _columns: list[str]) -> list[str]:
    return ["Count", *_names(operator.items, [])]


def _dropped(operator: tree.Operator, columns: list[str]) -> list[str]:
    return [name for name in columns if not _listed(name, operator.items)]


def _kept(operator: tree.Operator, columns: list[str]) -> list[str]:
    return [name for name in columns if _listed(name, operator.items)]


def _renamed(operator: tree.Operator, columns: list[str]) -> list[str]:
    new = {
        item.value.name: item.names[0]
        for item in operator.items
        if isinstance(item, tree.Named) and isinstance(item.value, tree.Name)
    }
    return [new.get(name, name) for name in columns]


def _expanded(operator: tree.Operator, columns: list[str]) -> list[str]:
    named = [item.name for item in operator.items if isinstance(item, tree.Expansion) and item.name]
    return [*columns, *named]


def _parsed(operator: tree.Operator, columns: list[str]) -> list[str]:
    return [*columns, *(item.name for item in operator.items if isinstance(item, tree.Capture))]


_CHANGES: dict[str, Callable[[tree.Operator, list[str]], list[str]]] = {
    "extend": _extended,
    "project": _projected,
    "distinct": _projected,
    "summarize": _summarized,
    "count": _counted,
    "project-away": _dropped,
    "project-keep": _kept,
    "project-rename": _renamed,
    "mv-expand": _expanded,
    "parse": _parsed,
    "parse-where": _parsed,
}


def _listed(name: str, items: Iterable[object]) -> bool:
    return any(
        (isinstance(item, tree.Name) and item.name == name)
        or (isinstance(item, tree.Pattern) and fnmatchcase(name, item.text.replace("[", "[[]")))
        for item in items
    )


def _names(items: Iterable[object], columns: list[str]) -> list[str]:
    """The columns that items of a list make; what Kusto names in a way not known here is left out."""
    return [name for item in items for name in _name(item, columns)]


def _name(item: object, columns: list[str]) -> Sequence[str]:
    match item:
        case tree.Named():
            return item.names
        case tree.Name():
            return (item.name,)
        case tree.Star():
            return columns
        case tree.Call(name="bin" | "floor" | "bin_at", args=(tree.Name(name=name), *_)):
            return (name,)
        case tree.Call(name="count", args=()):
            return ("count_",)
        case tree.Call(name="arg_max" | "arg_min"):
            return _names(item.args, columns)
        case tree.Call(name=function, args=(tree.Name(name=name), *_)):
            return (f"{function.removeprefix('make_')}_{name}",)
    return ()
