r"""Regular expressions in SQL: the one place that every operator and function with a pattern goes through.

RE2 runs what it reads just as Kusto does. For the rest see :mod:`..patterns`: texts in ASCII take the pattern of RE2
whose ``\b`` and ``\w`` know ASCII only, other texts are sorted out by a loose one and looked at by a matcher of our
own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..computed import regexes as computed
from ..conversion import literal
from ..patterns.pattern import Pattern, compiled
from ..patterns.syntax import PatternError, grouped
from ..python_functions import python_call, register

if TYPE_CHECKING:
    from collections.abc import Callable

    from .context import Context
    from .values import Value

register("regex_ascii", computed.ascii_pattern, ("VARCHAR",), "VARCHAR")
register("regex_found", computed.found, ("VARCHAR", "VARCHAR"), "BOOLEAN")
register("regex_groups", computed.groups, ("VARCHAR", "VARCHAR"), "VARCHAR[]")
register("regex_every", computed.every, ("VARCHAR", "VARCHAR"), "VARCHAR[][]")
register("regex_replaced", computed.replaced, ("VARCHAR", "VARCHAR", "VARCHAR"), "VARCHAR")

_NUMBERED = 9
"""Groups that DuckDB takes by number; more only by name."""


def regex_of(context: Context, at: int, pattern: Value) -> Regex:
    """The regular expression of a value; one that is not constant is read when it runs.

    :raises KqlSemanticError: it is none.
    """
    if pattern.text is None:
        return Regex(pattern.sql, None)
    return fixed_regex(context, at, pattern.text)


def fixed_regex(context: Context, at: int, text: str) -> Regex:
    """The regular expression of a text.

    :raises KqlSemanticError: it is none.
    """
    try:
        return Regex(literal(text), compiled(text))
    except PatternError as error:
        raise context.mistake(at, computed.told(error), error.hint) from None


def grouped_regex(context: Context, at: int, text: str) -> str:
    """A pattern as a group of a longer one, which captures as it does.

    :raises KqlSemanticError: it is none.
    """
    try:
        return grouped(text)
    except PatternError as error:
        raise context.mistake(at, computed.told(error), error.hint) from None


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression.

    :param source: SQL of its text.
    :param pattern: None: only the data knows it.
    """

    source: str
    pattern: Pattern | None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its groups in their order, empty for those without."""
        return self.pattern.names if self.pattern is not None else ()

    def found(self, text: str) -> str:
        """SQL: whether it is anywhere in a text."""
        slow = python_call("regex_found", self.source, text)
        if self.pattern is None:
            quick = f"regexp_matches({text}, {python_call('regex_ascii', self.source)})"
            return f"CASE WHEN {_is_ascii(text)} THEN coalesce({quick}, {slow}) ELSE {slow} END"
        return self._by_text(text, lambda re2: f"regexp_matches({text}, {re2})", slow, "false")

    def group(self, text: str, number: int) -> str:
        """SQL: what a group of the first match holds; 0: the whole match; empty where there is none."""
        slow = f"coalesce({python_call('regex_groups', self.source, text)}[{number + 1}], '')"
        if self.pattern is None:
            return slow
        if number > _NUMBERED:
            names = ", ".join(f"'g{place}'" for place in range(1, number + 1))
            return self._by_text(
                text, lambda re2: f"coalesce((regexp_extract({text}, {re2}, [{names}])).g{number}, '')", slow, "''"
            )
        return self._by_text(text, lambda re2: f"regexp_extract({text}, {re2}, {number})", slow, "''")

    def groups(self, text: str) -> str:
        """SQL: a struct of all groups of the first match: ``g1``, ``g2`` … ; empty texts where there is none."""
        fields = [f"g{number}" for number in range(1, len(self.names) + 1)]
        held = python_call("regex_groups", self.source, text)
        slow = "struct_pack({})".format(
            ", ".join(f"{name} := coalesce({held}[{place}], '')" for place, name in enumerate(fields, 2))
        )
        none = "struct_pack({})".format(", ".join(f"{name} := ''" for name in fields))
        names = ", ".join(f"'{name}'" for name in fields)
        return self._by_text(text, lambda re2: f"regexp_extract({text}, {re2}, [{names}])", slow, none)

    def every(self, text: str, number: int) -> str:
        """SQL: a list of what a group holds in every match."""
        slow = f"list_transform({python_call('regex_every', self.source, text)}, lambda m: m[{number + 1}])"
        # DuckDB goes on after an empty match in its own way.
        if self.pattern is None or self.pattern.may_be_empty:
            return slow
        lacking = number > 0 and self.pattern.may_lack_groups

        def quick(re2: str) -> str:
            found = f"regexp_extract_all({text}, {re2}, {number})"
            return f"list_transform({found}, lambda g: coalesce(g, ''))" if lacking else found

        return self._by_text(text, quick, slow, "CAST([] AS VARCHAR[])")

    def replaced(self, text: str, rewrite: str, *, once: bool = False) -> str:
        """SQL: the text with every match written anew, or the first."""
        slow = python_call("regex_replaced", self.source, text, rewrite)
        if self.pattern is None:
            return slow
        often = "" if once else ", 'g'"
        return self._by_text(text, lambda re2: f"regexp_replace({text}, {re2}, {rewrite}{often})", slow, text)

    def _by_text(self, text: str, quick: Callable[[str], str], slow: str, none: str) -> str:
        pattern = self.pattern
        if pattern is None:
            return slow
        if pattern.any_text is None:
            general = f"CASE WHEN regexp_matches({text}, {literal(pattern.loose)}) THEN {slow} ELSE {none} END"
        else:
            general = quick(literal(pattern.any_text))
        if pattern.ascii_text is None or pattern.ascii_text == pattern.any_text:
            return general
        return f"CASE WHEN {_is_ascii(text)} THEN {quick(literal(pattern.ascii_text))} ELSE {general} END"


def _is_ascii(text: str) -> str:
    """SQL: whether a text has as many bytes as characters."""
    return f"(strlen({text}) = length({text}))"
