"""Completion inside ``%%sentinel`` cells, in any front end: IPython asks, the schema and the language answer."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ..kql.lexer import tokenize
from . import vocabulary
from .columns import columns_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from ..kql.lexer import Token
    from ..models.workspace import FunctionInfo, TableInfo
    from ..session import Session

_FIRST_LINE = re.compile(r"\s*%%sentinel\b([^\n]*)")
_OPTION = re.compile(r"(?:^|\s)(--?[a-z]*)$")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w*)$")
_WORD = re.compile(r"[\w$]*$")
_MOST = 200
_MAGIC_LINE = re.compile(r"\s*%sentinel\s+([\w-]*)$")


class KqlMatcher:
    """Knows what may come next in a query.

    :param session: whose workspace's schema is offered, as far as it has been read.
    """

    def __init__(self, session: Session, shell: InteractiveShell) -> None:
        self._session = session
        self._shell = shell

    def matcher(self) -> Callable[[CompletionContext], SimpleMatcherResult]:
        """The function for ``ip.Completer.custom_matchers``."""
        from IPython.core.completer import context_matcher

        def sentinel_matcher(context: CompletionContext) -> SimpleMatcherResult:
            return self._match(context)

        declared: Callable[[CompletionContext], SimpleMatcherResult] = context_matcher()(sentinel_matcher)
        return declared

    def _match(self, context: CompletionContext) -> SimpleMatcherResult:
        from IPython.core.completer import SimpleCompletion

        before = _before_cursor(context)
        found = self.complete(before)
        if found is None:
            return {"completions": [], "suppress": False}
        fragment, names = found
        return {
            "completions": [SimpleCompletion(text=name, type=kind) for name, kind in names],
            "matched_fragment": fragment,
            "suppress": True,
        }

    def complete(self, before: str) -> tuple[str, list[tuple[str, str]]] | None:
        """What may replace the fragment at the end of ``before``: the fragment, and names with their kinds.

        None if ``before`` is no cell of ours.
        """
        line = _MAGIC_LINE.match(before)
        if line is not None:
            from .sentinel import SUBCOMMANDS

            return _chosen(line[1], ((name, "keyword") for name in SUBCOMMANDS))
        head = _FIRST_LINE.match(before)
        if head is None:
            return None
        if head.end() == len(before):
            return self._options(head[1])
        placeholder = _PLACEHOLDER.search(before)
        if placeholder is not None:
            return _chosen(placeholder[1], self._variables())
        return self._query(before[head.end() :])

    def _options(self, line: str) -> tuple[str, list[tuple[str, str]]]:
        match = _OPTION.search(line)
        if match is None:
            return "", []
        return _chosen(match[1], ((name, "keyword") for name in vocabulary.CELL_OPTIONS))

    def _variables(self) -> Iterator[tuple[str, str]]:
        hidden = self._shell.user_ns_hidden
        for name in self._shell.user_ns:
            if not name.startswith("_") and name not in hidden:
                yield name, "instance"

    def _query(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        word = _WORD.search(text)
        fragment = word[0] if word else ""
        before = text[: len(text) - len(fragment)]
        tokens = tokenize(before, trivia=True)
        if tokens and (tokens[-1].kind == "comment" or (tokens[-1].kind == "string" and not tokens[-1].closed)):
            return fragment, []
        code = [token for token in tokens if token.kind not in ("space", "comment")]
        statement = _statement(code)
        return _chosen(fragment, self._candidates(statement, code, before))

    def _candidates(self, statement: list[Token], code: list[Token], before: str) -> Iterator[tuple[str, str]]:
        last = statement[-1] if statement else None
        if last is not None and last.text == "|":
            yield from ((name, "keyword") for name in vocabulary.OPERATORS)
            return
        if last is None:
            yield from ((name, "keyword") for name in vocabulary.STARTS)
            yield from self._tables()
            yield from self._saved()
            yield from ((name, "variable") for name in _lets(code))
            return
        operator = _operator(statement)
        if operator in ("join", "union", "lookup", "in", "search", "find") or last.text in ("(", "="):
            yield from self._tables()
        yield from ((name, "property") for name in self._columns(statement, before))
        yield from ((name, "variable") for name in _lets(code))
        yield from ((name, "keyword") for name in vocabulary.WORDS.get(operator, ()))
        yield from ((name, "keyword") for name in vocabulary.COMPARISONS)
        if operator in ("summarize", "make-series"):
            yield from ((name, "function") for name in vocabulary.AGGREGATES)
        yield from self._saved()
        yield from ((name, "function") for name in vocabulary.FUNCTIONS)

    def _tables(self) -> Iterator[tuple[str, str]]:
        workspace = self._session.workspace
        if workspace is not None:
            yield from ((name, "class") for name in workspace.schema.tables)

    def _saved(self) -> Iterator[tuple[str, str]]:
        """Saved functions as a call of each."""
        workspace = self._session.workspace
        if workspace is not None:
            yield from ((call(function), "function") for function in workspace.schema.functions.values())

    def _columns(self, statement: list[Token], before: str) -> Iterator[str]:
        """The columns that are there, with what the operator at hand names.

        Where that is not known: columns of every table that the statement names, and what it has defined itself;
        without a table, all.
        """
        workspace = self._session.workspace
        tables = workspace.schema.tables if workspace is not None else {}
        there = columns_before(before, tables)
        if there is not None:
            at_hand = _at_hand(statement)
            others = (column.name for token in at_hand if token.text in tables for column in tables[token.text].columns)
            yield from dict.fromkeys((*there, *others))
            yield from _defined(at_hand)
            return
        named = [tables[token.text] for token in statement if token.text in tables]
        wide: Iterable[TableInfo] = named or tables.values()
        yield from dict.fromkeys(column.name for table in wide for column in table.columns)
        yield from _defined(statement)


def call(function: FunctionInfo) -> str:
    """How a saved function is called: its name and, if it takes any, the names of its parameters."""
    names: list[str] = []
    depth = 0
    parts = tokenize(f"({function.parameters.strip()})" if function.parameters[:1] != "(" else function.parameters)
    for part, after in pairwise(parts):
        depth += (part.text == "(") - (part.text == ")")
        if depth == 1 and part.kind in ("name", "quoted_name") and after.text == ":":
            names.append(part.text)
    return f"{function.name}({', '.join(names)})" if names else function.name


def _chosen(fragment: str, candidates: Iterable[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    """Those that begin like ``fragment``, in any case; then those that hold it."""
    folded = fragment.casefold()
    known = dict(reversed(list(candidates)))
    ordered = list(reversed(known.items()))
    first = [(name, kind) for name, kind in ordered if name.casefold().startswith(folded)]
    if len(folded) > 2:
        first += [
            (name, kind)
            for name, kind in ordered
            if folded in name.casefold() and not name.casefold().startswith(folded)
        ]
    return fragment, first[:_MOST]


def _before_cursor(context: CompletionContext) -> str:
    lines = context.full_text.split("\n")
    above = lines[: context.cursor_line]
    return "\n".join([*above, lines[context.cursor_line][: context.cursor_position]])


def _statement(code: list[Token]) -> list[Token]:
    """The tokens after the last semicolon."""
    for at in range(len(code) - 1, -1, -1):
        if code[at].text == ";":
            return code[at + 1 :]
    return code


def _at_hand(statement: list[Token]) -> list[Token]:
    """The tokens after the last pipe."""
    pipes = [at for at, token in enumerate(statement) if token.text == "|"]
    return statement[pipes[-1] + 1 :] if pipes else statement


def _operator(statement: list[Token]) -> str:
    """The operator whose arguments are being written, or the word that begins the statement."""
    for at in range(len(statement) - 1, -1, -1):
        if statement[at].text == "|" and at + 1 < len(statement):
            return _hyphenated(statement, at + 1)
    return _hyphenated(statement, 0) if statement else ""


def _hyphenated(statement: list[Token], at: int) -> str:
    """``mv-expand`` is three tokens."""
    words = [statement[at].text]
    while (
        at + 2 < len(statement) and statement[at + 1].text == "-" and statement[at + 2].start == statement[at + 1].end
    ):
        words.append(statement[at + 2].text)
        at += 2
    return "-".join(words)


def _defined(statement: list[Token]) -> Iterator[str]:
    for name, sign in pairwise(statement):
        if sign.text == "=" and name.kind == "name":
            yield name.text


def _lets(code: list[Token]) -> Iterator[str]:
    for word, name in pairwise(code):
        if word.text == "let" and name.kind == "name":
            yield name.text
