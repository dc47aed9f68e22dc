r"""From the tree to a pattern for RE2, where it has one of the very same meaning.

A pattern has up to three: one for texts in ASCII, one for any text, and one that finds at least what the pattern
finds, so that a slow matcher need not look at every text.
"""

from __future__ import annotations

from . import points
from .tree import Choice, Class, Group, Item, Look, Node, Perl, Property, Repeat, Sequence, Span, ranges_of

_MOST_TIMES = 1000
_MOST_LETTERS = 300
_WORD = r"\p{L}\p{M}\p{Nl}\p{Nd}\p{Pc}"
_SPECIAL = frozenset("\\.^$|?*+()[]{}-/#&~@<>=!:,'\" ")
_LOOKS = {"start": "^", "end": "$", "line_start": "(?m:^)", "line_end": "(?m:$)"}


class InexpressibleError(ValueError):
    """RE2 has no pattern of that meaning."""


class Writer:
    """Writes one tree.

    :param ascii_only: for texts in ASCII.
    :param loose: what RE2 cannot express is left out, so that more is found.
    """

    def __init__(self, *, ascii_only: bool, loose: bool = False) -> None:
        self._ascii = ascii_only
        self._loose = loose
        self._letters = 0

    def write(self, node: Node) -> str:
        """The pattern.

        :raises InexpressibleError: there is none.
        """
        text = self._node(node, fold=False, times=1)
        if self._letters > _MOST_LETTERS and not self._ascii:
            raise InexpressibleError
        return text

    def _node(self, node: Node, *, fold: bool, times: int) -> str:
        match node:
            case Class():
                return self._class(node, fold=fold, times=times)
            case Look():
                return self._look(node)
            case Group():
                inner = self._node(node.node, fold=fold, times=times)
                return f"(?:{inner})" if self._loose else f"({inner})"
            case Repeat():
                return self._repeat(node, fold=fold, times=times)
            case Sequence():
                return "".join(self._run(run, fold=fold, times=times) for run in _runs(node.nodes))
            case Choice():
                return "|".join(self._node(part, fold=fold, times=times) for part in node.nodes)

    def _run(self, run: list[Node], *, fold: bool, times: int) -> str:
        """Neighbours whose case is treated alike: one group tells it for all."""
        first = run[0]
        inner = first.fold if isinstance(first, Class) and len(run) > 1 else fold
        text = "".join(self._part(part, fold=inner, times=times) for part in run)
        return text if inner == fold else f"(?{'i' if inner else '-i'}:{text})"

    def _part(self, node: Node, *, fold: bool, times: int) -> str:
        text = self._node(node, fold=fold, times=times)
        return f"(?:{text})" if isinstance(node, Choice) else text

    def _repeat(self, node: Repeat, *, fold: bool, times: int) -> str:
        bound = node.least if node.most is None else node.most
        within = times * max(1, bound)
        if within > _MOST_TIMES:
            if not self._loose:
                raise InexpressibleError
            return f"(?:{self._node(node.node, fold=fold, times=times)})*"
        text = self._node(node.node, fold=fold, times=within)
        if not isinstance(node.node, Class | Group) or text.startswith("(?"):
            text = f"(?:{text})"
        sign = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((node.least, node.most))
        if sign is None:
            most = "" if node.most is None else node.most
            sign = f"{{{node.least}}}" if node.most == node.least else f"{{{node.least},{most}}}"
        return f"{text}{sign}{'' if node.greedy else '?'}"

    def _look(self, node: Look) -> str:
        if node.kind in _LOOKS:
            return _LOOKS[node.kind]
        if node.kind in ("word", "not_word") and (self._ascii or not node.unicode):
            return r"\b" if node.kind == "word" else r"\B"
        if self._loose:
            return "(?:)"
        raise InexpressibleError

    def _class(self, node: Class, *, fold: bool, times: int) -> str:
        text = self._set(node, times)
        if text is None:
            # Case is in the ranges already.
            return f"(?-i:{_bracketed(ranges_of(node))})" if fold else _bracketed(ranges_of(node))
        if _is_caseless(node) or node.fold == fold:
            return text
        return f"(?{'i' if node.fold else '-i'}:{text})"

    def _set(self, node: Class, times: int) -> str | None:
        """The class as it is written, or None where only its ranges tell."""
        if node.op != "|":
            return None
        if not node.items:
            return r"(?s:.)" if node.negated else r"[^\x{0}-\x{10FFFF}]"
        if len(node.items) == 1 and isinstance(node.items[0], Span) and not node.negated:
            span = node.items[0]
            if span.low == span.high:
                return _escaped(span.low)
        if len(node.items) == 1 and isinstance(node.items[0], Class) and not node.items[0].negated:
            inner = node.items[0]
            if inner.fold == node.fold:
                return self._set(Class(inner.items, node.negated, inner.op, node.fold), times)
        parts = [self._item(item, times, node) for item in node.items]
        if any(part is None for part in parts):
            return None
        return f"[{'^' if node.negated else ''}{''.join(part or '' for part in parts)}]"

    def _item(self, item: Item, times: int, within: Class) -> str | None:
        match item:
            case Span():
                return _span(item.low, item.high)
            case Property():
                return f"\\{'P' if item.negated else 'p'}{{{item.name}}}"
            case Perl():
                return self._perl(item, times)
            case Class():
                if item.negated or item.op != "|" or item.fold != within.fold:
                    return None
                parts = [self._item(part, times, item) for part in item.items]
                return None if any(part is None for part in parts) else "".join(part or "" for part in parts)

    def _perl(self, item: Perl, times: int) -> str | None:
        unicode = item.unicode and not self._ascii
        if item.letter == "w":
            self._letters += times if unicode else 0
            if item.negated and unicode:
                return None
            if unicode:
                return _WORD + "".join(_span(*span) for span in points.LETTERLIKE)
            return r"\W" if item.negated else r"\w"
        if item.letter == "d" and unicode:
            return r"\P{Nd}" if item.negated else r"\p{Nd}"
        ranges = points.perl(item.letter, unicode=unicode)
        return "".join(_span(*span) for span in (points.complement(ranges) if item.negated else ranges))


def _runs(nodes: tuple[Node, ...]) -> list[list[Node]]:
    """Neighbours whose case is treated alike, together."""
    runs: list[list[Node]] = []
    for node in nodes:
        last = runs[-1][-1] if runs else None
        if isinstance(node, Class) and isinstance(last, Class) and last.fold == node.fold:
            runs[-1].append(node)
        else:
            runs.append([node])
    return runs


def _is_caseless(node: Class) -> bool:
    """Whether case makes no difference to it."""
    return all(
        isinstance(item, Perl) or (isinstance(item, Span) and item.high < 0x80 and not _has_letter(item))
        for item in node.items
    )


def _has_letter(item: Span) -> bool:
    return any(chr(code).isalpha() for code in range(item.low, item.high + 1))


def _bracketed(ranges: points.Ranges) -> str:
    return f"[{''.join(_span(*span) for span in ranges)}]" if ranges else r"[^\x{0}-\x{10FFFF}]"


def _span(low: int, high: int) -> str:
    return _escaped(low) if low == high else f"{_escaped(low)}-{_escaped(high)}"


def _escaped(code: int) -> str:
    letter = chr(code)
    if letter in _SPECIAL:
        return f"\\{letter}"
    # Nothing of a pattern gets into the SQL that could not be read there.
    return letter if letter.isprintable() and not 0xD800 <= code < 0xE000 else f"\\x{{{code:X}}}"
